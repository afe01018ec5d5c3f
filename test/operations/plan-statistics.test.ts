import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentStatistics } from '../../src/domain/activity.ts';
import { OWNERLESS, planStatistics } from '../../src/operations/plan-statistics.ts';
import { createDiscoveryScene, deviceAt, deviceGuid, mailboxGuid, organization } from '../support/discovery-scene.ts';
import type { DiscoveryScene } from '../support/discovery-scene.ts';
import { done, idsIn, store } from './missing-steps.ts';

async function readAgo({ ports, clock }: DiscoveryScene, index: number): Promise<void> {
  const statistics = { facts: silentStatistics(deviceGuid(index)), readAt: clock.now() };
  await ports.devices.amend(organization, [{ id: deviceGuid(index), statistics }]);
  clock.advance(60_000);
}

test('mailboxes are asked once each: those with new devices first, then those that were not read for longest; gone devices ask for nothing', async () => {
  const scene = createDiscoveryScene();
  await store(scene, [1, 2, 3, 6]);
  await store(scene, [4, 5], 4);
  scene.clock.advance(60_000);
  for (const index of [4, 2, 1, 3]) await readAgo(scene, index);
  await store(scene, [7]);
  await scene.ports.devices.amend(organization, [{ id: deviceGuid(6), goneAt: scene.clock.now() }]);
  const task = await scene.begin('statistics');

  const answer = await planStatistics(scene.ports, task);

  // Of mailbox 4 one device was never read.
  const queue = await scene.ports.files.queue(scene.keyOf(task), 0, 100);
  assert.deepEqual(queue, [7, 4, 2, 1, 3].map(mailboxGuid));
  assert.equal(done(answer).count, 5);
});

test('devices outside the connector’s scope ask for nothing, with a mailbox or without; inactive ones are asked about, or they stay inactive', async () => {
  const scene = createDiscoveryScene();
  await store(scene, [1, 2, 3]);
  await store(scene, [4, 5], 4);
  const writer = scene.ports.devices.writer(organization, 'each');
  await writer.add([{ device: deviceAt(6, 0), owner: { kind: 'unknown' }, observedAt: scene.clock.now() }]);
  await writer.finish();
  const outside = { isInScope: false, reason: 'outside' } as const;
  await scene.ports.devices.amend(organization, [
    ...[2, 4, 6].map((index) => ({ id: deviceGuid(index), scope: outside })),
    { id: deviceGuid(3), scope: { isInScope: false, reason: 'inactive' } },
  ]);
  const task = await scene.begin('statistics');

  done(await planStatistics(scene.ports, task));

  const queue = await scene.ports.files.queue(scene.keyOf(task), 0, 100);
  assert.deepEqual(queue.toSorted(), [1, 3, 4].map(mailboxGuid));
  assert.deepEqual(await idsIn(scene, task, OWNERLESS), []);
});

test('no more is planned than can be read in the time of the run', async () => {
  const scene = createDiscoveryScene();
  await scene.connect({ statisticsParallel: 1, statisticsMinutes: 1 });
  await store(
    scene,
    Array.from({ length: 150 }, (_, index) => index),
  );
  const task = await scene.begin('statistics');

  const answer = done(await planStatistics(scene.ports, task));

  assert.equal(answer.count, 120);
  assert.equal((await scene.ports.files.queue(scene.keyOf(task), 0, 1000)).length, 120);
});

test('devices whose mailbox is unknown are asked for by themselves, 50 at most', async () => {
  const scene = createDiscoveryScene();
  const writer = scene.ports.devices.writer(organization, 'each');
  const observedAt = scene.clock.now();
  const indexes = Array.from({ length: 60 }, (_, index) => index);
  await writer.add(indexes.map((index) => ({ device: deviceAt(index, 0), owner: { kind: 'unknown' }, observedAt })));
  await writer.finish();
  scene.clock.advance(60_000);
  for (const index of indexes.slice(0, 20)) await readAgo(scene, index);
  const task = await scene.begin('statistics');

  const answer = done(await planStatistics(scene.ports, task));

  assert.equal(answer.count, 0);
  const planned = new Set(await idsIn(scene, task, OWNERLESS));
  assert.equal(planned.size, 50);
  assert.deepEqual(
    indexes.filter((index) => !planned.has(deviceGuid(index))),
    [10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
  );
});
