import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentStatistics } from '../../src/domain/activity.ts';
import { linkPredecessors } from '../../src/operations/link-predecessors.ts';
import { standingKey, UNLINKED, writeSet } from '../../src/operations/run-files.ts';
import { createDiscoveryScene, deviceAt, deviceGuid, organization } from '../support/discovery-scene.ts';
import type { DiscoveryScene } from '../support/discovery-scene.ts';
import { done, record, store, writeIds } from './missing-steps.ts';

const DAY_MS = 86_400_000;

const linkOf = async (scene: DiscoveryScene, index: number): Promise<string | undefined> => (await record(scene, index)).predecessor;
const markGone = ({ ports, clock }: DiscoveryScene, index: number): Promise<unknown> =>
  ports.devices.amend(organization, [{ id: deviceGuid(index), goneAt: clock.now() }]);
const unlinked = async ({ ports }: DiscoveryScene): Promise<readonly string[]> => [
  ...((await ports.files.set(standingKey(organization), UNLINKED))?.all() ?? []),
];

test('a new device is linked to the one that its phone was before a reset; again it stays as it is', async () => {
  const scene = createDiscoveryScene();
  await store(scene, [1, 2], 7);
  await store(scene, [3]);
  await markGone(scene, 1);
  const task = await scene.begin();
  await writeIds(scene, task, 'added-a', [deviceGuid(2)]);
  await writeIds(scene, task, 'added-b', [deviceGuid(2), deviceGuid(3)]);

  const first = await linkPredecessors(scene.ports, { ...task, slices: ['a', 'b', 'without-new-devices'] });
  const second = await linkPredecessors(scene.ports, { ...task, slices: ['a', 'b'] });

  assert.deepEqual([done(first).linked, done(second).linked], [1, 0]);
  assert.deepEqual([await linkOf(scene, 2), await linkOf(scene, 3)], [deviceGuid(1), undefined]);
  assert.deepEqual(await unlinked(scene), [deviceGuid(3)]);
});

test('two new devices that can both have been the one that is gone are not linked', async () => {
  const scene = createDiscoveryScene();
  await store(scene, [1, 2, 3], 7);
  await markGone(scene, 1);
  const task = await scene.begin();
  await writeIds(scene, task, 'added-a', [deviceGuid(2), deviceGuid(3)]);

  const answer = await linkPredecessors(scene.ports, { ...task, slices: ['a'] });

  assert.equal(done(answer).linked, 0);
});

test('a device that a delta added is linked by the full run that learns that the other one fell silent', async () => {
  const scene = createDiscoveryScene();
  await store(scene, [1, 2], 7);
  await writeSet(scene.ports.files, standingKey(organization), UNLINKED, [deviceGuid(2)]);
  const task = await scene.begin();

  const tooEarly = await linkPredecessors(scene.ports, { ...task, slices: [] });
  const lastSuccessSyncAt = deviceAt(1, 7).firstSyncAt ?? '';
  const statistics = { facts: { ...silentStatistics(deviceGuid(1)), lastSuccessSyncAt }, readAt: scene.clock.now() };
  await scene.ports.devices.amend(organization, [{ id: deviceGuid(1), statistics }]);
  const later = await linkPredecessors(scene.ports, { ...task, slices: [] });

  assert.deepEqual([done(tooEarly).linked, done(later).linked], [0, 1]);
  assert.equal(await linkOf(scene, 2), deviceGuid(1));
  assert.deepEqual(await unlinked(scene), []);
});

test('after a week nobody looks for the predecessor of a device any more', async () => {
  const scene = createDiscoveryScene();
  await store(scene, [2], 7);
  await writeSet(scene.ports.files, standingKey(organization), UNLINKED, [2, 3].map(deviceGuid));
  scene.clock.advance(7 * DAY_MS + 1);
  const task = await scene.begin();

  await linkPredecessors(scene.ports, { ...task, slices: [] });

  assert.deepEqual(await unlinked(scene), []);
});
