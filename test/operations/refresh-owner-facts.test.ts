import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { CollectionRule } from '../../src/domain/collection-rule.ts';
import type { DeviceGuid } from '../../src/domain/device-identity.ts';
import type { RunTask } from '../../src/domain/run-task.ts';
import type { RunKind } from '../../src/domain/run.ts';
import { AppError } from '../../src/domain/errors.ts';
import { readDelta } from '../../src/operations/read-delta.ts';
import { readDirectory } from '../../src/operations/read-directory.ts';
import { refreshOwnerFacts } from '../../src/operations/refresh-owner-facts.ts';
import { addMs } from '../../src/domain/instant.ts';
import { createDiscoveryScene, deviceGuid, guidOf, organization, START, userId } from '../support/discovery-scene.ts';
import type { DiscoveryScene, ScenePorts } from '../support/discovery-scene.ts';
import { doneOf } from './reading-steps.ts';

const GROUP = guidOf(7, 1);
const OTHER_GROUP = guidOf(7, 2);
const SALES = guidOf(8, 9);

let scene: DiscoveryScene;
/** What was asked that costs more the more devices and users there are. */
let costly: string[];
let ports: ScenePorts;

beforeEach(async () => {
  costly = [];
  scene = createDiscoveryScene({ ports: noting });
  ({ ports } = scene);
  await scene.connect();
  for (const index of [1, 2, 3]) {
    scene.addUser(index);
    scene.addMailbox(index);
  }
  await watch(ofDepartment('Sales'), SALES);
});

/** `target` with some methods in place of its own. */
function instead<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get(_, name) {
      if (name in methods) return Reflect.get(methods, name);
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Ports that note every read of all devices or all users, every write of devices, and every read of a group. */
function noting({ devices, users, connections }: ScenePorts): Partial<ScenePorts> {
  const note = <T>(what: string, value: T): T => {
    costly.push(what);
    return value;
  };
  return {
    devices: instead(devices, {
      owners: (...asked) => note('all devices', devices.owners(...asked)),
      amend: (of, amendments) => (amendments.length > 0 ? note('devices written', devices.amend(of, amendments)) : devices.amend(of, [])),
    }),
    users: instead(users, { pages: (...asked) => note('all users', users.pages(...asked)) }),
    connections: instead(connections, {
      directory(connector) {
        const directory = connections.directory(connector);
        return instead(directory, { groupMembers: (id) => note('members', directory.groupMembers(id)) });
      },
    }),
  };
}

const kinds = (): readonly string[] => [...new Set(costly)].toSorted();
const departmentOf = async (index: number): Promise<string | undefined> =>
  (await ports.devices.get(organization, deviceGuid(index)))?.ownerFacts?.department;

/** A user of a department, with a device that is stored. */
async function keepDevice(index: number, department: string): Promise<void> {
  scene.directory.putUser({ id: userId(index), userPrincipalName: `user${index}@contoso.example`, department });
  const device = scene.addDevice(index, index);
  const writer = ports.devices.writer(organization, 'each');
  const owner = { kind: 'mailbox', mailbox: guidOf(1, index) as never, user: userId(index) } as const;
  await writer.add([{ device, owner, observedAt: scene.clock.now() }]);
  await writer.finish();
}

async function watch(rule: CollectionRule, id = guidOf(8, 1)): Promise<void> {
  const nobody = { devices: [], users: [] };
  const by = { changedAt: START, changedBy: userId(0), createdAt: START };
  const collection = { id, organization, name: 'Watched', rule, include: nobody, exclude: nobody, ...by };
  const kept = (await ports.collections.all(organization)).find(({ value }) => value.id === id);
  const guard = await ports.collections.guard(organization);
  await ports.collections.save(collection, { version: kept?.version, guard, entries: [] });
}

const ofDepartment = (value: string): CollectionRule => ({ kind: 'test', field: 'department', operator: 'eq', value });
const inGroup = (value: string): CollectionRule => ({ kind: 'test', field: 'group', operator: 'eq', value });

/** A run as far as it concerns owners, from its beginning to its end; answers how many devices were told. */
async function run(kind: RunKind, written = 0): Promise<number> {
  const task = await scene.begin(kind);
  if (kind === 'full') doneOf(await readDirectory(ports, task));
  else doneOf(await readDelta(ports, task));
  costly = [];
  const answer = doneOf(await refreshOwnerFacts(ports, { ...task, written }));
  assert.equal(answer.isComplete, true);
  await end(task);
  return answer.told;
}

async function end(task: RunTask, state: 'completed' | 'failed' = 'completed'): Promise<void> {
  const kept = await ports.runs.get(organization, task.run);
  assert.ok(kept);
  await ports.runs.end({ ...kept.value, state, endedAt: scene.clock.now() }, kept.version);
  scene.clock.advance(900_000);
}

/** Runs that leave nothing to do. */
async function settle(): Promise<void> {
  await keepDevice(1, 'Sales');
  await keepDevice(2, 'Legal');
  await run('full', 2);
}

describe('after a full run', () => {
  test('all devices are told what the directory says', async () => {
    await keepDevice(1, 'Sales');
    await keepDevice(2, 'Legal');

    const told = await run('full', 2);

    assert.deepEqual([told, await departmentOf(1), await departmentOf(2)], [2, 'Sales', 'Legal']);
  });

  test('in which nothing changed, neither devices nor users are read and nothing is written', async () => {
    scene.directory.putGroup({ id: GROUP, members: [userId(1)] });
    await watch(inGroup(GROUP));
    await settle();

    const told = [await run('full'), await run('full')];

    assert.deepEqual([told, kinds()], [[0, 0], ['members']]);
  });

  test('in which the directory told of a user, an owner was added or a group was named, devices are gone through', async () => {
    await settle();
    const reasons: Record<string, () => Promise<void>> = {
      user: async () => scene.directory.putUser({ id: userId(1), userPrincipalName: 'user1@contoso.example', department: 'Marketing' }),
      removed: async () => scene.directory.removeUser(userId(2)),
      group: () => watch(inGroup(GROUP)),
      member: async () => scene.directory.putGroup({ id: GROUP, members: [userId(1)] }),
      nobody: async () => scene.directory.putGroup({ id: GROUP, members: [] }),
    };
    const found: Record<string, readonly [number, boolean]> = {};

    for (const [reason, happen] of Object.entries(reasons)) {
      await happen();
      const told = await run('full');
      found[reason] = [told, costly.includes('all devices')];
    }
    const rest = await run('full');

    assert.deepEqual(found, { user: [1, true], removed: [1, true], group: [0, true], member: [1, true], nobody: [1, true] });
    assert.deepEqual([rest, kinds()], [0, ['members']]);
  });

  test('that wrote a device itself, all are gone through', async () => {
    await settle();
    await keepDevice(3, 'Sales');

    const told = await run('full', 1);

    assert.deepEqual([told, await departmentOf(3)], [1, 'Sales']);
  });

  for (const [name, fail] of [
    ['that follows one that failed', async (task: RunTask) => end(task, 'failed')],
    ['that the watchdog began anew', async (task: RunTask) => scene.changeRun(task, { restarts: 1 })],
  ] as const) {
    test(`${name}, all are gone through: it may have written devices that nobody counted`, async () => {
      await settle();
      const failed = await scene.begin('full');
      // Told by the directory before, so that only the device is new.
      await readDirectory(ports, failed);
      const writer = ports.devices.writer(organization, 'each');
      const owner = { kind: 'mailbox', mailbox: guidOf(1, 3) as never, user: userId(3) } as const;
      await writer.add([{ device: scene.addDevice(3, 3), owner, observedAt: START }]);
      await writer.finish();
      await fail(failed);

      const kept = await ports.runs.get(organization, failed.run);
      const restarted = { ...failed, instance: `${failed.instance}-1` };
      const told =
        kept?.value.restarts === 1 ? doneOf(await refreshOwnerFacts(ports, { ...restarted, written: 0 })).told : await run('full');

      assert.equal(told, 1);
    });
  }

  test('devices that were told before users changed are told again, though the run that read the users broke off', async () => {
    await settle();
    scene.directory.putUser({ id: userId(1), userPrincipalName: 'user1@contoso.example', department: 'Marketing' });
    const before = await scene.state();
    const task = await scene.begin('full');
    const finish = async (): Promise<never> => {
      throw new Error('The process ended.');
    };
    const { users } = ports;
    const breaking = {
      ...ports,
      users: instead(users, {
        writer(...asked) {
          const made = users.writer(...asked);
          return { add: (given) => made.add(given), finish: async () => made.finish().then(finish) };
        },
      }),
    };
    await assert.rejects(readDirectory(breaking, task));
    await end(task, 'failed');

    const after = await scene.state();
    const told = await run('delta');

    assert.notEqual(after?.usersVersion, before?.usersVersion);
    assert.deepEqual([after?.directoryCursor, told, await departmentOf(1)], [before?.directoryCursor, 1, 'Marketing']);
  });

  test('while somebody else goes through the devices, it waits for that', async () => {
    await keepDevice(1, 'Sales');
    const busy = { by: 'another', until: addMs(scene.clock.now(), 600_000) };
    await ports.collections.keepAppliedGroups(organization, { groups: [], busy }, undefined);
    const task = await scene.begin('full');

    const first = await refreshOwnerFacts(ports, { ...task, written: 1 });
    scene.clock.advance(600_000);
    const second = await refreshOwnerFacts(ports, { ...task, written: 1 });

    assert.deepEqual([first.outcome, second.outcome], ['again', 'done']);
  });
});

describe('after a delta', () => {
  const addNew = (index: number): void => void scene.addDevice(index, index, { firstSyncAt: scene.clock.now() });
  const ask = (id: DeviceGuid) => ports.devices.get(organization, id);

  test('its new devices are told, and only these are read', async () => {
    await settle();
    addNew(3);

    const told = [await run('delta'), await departmentOf(3), (await ask(deviceGuid(3)))?.ownerFacts?.domain];

    assert.deepEqual(told, [1, undefined, 'contoso.example']);
    assert.deepEqual(kinds(), ['devices written']);
  });

  test('that found nothing new, nothing is read or written', async () => {
    await settle();
    addNew(3);
    await run('delta');

    const told = await run('delta');

    assert.deepEqual([told, costly], [0, []]);
  });

  test('what an earlier delta that broke off has found is told as well', async () => {
    await settle();
    addNew(3);
    const broken = await scene.begin('delta');
    await readDelta(ports, broken);
    await end(broken, 'failed');

    assert.equal(await run('delta'), 1);
  });

  test('all are gone through when collections name another group, and again hourly while that cannot be read', async () => {
    await settle();
    await watch(inGroup(GROUP));
    scene.directory.putGroup({ id: GROUP, members: [userId(1)] });
    const first = [await run('delta'), await run('delta')];
    await watch(inGroup(OTHER_GROUP), guidOf(8, 2));
    const { connections } = ports;
    const groupMembers = (): never => {
      throw new AppError('graph.denied', { request: 'members' });
    };
    const failing: ScenePorts = {
      ...ports,
      connections: instead(connections, { directory: (connector) => instead(connections.directory(connector), { groupMembers }) }),
    };
    const passes: boolean[] = [];

    for (let count = 0; count < 6; count += 1) {
      const task = await scene.begin('delta');
      costly = [];
      await refreshOwnerFacts(failing, { ...task, written: 0 });
      passes.push(costly.includes('all devices'));
      await end(task);
    }

    assert.deepEqual(first, [1, 0]);
    assert.deepEqual(passes, [true, false, false, false, true, false]);
  });

  test('that had to be read in slices, all are gone through', async () => {
    await settle();
    await keepDevice(3, 'Sales');

    assert.equal(await run('delta', 1), 1);
  });

  test('a pass of somebody else keeps nobody from telling new devices', async () => {
    await settle();
    addNew(3);
    const kept = await ports.collections.appliedGroups(organization);
    assert.ok(kept);
    const busy = { by: 'another', until: addMs(scene.clock.now(), 600_000) };
    await ports.collections.keepAppliedGroups(organization, { ...kept.value, basis: { watched: [], members: {} }, busy }, kept.version);

    assert.equal(await run('delta'), 1);
  });

  test('a full run that follows has nothing to do for it', async () => {
    await settle();
    addNew(3);
    await run('delta');

    const told = await run('full');

    assert.deepEqual([told, costly], [0, []]);
  });
});

describe('while there is no collection', () => {
  async function withoutCollections(): Promise<void> {
    for (const { value, version } of await ports.collections.all(organization)) {
      const guard = await ports.collections.guard(organization);
      await ports.collections.remove(organization, value.id, { version, guard, entries: [] });
    }
  }

  test('nobody asks, and no device is told or read', async () => {
    await withoutCollections();
    await keepDevice(1, 'Sales');

    const told = await run('full', 1);

    assert.deepEqual([told, costly, await departmentOf(1)], [0, [], undefined]);
  });

  test('nothing counts as told any more, so that the first run after one is made goes through all devices', async () => {
    await settle();
    await withoutCollections();
    await keepDevice(3, 'Sales');
    await run('full', 1);
    await watch(ofDepartment('Sales'), SALES);

    await run('delta');

    assert.equal(await departmentOf(3), 'Sales');
  });
});
