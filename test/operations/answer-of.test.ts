import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError, codeOf } from '../../src/domain/errors.ts';
import type { ErrorCode, ErrorDetails } from '../../src/domain/errors.ts';
import { noCounts } from '../../src/domain/run.ts';
import { answerOf } from '../../src/operations/answer-of.ts';

const counts = { ...noCounts, requests: 3 };
const request = { request: 'Get-MobileDevice' };

describe('an activity', () => {
  for (const code of [
    'exchange.denied',
    'exchange.unauthenticated',
    'exchange.unexpected',
    'graph.denied',
    'group.missing',
    'identity.denied',
  ] as const) {
    test(`answers ${code} as an expected no, with what it has cost`, () => {
      const error = new AppError(code, { ...request, group: 'g', resource: 'r' });

      assert.deepEqual(answerOf(error, counts), { outcome: 'refused', code, message: error.message, counts });
    });
  }

  const pauses: readonly (readonly [ErrorCode, ErrorDetails, number])[] = [
    ['exchange.throttled', { retryAfterSeconds: 300 }, 300],
    ['exchange.throttled', { retryAfterSeconds: 0.2 }, 1],
    ['graph.throttled', {}, 60],
    ['store.busy', {}, 60],
  ];
  for (const [code, details, afterSeconds] of pauses) {
    test(`asks to be called again after ${afterSeconds} s for ${code} ${JSON.stringify(details)}`, () => {
      assert.deepEqual(answerOf(new AppError(code, details), counts), { outcome: 'again', afterSeconds, counts });
    });
  }

  for (const code of ['exchange.unavailable', 'exchange.incomplete', 'store.unavailable', 'store.stale', 'store.unexpected'] as const) {
    test(`throws ${code} so that its code survives as text`, () => {
      assert.throws(
        () => answerOf(new AppError(code, request), counts),
        (error: Error) => codeOf(new Error(error.message)) === code && !(error instanceof AppError),
      );
    });
  }

  test('throws a fault of ours as it is', () => {
    assert.throws(() => answerOf(new TypeError('x is not a function'), counts), /^Error: \[internal\] x is not a function$/);
  });
});
