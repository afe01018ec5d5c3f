// The reading of statistics on scripted activities: in time, at the pace of the connector, and with a history that stays short.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statisticsWorkflow } from '../../src/workflows/statistics-workflow.ts';
import { counted, done, mostAtOnce, runWorkflow } from './run-workflow.ts';
import type { Played, Script, Scripted } from './run-workflow.ts';

const SECOND_MS = 1_000;

/** 0.8 s a mailbox. */
const reads: Scripted = ({ input }) => {
  const count = Number(input['count']);
  return { answer: { outcome: 'done', mailboxes: count, failed: 0, counts: counted({ statistics: count }) }, tookMs: count * 800 };
};

const play = (mailboxes: number, more: Script = {}): Promise<Played> =>
  runWorkflow(statisticsWorkflow, {
    'run-claim': done({ kind: 'statistics', isAccepted: false, readingParallel: 6, statisticsParallel: 3, statisticsMinutes: 12 }),
    'statistics-plan': done({ count: mailboxes }),
    'statistics-read': reads,
    'ownerless-read': done({ devices: 0 }),
    'run-end': done(),
    ...more,
  });

test('every mailbox of the queue is read once, three parts at a time, and then the devices without an owner', async () => {
  const played = await play(500);

  const parts = played.named('statistics-read').map(({ input }) => [Number(input['from']), Number(input['count'])] as const);
  assert.deepEqual(
    parts.flatMap(([from, count]) => Array.from({ length: count }, (_, index) => from + index)),
    Array.from({ length: 500 }, (_, index) => index),
  );
  assert.equal(mostAtOnce(played.named('statistics-read')), 3);
  assert.deepEqual(played.ending()['counts'], counted({ statistics: 500 }));
  assert.deepEqual([played.ending()['state'], played.ending()['completeness']], ['completed', 1]);
  assert.equal(played.calls.at(-2)?.name, 'ownerless-read');
});

test('nothing new is begun once the minutes of the connector are over, and the share that was reached is told', async () => {
  const played = await play(100_000);

  const begun = played.named('statistics-read').map(({ startedMs }) => startedMs);
  assert.ok(Math.max(...begun) < 12 * 60 * SECOND_MS);
  assert.ok(played.tookMs < 13 * 60 * SECOND_MS, `${played.tookMs} ms`);
  const { statistics } = played.ending()['counts'] as { statistics: number };
  assert.ok(statistics > 2_500, `${statistics} mailboxes`);
  assert.equal(played.ending()['completeness'], statistics / 100_000);
});

test('a run that reads 3,400 mailboxes keeps a history of less than two thousand events', async () => {
  const quick: Scripted = (asked) => ({ ...reads(asked), tookMs: 500 * Number(asked.input['count']) });

  const played = await play(3_400, { 'statistics-read': quick });

  assert.equal((played.ending()['counts'] as { statistics: number }).statistics, 3_400);
  assert.ok(played.events < 2_000, `${played.events} events`);
});

test('an empty queue is no reason to read anything', async () => {
  const played = await play(0);

  assert.equal(played.named('statistics-read').length, 0);
  assert.deepEqual([played.ending()['state'], played.ending()['completeness']], ['completed', 1]);
});

test('an Exchange that refuses ends the run failed, with the reason', async () => {
  const refuses: Scripted = () => ({
    answer: { outcome: 'refused', code: 'exchange.denied', message: 'no', counts: counted({ requests: 1 }) },
  });

  const played = await play(100, { 'statistics-read': refuses });

  assert.deepEqual([played.ending()['state'], played.ending()['error']], ['failed', { code: 'exchange.denied', message: 'no' }]);
});

test('throttling leaves one lane, and the run still keeps its time', async () => {
  const throttled: Scripted = (asked) => {
    const { answer, tookMs } = reads(asked);
    return { answer: { ...answer, counts: counted({ statistics: 40, throttled: 2 }) }, ...(tookMs !== undefined && { tookMs }) };
  };

  const played = await play(100_000, { 'statistics-read': throttled });

  const late = played.named('statistics-read').filter(({ startedMs }) => startedMs > 60 * SECOND_MS);
  assert.equal(mostAtOnce(late), 1);
  assert.equal(played.ending()['state'], 'completed');
});
