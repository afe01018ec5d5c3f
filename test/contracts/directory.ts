// What every Directory promises, played through the life of a small organization. Run on memory and on Graph over the simulated tenant.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Directory, DirectoryChange, DirectoryChangePage } from '../../src/domain/directory-port.ts';

/** An organization with a directory to read, and a way to change it behind the port's back. */
export interface DirectoryScene {
  readonly directory: Directory;
  /** At least five users; the first has the second as manager, the second has the third, the third has none. */
  readonly userIds: readonly string[];
  /** A group with the first user, in which lies another group with the second. */
  readonly groupId: string;
  readonly groupName: string;
  /** A group with nobody in it. */
  readonly emptyGroupId: string;
  /** Devices that Intune knows. */
  readonly deviceCount: number;
  rename(userId: string, displayName: string): void;
  disable(userId: string): void;
  setManager(userId: string, managerId: string | undefined): void;
  remove(userId: string): void;
  expireCursors(): void;
  setIntune(isLicensed: boolean): void;
}

const NOBODY = '00000000-0000-4000-8000-00000000dead';

async function pagesOf<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(page);
  return all;
}

async function readAll(
  directory: Directory,
  cursor?: string,
): Promise<{ pages: DirectoryChangePage[]; changes: DirectoryChange[]; cursor: string }> {
  const pages = await pagesOf(directory.userChanges(cursor));
  const last = pages.at(-1);
  assert.ok(last?.isLast);
  assert.ok(pages.slice(0, -1).every(({ isLast }) => !isLast));
  return { pages, changes: pages.flatMap(({ changes }) => changes), cursor: last.cursor };
}

const idOf = (change: DirectoryChange): string => (change.kind === 'changed' ? change.user.id : change.id);

/** Declares the suite; each test gets an organization of its own. */
export function directoryContract(name: string, makeScene: () => Promise<DirectoryScene>): void {
  describe(`directory contract: ${name}`, () => {
    test('the list holds every user once, with what is known of each', async () => {
      const { directory, userIds } = await makeScene();

      const users = (await pagesOf(directory.users())).flat();

      const ids = users.map(({ id }) => id);
      assert.equal(new Set(ids).size, ids.length);
      assert.deepEqual(
        userIds.filter((id) => !ids.includes(id)),
        [],
      );
      const first = users.find(({ id }) => id === userIds[0]);
      assert.ok(first?.displayName && first.userPrincipalName);
      assert.equal(first.isEnabled, true);
    });

    test('users are found by id, and those that do not exist are left out', async () => {
      const { directory, userIds } = await makeScene();
      const wanted = userIds.slice(0, 3);

      const users = await directory.usersById([...wanted, NOBODY, ...wanted]);

      assert.deepEqual(users.map(({ id }) => id).sort(), [...wanted].sort());
      assert.deepEqual(await directory.usersById([]), []);
    });

    test('managers are told for those who have one', async () => {
      const { directory, userIds } = await makeScene();
      const [first = '', second = '', third = ''] = userIds;

      const managers = await directory.managersOf([first, second, third, NOBODY]);

      assert.deepEqual(Object.fromEntries([...managers].map(([user, { id }]) => [user, id])), { [first]: second, [second]: third });
    });

    test('a first read of changes tells the whole directory, and a second one nothing', async () => {
      const { directory, userIds } = await makeScene();

      const first = await readAll(directory);
      const second = await readAll(directory, first.cursor);

      assert.ok(first.pages.length > 1, 'the scene must need more than one page');
      assert.ok(first.pages.every(({ isWhole }) => isWhole));
      const ids = first.changes.map(idOf);
      assert.deepEqual(
        userIds.filter((id) => !ids.includes(id)),
        [],
      );
      assert.equal(new Set(ids).size, (await pagesOf(directory.users())).flat().length);
      assert.deepEqual(second.changes, []);
      assert.equal(second.pages[0]?.isWhole, false);
    });

    test('a user is renamed, disabled, given another manager and none, and deleted: each read tells what is new', async () => {
      const scene = await makeScene();
      const [first = '', second = '', third = ''] = scene.userIds;
      let { cursor } = await readAll(scene.directory);
      const told = async (): Promise<DirectoryChange[]> => {
        const read = await readAll(scene.directory, cursor);
        ({ cursor } = read);
        return read.changes;
      };

      scene.rename(first, 'Renamed Person');
      scene.disable(first);
      const renamed = await told();
      scene.setManager(first, third);
      const moved = await told();
      scene.setManager(first, undefined);
      const freed = await told();
      scene.remove(second);
      const removed = await told();

      assert.equal(renamed.length, 1);
      assert.ok(renamed[0]?.kind === 'changed');
      assert.equal(renamed[0].user.displayName, 'Renamed Person');
      assert.equal(renamed[0].user.isEnabled, false);
      assert.ok(moved[0]?.kind === 'changed');
      assert.equal(moved[0].managerId, third);
      assert.ok(freed[0]?.kind === 'changed');
      assert.equal(freed[0].managerId, null);
      assert.deepEqual(removed, [{ kind: 'removed', id: second, isRestorable: true }]);
      assert.deepEqual(await told(), []);
    });

    test('an interrupted read goes on from the cursor of its last page', async () => {
      const { directory } = await makeScene();
      const { changes: all } = await readAll(directory);
      const seen: string[] = [];
      let cursor: string | undefined;
      for await (const page of directory.userChanges(undefined)) {
        seen.push(...page.changes.map(idOf));
        ({ cursor } = page);
        break;
      }

      const rest = await readAll(directory, cursor);

      assert.deepEqual([...seen, ...rest.changes.map(idOf)].sort(), all.map(idOf).sort());
      assert.ok(rest.pages.every(({ isWhole }) => isWhole));
    });

    test('a cursor that is too old makes the read tell the whole directory again', async () => {
      const scene = await makeScene();
      const { cursor, changes } = await readAll(scene.directory);
      scene.expireCursors();

      const again = await readAll(scene.directory, cursor);
      const after = await readAll(scene.directory, again.cursor);

      assert.ok(again.pages.every(({ isWhole }) => isWhole));
      assert.deepEqual(again.changes.map(idOf).sort(), changes.map(idOf).sort());
      assert.deepEqual(after.changes, []);
      assert.equal(after.pages[0]?.isWhole, false);
    });

    test('a group has its users and those of the groups inside it, each once', async () => {
      const { directory, groupId, groupName, emptyGroupId, userIds } = await makeScene();

      const members = (await pagesOf(directory.groupMembers(groupId))).flat();

      assert.ok(members.includes(userIds[0] ?? '') && members.includes(userIds[1] ?? ''));
      assert.equal(new Set(members).size, members.length);
      assert.deepEqual((await pagesOf(directory.groupMembers(emptyGroupId))).flat(), []);
      assert.deepEqual(await directory.group(groupId), { id: groupId, displayName: groupName });
    });

    test('a group that does not exist is an error for its members, not an empty list', async () => {
      const { directory } = await makeScene();

      assert.equal(await directory.group(NOBODY), undefined);
      await assert.rejects(pagesOf(directory.groupMembers(NOBODY)), { code: 'group.missing' });
    });

    test('of many groups, those are named that somebody is in', async () => {
      const { directory, groupId, emptyGroupId, userIds } = await makeScene();
      const others = Array.from({ length: 30 }, (_, index) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`);

      const among = await directory.groupsAmong(userIds[1] ?? '', [...others, emptyGroupId, groupId]);

      assert.deepEqual(among, [groupId]);
      assert.deepEqual(await directory.groupsAmong(NOBODY, [groupId]), []);
      assert.deepEqual(await directory.groupsAmong(userIds[1] ?? '', []), []);
    });

    test('managed devices are listed with their owners, and an organization without Intune says so', async () => {
      const scene = await makeScene();

      const devices = (await pagesOf(scene.directory.managedDevices())).flat();
      scene.setIntune(false);

      assert.equal(devices.length, scene.deviceCount);
      assert.ok(devices.some(({ easDeviceId, userId }) => easDeviceId !== undefined && userId !== undefined));
      await assert.rejects(pagesOf(scene.directory.managedDevices()), { code: 'intune.unlicensed' });
    });

    test('a cancelled read ends at once', async () => {
      const { directory } = await makeScene();
      const signal = AbortSignal.abort();

      await assert.rejects(pagesOf(directory.users({ signal })), { name: 'AbortError' });
      await assert.rejects(pagesOf(directory.userChanges(undefined, { signal })), { name: 'AbortError' });
    });
  });
}
