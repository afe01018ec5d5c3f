// The odd population that careless code breaks on: every kind of it is there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededPeople } from '../../../../src/local/host/auth/people.ts';
import { CAST } from '../../../../src/local/tenant/world/cast.ts';
import type { DeviceFacts } from '../../../../src/local/tenant/world/device-facts.ts';
import { firstOrganization, heldWorld, START_MS } from '../tenant-under-test.ts';

const MAILBOXES = 4000;
const world = heldWorld({ mailboxes: MAILBOXES });
const organization = firstOrganization(world);
const { devices, mailboxes, directory } = organization;
const all = Array.from({ length: devices.extent }, (_, index) => devices.facts(index));

const KINDS: readonly (readonly [string, (facts: DeviceFacts) => boolean])[] = [
  ['native iOS mail', ({ deviceType, clientVersion }) => deviceType === 'iPhone' && clientVersion === '16.1'],
  ['native Android mail', ({ deviceType }) => deviceType === 'Android'],
  ['Outlook', ({ clientType, objectName }) => clientType === 'Outlook' && objectName.startsWith('REST§Outlook§')],
  ['Outlook on the older sync', ({ clientType }) => clientType === 'REST'],
  ['WindowsMail left-overs', ({ deviceType, life }) => deviceType === 'WindowsMail' && life === 'dormant'],
  ['MOWA left-overs', ({ clientType, life }) => clientType === 'MOWA' && life === 'dormant'],
  ['ActiveSync 14.1', ({ clientType, clientVersion }) => clientType === 'EAS' && clientVersion === '14.1'],
  ['no first sync time', ({ firstSyncMs }) => firstSyncMs === null],
  ['a first sync time to the tick', ({ firstSyncTicks }) => firstSyncTicks > 0],
  ['a first sync time in the future', ({ firstSyncMs }) => (firstSyncMs ?? 0) > START_MS],
  ['without sync times', ({ hidesSync }) => hidesSync],
];

for (const [name, is] of KINDS) {
  test(`among the phones is ${name}`, () => {
    assert.ok(all.some(is));
  });
}

test('some first sync times are the same', () => {
  const times = all.map(({ firstSyncMs, firstSyncTicks }) => `${firstSyncMs}/${firstSyncTicks}`).filter((text) => !text.startsWith('null'));

  assert.ok(times.length - new Set(times).size > 10);
});

test('one phone is in two mailboxes: one DeviceId, two partnerships', () => {
  const mailboxesOf = new Map<string, Set<number>>();
  for (const [index, { deviceId }] of all.entries()) {
    mailboxesOf.set(deviceId, new Set([...(mailboxesOf.get(deviceId) ?? []), devices.mailboxOf(index)]));
  }
  const [alice, reception] = ['alice', 'reception'].map((alias) => mailboxes.find(alias) ?? -1);

  assert.ok([...mailboxesOf.values()].filter(({ size }) => size === 2).length > 5);
  assert.ok([...mailboxesOf.values()].some((owners) => owners.has(alice ?? -1) && owners.has(reception ?? -1)));
});

test('some mailboxes have more than sixty partnerships', () => {
  const counts = Array.from({ length: MAILBOXES }, (_, index) => devices.ofMailbox(index).length);

  assert.ok(counts.filter((count) => count > 60).length >= 2);
  assert.ok(Math.max(...counts) <= 100, 'no more than Exchange allows');
});

test('names hold quotes, separators, markup, formulas and foreign scripts, and each leads back to its mailbox', () => {
  const names = CAST.map((_, index) => mailboxes.facts(index).name).join('\n');

  for (const text of ["'", '"', '\\', '§', '<script>', '=HYPERLINK', 'ß', '李', '🦊']) assert.ok(names.includes(text), text);
  for (let index = 0; index < CAST.length; index += 1) {
    const { name, distinguishedName } = mailboxes.mailbox(index);
    assert.deepEqual([mailboxes.find(name), mailboxes.find(distinguishedName)], [index, index], name);
  }
});

test('no two mailboxes share guid, user, name or address', () => {
  const facts = Array.from({ length: MAILBOXES }, (_, index) => mailboxes.facts(index));

  for (const field of ['guid', 'userId', 'name', 'alias', 'primarySmtpAddress'] as const) {
    assert.equal(new Set(facts.map((one) => one[field].toLowerCase())).size, MAILBOXES, field);
  }
});

test('there are shared mailboxes, rooms and disabled users', () => {
  const facts = Array.from({ length: MAILBOXES }, (_, index) => mailboxes.facts(index));

  assert.ok(facts.some(({ type }) => type === 'SharedMailbox'));
  assert.ok(facts.some(({ type }) => type === 'RoomMailbox'));
  assert.ok(facts.filter(({ type, accountEnabled }) => type === 'UserMailbox' && !accountEnabled).length > 50);
});

test('every state of access occurs, each with its reasons', () => {
  const states = new Set(all.map((_, index) => devices.read(index, START_MS).access).map(({ state, reason }) => `${state} ${reason}`));

  for (const state of [
    'Allowed DeviceRule',
    'Allowed Individual',
    'Blocked DeviceRule',
    'Blocked Individual',
    'Quarantined Global',
    'Quarantined DeviceRule',
  ]) {
    assert.ok(states.has(state), state);
  }
});

test('the sign-in people of the local host are users here, with their ids, groups and languages', () => {
  const people = seededPeople(organization.organization.tenantId);

  for (const person of people) {
    const user = directory.user(person.id);
    assert.deepEqual([user?.userPrincipalName, user?.displayName], [person.userPrincipalName, person.displayName]);
    const groups = directory.groupsOf(person.id);
    assert.deepEqual(
      person.groups.filter((group) => !groups.has(group)),
      [],
    );
  }
  assert.equal(people.length, 9);
});

test('several organizations in one world share nothing', () => {
  const both = heldWorld({
    organizations: [
      { name: 'contoso', mailboxes: 40, hasSignInPeople: true },
      { name: 'fabrikam', mailboxes: 40 },
    ],
  });
  const [contoso, fabrikam] = both.organizations();
  assert.ok(contoso && fabrikam);

  both.commit(contoso.organization.tenantId, [{ kind: 'access.configure', change: { defaultAccessLevel: 'Block' } }]);

  const guidsOf = ({ devices: store }: typeof contoso): string[] => Array.from({ length: store.extent }, (_, index) => store.guid(index));
  const foreign = new Set(guidsOf(fabrikam));
  assert.deepEqual(
    guidsOf(contoso).filter((guid) => foreign.has(guid)),
    [],
  );
  assert.equal(fabrikam.access.defaultAccessLevel, 'Quarantine');
  assert.equal(both.organization('FABRIKAM.example'), fabrikam);
});

test('an organization of 100,000 mailboxes has about 300,000 phones', () => {
  const large = firstOrganization(heldWorld({ mailboxes: 100_000 }));

  assert.ok(large.devices.extent > 280_000 && large.devices.extent < 320_000, String(large.devices.extent));
});
