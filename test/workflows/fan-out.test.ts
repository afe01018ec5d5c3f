// The fan-out on the real SDK: how many activities are under way, what is tried again and when, and that nothing is launched twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OrchestrationHandler } from 'durable-functions';
import { fanOut } from '../../src/workflows/fan-out.ts';
import { createLanes } from '../../src/workflows/lanes.ts';
import { callOf, failureOf, openScript, optional } from '../../src/workflows/run-script.ts';
import type { RunScript } from '../../src/workflows/run-script.ts';
import { counted, mostAtOnce, runWorkflow } from './run-workflow.ts';
import type { Scripted } from './run-workflow.ts';

interface Wish {
  readonly count: number;
  readonly start: number;
  readonly most: number;
  readonly isOptional?: boolean;
}

/** An orchestration that reads so many parts of a queue and answers what was counted, or how it failed. */
function parts({ count, start, most, isOptional = false }: Wish): OrchestrationHandler {
  return function* read(context) {
    const script = openScript(context);
    const call = (from: number): ReturnType<typeof callOf> => {
      const made = callOf(script, 'statistics-read', { from, count: 1 });
      return isOptional ? optional(made) : made;
    };
    try {
      yield* fanOut(
        script,
        Array.from({ length: count }, (_, from) => call(from)),
        createLanes(start, most),
      );
      return { counts: script.counts };
    } catch (error) {
      return failureOf(error);
    }
  };
}

const MINUTE_MS = 60_000;

/** Takes a minute, so that the parts under way at a time can be told by their times. */
const aMinute =
  (wasThrottled: (from: number) => boolean = () => false): Scripted =>
  ({ input }) => ({
    answer: { outcome: 'done', counts: counted({ statistics: 1, throttled: wasThrottled(Number(input['from'])) ? 1 : 0 }) },
    tookMs: MINUTE_MS,
  });

test('as many activities are under way as the lanes allow, one more after as many quiet answers as there are lanes', async () => {
  const played = await runWorkflow(parts({ count: 40, start: 3, most: 5 }), { 'statistics-read': aMinute() });

  assert.equal(played.status, 'Completed', String(played.output));
  assert.equal(played.named('statistics-read').length, 40);
  assert.deepEqual(
    [0, 1, 2, 8].map((minute) => played.calls.filter(({ startedMs }) => startedMs === minute * MINUTE_MS).length),
    [3, 4, 5, 3],
  );
  assert.equal(mostAtOnce(played.calls), 5);
});

test('a throttled answer halves the lanes', async () => {
  const played = await runWorkflow(parts({ count: 10, start: 4, most: 4 }), {
    'statistics-read': aMinute((from) => from === 0 || from === 4),
  });

  const inMinute = (minute: number): number => played.calls.filter(({ startedMs }) => startedMs === minute * MINUTE_MS).length;
  // The others of each minute are quiet: as many of them as there are lanes left bring back one.
  assert.deepEqual([0, 1, 2].map(inMinute), [4, 3, 2]);
});

test('a slow activity is waited for while the others go on, and never are there more than the lanes allow', async () => {
  const slow: Scripted = ({ input }) => ({
    answer: { outcome: 'done', counts: counted() },
    tookMs: input['from'] === 1 ? 10 * MINUTE_MS : MINUTE_MS,
  });

  const played = await runWorkflow(parts({ count: 8, start: 2, most: 2 }), { 'statistics-read': slow });

  assert.equal(played.status, 'Completed');
  assert.equal(mostAtOnce(played.calls), 2);
  assert.ok(played.tookMs <= 16 * MINUTE_MS, `${played.tookMs} ms`);
});

test('what fails is tried again after 15, 30, 60 and 120 seconds, and then fails the run with its own words', async () => {
  const failing: Scripted = () => {
    throw new Error('[exchange.unavailable] Exchange Online did not answer Get-MobileDevice.');
  };

  const played = await runWorkflow(parts({ count: 1, start: 1, most: 1 }), { 'statistics-read': failing });

  assert.deepEqual(
    played.calls.map(({ startedMs }) => startedMs / 1000),
    [0, 15, 45, 105, 225],
  );
  assert.deepEqual(played.output, { code: 'exchange.unavailable', message: 'Exchange Online did not answer Get-MobileDevice.' });
});

test('what fails once is done by the next attempt, while the others go on', async () => {
  const shaky: Scripted = ({ input, before }) => {
    if (input['from'] === 0 && before === 0) throw new Error('[store.unavailable] no answer');
    return { answer: { outcome: 'done', counts: counted({ statistics: 1 }) }, tookMs: MINUTE_MS };
  };

  const played = await runWorkflow(parts({ count: 6, start: 2, most: 2 }), { 'statistics-read': shaky });

  assert.deepEqual(played.output, { counts: counted({ statistics: 6 }) });
  assert.equal(played.calls.length, 7);
});

test('an answer that asks for a later time is asked for again then, and counts what it cost', async () => {
  const busy: Scripted = ({ before }) => ({
    answer:
      before === 0
        ? { outcome: 'again', afterSeconds: 3_000, counts: counted({ read: 500, requests: 7, throttled: 1 }) }
        : { outcome: 'done', counts: counted({ read: 900, requests: 9 }) },
  });

  const played = await runWorkflow(parts({ count: 1, start: 1, most: 1 }), { 'statistics-read': busy });

  assert.deepEqual(
    played.calls.map(({ startedMs }) => startedMs / 1000),
    [0, 3_000],
  );
  assert.deepEqual(played.output, { counts: counted({ read: 900, requests: 16, throttled: 1 }) });
});

test('what is put off twenty times and once more fails the run as throttled', async () => {
  const busy: Scripted = () => ({ answer: { outcome: 'again', afterSeconds: 60, counts: counted() } });

  const played = await runWorkflow(parts({ count: 1, start: 1, most: 1 }), { 'statistics-read': busy });

  assert.equal(played.calls.length, 21);
  assert.equal((played.output as { code: string }).code, 'exchange.throttled');
});

test('a part that is optional may fail and may refuse, and the others are read', async () => {
  const mixed: Scripted = ({ input }) => {
    if (input['from'] === 0) throw new Error('[internal] broken');
    if (input['from'] === 1)
      return { answer: { outcome: 'refused', code: 'graph.denied', message: 'no', counts: counted({ requests: 1 }) } };
    return { answer: { outcome: 'done', counts: counted({ requests: 1 }) } };
  };

  const played = await runWorkflow(parts({ count: 4, start: 2, most: 2, isOptional: true }), { 'statistics-read': mixed });

  assert.deepEqual(played.output, { counts: counted({ requests: 3 }) });
});

test('an answer of a form that nobody knows fails the run', async () => {
  const played = await runWorkflow(parts({ count: 1, start: 1, most: 1 }), { 'statistics-read': () => ({ answer: { outcome: 'fine' } }) });

  assert.equal((played.output as { code: string }).code, 'internal');
});

test('what follows from an answer is called once the lanes have room', async () => {
  const chain: OrchestrationHandler = function* read(context) {
    const script: RunScript = openScript(context);
    const stretch = (from: number): ReturnType<typeof callOf> =>
      callOf(script, 'statistics-read', { from, count: 1 }, () => (from < 3 ? [stretch(from + 1)] : []));
    yield* fanOut(script, [stretch(0)], createLanes(1, 1));
    return 'read';
  };

  const played = await runWorkflow(chain, { 'statistics-read': aMinute() });

  assert.deepEqual(
    played.calls.map(({ input, startedMs }) => [input['from'], startedMs / MINUTE_MS]),
    [0, 1, 2, 3].map((from) => [from, from]),
  );
});
