import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError } from '../../src/domain/errors.ts';
import { readSlice } from '../../src/operations/read-slice.ts';
import { MOST_LOOKUPS, resolveOwners } from '../../src/operations/resolve-owners.ts';
import { createDiscoveryScene, deviceGuid, deviceName, mailboxGuid, userId } from '../support/discovery-scene.ts';
import type { DiscoveryScene, SceneOptions } from '../support/discovery-scene.ts';
import type { RunTask } from '../../src/domain/run-task.ts';
import { beginReading, doneOf, storedDevices } from './reading-steps.ts';

const slices = ['all'];

/** A run that has read devices of mailboxes that were not listed: those appear in Exchange only afterwards. */
async function readOwnerless(mailboxes: number, devices: number, options: SceneOptions = {}): Promise<[DiscoveryScene, RunTask]> {
  const scene = createDiscoveryScene(options);
  for (let index = 0; index < devices; index += 1) scene.addDevice(index, index % mailboxes);
  const task = await beginReading(scene);
  doneOf(await readSlice(scene.ports, { ...task, slice: { name: 'all', query: {} } }));
  for (let index = 0; index < mailboxes; index += 1) scene.addMailbox(index);
  return [scene, task];
}

describe('an owner that no listed mailbox is', () => {
  test('is found by asking Exchange, once a mailbox', async () => {
    let lookups = 0;
    const [scene, task] = await readOwnerless(2, 10, { before: (call) => void (lookups += call === 'findRecipients' ? 1 : 0) });

    const { resolved, unknown } = doneOf(await resolveOwners(scene.ports, { ...task, slices }));

    assert.deepEqual([resolved, unknown, lookups], [10, 0, 2]);
    const stored = await storedDevices(scene);
    assert.deepEqual(stored.get(deviceGuid(3))?.owner, { kind: 'mailbox', mailbox: mailboxGuid(1), user: userId(1), userName: 'user1' });
  });

  test('is asked for within a budget; the rest stay unknown and the log says so', async () => {
    const [scene, task] = await readOwnerless(MOST_LOOKUPS + 5, MOST_LOOKUPS + 5, { pageSize: 50 });

    const { resolved, unknown } = doneOf(await resolveOwners(scene.ports, { ...task, slices }));

    assert.deepEqual([resolved, unknown], [MOST_LOOKUPS, 5]);
    assert.deepEqual(
      scene.lines.map(({ event }) => event),
      ['Devices have no known owner'],
    );
  });

  test('stays unknown where Exchange names nothing, several, or no mailbox', async () => {
    const [scene, task] = await readOwnerless(3, 3);
    scene.world.mailboxes.clear();
    const names = [0, 1, 2].map((index) => deviceName(index, index).split(',').slice(2).join(','));
    const [, group = '', twice = ''] = names;
    scene.world.recipients.push({ guid: mailboxGuid(1), distinguishedName: group, recipientType: 'MailUser' });
    for (const index of [7, 8])
      scene.world.recipients.push({ guid: mailboxGuid(index), distinguishedName: twice, recipientType: 'UserMailbox' });

    const { resolved, unknown } = doneOf(await resolveOwners(scene.ports, { ...task, slices }));

    assert.deepEqual([resolved, unknown], [0, 3]);
  });

  test('brings its device into the scope that names the user’s group', async () => {
    const scene = createDiscoveryScene();
    scene.addUser(0);
    scene.directory.putGroup({ id: 'sales', members: [userId(0)] });
    await scene.connect({ scope: { kind: 'groups', groupIds: ['sales'] } });
    for (const index of [0, 1]) scene.addDevice(index, index);
    const task = await beginReading(scene);
    doneOf(await readSlice(scene.ports, { ...task, slice: { name: 'all', query: {} } }));
    for (const index of [0, 1]) scene.addMailbox(index);

    doneOf(await resolveOwners(scene.ports, { ...task, slices }));

    const stored = await storedDevices(scene);
    assert.deepEqual(stored.get(deviceGuid(0))?.scope, { isInScope: true });
    assert.deepEqual(stored.get(deviceGuid(1))?.scope, { isInScope: false, reason: 'outside' });
  });

  test('found by an attempt that crashed counts for the next', async () => {
    const [scene, task] = await readOwnerless(2, 4);
    const first = await resolveOwners(scene.ports, { ...task, slices });

    const second = await resolveOwners(scene.ports, { ...task, slices });

    assert.deepEqual(second, first);
  });

  test('does not matter enough to fail a run that may not look it up', async () => {
    const [scene, task] = await readOwnerless(2, 4, {
      before: (call) => {
        if (call === 'findRecipients') throw new AppError('exchange.denied', { request: 'Get-Recipient' });
      },
    });

    const { resolved, unknown } = doneOf(await resolveOwners(scene.ports, { ...task, slices }));

    assert.deepEqual([resolved, unknown], [0, 4]);
    assert.equal(scene.lines.filter(({ level }) => level === 'warn').length, 1);
  });

  test('is none of the business of slices that left nothing', async () => {
    const [scene, task] = await readOwnerless(1, 1);

    const { resolved, unknown } = doneOf(await resolveOwners(scene.ports, { ...task, slices: ['first-sync-1'] }));

    assert.deepEqual([resolved, unknown], [0, 0]);
  });
});
