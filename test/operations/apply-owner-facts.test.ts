import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { membershipIn } from '../../src/domain/collection.ts';
import type { CollectionRule } from '../../src/domain/collection-rule.ts';
import type { DeviceGuid } from '../../src/domain/device-identity.ts';
import { AppError } from '../../src/domain/errors.ts';
import { applyOwnerFacts } from '../../src/operations/apply-owner-facts.ts';
import { applyOwnerFactsTo } from '../../src/operations/apply-owner-facts-to.ts';
import { readCatalogue } from '../../src/operations/decide-access.ts';
import { saveCollection } from '../../src/operations/save-collection.ts';
import { deviceIds, groupIds, guidNumber, organization, userIds } from '../support/access-arbitraries.ts';
import { aCaller, accessScene, content, keepDevices, keepUsers } from '../support/access-scene.ts';
import type { AccessScene } from '../support/access-scene.ts';

function present<T>(value: T | undefined): T {
  assert.notEqual(value, undefined);
  return value as T;
}

const [ada, olga, ben] = [present(userIds[0]), present(userIds[1]), present(userIds[2])];
const devices = deviceIds.map(present);
const [ofAda, ofOlga, ofBen, ownerless] = [present(devices[0]), present(devices[1]), present(devices[2]), present(devices[3])];
const [first = '', second = ''] = groupIds;
const inGroup = (value: string): CollectionRule => ({ kind: 'test', field: 'group', operator: 'eq', value });

let scene: AccessScene;
let ports: AccessScene['ports'];

beforeEach(async () => {
  scene = await accessScene();
  ({ ports } = scene);
  await keepDevices(ports, [
    [ofAda, ada],
    [ofOlga, olga],
    [ofBen, ben],
    [ownerless, undefined],
  ]);
});

let saved = 0;
async function watch(rule: CollectionRule): Promise<string> {
  saved += 1;
  const id = guidNumber('collection', saved);
  const caller = aCaller(ada, { roles: ['FullAdministrator'] });
  await saveCollection(ports, { organization, caller, id, precondition: { kind: 'absent' }, content: content({ rule }) });
  return id;
}

async function members(id: string): Promise<readonly DeviceGuid[]> {
  const { has } = membershipIn(await readCatalogue(ports, organization), [id]);
  return (await ports.devices.scan(organization, { matches: has, top: 100 })).values.map((record) => record.id);
}

describe('all devices', () => {
  test('say what the directory says of their owners, once it was applied', async () => {
    scene.directory.putGroup({ id: first, members: [second, ben] });
    scene.directory.putGroup({ id: second, members: [olga] });
    const [group, outside, sales] = [
      await watch(inGroup(first)),
      await watch({ kind: 'not', rule: inGroup(first) }),
      await watch({ kind: 'test', field: 'department', operator: 'eq', value: 'sales' }),
    ];
    const before = await Promise.all([group, outside, sales].map(members));

    const applied = await applyOwnerFacts(ports, scene.connector);

    assert.deepEqual(before, [[], [], []]);
    assert.deepEqual(applied, { kind: 'applied', changed: 3, unreadGroups: 0 });
    assert.deepEqual(await Promise.all([group, outside, sales].map(members)), [[ofOlga, ofBen], [ofAda], [ofAda, ofOlga]]);
  });

  test('are written only where something changed', async () => {
    await applyOwnerFacts(ports, scene.connector);
    const unchanged = await applyOwnerFacts(ports, scene.connector);
    await keepUsers(scene, [{ id: olga, mail: 'olga@contoso.example', department: 'Legal' }]);
    await ports.users.remove(organization, [ben]);
    const changed = await applyOwnerFacts(ports, scene.connector);

    assert.deepEqual(
      [unchanged, changed].map((each) => each.kind === 'applied' && each.changed),
      [0, 2],
    );
    assert.equal((await ports.devices.get(organization, ofOlga))?.ownerFacts?.department, 'Legal');
    assert.equal((await ports.devices.get(organization, ofBen))?.ownerFacts, undefined);
  });

  test('keep what they say of a group that cannot be read, and nothing is concluded from one that never was', async () => {
    scene.directory.putGroup({ id: first, members: [olga] });
    const known = await watch(inGroup(first));
    await applyOwnerFacts(ports, scene.connector);
    const notNew = await watch({ kind: 'not', rule: inGroup(second) });
    scene.directory.putGroup({ id: first, members: [] });
    scene.fail(new AppError('graph.denied', { request: 'members' }));

    const applied = await applyOwnerFacts(ports, scene.connector);

    assert.deepEqual(applied, { kind: 'applied', changed: 0, unreadGroups: 2 });
    assert.deepEqual([await members(known), await members(notNew)], [[ofOlga], []]);
  });

  test('take a group that is not there any more for one without members', async () => {
    const id = await watch(inGroup(first));
    await applyOwnerFacts(ports, scene.connector);

    assert.deepEqual(await members(id), []);
    assert.deepEqual((await ports.collections.appliedGroups(organization))?.value.groups, [first]);
  });

  test('say nothing of a group that was out of sight for a while, until it is applied again', async () => {
    scene.directory.putGroup({ id: first, members: [olga] });
    const id = await watch(inGroup(first));
    await applyOwnerFacts(ports, scene.connector);
    const collection = present((await ports.collections.all(organization)).find(({ value }) => value.id === id));
    const guard = await ports.collections.guard(organization);
    await ports.collections.remove(organization, id, { version: collection.version, guard, entries: [] });
    // Not finished, so that devices still say it.
    await applyOwnerFacts(ports, scene.connector, { limitMs: 0 });
    const again = await watch(inGroup(first));
    const meanwhile = await members(again);
    await applyOwnerFacts(ports, scene.connector);

    assert.deepEqual([meanwhile, await members(again)], [[], [ofOlga]]);
  });

  test('are gone through by one at a time, and by the next when that one is dead', async () => {
    const busy = { by: 'another', until: '2026-03-01T06:10:00.000Z' };
    await ports.collections.keepAppliedGroups(organization, { groups: [], busy }, undefined);

    const refused = await applyOwnerFacts(ports, scene.connector);
    ports.clock.advance(10 * 60_000);
    const taken = await applyOwnerFacts(ports, scene.connector);

    assert.deepEqual([refused.kind, taken.kind], ['busy', 'applied']);
  });

  test('may be gone through at once again after a failure', async () => {
    const pages = (): never => {
      throw new AppError('store.busy');
    };

    await assert.rejects(applyOwnerFacts({ ...ports, users: { ...ports.users, pages } }, scene.connector), { code: 'store.busy' });
    const again = await applyOwnerFacts(ports, scene.connector);

    assert.deepEqual(again, { kind: 'applied', changed: 3, unreadGroups: 0 });
  });
});

describe('new devices', () => {
  test('say at once what the directory says of their owners', async () => {
    scene.directory.putGroup({ id: first, members: [olga] });
    const [group, outside] = [await watch(inGroup(first)), await watch({ kind: 'not', rule: inGroup(first) })];
    await ports.collections.keepAppliedGroups(organization, { groups: [first] }, undefined);

    const told = await applyOwnerFactsTo(ports, scene.connector, devices);
    const again = await applyOwnerFactsTo(ports, scene.connector, devices);

    assert.deepEqual([told, again], [3, 0]);
    assert.deepEqual([await members(group), await members(outside)], [[ofOlga], [ofAda, ofBen]]);
    assert.equal(scene.asked.length, 3);
  });

  test('keep what was said of them meanwhile, and nothing is said of owners that the directory does not know', async () => {
    await ports.users.remove(organization, [ben]);
    const overtaken = {
      ...ports,
      users: {
        ...ports.users,
        async get(...asked: Parameters<typeof ports.users.get>) {
          await ports.devices.amend(organization, [{ id: ofAda, ownerFacts: { user: ada, department: 'Newer', groups: [] } }]);
          return ports.users.get(...asked);
        },
      },
    };

    const told = await applyOwnerFactsTo(overtaken, scene.connector, devices);

    assert.equal(told, 1);
    assert.equal((await ports.devices.get(organization, ofAda))?.ownerFacts?.department, 'Newer');
    assert.equal((await ports.devices.get(organization, ofBen))?.ownerFacts, undefined);
  });
});
