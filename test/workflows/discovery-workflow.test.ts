// The order of a full run's steps, decided on scripted activities: what is read, compared, marked and kept.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LearntFromSlices } from '../../src/domain/discovery-task.ts';
import { discoveryWorkflow } from '../../src/workflows/discovery-workflow.ts';
import { claim, found, missing, newestOf, order, play, refused, sliceRead } from './full-run-script.ts';
import { counted, done, INPUT, mostAtOnce, runWorkflow } from './run-workflow.ts';
import type { Scripted } from './run-workflow.ts';

test('a full run reads its surroundings side by side, then the list, compares, learns and ends completed', async () => {
  const played = await play();

  assert.deepEqual(order(played).slice(0, 6), [
    'run-claim',
    'known-remember',
    'mailboxes-read',
    'organization-read',
    'managed-read',
    'directory-read',
  ]);
  assert.deepEqual(order(played).slice(6), [
    'slices-plan',
    'slice-read',
    'owners-resolve',
    'slices-compare',
    'owner-facts-apply',
    'predecessors-link',
    'slices-learn',
    'run-end',
  ]);
  assert.equal(new Set(played.calls.slice(1, 6).map(({ startedMs }) => startedMs)).size, 1);
  const { state, completeness, counts } = played.ending();
  assert.deepEqual({ state, completeness, counts }, { state: 'completed', completeness: 1, counts: counted({ read: 30, requests: 5 }) });
  assert.deepEqual(played.output, { ended: 'completed' });
});

test('every activity is told its organization, its run and the instance that asks, so that the record can turn it away', async () => {
  const played = await play();

  for (const { input, name } of played.calls) {
    assert.deepEqual(
      [input['organization'], input['run'], input['instance']],
      [INPUT.organization, INPUT.run, `discovery-${INPUT.organization}-${INPUT.run}`],
      name,
    );
  }
});

test('a first run has nothing to compare with', async () => {
  const played = await play({ 'known-remember': done({ known: 0 }) });

  assert.ok(!order(played).includes('slices-compare'));
  assert.ok(!order(played).includes('predecessors-link'));
  const { result, mode, learnt } = played.named('slices-learn')[0]?.input ?? {};
  const samples = [{ seen: 10, times: [newestOf('a'), newestOf('all')] }];
  assert.deepEqual(
    { result, mode, learnt },
    { result: 'complete', mode: 'chain', learnt: { devices: 10, samples, newest: newestOf('all') } },
  );
  assert.equal(played.ending()['state'], 'completed');
});

test('a first run in slices, which overlap, counts each device once', async () => {
  const slices = ['one', 'two', 'three', 'four'].map((name) => ({ name, query: {} }));

  const played = await play({
    'known-remember': done({ known: 0 }),
    'slices-plan': done({ slices, mode: 'first-sync', expected: 0 }),
    'slices-compare': found({ seen: 38, knownInScope: 0 }),
  });

  const { counts, state } = played.ending();
  assert.deepEqual([state, counts], ['completed', counted({ read: 38, added: 38, requests: 5 })]);
  const learnt = played.named('slices-learn')[0]?.input['learnt'] as LearntFromSlices;
  assert.equal(learnt.devices, 38);
  assert.ok(!order(played).includes('predecessors-link'));
});

test('the directory is read stretch by stretch from where the one before ended', async () => {
  const stretches: Scripted = ({ before }) => ({
    answer:
      before < 2
        ? { outcome: 'done', users: 5, isComplete: false, isWhole: true, cursor: `after-${before}`, counts: counted() }
        : { outcome: 'done', users: 5, isComplete: true, isWhole: true, counts: counted() },
  });

  const played = await play({ 'directory-read': stretches });

  assert.deepEqual(
    played.named('directory-read').map(({ input }) => [input['cursor'], input['isWhole']]),
    [
      [undefined, undefined],
      ['after-0', true],
      ['after-1', true],
    ],
  );
});

test('the list of mailboxes is read stretch by stretch, each with what the one before left', async () => {
  const rest = { parts: [{ name: 'b', query: {} }], read: ['a'], mailboxes: 5, withDevices: 4, isComparable: true };
  const stretches: Scripted = ({ before }) => ({
    answer: {
      outcome: 'done',
      mailboxes: 5 * (before + 1),
      withDevices: 4 * (before + 1),
      ...(before === 0 && { rest }),
      counts: counted({ requests: 1 }),
    },
  });

  const played = await play({ 'mailboxes-read': stretches });

  assert.deepEqual(
    played.named('mailboxes-read').map(({ input }) => input['rest']),
    [undefined, rest],
  );
  assert.equal(played.named('slices-plan')[0]?.input['mailboxesWithDevices'], 8);
});

test('directory, managed devices and organization settings may fail, and the run completes without them', async () => {
  const broken: Scripted = () => {
    throw new Error('[graph.unavailable] no answer');
  };

  const played = await play({
    'directory-read': broken,
    'managed-read': refused('graph.denied'),
    'organization-read': refused('exchange.denied'),
  });

  assert.equal(played.ending()['state'], 'completed');
  assert.equal(played.named('directory-read').length, 5);
});

test('a slice that is too long is cut by what was read of it, and its devices count once', async () => {
  const sample = Array.from({ length: 64 }, (_, index) => new Date(Date.UTC(2026, 0, 1 + index)).toISOString());
  const chain: Scripted = ({ input, before }) => {
    if (before > 0) return sliceRead({ input, before });
    const counts = counted({ read: 20_000, added: 20_000, requests: 20 });
    return { answer: { outcome: 'done', seen: 20_000, isComplete: false, isComparable: true, firstSyncSample: sample, counts } };
  };

  const compared = found({ seen: 20_300 });
  const played = await play({ 'known-remember': done({ known: 0 }), 'slice-read': chain, 'slices-compare': compared });

  const names = played.named('slice-read').map(({ input }) => (input['slice'] as { name: string }).name);
  assert.equal(names[0], 'all');
  assert.ok(names.length > 8 && names.slice(1).every((name) => name.startsWith('all-')), names.join());
  const resolved = played.named('owners-resolve')[0]?.input['slices'] as string[];
  assert.deepEqual(resolved.toSorted(), names.slice(1).toSorted());
  const learnt = played.named('slices-learn')[0]?.input['learnt'] as LearntFromSlices;
  assert.deepEqual([learnt.devices, learnt.samples.length], [20_300, names.length - 1]);
  assert.deepEqual(played.ending()['counts'], counted({ read: 20_300, added: 20_300, requests: 25 }));
});

test('a slice that nothing can cut fails the run instead of comparing a part of the list', async () => {
  const endless: Scripted = () => ({
    answer: { outcome: 'done', seen: 9, isComplete: false, isComparable: true, firstSyncSample: [], counts: counted() },
  });
  const slice = { name: 'x', query: { deviceIdPrefix: 'a'.repeat(40), accessState: 'Quarantined' } };

  const played = await play({ 'slices-plan': done({ slices: [slice], mode: 'device-id', expected: 30 }), 'slice-read': endless });

  assert.equal(played.ending()['state'], 'failed');
  assert.equal((played.ending()['error'] as { code: string }).code, 'exchange.incomplete');
});

test('what the slices tell later runs stays small however many there are', async () => {
  const slices = Array.from({ length: 60 }, (_, index) => ({ name: `first-sync-${index}`, query: {} }));
  const times = Array.from({ length: 128 }, (_, index) => new Date(Date.UTC(2026, 0, 1 + index)).toISOString());
  const rich: Scripted = () => ({
    answer: {
      outcome: 'done',
      seen: 5_000,
      isComplete: true,
      isComparable: true,
      firstSyncSample: times,
      counts: counted({ read: 5_000 }),
    },
  });

  const played = await play({
    'slices-plan': done({ slices, mode: 'first-sync', expected: 300_000 }),
    'slice-read': rich,
    'slices-compare': found({ seen: 299_000 }),
  });

  const learnt = played.named('slices-learn')[0]?.input['learnt'] as LearntFromSlices;
  const [pooled, ...others] = learnt.samples;
  assert.deepEqual([learnt.devices, others, pooled?.seen], [299_000, [], 300_000]);
  assert.ok(JSON.stringify(learnt).length < 60_000, `${JSON.stringify(learnt).length} characters`);
});

test('slices are read three at a time at first, and never more than the connector allows', async () => {
  const slices = Array.from({ length: 18 }, (_, index) => ({ name: `first-sync-${index}`, query: {} }));
  const slow: Scripted = (asked) => ({ ...sliceRead(asked), tookMs: 60_000 });

  const played = await play({
    'run-claim': claim({ readingParallel: 4 }),
    'slices-plan': done({ slices, mode: 'first-sync', expected: 30 }),
    'slice-read': slow,
  });

  const reads = played.named('slice-read');
  assert.equal(reads.filter(({ startedMs }) => startedMs === reads[0]?.startedMs).length, 3);
  assert.equal(mostAtOnce(reads), 4);
});

test('a total far from what was expected is read once more in another way; what either pass saw is there', async () => {
  const plans: Scripted = ({ input }) => {
    const slices = [{ name: input['pass'] === 1 ? 'first-sync-1' : 'device-id-1', query: {} }];
    return {
      answer: { outcome: 'done', slices, mode: input['pass'] === 1 ? 'first-sync' : 'device-id', expected: 5_000, counts: counted() },
    };
  };
  const compares: Scripted = ({ before }) => ({
    answer: {
      outcome: 'done',
      seen: 4_000,
      missing: 0,
      missingInScope: 0,
      knownInScope: 5_000,
      needsSecondPass: before === 0,
      counts: counted(),
    },
  });

  const played = await play({ 'slices-plan': plans, 'slices-compare': compares });

  assert.deepEqual(
    played.named('slices-compare').map(({ input }) => [input['pass'], input['slices']]),
    [
      [1, ['first-sync-1']],
      [2, ['first-sync-1', 'device-id-1']],
    ],
  );
  const { mode, learnt } = played.named('slices-learn')[0]?.input ?? {};
  const samples = [{ seen: 10, times: [newestOf('a'), newestOf('device-id-1')] }];
  assert.deepEqual([mode, learnt], ['device-id', { devices: 4_000, samples, newest: newestOf('device-id-1') }]);
});

test('rows without an id are kept, and nothing is concluded: the run fails and says so', async () => {
  const odd: Scripted = () => ({
    answer: { outcome: 'done', seen: 9, isComplete: true, isComparable: false, firstSyncSample: [], counts: counted({ read: 9 }) },
  });

  const played = await play({ 'slice-read': odd });

  assert.ok(!order(played).includes('slices-compare'));
  const { result, learnt } = played.named('slices-learn')[0]?.input ?? {};
  assert.deepEqual([result, learnt], ['not-compared', { devices: 9, samples: [{ seen: 9, times: [] }] }]);
  assert.equal(played.ending()['state'], 'failed');
  assert.equal((played.ending()['error'] as { code: string }).code, 'exchange.incomplete');
});

test('what is missing is asked for again, judged, and marked', async () => {
  const played = await play({
    'slices-compare': found(missing),
    'missing-confirm': done({ missing: 5, missingInScope: 4, present: 2 }),
    'missing-judge': done({ gone: 5, isHeld: false }),
    'missing-apply': done({}, { gone: 5 }),
  });

  const { missing: left, missingInScope, knownInScope } = played.named('missing-judge')[0]?.input ?? {};
  assert.deepEqual({ left, missingInScope, knownInScope }, { left: 5, missingInScope: 4, knownInScope: 30 });
  assert.equal(played.named('missing-apply')[0]?.input['set'], 'gone');
  assert.equal((played.ending()['counts'] as { gone: number }).gone, 5);
  assert.equal(played.ending()['state'], 'completed');
});

test('when all that was missing is there after all, nothing is judged and nothing marked', async () => {
  const played = await play({ 'slices-compare': found(missing), 'missing-confirm': done({ missing: 0, missingInScope: 0, present: 7 }) });

  assert.equal(played.ending()['state'], 'completed');
});

test('what devices say of their owners is told again until all is told, with how many the run wrote', async () => {
  const pass: Scripted = ({ before }) => done({ told: 10, isComplete: before === 2 })({ input: {}, before });
  const read: Scripted = (asked) => ({ answer: { ...sliceRead(asked).answer, counts: counted({ read: 10, added: 2, changed: 3 }) } });

  const [first, later] = [
    await play({ 'owner-facts-apply': pass, 'slice-read': read, 'known-remember': done({ known: 0 }) }),
    await play({ 'owner-facts-apply': pass, 'slice-read': read }),
  ];

  for (const played of [first, later]) {
    assert.deepEqual(
      played.named('owner-facts-apply').map(({ input }) => input['written']),
      [5, 5, 5],
    );
    assert.equal(played.ending()['state'], 'completed');
    assert.deepEqual(played.ending()['counts'], counted({ read: played === later ? 30 : 10, added: 2, changed: 3, requests: 5 }));
  }
});

test('a run whose devices cannot be told of their owners is completed all the same', async () => {
  const failing: Scripted = () => {
    throw new Error('[store.unavailable] no answer');
  };

  const ended = [await play({ 'owner-facts-apply': failing }), await play({ 'owner-facts-apply': refused('graph.denied') })];

  assert.deepEqual(
    ended.map((played) => [played.ending()['state'], played.ending()['completeness']]),
    [
      ['completed', 1],
      ['completed', 1],
    ],
  );
});

test('too much missing holds the run: nothing is marked, and the next run is told', async () => {
  const played = await play({
    'slices-compare': found({ missing: 900, missingInScope: 900, knownInScope: 1_000 }),
    'missing-confirm': done({ missing: 900, missingInScope: 900, present: 0 }),
    'missing-judge': done({ gone: 0, isHeld: true }),
  });

  assert.ok(!order(played).includes('missing-apply'));
  assert.equal(played.named('slices-learn')[0]?.input['result'], 'held');
  assert.deepEqual([played.ending()['state'], played.ending()['missing']], ['held', 900]);
});

test('held again with some that an earlier held run missed as well: those are marked, the rest waits', async () => {
  const played = await play({
    'slices-compare': found({ missing: 900, missingInScope: 900, knownInScope: 1_000 }),
    'missing-confirm': done({ missing: 900, missingInScope: 900, present: 0 }),
    'missing-judge': done({ gone: 300, isHeld: true }),
    'missing-apply': done({}, { gone: 300 }),
  });

  assert.deepEqual([played.ending()['state'], played.ending()['missing']], ['held', 600]);
});

test('a held run that was accepted marks what it found missing and reads nothing', async () => {
  const played = await runWorkflow(discoveryWorkflow, {
    'run-claim': claim({ isAccepted: true }),
    'missing-apply': done({}, { gone: 900 }),
    'slices-learn': done(),
    'run-end': done(),
  });

  assert.deepEqual(order(played), ['run-claim', 'missing-apply', 'slices-learn', 'run-end']);
  assert.equal(played.named('missing-apply')[0]?.input['set'], 'missing');
  const { result, gone, ...rest } = played.named('slices-learn')[0]?.input ?? {};
  assert.deepEqual([result, gone, rest['learnt'], rest['mode']], ['complete', 900, undefined, undefined]);
  assert.equal(played.ending()['state'], 'completed');
});
