import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentStatistics } from '../../src/domain/activity.ts';
import type { DeviceAmendment } from '../../src/domain/device-store-port.ts';
import { applyMissing } from '../../src/operations/apply-missing.ts';
import { createDiscoveryScene, deviceGuid, organization } from '../support/discovery-scene.ts';
import type { DiscoveryScene } from '../support/discovery-scene.ts';
import type { RunTask } from '../../src/domain/run-task.ts';
import { done, endRun, goneAmong, record, store, writeIds } from './missing-steps.ts';

const HOUR_MS = 3_600_000;

/** A run that found these stored devices missing. */
async function aRunMissing(indexes: readonly number[], scene = createDiscoveryScene()): Promise<{ scene: DiscoveryScene; task: RunTask }> {
  await store(scene, indexes);
  scene.clock.advance(HOUR_MS);
  const task = await scene.begin();
  for (const set of ['missing', 'gone']) await writeIds(scene, task, set, indexes.map(deviceGuid));
  scene.clock.advance(60_000);
  return { scene, task };
}

test('a device that anybody saw since the run began is not marked: observed, or told of by statistics', async () => {
  const { scene, task } = await aRunMissing([1, 2, 3, 4]);
  const readAt = scene.clock.now();
  const facts = { ...silentStatistics(deviceGuid(2)), lastSyncAttemptAt: readAt };
  await scene.ports.devices.amend(organization, [
    { id: deviceGuid(2), statistics: { facts, readAt } },
    { id: deviceGuid(3), statistics: { facts: silentStatistics(deviceGuid(3)), readAt } },
    { id: deviceGuid(1), goneAt: readAt },
  ]);
  await store(scene, [1]);

  const answer = await applyMissing(scene.ports, { ...task, set: 'gone' });

  assert.deepEqual(await goneAmong(scene, [1, 2, 3, 4]), [3, 4]);
  assert.equal(done(answer).counts.gone, 2);
});

test('a device that comes back between reading and marking it stays', async () => {
  let hasComeBack = false;
  const scene = createDiscoveryScene({
    ports: ({ devices }) => ({
      devices: Object.assign(Object.create(devices), {
        async amend(...[of, amendments]: [typeof organization, readonly DeviceAmendment[]]) {
          const isMarking = amendments.some(({ goneAt }) => goneAt !== undefined);
          if (isMarking && !hasComeBack) {
            hasComeBack = true;
            await devices.amend(of, [{ id: deviceGuid(1), scope: { isInScope: true } }]);
            await devices.amend(of, [{ id: deviceGuid(2), goneAt: scene.clock.now() }]);
            await store(scene, [2]);
          }
          return devices.amend(of, amendments);
        },
        // The store keeps its state in private members, so its methods need the store itself.
        get: devices.get.bind(devices),
        writer: devices.writer.bind(devices),
      }),
    }),
  });
  const { task } = await aRunMissing([1, 2, 3], scene);

  const answer = await applyMissing(scene.ports, { ...task, set: 'gone' });

  assert.deepEqual(await goneAmong(scene, [1, 2, 3]), [1, 3]);
  assert.equal(done(answer).counts.gone, 2);
});

test('devices that are stored no more are passed over, and those marked by an earlier attempt keep their time and count', async () => {
  const { scene, task } = await aRunMissing([1, 2]);
  await writeIds(scene, task, 'gone', [1, 2, 3].map(deviceGuid));

  const first = await applyMissing(scene.ports, { ...task, set: 'gone' });
  const { goneAt } = await record(scene, 1);
  scene.clock.advance(60_000);
  const second = await applyMissing(scene.ports, { ...task, set: 'gone' });

  assert.deepEqual([done(first).counts.gone, done(second).counts.gone], [2, 2]);
  assert.equal((await record(scene, 1)).goneAt, goneAt);
});

test('a held run that was accepted marks what it found missing', async () => {
  const { scene, task } = await aRunMissing([1, 2]);
  await endRun(scene, task, true);
  const before = await applyMissing(scene.ports, { ...task, set: 'missing' });
  await scene.changeRun(task, { acceptedBy: 'admin' });

  const after = await applyMissing(scene.ports, { ...task, set: 'missing' });

  assert.deepEqual(before, { outcome: 'over', reason: 'ended' });
  assert.equal(done(after).counts.gone, 2);
  assert.deepEqual(await goneAmong(scene, [1, 2]), [1, 2]);
});

test('an accepted run that is started anew after it was remembered as complete ends as it did before', async () => {
  const { scene, task } = await aRunMissing([1, 2]);
  await endRun(scene, task, true);
  await scene.changeRun(task, { acceptedBy: 'admin' });
  await applyMissing(scene.ports, { ...task, set: 'missing' });
  const at = scene.clock.now();
  await scene.remember({ lastFull: { runId: task.run, startedAt: at, endedAt: at, devices: 2 } });

  const again = await applyMissing(scene.ports, { ...task, set: 'missing' });

  assert.equal(done(again).counts.gone, 2);
});

test('a held run that was accepted stands back for a full run that goes on or has completed since', async () => {
  const { scene, task } = await aRunMissing([1, 2]);
  await endRun(scene, task, true);
  await scene.changeRun(task, { acceptedBy: 'admin' });
  const newer = await scene.begin();

  const during = await applyMissing(scene.ports, { ...task, set: 'missing' });
  await endRun(scene, newer, false);
  const afterwards = await applyMissing(scene.ports, { ...task, set: 'missing' });

  const codes = [during, afterwards].map((answer) => answer.outcome === 'refused' && answer.code);
  assert.deepEqual(codes, ['run.superseded', 'run.superseded']);
  assert.deepEqual(await goneAmong(scene, [1, 2]), []);
});
