import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { DirectoryReadFacts } from '../../src/domain/discovery-task.ts';
import { AppError } from '../../src/domain/errors.ts';
import { partitionDigits } from '../../src/domain/store-page.ts';
import type { UserObservation } from '../../src/domain/user-store-port.ts';
import { formatPosition, parsePosition } from '../../src/operations/directory-position.ts';
import { readDirectory } from '../../src/operations/read-directory.ts';
import { createDiscoveryScene, organization, userId } from '../support/discovery-scene.ts';
import type { DiscoveryScene, ScenePorts } from '../support/discovery-scene.ts';
import { doneOf } from './reading-steps.ts';

async function storedUsers({ ports }: Pick<DiscoveryScene, 'ports'>): Promise<ReadonlyMap<string, UserObservation>> {
  const found = new Map<string, UserObservation>();
  for (const digit of partitionDigits) {
    for await (const page of ports.users.pages(organization, digit)) for (const each of page) found.set(each.user.id, each);
  }
  return found;
}

/** Reads one stretch after the other to the end. */
async function readAll(scene: DiscoveryScene, ports: ScenePorts = scene.ports): Promise<readonly DirectoryReadFacts[]> {
  const task = await scene.begin();
  const stretches: DirectoryReadFacts[] = [];
  for (let cursor: string | undefined; ;) {
    const stretch = doneOf(await readDirectory(ports, { ...task, ...(cursor !== undefined && { cursor }) }));
    stretches.push(stretch);
    if (stretch.isComplete) return stretches;
    assert.ok(stretch.cursor !== undefined && stretches.length < 100);
    ({ cursor } = stretch);
  }
}

/** The directory takes so long for each page. */
function slow(scene: DiscoveryScene, pageMs: number): ScenePorts {
  const directory = new Proxy(scene.directory, {
    get(target, name) {
      if (name !== 'userChanges') return Reflect.get(target, name);
      return async function* slowly(cursor: string | undefined) {
        for await (const page of target.userChanges(cursor)) {
          scene.clock.advance(pageMs);
          yield page;
        }
      };
    },
  });
  return { ...scene.ports, connections: { ...scene.ports.connections, directory: () => directory } };
}

describe('users', () => {
  test('are stored with their managers at the first read, and the next one begins where it ended', async () => {
    const scene = createDiscoveryScene();
    for (const index of [0, 1, 2]) scene.addUser(index);
    scene.directory.setManager(userId(1), userId(0));

    const [first] = await readAll(scene);
    const [second] = await readAll(scene);

    assert.deepEqual([first?.users, first?.isWhole, second?.users, second?.isWhole], [3, true, 0, false]);
    const stored = await storedUsers(scene);
    assert.deepEqual([stored.get(userId(1))?.managerId, stored.get(userId(0))?.managerId], [userId(0), undefined]);
    assert.equal(typeof (await scene.state())?.directoryCursor, 'string');
  });

  test('change, come and go by what is told, and keep a manager that is not told', async () => {
    const scene = createDiscoveryScene();
    for (const index of [0, 1, 2]) scene.addUser(index);
    scene.directory.setManager(userId(1), userId(0));
    await readAll(scene);
    scene.directory.putUser({ id: userId(1), displayName: 'Renamed' });
    scene.directory.removeUser(userId(2));
    scene.addUser(3);

    await readAll(scene);

    const stored = await storedUsers(scene);
    assert.deepEqual([...stored.keys()], [0, 1, 3].map(userId));
    assert.deepEqual([stored.get(userId(1))?.user.displayName, stored.get(userId(1))?.managerId], ['Renamed', userId(0)]);
  });

  test('lose a manager when that is told', async () => {
    const scene = createDiscoveryScene();
    for (const index of [0, 1]) scene.addUser(index);
    scene.directory.setManager(userId(1), userId(0));
    await readAll(scene);
    scene.directory.setManager(userId(1), undefined);

    await readAll(scene);

    assert.equal((await storedUsers(scene)).get(userId(1))?.managerId, undefined);
  });

  test('who are not told by a read of everything are removed', async () => {
    const scene = createDiscoveryScene();
    for (const index of [0, 1, 2, 3, 4]) scene.addUser(index);
    await readAll(scene);
    scene.directory.removeUser(userId(3));
    scene.directory.expireCursors();

    const [stretch] = await readAll(scene);

    assert.equal(stretch?.isWhole, true);
    assert.deepEqual([...(await storedUsers(scene)).keys()], [0, 1, 2, 4].map(userId));
  });

  test('who are told twice, and then as gone, are gone', async () => {
    const scene = createDiscoveryScene();
    await readAll(scene);
    const repeating = {
      ...scene.ports,
      connections: {
        ...scene.ports.connections,
        directory: () =>
          Object.assign(Object.create(scene.directory) as typeof scene.directory, {
            async *userChanges() {
              const changed = (index: number, managerId?: string) =>
                ({ kind: 'changed', user: { id: userId(index) }, ...(managerId !== undefined && { managerId }) }) as const;
              yield { changes: [changed(0, userId(9)), changed(0), changed(1)], cursor: 'a', isLast: false, isWhole: false };
              yield { changes: [changed(0)], cursor: 'b', isLast: false, isWhole: false };
              const changes = [{ kind: 'removed', id: userId(1), isRestorable: true } as const];
              yield { changes, cursor: 'c', isLast: true, isWhole: false };
            },
          }),
      },
    };

    await readAll(scene, repeating);

    const stored = await storedUsers(scene);
    assert.deepEqual([...stored.keys()], [userId(0)]);
    assert.equal(stored.get(userId(0))?.managerId, userId(9));
    assert.equal((await scene.state())?.directoryCursor, 'c');
  });
});

test('whatever changes between reads, in stretches of whatever length, the stored users are those of the directory', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('put' as const), index: fc.integer({ min: 0, max: 9 }), name: fc.string({ maxLength: 3 }) }),
    fc.record({ kind: fc.constant('remove' as const), index: fc.integer({ min: 0, max: 9 }) }),
    fc.record({
      kind: fc.constant('manage' as const),
      index: fc.integer({ min: 0, max: 9 }),
      by: fc.option(fc.integer({ min: 0, max: 9 })),
    }),
    fc.record({ kind: fc.constant('expire' as const) }),
    fc.record({ kind: fc.constant('read' as const), pageMs: fc.constantFrom(0, 100_000, 300_000) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const scene = createDiscoveryScene();
      const managers = new Map<string, string>();
      const users = new Map<string, string>();
      for (const each of steps) {
        if (each.kind === 'put') {
          users.set(userId(each.index), each.name);
          scene.directory.putUser({ id: userId(each.index), displayName: each.name });
        } else if (each.kind === 'remove') {
          users.delete(userId(each.index));
          scene.directory.removeUser(userId(each.index));
        } else if (each.kind === 'manage' && users.has(userId(each.index))) {
          if (each.by === null) managers.delete(userId(each.index));
          else managers.set(userId(each.index), userId(each.by));
          scene.directory.setManager(userId(each.index), each.by === null ? undefined : userId(each.by));
        } else if (each.kind === 'expire') scene.directory.expireCursors();
        else if (each.kind === 'read') await readAll(scene, slow(scene, each.pageMs));
      }

      await readAll(scene);

      const stored = await storedUsers(scene);
      assert.deepEqual(new Map([...stored].map(([id, { user }]) => [id, user.displayName])), users);
    }),
    { numRuns: 40 },
  );
});

describe('a read in stretches', () => {
  test('keeps its cursor only at its end, and reads on where a stretch ended', async () => {
    const scene = createDiscoveryScene();
    for (let index = 0; index < 9; index += 1) scene.addUser(index);
    const ports = slow(scene, 150_000);
    const task = await scene.begin();

    const first = doneOf(await readDirectory(ports, task));
    const kept = await scene.state();
    const stretches = await readAll(scene, ports);

    assert.deepEqual([first.users, first.isComplete], [4, false]);
    assert.equal(kept?.directoryCursor, undefined);
    assert.deepEqual(
      stretches.map(({ users }) => users),
      [4, 4, 1],
    );
    assert.equal((await storedUsers(scene)).size, 9);
  });

  test('that turned whole removes at its end who was told only before that', async () => {
    const scene = createDiscoveryScene();
    for (let index = 0; index < 6; index += 1) scene.addUser(index);
    await readAll(scene);
    for (let index = 0; index < 6; index += 1) scene.addUser(index);
    const ports = slow(scene, 300_000);
    const task = await scene.begin();
    const first = doneOf(await readDirectory(ports, task));
    scene.directory.removeUser(userId(0));
    scene.directory.expireCursors();

    let { cursor } = first;
    while (cursor !== undefined) ({ cursor } = doneOf(await readDirectory(ports, { ...task, cursor })));

    assert.equal(first.isWhole, false);
    assert.deepEqual([...(await storedUsers(scene)).keys()], [1, 2, 3, 4, 5].map(userId));
  });

  test('has a position that survives as text', () => {
    const position = fc.record(
      { cursor: fc.string({ minLength: 1 }), stretch: fc.integer({ min: 1, max: 999 }), wholeSince: fc.integer({ min: 1, max: 999 }) },
      { requiredKeys: ['stretch'] },
    );
    fc.assert(fc.property(position, (each) => assert.deepEqual(parsePosition(formatPosition(each)), { ...each })));
  });
});

test('a directory that refuses is told, and what was known stays', async () => {
  const scene = createDiscoveryScene();
  scene.addUser(0);
  await readAll(scene);
  const refusing = Object.assign(Object.create(scene.directory) as typeof scene.directory, {
    userChanges: () => {
      throw new AppError('graph.denied', { request: 'GET /users/delta' });
    },
  });
  const ports = { ...scene.ports, connections: { ...scene.ports.connections, directory: () => refusing } };

  const answer = await readDirectory(ports, await scene.begin());

  assert.equal(answer.outcome, 'refused');
  assert.equal(answer.code, 'graph.denied');
  assert.equal((await storedUsers(scene)).size, 1);
});
