// What one full run learns is what the next one plans by.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DiscoveryState } from '../../src/domain/connector.ts';
import type { DeviceGuid } from '../../src/domain/device-identity.ts';
import type { KnownDevice } from '../../src/domain/discovery-files-port.ts';
import type { SlicesLearnTask, SlicesPlanTask } from '../../src/domain/discovery-task.ts';
import { SLICE_DEVICES } from '../../src/domain/slice.ts';
import { learnSlices } from '../../src/operations/learn-slices.ts';
import { planSlices } from '../../src/operations/plan-slices.ts';
import { readSlice } from '../../src/operations/read-slice.ts';
import { createDiscoveryScene, deviceAt, guidOf, organization } from '../support/discovery-scene.ts';
import type { DiscoveryScene } from '../support/discovery-scene.ts';
import { beginReading, doneOf } from './reading-steps.ts';

/** A run before which so many devices were known, one of them gone. */
async function aPlan(scene: DiscoveryScene, known: number, pass: 1 | 2 = 1): Promise<SlicesPlanTask> {
  const task = await scene.begin();
  const writer = scene.ports.files.knownWriter(scene.keyOf(task));
  const device = (index: number): KnownDevice => ({
    id: guidOf(3, index) as DeviceGuid,
    fingerprint: '',
    isGone: index === 0,
    scope: 'in',
  });
  writer.add(Array.from({ length: known }, (_, index) => device(index)));
  await writer.finish();
  return { ...task, pass, mailboxesWithDevices: 0 };
}

describe('a plan', () => {
  test('of a first run is one chain, and nothing is expected', async () => {
    const scene = createDiscoveryScene();

    const { slices, mode, expected } = doneOf(await planSlices(scene.ports, await aPlan(scene, 0)));

    assert.deepEqual([slices, mode, expected], [[{ name: 'all', query: {} }], 'chain', 0]);
  });

  test('of a first run is to be cut by its first page where more mailboxes have a device than one activity can read', async () => {
    const scene = createDiscoveryScene();
    const task = { ...(await aPlan(scene, 0)), mailboxesWithDevices: SLICE_DEVICES + 1 };

    const { slices } = doneOf(await planSlices(scene.ports, task));

    assert.deepEqual(slices, [{ name: 'all', query: {}, isProbe: true }]);
  });

  test('of a second pass over a short list has other files than the first', async () => {
    const scene = createDiscoveryScene();

    const { slices, expected } = doneOf(await planSlices(scene.ports, await aPlan(scene, 5, 2)));

    assert.deepEqual([slices.map(({ name }) => name), expected], [['all-again'], 4]);
  });

  test('of a long list follows the bounds that were learnt', async () => {
    const scene = createDiscoveryScene();
    const sliceBounds = ['2026-02-01T00:00:00.000Z', '2026-05-01T00:00:00.000Z'];
    await scene.remember({ sliceBounds });

    const { slices, mode } = doneOf(await planSlices(scene.ports, await aPlan(scene, SLICE_DEVICES + 2)));

    assert.equal(mode, 'first-sync');
    assert.equal(slices.length, 4);
  });

  test('by DeviceIds is made from those that are stored', async () => {
    const scene = createDiscoveryScene();
    scene.addMailbox(0);
    for (let index = 0; index < 30; index += 1) scene.addDevice(index, 0, { deviceId: `${index % 2 === 0 ? 'Appl' : 'android'}${index}` });
    doneOf(await readSlice(scene.ports, { ...(await beginReading(scene)), slice: { name: 'all', query: {} } }));

    const { slices, mode } = doneOf(await planSlices(scene.ports, await aPlan(scene, 2 * SLICE_DEVICES, 2)));

    assert.equal(mode, 'device-id');
    assert.ok(slices.some(({ query }) => query.deviceIdPrefix?.startsWith('a')));
    assert.ok(slices.some(({ query }) => query.deviceIdWithout !== undefined));
  });
});

describe('what is learnt', () => {
  const before: DiscoveryState = {
    watermark: '2026-01-02T00:00:00.000Z',
    slicedRuns: 3,
    sliceBounds: ['2026-01-01T00:00:00.000Z'],
    held: { runId: 'earlier', endedAt: '2026-11-20T00:00:00.000Z' },
    directoryCursor: 'kept',
  };

  type LearnTask = Omit<SlicesLearnTask, 'result' | 'mode'>;

  /** A run that has read its one slice, with what that told. */
  async function aRun(state: DiscoveryState = before): Promise<[DiscoveryScene, LearnTask]> {
    const scene = createDiscoveryScene();
    await scene.remember(state);
    scene.addMailbox(0);
    for (let index = 0; index < 5; index += 1) scene.addDevice(index, 0);
    scene.addDevice(5, 0, { firstSyncAt: '2027-01-01T00:00:00.000Z' });
    const task = await beginReading(scene);
    const { seen, firstSyncSample, newestFirstSync } = doneOf(await readSlice(scene.ports, { ...task, slice: { name: 'all', query: {} } }));
    const learnt = {
      devices: seen,
      samples: [{ seen, times: firstSyncSample }],
      ...(newestFirstSync !== undefined && { newest: newestFirstSync }),
    };
    scene.clock.advance(60_000);
    return [scene, { ...task, learnt }];
  }

  test('of a complete run is when it was, how much there is and what the newest first sync is, but never one in the future', async () => {
    const [scene, task] = await aRun();

    doneOf(await learnSlices(scene.ports, { ...task, result: 'complete', mode: 'first-sync' }));

    const state = await scene.state();
    const endedAt = scene.clock.now();
    assert.deepEqual(state, {
      watermark: deviceAt(4, 0).firstSyncAt,
      slicedRuns: 4,
      sliceBounds: [],
      directoryCursor: 'kept',
      lastFull: { runId: task.run, startedAt: '2026-11-24T08:00:00.000Z', endedAt, devices: 6 },
    });
  });

  test('of a long list is where to cut it', async () => {
    const [scene, task] = await aRun();
    const times = Array.from({ length: 100 }, (_, index) => deviceAt(index, 0).firstSyncAt ?? '');
    const slices = [times.slice(0, 50), times.slice(50)].map((part) => ({ seen: SLICE_DEVICES, times: part }));
    const learnt = { devices: 2 * SLICE_DEVICES, samples: slices };

    doneOf(await learnSlices(scene.ports, { ...task, learnt, result: 'complete', mode: 'chain' }));

    const state = await scene.state();
    assert.equal(state?.lastFull?.devices, 2 * SLICE_DEVICES);
    const [bound, ...others] = state.sliceBounds ?? [];
    assert.deepEqual(others, []);
    assert.ok(bound !== undefined && times.indexOf(bound) >= 47 && times.indexOf(bound) <= 53, `cut at ${bound}`);
  });

  test('of a held run that was accepted is nothing but that it is the last one, with fewer devices, and however often that is kept', async () => {
    const lastFull = { runId: 'x', startedAt: '2026-11-20T00:00:00.000Z', endedAt: '2026-11-20T01:00:00.000Z', devices: 100 };
    const [scene, { learnt: _, ...task }] = await aRun({ ...before, lastFull });
    const accepted = { ...task, result: 'complete', gone: 30 } as const;

    doneOf(await learnSlices(scene.ports, accepted));
    doneOf(await learnSlices(scene.ports, accepted));

    const { held: _held, ...kept } = before;
    const last = { runId: task.run, startedAt: '2026-11-24T08:00:00.000Z', endedAt: scene.clock.now(), devices: 70 };
    assert.deepEqual(await scene.state(), { ...kept, lastFull: last });
  });

  test('of a run that read in another way is that the count of sliced ones begins anew', async () => {
    const [scene, task] = await aRun();

    doneOf(await learnSlices(scene.ports, { ...task, result: 'complete', mode: 'device-id' }));

    assert.equal((await scene.state())?.slicedRuns, 0);
  });

  const unfinished = [
    ['held', { held: 'this run' }],
    ['not-compared', { held: 'the earlier one' }],
    ['delta', { held: 'the earlier one' }],
  ] as const;
  for (const [result, { held }] of unfinished) {
    test(`of one that ended ${result} never makes it the last full one, and ${held} waits for agreement`, async () => {
      const [scene, task] = await aRun();

      doneOf(await learnSlices(scene.ports, { ...task, result, mode: 'first-sync' }));

      const state = await scene.state();
      assert.equal(state?.lastFull, undefined);
      assert.equal(state?.held?.runId, held === 'this run' ? task.run : 'earlier');
      assert.equal(state.watermark, deviceAt(4, 0).firstSyncAt);
    });
  }

  test('never moves the watermark back', async () => {
    const [scene, task] = await aRun({ watermark: '2026-11-01T00:00:00.000Z' });

    doneOf(await learnSlices(scene.ports, { ...task, result: 'complete', mode: 'chain' }));

    assert.equal((await scene.state())?.watermark, '2026-11-01T00:00:00.000Z');
  });

  test('is kept beside what others keep at the same time', async () => {
    const [scene, task] = await aRun();
    const { connectors } = scene.ports;
    let writes = 0;
    const racing = Object.assign(Object.create(connectors) as typeof connectors, {
      async keepDiscoveryState(...given: Parameters<typeof connectors.keepDiscoveryState>) {
        writes += 1;
        if (writes === 1) await scene.remember({ ...before, directoryCursor: 'moved' });
        return connectors.keepDiscoveryState(...given);
      },
    });

    doneOf(await learnSlices({ ...scene.ports, connectors: racing }, { ...task, result: 'complete', mode: 'chain' }));

    const state = await scene.state();
    assert.deepEqual([state?.directoryCursor, state?.lastFull?.runId, writes], ['moved', task.run, 2]);
  });

  test('is nothing from a run that was stopped', async () => {
    const [scene, task] = await aRun();
    await scene.changeRun(task, { stopRequestedBy: 'somebody' });

    const answer = await learnSlices(scene.ports, { ...task, result: 'complete', mode: 'chain' });

    assert.deepEqual(answer, { outcome: 'over', reason: 'stop-requested' });
    assert.deepEqual(await scene.state(), before);
    assert.ok(await scene.ports.connectors.get(organization));
  });
});
