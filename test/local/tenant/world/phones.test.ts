// A phone's life on the held clock: decided when it connects, quarantined, allowed, wiped or not, reset, shut out and let in again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceFacts } from '../../../../src/local/tenant/world/device-facts.ts';
import type { World } from '../../../../src/local/tenant/world/world.ts';
import type { Change } from '../../../../src/local/tenant/world/changes.ts';
import type { Device } from '../../../../src/local/tenant/world/types.ts';
import { DAY_MS, firstOrganization, heldWorld, HOUR_MS, MINUTE_MS, START_MS } from '../tenant-under-test.ts';

const PHONE: Partial<DeviceFacts> = {
  deviceId: 'PHONE1',
  deviceType: 'iPhone',
  deviceModel: 'iPhone14C3',
  deviceOs: 'iOS 17.4 21E219',
  clientType: 'EAS',
  clientVersion: '16.1',
  life: 'live',
  wipe: 'acknowledges',
  provisionable: true,
  hidesSync: false,
};

/** A world with one mailbox and one phone that has been there for an hour. */
function worldWith(facts: Partial<DeviceFacts> = {}): {
  world: World;
  device: number;
  read: () => Device;
  change: (...changes: Change[]) => void;
} {
  const world = heldWorld({ organizations: [{ name: 'contoso', mailboxes: 0 }] });
  const organization = firstOrganization(world);
  const { tenantId } = organization.organization;
  const change = (...changes: Change[]): void => world.commit(tenantId, changes);
  change({ kind: 'mailbox.add', mailbox: { alias: 'jane', displayName: 'Jane Doe' } });
  change({ kind: 'device.add', mailbox: 0, facts: { ...PHONE, ...facts } });
  world.clock.step(HOUR_MS);
  const device = organization.devices.extent - 1;
  const read = (): Device => firstOrganization(world).devices.read(device, world.clock.now());
  return { world, device, change, read };
}

const wipe = (device: number, scope: 'device' | 'account' = 'account'): Change => ({
  kind: 'device.wipe',
  device,
  scope,
  requestor: 'Connector',
});

/** Nothing but two hours of connections. */
const WHILE_MS = 2 * HOUR_MS;

test('a live phone syncs again and again, a phone that is off does not', () => {
  const { world, device, read, change } = worldWith();
  const first = read().lastSuccessSyncMs ?? 0;

  world.clock.step(DAY_MS);
  const second = read().lastSuccessSyncMs ?? 0;
  change({ kind: 'device.power', device, isOn: false });
  world.clock.step(DAY_MS);
  const third = read().lastSuccessSyncMs ?? 0;
  change({ kind: 'device.power', device, isOn: true });
  world.clock.step(DAY_MS);
  const fourth = read().lastSuccessSyncMs ?? 0;

  assert.ok(second - first > DAY_MS - 2 * HOUR_MS);
  assert.equal(third, second);
  assert.ok(fourth > START_MS + 2 * DAY_MS);
});

test('a new phone that no rule knows is quarantined, allowed by a personal list, and let in at its next connection', () => {
  const { world, read, change } = worldWith({ deviceType: 'SamsungDevice', deviceId: 'SEC1' });
  const quarantined = read();

  change({ kind: 'mailbox.settings', mailbox: 0, change: { allowedDeviceIds: ['SEC1'] } });
  const atOnce = read();
  world.clock.step(WHILE_MS);
  const later = read();

  assert.deepEqual([quarantined.access.state, quarantined.access.reason], ['Quarantined', 'Global']);
  assert.equal(quarantined.lastSuccessSyncMs, null);
  assert.ok((quarantined.lastSyncAttemptMs ?? 0) > START_MS);
  assert.equal(atOnce.access.state, 'Quarantined');
  assert.deepEqual([later.access.state, later.access.reason], ['Allowed', 'Individual']);
  assert.ok((later.lastSuccessSyncMs ?? 0) > START_MS + HOUR_MS);
  assert.ok(later.changedMs > quarantined.changedMs);
});

test('a new rule reaches a phone at its next connection, a new default level at once', () => {
  const { world, read, change } = worldWith({ deviceType: 'SamsungDevice' });

  change({ kind: 'access.configure', change: { defaultAccessLevel: 'Allow' } });
  const byDefault = read();
  const block = {
    guid: 'r',
    queryString: 'SamsungDevice',
    characteristic: 'DeviceType',
    accessLevel: 'Block',
    createdMs: 0,
    changedMs: 0,
  } as const;
  change({ kind: 'access.configure', change: { rules: [block] } });
  const beforeConnection = read();
  world.clock.step(WHILE_MS);
  const afterConnection = read();

  assert.deepEqual([byDefault.access.state, byDefault.access.reason], ['Allowed', 'Global']);
  assert.equal(beforeConnection.access.state, 'Allowed');
  assert.deepEqual(afterConnection.access, { state: 'Blocked', reason: 'DeviceRule', rule: 'SamsungDevice (DeviceType)' });
});

test('an account wipe is requested, fetched at the next connection, acknowledged seconds later, and the phone falls silent', () => {
  const { world, device, read, change } = worldWith();

  change(wipe(device));
  const requested = read();
  world.clock.step(WHILE_MS);
  const done = read();
  world.clock.step(30 * DAY_MS);
  const later = read();

  assert.equal(requested.status, 'AccountOnlyDeviceWipePending');
  assert.deepEqual([requested.accountWipe?.requestor, requested.accountWipe?.sentMs], ['Connector', null]);
  assert.equal(done.status, 'AccountOnlyDeviceWipeSucceeded');
  const { sentMs, acknowledgedMs } = done.accountWipe ?? { sentMs: null, acknowledgedMs: null };
  assert.ok(sentMs !== null && acknowledgedMs !== null);
  assert.ok(acknowledgedMs > sentMs && acknowledgedMs - sentMs < MINUTE_MS);
  assert.equal(later.lastSyncAttemptMs, sentMs);
});

test('Outlook carries a wipe out within a minute', () => {
  const { world, device, read, change } = worldWith({ deviceType: 'Outlook', clientType: 'Outlook', clientVersion: '1.0' });

  change(wipe(device, 'device'));
  world.clock.step(MINUTE_MS);

  assert.equal(read().status, 'DeviceWipeSucceeded');
});

test('a blocked phone never fetches a wipe; allowed again, it does', () => {
  const { world, device, read, change } = worldWith();
  change({ kind: 'mailbox.settings', mailbox: 0, change: { blockedDeviceIds: ['PHONE1'] } });
  world.clock.step(WHILE_MS);
  assert.equal(read().access.state, 'Blocked');

  change(wipe(device));
  world.clock.step(30 * DAY_MS);
  const whileBlocked = read();
  change({ kind: 'mailbox.settings', mailbox: 0, change: { blockedDeviceIds: [] } });
  world.clock.step(DAY_MS);

  assert.equal(whileBlocked.accountWipe?.sentMs, null);
  assert.equal(read().status, 'AccountOnlyDeviceWipeSucceeded');
});

test('a phone that is off fetches its wipe when it is switched on', () => {
  const { world, device, read, change } = worldWith();
  change({ kind: 'device.power', device, isOn: false });

  change(wipe(device, 'device'));
  world.clock.step(7 * DAY_MS);
  const whileOff = read().status;
  change({ kind: 'device.power', device, isOn: true });
  world.clock.step(WHILE_MS);

  assert.equal(whileOff, 'DeviceWipePending');
  assert.equal(read().status, 'DeviceWipeSucceeded');
});

test('a disabled user keeps a wipe from being fetched', () => {
  const { world, device, read, change } = worldWith();
  const { userId } = firstOrganization(world).mailboxes.facts(0);
  change({ kind: 'user.update', id: userId, change: { accountEnabled: false } });

  change(wipe(device));
  world.clock.step(30 * DAY_MS);

  assert.deepEqual([read().status, read().accountWipe?.sentMs], ['AccountOnlyDeviceWipePending', null]);
});

const ENDINGS = [
  {
    name: 'a phone that never acknowledges stays pending',
    facts: { wipe: 'never-acknowledges' },
    status: 'AccountOnlyDeviceWipePending',
    isSent: true,
  },
  { name: 'a phone that cannot ends as failed', facts: { wipe: 'fails' }, status: 'AccountOnlyDeviceWipeFailed', isSent: true },
] as const;

for (const { name, facts, status, isSent } of ENDINGS) {
  test(name, () => {
    const { world, device, read, change } = worldWith(facts);

    change(wipe(device));
    world.clock.step(DAY_MS);

    assert.deepEqual([read().status, read().accountWipe?.sentMs !== null], [status, isSent]);
    assert.ok((read().lastSyncAttemptMs ?? 0) > START_MS + DAY_MS, 'it goes on syncing');
  });
}

test('where the cloud never reports, the phone erases and its row stays pending', () => {
  const { world, device, read, change } = worldWith();
  change({ kind: 'cloud.switch', switches: { cloudNeverReports: true } });

  change(wipe(device));
  world.clock.step(30 * DAY_MS);

  assert.equal(read().status, 'AccountOnlyDeviceWipePending');
  assert.equal(read().lastSyncAttemptMs, read().accountWipe?.sentMs);
});

test('a wipe that is taken back before the phone came by is forgotten', () => {
  const { world, device, read, change } = worldWith();

  change(wipe(device));
  change({ kind: 'device.cancel-wipe', device });
  world.clock.step(DAY_MS);

  assert.deepEqual([read().status, read().accountWipe], ['DeviceOk', null]);
  assert.ok((read().lastSyncAttemptMs ?? 0) > START_MS + HOUR_MS);
});

test('taking a wipe back between sending and acknowledging clears the row, but the phone erases all the same', () => {
  const { world, device, read, change } = worldWith();
  change(wipe(device));
  change({ kind: 'device.connect', device });
  assert.notEqual(read().accountWipe?.sentMs, null);

  change({ kind: 'device.cancel-wipe', device });
  world.clock.step(DAY_MS);

  assert.equal(read().status, 'DeviceOk');
  assert.ok((read().lastSyncAttemptMs ?? 0) <= START_MS + HOUR_MS);
});

test('an acknowledged wipe cannot be taken back', () => {
  const { world, device, read, change } = worldWith();
  change(wipe(device));
  world.clock.step(WHILE_MS);

  change({ kind: 'device.cancel-wipe', device });

  assert.equal(read().status, 'AccountOnlyDeviceWipeSucceeded');
});

test('a reset phone comes back with a new DeviceId as a new partnership, and its old row stays', () => {
  const { world, device, read, change } = worldWith();
  const { devices } = firstOrganization(world);

  change({ kind: 'device.reset', device });
  world.clock.step(DAY_MS);
  const [old, fresh] = devices.ofMailbox(0).map((index) => devices.read(index, world.clock.now()));

  assert.equal(old?.guid, read().guid);
  assert.deepEqual([fresh?.deviceType, fresh?.deviceModel], [old?.deviceType, old?.deviceModel]);
  assert.notEqual(fresh?.deviceId, old?.deviceId);
  assert.notEqual(fresh?.guid, old?.guid);
  assert.ok((fresh?.lastSuccessSyncMs ?? 0) > (old?.lastSyncAttemptMs ?? Infinity));
});

test('a phone below ActiveSync 16.1 no longer connects', () => {
  const { world, device, read, change } = worldWith({ clientVersion: '14.1' });

  change({ kind: 'device.connect', device });
  world.clock.step(DAY_MS);

  assert.equal(read().lastSuccessSyncMs, null);
});

test('a removed device is gone from its mailbox and by its guid', () => {
  const { world, device, read, change } = worldWith();
  const { guid } = read();

  change({ kind: 'device.remove', device });
  const { devices } = firstOrganization(world);

  assert.deepEqual([devices.ofMailbox(0), devices.byGuid(guid)], [[], undefined]);
});

test('a native phone may be held in discovery first, for less than a quarter of an hour', () => {
  const world = heldWorld({ organizations: [{ name: 'contoso', mailboxes: 0 }] });
  const { tenantId } = firstOrganization(world).organization;
  world.commit(tenantId, [{ kind: 'mailbox.add', mailbox: { alias: 'jane', displayName: 'Jane Doe' } }]);
  for (let count = 0; count < 15; count += 1) world.commit(tenantId, [{ kind: 'device.add', mailbox: 0, facts: PHONE }]);
  const states = (): string[] => {
    const { devices } = firstOrganization(world);
    return devices.ofMailbox(0).map((index) => devices.read(index, world.clock.now()).access.state);
  };

  const atFirst = states();
  world.clock.step(15 * MINUTE_MS);

  assert.ok(atFirst.includes('DeviceDiscovery'));
  assert.ok(states().every((state) => state === 'Allowed'));
});
