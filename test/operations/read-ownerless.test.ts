import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../src/domain/errors.ts';
import { OWNERLESS } from '../../src/operations/plan-statistics.ts';
import { readOwnerless } from '../../src/operations/read-ownerless.ts';
import { createDiscoveryScene, deviceGuid } from '../support/discovery-scene.ts';
import { done, exist, record, store, writeIds } from './missing-steps.ts';

test('devices are read one by one; one that is not there counts as read, one that is refused is left, one that is not stored is passed over', async () => {
  let calls = 0;
  const scene = createDiscoveryScene({
    before: () => {
      calls += 1;
      if (calls === 2) throw new AppError('exchange.denied', { request: 'Get-MobileDeviceStatistics' });
    },
  });
  exist(scene, [1, 2]);
  await store(scene, [1, 2, 3]);
  scene.clock.advance(60_000);
  const task = await scene.begin('statistics');
  await writeIds(scene, task, OWNERLESS, [1, 2, 3, 4].map(deviceGuid));

  const answer = done(await readOwnerless(scene.ports, task));

  const read = await Promise.all([1, 2, 3].map(async (index) => (await record(scene, index)).statistics?.readAt));
  const readAt = scene.clock.now();
  assert.deepEqual(read, [readAt, undefined, readAt]);
  assert.deepEqual([answer.devices, answer.counts.statistics, calls], [2, 2, 3]);
});

test('a run without such devices reads nothing', async () => {
  const scene = createDiscoveryScene();
  const task = await scene.begin('statistics');

  const answer = done(await readOwnerless(scene.ports, task));

  assert.equal(answer.devices, 0);
});
