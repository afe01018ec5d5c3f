// The error codes as a contract: kinds, statuses, texts, and how a code survives as text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { AppError, KIND, RULES, codeOf, toAppError, toDurableError } from '../../src/domain/errors.ts';
import type { ErrorCode, Kind } from '../../src/domain/errors.ts';

const codes = Object.keys(KIND) as ErrorCode[];
const anyCode = fc.constantFrom(...codes);

test('every kind has the status, retry and log level of the table', () => {
  const table: [Kind, number, boolean, string][] = [
    ['invalid', 400, false, 'info'],
    ['unknown-caller', 401, false, 'info'],
    ['forbidden', 403, false, 'info'],
    ['missing', 404, false, 'info'],
    ['conflict', 409, false, 'info'],
    ['stale', 412, false, 'info'],
    ['too-large', 413, false, 'info'],
    ['wrong-type', 415, false, 'info'],
    ['unconditional', 428, false, 'info'],
    ['too-many', 429, true, 'info'],
    ['refused', 502, false, 'warn'],
    ['throttled', 503, true, 'info'],
    ['unavailable', 503, true, 'warn'],
    ['bug', 500, false, 'error'],
  ];

  const rules = Object.entries(RULES).map(([kind, rule]) => [kind, rule.status, rule.isRetried, rule.logLevel]);

  assert.deepEqual(rules, table);
});

test('a code is a noun and a reason in kebab-case', () => {
  const odd = codes.filter((code) => code !== 'internal' && !/^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$/.test(code));

  assert.deepEqual(odd, []);
});

test('an error says what it is about, with the details its text names', () => {
  const error = new AppError('exchange.unavailable', { request: 'Get-MobileDevice', attempt: 3 });

  assert.equal(error.kind, 'unavailable');
  assert.match(error.message, /did not answer Get-MobileDevice\. Try again later/);
  assert.deepEqual(error.details, { request: 'Get-MobileDevice', attempt: 3 });
});

test('a detail that its thrower forgot leaves a readable text', () => {
  const error = new AppError('graph.denied');

  assert.match(error.message, /^Microsoft Graph refused \(unnamed request\)\. Check/);
});

test('anything that is not an AppError becomes internal and keeps the original as its cause', () => {
  const original = new TypeError('x is undefined');

  const error = toAppError(original);

  assert.equal(error.code, 'internal');
  assert.equal(error.cause, original);
  assert.doesNotMatch(error.message, /undefined/);
});

test('an AppError passes through toAppError unchanged', () => {
  const original = new AppError('store.stale', { record: 'x' });

  assert.equal(toAppError(original), original);
});

test('every code survives a durable boundary, where only text gets through', () => {
  fc.assert(
    fc.property(anyCode, fc.string(), fc.string(), (code, request, stack) => {
      const thrown = toDurableError(new AppError(code, { request }));
      // What durable-functions 3.5.0 makes of a failed activity: `${Reason} \n ${Details}`.
      const rebuilt = new Error(`Activity function 'read' failed:  ${thrown.message} \n ${stack}`);

      assert.equal(codeOf(rebuilt), code);
    }),
  );
});

test('a text from outside cannot change the code of an error', () => {
  const thrown = toDurableError(new AppError('exchange.denied', { request: 'Get-MobileDevice [exchange.throttled]' }));

  assert.equal(codeOf(thrown), 'exchange.denied');
});

test('passing several boundaries adds one code only', () => {
  const once = toDurableError(new AppError('store.busy'));

  const twice = toDurableError(once);

  assert.equal(twice.message, once.message);
  assert.equal(once.message, '[store.busy] Storage is busy. Try again later.');
});

test('an error without a code is internal', () => {
  const cases: unknown[] = [new Error('boom'), new Error('[no.such-code] boom'), new Error('[1, 2]'), 'store.busy', undefined, null];

  assert.deepEqual(cases.map(codeOf), Array(cases.length).fill('internal'));
});

test('a thrown non-error still becomes an error with its text', () => {
  assert.equal(toDurableError('lost').message, '[internal] lost');
});
