import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstOrganization, heldWorld } from '../tenant-under-test.ts';

test('a group has its members, those of nested groups count for it, and both can change', () => {
  const { directory } = firstOrganization(heldWorld({ mailboxes: 300 }));
  const groups = new Map([...directory.groups()].map((group) => [group.displayName, group.id]));
  const sales = groups.get('Sales') ?? '';
  const inside = [...directory.transitiveUsers(sales)];
  const outsider = [...directory.users()].find(({ id }) => !directory.groupsOf(id).has(sales));
  assert.ok(outsider);

  directory.addMember(sales, { kind: 'user', id: outsider.id });
  const withOutsider = [...directory.transitiveUsers(sales)];
  directory.removeMember(sales, outsider.id);
  directory.removeMember(sales, groups.get('Field Sales') ?? '');

  assert.ok(
    inside.some(({ id }) => ![...directory.members(sales)].some((member) => member.id === id)),
    'somebody is in it by nesting only',
  );
  assert.deepEqual(withOutsider.map(({ id }) => id).toSorted(), [...inside.map(({ id }) => id), outsider.id].toSorted());
  assert.ok([...directory.transitiveUsers(sales)].length < inside.length);
  for (const user of inside.slice(0, 20)) {
    const isDirect = [...directory.members(sales)].some((member) => member.id === user.id);
    assert.equal(directory.groupsOf(user.id).has(sales), isDirect);
  }
});

test('changes of users and members are listed in order, for delta queries', () => {
  const { directory } = firstOrganization(heldWorld());
  const [first, second] = directory.users();
  const [group] = directory.groups();
  assert.ok(first && second && group);

  directory.updateUser(first.id, { department: 'Space Travel' });
  directory.addMember(group.id, { kind: 'user', id: second.id });
  directory.deleteUser(second.id);

  const changes = [...directory.changesAfter(0)].map(({ sequence, kind, id, change }) => [sequence, kind, id, change]);
  assert.deepEqual(changes, [
    [1, 'user', first.id, 'updated'],
    [2, 'member', group.id, 'created'],
    [3, 'user', second.id, 'deleted'],
  ]);
  assert.deepEqual(
    [...directory.changesAfter(2)].map(({ sequence }) => sequence),
    [3],
  );
  assert.equal(directory.user(first.id)?.department, 'Space Travel');
  assert.equal(directory.user(second.id), undefined);
});

test('a deleted user is gone from lists, groups and Exchange', () => {
  const world = heldWorld();
  const { directory, mailboxes } = firstOrganization(world);
  const users = [...directory.users()];
  const [victim] = users;
  assert.ok(victim);

  directory.deleteUser(victim.id);

  assert.deepEqual(
    [...directory.users()].map(({ id }) => id),
    users.slice(1).map(({ id }) => id),
  );
  assert.equal(directory.userCount, users.length - 1);
  assert.ok(![...directory.groups()].some(({ id }) => [...directory.transitiveUsers(id)].some((user) => user.id === victim.id)));
  assert.equal(mailboxes.isDeleted(0), true);
});

test('reading users from a position gives the rest of the list', () => {
  const { directory } = firstOrganization(heldWorld());
  const before = [...directory.users()].map(({ id }) => id);
  const [, , third] = before;

  const fromStart = [...directory.users(10)].map(({ id }) => id);
  directory.deleteUser(third ?? '');
  const afterDeletion = [...directory.users(10)].map(({ id }) => id);

  assert.deepEqual(fromStart, before.slice(10));
  assert.deepEqual(afterDeletion, before.filter((id) => id !== third).slice(10));
});

test('managers form a tree with one top', () => {
  const { directory } = firstOrganization(heldWorld({ mailboxes: 200 }));
  const users = [...directory.users()];
  const tops = users.filter(({ managerId }) => managerId === null);

  for (const user of users) {
    let level = 0;
    for (let at = user; at.managerId !== null; level += 1) {
      const manager = directory.user(at.managerId);
      assert.ok(manager && level < 10);
      at = manager;
    }
  }
  assert.equal(tops.length, 1);
  assert.ok([...directory.directReports(tops[0]?.id ?? '')].length > 0);
});

test('a managed phone names the DeviceId and user of its partnership', () => {
  const world = heldWorld({ mailboxes: 200 });
  const { directory, devices, mailboxes } = firstOrganization(world);
  const managed = [...directory.managedDevices()];

  assert.ok(managed.length > 20);
  for (const phone of managed) {
    const owner = mailboxes.find(phone.userId) ?? -1;
    const ids = devices.ofMailbox(owner).map((index) => devices.facts(index).deviceId.toLowerCase());
    assert.ok(ids.includes(phone.easDeviceId?.toLowerCase() ?? ''));
    assert.deepEqual(directory.managedDevice(phone.id), phone);
  }
});
