// Every way in which a run can end but the plain one, long runs, and deltas, decided on scripted activities.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LearntFromSlices } from '../../src/domain/discovery-task.ts';
import { discoveryWorkflow } from '../../src/workflows/discovery-workflow.ts';
import { claim, found, missing, order, over, play, refused, sliceRead } from './full-run-script.ts';
import { counted, done, runWorkflow } from './run-workflow.ts';
import type { Played, Script, Scripted } from './run-workflow.ts';

test('a list that was cut short without a sign fails the run, and nothing is marked', async () => {
  const played = await play({
    'slices-compare': found(missing),
    'missing-confirm': refused('exchange.incomplete', 'The list was cut short.'),
  });

  assert.deepEqual(played.ending()['error'], { code: 'exchange.incomplete', message: 'The list was cut short.' });
  assert.equal(played.ending()['state'], 'failed');
});

test('a refusal of what a run cannot do without ends it failed with the words of whoever refused, and its counts', async () => {
  const played = await play({ 'mailboxes-read': refused('exchange.denied', 'Exchange Online refused Get-CASMailbox.') });

  assert.ok(!order(played).includes('slice-read'));
  const { state, error, completeness } = played.ending();
  assert.deepEqual(
    { state, error, completeness },
    { state: 'failed', error: { code: 'exchange.denied', message: 'Exchange Online refused Get-CASMailbox.' }, completeness: 0 },
  );
  assert.deepEqual(played.output, { ended: 'failed' });
});

test('a failure that no retry cures ends the run failed, with the share of the slices that were read', async () => {
  const slices = ['a', 'b', 'c', 'd'].map((name) => ({ name, query: {} }));
  const lastBreaks: Scripted = (asked) => {
    if ((asked.input['slice'] as { name: string }).name === 'd') throw new Error('[exchange.unavailable] no answer');
    return sliceRead(asked);
  };

  const played = await play({ 'slices-plan': done({ slices, mode: 'first-sync', expected: 30 }), 'slice-read': lastBreaks });

  const { state, error, completeness } = played.ending();
  assert.deepEqual(
    { state, error, completeness },
    { state: 'failed', error: { code: 'exchange.unavailable', message: 'no answer' }, completeness: 0.75 },
  );
});

test('a stop ends the run failed as stopped', async () => {
  const played = await play({ 'slice-read': over('stop-requested') });

  assert.equal(played.ending()['state'], 'failed');
  assert.equal((played.ending()['error'] as { code: string }).code, 'run.stopped');
});

test('when the connector is gone the run ends, so that one of a new connector can begin', async () => {
  const played = await play({ 'run-claim': over('connector-removed') });

  assert.deepEqual(order(played), ['run-claim', 'run-end']);
  assert.equal((played.ending()['error'] as { code: string }).code, 'run.connector-removed');
});

for (const reason of ['superseded', 'ended', 'missing']) {
  test(`an instance whose run is ${reason} leaves the record alone`, async () => {
    const played = await play({ 'mailboxes-read': over(reason) });

    assert.ok(!order(played).includes('run-end'));
    assert.deepEqual([played.status, played.output], ['Completed', { ended: reason }]);
  });
}

test('an instance that somebody started by hand, without a run, is turned away by the first activity', async () => {
  const played = await runWorkflow(discoveryWorkflow, { 'run-claim': over('missing') }, null);

  assert.deepEqual(played.output, { ended: 'missing' });
});

test('when the end of the run cannot be kept, the instance fails, for the watchdog to see', async () => {
  const played = await play({
    'run-end': () => {
      throw new Error('[store.unavailable] no answer');
    },
  });

  assert.equal(played.status, 'Failed');
  assert.equal(played.named('run-end').length, 5);
});

test('a run of 300,000 devices keeps a short history, also when many slices are cut, fail and are put off', async () => {
  const slices = Array.from({ length: 40 }, (_, index) => ({ name: `first-sync-${index}`, query: {} }));
  const rough: Scripted = (asked) => {
    const { before } = asked;
    if (before % 9 === 4) throw new Error('[exchange.unavailable] no answer');
    if (before % 9 === 7) return { answer: { outcome: 'again', afterSeconds: 300, counts: counted({ throttled: 1 }) }, tookMs: 30_000 };
    return { ...sliceRead(asked), tookMs: 120_000 };
  };

  const played = await play({ 'slices-plan': done({ slices, mode: 'first-sync', expected: 300_000 }), 'slice-read': rough });

  assert.equal(played.ending()['state'], 'completed');
  assert.ok(played.events < 1_000, `${played.events} events`);
});

const delta = (more: Script = {}): Promise<Played> =>
  runWorkflow(discoveryWorkflow, {
    'run-claim': claim({ kind: 'delta' }),
    'delta-read': done({ unfinished: [] }, { read: 3, added: 1 }),
    'owner-facts-apply': done({ told: 1, isComplete: true }),
    'run-end': done(),
    ...more,
  });

test('a delta is one activity, and one for what its new devices say of their owners', async () => {
  const played = await delta();

  assert.deepEqual(order(played), ['run-claim', 'delta-read', 'owner-facts-apply', 'run-end']);
  assert.equal(played.named('owner-facts-apply')[0]?.input['written'], 0);
  assert.deepEqual(played.ending()['counts'], counted({ read: 3, added: 1 }));
});

test('a delta that finds more than one activity may read goes on in slices, and only then moves the watermark', async () => {
  const firstSyncSample = ['2026-11-24T05:00:00.000Z', '2026-11-24T06:00:00.000Z', '2026-11-24T07:00:00.000Z'];
  const slice = { name: 'new', query: { firstSync: { from: '2026-11-24T00:00:00.000Z' } } };

  const played = await delta({
    'delta-read': done({ unfinished: [{ slice, firstSyncSample }] }),
    'known-remember': done({ known: 10 }),
    'mailboxes-read': done({ mailboxes: 5 }),
    'slice-read': sliceRead,
    'owners-resolve': done({ resolved: 0, unknown: 0 }),
    'predecessors-link': done({ linked: 0 }),
    'slices-learn': done(),
  });

  assert.ok(played.named('slice-read').length > 1);
  assert.ok(played.named('slice-read').every(({ input }) => (input['slice'] as { name: string }).name.startsWith('new-')));
  const { result, learnt } = played.named('slices-learn')[0]?.input ?? {};
  assert.equal(result, 'delta');
  assert.equal((learnt as LearntFromSlices).devices, 10 * played.named('slice-read').length);
  assert.ok(!order(played).includes('slices-compare'), 'a delta marks nothing as gone');
  assert.equal(played.ending()['state'], 'completed');
});
