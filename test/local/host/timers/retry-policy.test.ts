import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createBackoff } from '../../../../src/local/backoff.ts';
import { createHeldClock } from '../../../../src/local/host/clock.ts';
import type { RetryOptions } from '../../../../src/local/host/protocol.ts';
import { invokeWithRetries } from '../../../../src/local/host/retry-policy.ts';
import { aFunction, testHost, until, type TestHandler } from './test-host.ts';

const FIXED: RetryOptions = { retryStrategy: 'fixedDelay', delayInterval: { seconds: 30 }, maxRetryCount: 2 };

function start(retryOptions: RetryOptions | undefined, handler: TestHandler, stopping = new AbortController()) {
  const clock = createHeldClock(0);
  const fn = aFunction('job', { type: 'timerTrigger', direction: 'in' }, retryOptions ? { retryOptions } : {});
  const host = testHost({ functions: [fn], clock, handler });
  let isDone = false;
  const result = invokeWithRetries(host.context, fn, { reason: 'test' }, stopping.signal).finally(() => {
    isDone = true;
  });
  const advance = (toMs: number): Promise<void> =>
    clock.advanceTo(toMs, () => until('an alarm or the end', () => isDone || clock.nextAlarmMs !== undefined));
  return { ...host, clock, result, advance, stopping };
}

const fails: TestHandler = () => {
  throw new Error('not yet');
};

test('Without a policy a function runs once, without a retry context', async () => {
  const { result, runs } = start(undefined, fails);

  const { ok } = await result;

  assert.equal(ok, false);
  assert.deepEqual(
    runs.map(({ retryContext }) => retryContext),
    [undefined],
  );
});

test('Each attempt is told its number and the failure before it, in the words of the real host', async () => {
  const { result, runs, advance } = start(FIXED, ({ retryContext }) => {
    if (retryContext?.retryCount !== 2) throw new Error('not yet');
  });

  await advance(120_000);
  const { ok } = await result;

  assert.equal(ok, true);
  assert.deepEqual(
    runs.map(({ atMs }) => atMs),
    [0, 30_000, 60_000],
  );
  assert.deepEqual(runs[0]?.retryContext, { retryCount: 0, maxRetryCount: 2 });
  const { exception, ...counts } = runs[1]?.retryContext ?? assert.fail();
  assert.deepEqual(counts, { retryCount: 1, maxRetryCount: 2 });
  assert.equal(exception?.source, 'System.Private.CoreLib');
  assert.match(
    exception?.message ?? '',
    /^Microsoft\.Azure\.WebJobs\.Host\.FunctionInvocationException : Exception while executing function: Functions\.job ---> Microsoft\.Azure\.WebJobs\.Script\.Workers\.Rpc\.RpcException : Result: Failure\nException: not yet\nStack: Error: not yet\n {4}at /,
  );
  assert.equal(runs[2]?.retryContext?.retryCount, 2);
});

test('After the last allowed attempt the failure stands', async () => {
  const { result, runs, advance, lines } = start(FIXED, fails);

  await advance(600_000);
  const { ok } = await result;

  assert.equal(ok, false);
  assert.equal(runs.length, 3);
  assert.deepEqual(lines, [
    "information Function.job: Waiting for `00:00:30` before retrying function execution. Next attempt: '1'. Max retry count: '2'",
    "information Function.job: Waiting for `00:00:30` before retrying function execution. Next attempt: '2'. Max retry count: '2'",
  ]);
});

test('A count of -1 retries for ever', async () => {
  const { result, runs, advance } = start({ ...FIXED, maxRetryCount: -1 }, ({ retryContext }) => {
    if (retryContext?.retryCount !== 20) throw new Error('not yet');
  });

  await advance(3_600_000);
  const { ok } = await result;

  assert.equal(ok, true);
  assert.equal(runs.length, 21);
  assert.equal(runs[20]?.retryContext?.maxRetryCount, -1);
});

test('Exponential pauses begin with the minimum, grow and end at the maximum', async () => {
  const options: RetryOptions = {
    retryStrategy: 'exponentialBackoff',
    minimumInterval: { seconds: 10 },
    maximumInterval: { seconds: 60 },
    maxRetryCount: 8,
  };
  const { result, runs, advance } = start(options, fails);

  await advance(3_600_000);
  await result;

  const pauses = runs.slice(1).map(({ atMs }, index) => atMs - (runs[index]?.atMs ?? 0));
  assert.equal(pauses[0], 10_000);
  assert.equal(pauses.at(-1), 60_000);
  assert.deepEqual(
    pauses,
    pauses.toSorted((a, b) => a - b),
  );
});

test('A stop ends the wait for the next attempt with the failure at hand', async () => {
  const { result, runs, clock, stopping } = start(FIXED, fails);
  await until('the wait', () => clock.nextAlarmMs !== undefined);

  stopping.abort();
  const { ok } = await result;

  assert.equal(ok, false);
  assert.equal(runs.length, 1);
  assert.equal(clock.nextAlarmMs, undefined);
});

test('A stop during an attempt allows no further one', async () => {
  const stopping = new AbortController();
  const { result, runs, clock } = start(
    FIXED,
    () => {
      stopping.abort();
      throw new Error('not yet');
    },
    stopping,
  );

  const { ok } = await result;

  assert.equal(ok, false);
  assert.equal(runs.length, 1);
  assert.equal(clock.nextAlarmMs, undefined);
});

test('Back-off pauses lie between minimum and maximum, and start anew after a success (property)', () => {
  const limits = fc
    .tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 0, max: 100_000 }))
    .map(([min, more]) => ({ min, max: min + more }));
  const chance = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

  fc.assert(
    fc.property(limits, fc.array(chance, { minLength: 1, maxLength: 40 }), ({ min, max }, chances) => {
      let index = 0;
      const backoff = createBackoff(min, max, () => chances[index++ % chances.length] ?? 0);

      const pauses = chances.map(() => backoff.next());
      backoff.reset();

      assert.ok(pauses.every((pause) => pause >= min && pause <= max));
      assert.equal(pauses[0], min);
      assert.equal(backoff.next(), min);
    }),
  );
});
