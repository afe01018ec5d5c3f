// What every Exchange port promises about devices and mailboxes, played through the life of a few of them.
// Run on memory and on the adapter over the simulated tenant; settings, rules and policies are in exchange-settings.ts.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { DeviceGuid, EntraObjectId, MailboxGuid } from '../../src/domain/device-identity.ts';
import { mailboxNameOfDevice } from '../../src/domain/device-identity.ts';
import type { DeviceQuery, ObservedDevice } from '../../src/domain/device.ts';
import type { ExchangePage, ExchangePort } from '../../src/domain/exchange-port.ts';

/** An organization to read and to change. Each test gets a fresh one, or one that nobody else changes. */
export interface ExchangeContractScene {
  readonly exchange: ExchangePort;
  /** A mailbox with at least three devices that have first sync times, one of them a native mail app with protocol 16.1. */
  readonly mailbox: MailboxGuid;
  /** The same mailbox's user, and the mailbox's main address. */
  readonly user: EntraObjectId;
  readonly address: string;
  /** A mailbox without devices. */
  readonly emptyMailbox: MailboxGuid;
  readonly deviceCount: number;
  readonly mailboxCount: number;
}

const NOBODY = 'ffffffff-ffff-4fff-bfff-ffffffffffff';
const noDevice = NOBODY as DeviceGuid;
const noMailbox = NOBODY as MailboxGuid;

async function allOf<Row>(pages: AsyncIterable<ExchangePage<Row>>): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const page of pages) {
    assert.equal(page.unidentified, 0);
    if (page.startsOver) rows.length = 0;
    rows.push(...page.rows);
  }
  return rows;
}

const guidsOf = (rows: readonly { readonly guid: string }[]): string[] => rows.map(({ guid }) => guid).sort();

async function listed({ exchange }: ExchangeContractScene, query: DeviceQuery): Promise<ObservedDevice[]> {
  return allOf(exchange.listDevices(query));
}

async function wipeableDevice({ exchange, mailbox }: ExchangeContractScene): Promise<DeviceGuid> {
  const devices = (await exchange.devicesOfMailbox(mailbox)) ?? [];
  const device = devices.find(({ clientType, clientVersion }) => clientType === 'EAS' && clientVersion === '16.1');
  assert.ok(device);
  return device.guid;
}

/** Runs the promises on `makeScene`'s organizations. */
export function exchangeContract(name: string, makeScene: () => Promise<ExchangeContractScene>): void {
  describe(`the Exchange port (${name})`, () => {
    readingContract(makeScene);
    queryContract(makeScene);
    wipeContract(makeScene);
    listContract(makeScene);
    mailboxContract(makeScene);
  });
}

function readingContract(makeScene: () => Promise<ExchangeContractScene>): void {
  test('lists every device once, and a mailbox has those whose names lie below its own', async () => {
    const scene = await makeScene();

    const devices = await listed(scene, {});

    assert.equal(devices.length, scene.deviceCount);
    assert.equal(new Set(guidsOf(devices)).size, scene.deviceCount);
    const owner = await scene.exchange.getMailboxAccess(scene.mailbox);
    const below = devices.filter(
      ({ distinguishedName = '' }) => mailboxNameOfDevice(distinguishedName)?.toLowerCase() === owner?.distinguishedName?.toLowerCase(),
    );
    assert.deepEqual(guidsOf(below), guidsOf((await scene.exchange.devicesOfMailbox(scene.mailbox)) ?? []));
  });

  test('reads one device as it stands in the list', async () => {
    const scene = await makeScene();
    const [listedDevice] = await listed(scene, {});
    assert.ok(listedDevice);

    const device = await scene.exchange.getDevice(listedDevice.guid);

    assert.deepEqual(device, { ...device, ...listedDevice });
  });

  test('has nothing for ids that name nothing', async () => {
    const { exchange } = await makeScene();

    const found = [
      await exchange.getDevice(noDevice),
      await exchange.deviceStatistics(noDevice),
      await exchange.devicesOfMailbox(noMailbox),
      await exchange.mailboxStatistics(noMailbox),
      await exchange.getMailboxAccess(noMailbox),
      await exchange.getMailbox(noMailbox),
    ];

    assert.deepEqual(new Set(found), new Set([undefined]));
    assert.equal(await exchange.removeDevice(noDevice), 'missing');
    assert.deepEqual(await exchange.findRecipients({ by: 'object', id: noMailbox }), []);
  });

  test('refuses to change what is not there', async () => {
    const { exchange } = await makeScene();

    await assert.rejects(exchange.clearDevice(noDevice, { accountOnly: false }), { code: 'exchange.missing' });
    await assert.rejects(exchange.editDeviceLists(noMailbox, { allowed: { add: ['A1'] } }), { code: 'exchange.missing' });
  });

  test('reads the statistics of a mailbox, alone and among others, in order', async () => {
    const { exchange, mailbox, emptyMailbox } = await makeScene();

    const alone = await exchange.mailboxStatistics(mailbox);
    const together = await exchange.statisticsOfMailboxes([emptyMailbox, mailbox, noMailbox]);

    assert.ok(alone && alone.length >= 3);
    assert.deepEqual(
      together.map((entry) => ('statistics' in entry ? entry.statistics?.length : entry.error.code)),
      [0, alone.length, undefined],
    );
    const [first] = alone;
    assert.ok(first);
    assert.equal((await exchange.deviceStatistics(first.guid))?.guid, first.guid);
  });
}

function queryContract(makeScene: () => Promise<ExchangeContractScene>): void {
  test('finds devices by first sync time in half-open ranges that together are all there are', async () => {
    const scene = await makeScene();
    const times = (await listed(scene, {})).flatMap(({ firstSyncAt }) => firstSyncAt ?? []).sort();
    const middle = times[Math.floor(times.length / 2)];
    assert.ok(middle);

    const parts = [
      await listed(scene, { firstSync: { before: middle } }),
      await listed(scene, { firstSync: { from: middle } }),
      await listed(scene, { firstSync: 'missing' }),
    ];

    assert.deepEqual(guidsOf(parts.flat()), guidsOf(await listed(scene, {})));
    assert.ok(parts[0]?.every(({ firstSyncAt = '' }) => firstSyncAt < middle));
    assert.ok(parts[1]?.some(({ firstSyncAt }) => firstSyncAt === middle));
  });

  test('finds devices by state and by the beginning of their DeviceId', async () => {
    const scene = await makeScene();
    const devices = await listed(scene, {});
    const { deviceId, accessState } = devices.find((device) => device.deviceId && device.accessState) ?? assert.fail();
    assert.ok(deviceId && accessState);
    const prefix = deviceId.slice(0, 2).toUpperCase();

    const found = await listed(scene, { accessState, deviceIdPrefix: prefix });

    const expected = devices.filter((device) => device.accessState === accessState && device.deviceId?.toUpperCase().startsWith(prefix));
    assert.deepEqual(guidsOf(found), guidsOf(expected));
  });

  test('what begins with a DeviceId’s prefix and what does not are all devices together, each once', async () => {
    const scene = await makeScene();
    const devices = await listed(scene, {});
    const prefixes = [...new Set(devices.map(({ deviceId }) => deviceId?.slice(0, 2).toLowerCase()).filter((text) => text !== undefined))];

    const parts = [
      ...(await Promise.all(prefixes.slice(1).map((prefix) => listed(scene, { deviceIdPrefix: prefix })))),
      await listed(scene, { deviceIdWithout: prefixes.slice(1) }),
    ];

    assert.deepEqual(guidsOf(parts.flat()), guidsOf(devices));
  });

  test('counts devices up to a limit', async () => {
    const { exchange, deviceCount } = await makeScene();

    const all = await exchange.countDevices({}, deviceCount + 1);
    const some = await exchange.countDevices({}, 1);

    assert.deepEqual(all, { count: deviceCount, isExact: true });
    assert.equal(some.isExact, false);
    assert.ok(some.count >= 1);
  });
}

function wipeContract(makeScene: () => Promise<ExchangeContractScene>): void {
  for (const accountOnly of [true, false]) {
    const kind = accountOnly ? 'accountWipe' : 'deviceWipe';
    const other = accountOnly ? 'deviceWipe' : 'accountWipe';

    test(`a ${accountOnly ? 'wipe of the account' : 'wipe of the device'} shows as requested, asked for twice as once, and can be taken back`, async () => {
      const scene = await makeScene();
      const { exchange } = scene;
      const device = await wipeableDevice(scene);

      await exchange.clearDevice(device, { accountOnly });
      const first = await exchange.deviceStatistics(device);
      await exchange.clearDevice(device, { accountOnly });
      const second = await exchange.deviceStatistics(device);
      await exchange.cancelClear(device, { accountOnly });
      const last = await exchange.deviceStatistics(device);

      assert.ok(first?.[kind].requestedAt);
      assert.equal(first[other].requestedAt, undefined);
      assert.equal(first[kind].acknowledgedAt, undefined);
      assert.match(first.status ?? '', /pending/i);
      assert.equal(second?.[kind].requestedAt, first[kind].requestedAt);
      assert.equal(last?.[kind].requestedAt, undefined);
    });
  }

  test('a removed device is gone everywhere, and removing it again says so', async () => {
    const scene = await makeScene();
    const { exchange, mailbox } = scene;
    const device = await wipeableDevice(scene);

    const outcomes = [await exchange.removeDevice(device), await exchange.removeDevice(device)];

    assert.deepEqual(outcomes, ['removed', 'missing']);
    assert.equal(await exchange.getDevice(device), undefined);
    assert.ok(!guidsOf((await exchange.devicesOfMailbox(mailbox)) ?? []).includes(device));
    assert.ok(!guidsOf(await listed(scene, {})).includes(device));
  });
}

function listContract(makeScene: () => Promise<ExchangeContractScene>): void {
  test('an edit of the personal lists keeps every other id, whatever was edited before', async () => {
    const { exchange, mailbox } = await makeScene();
    const id = fc.constantFrom('A1', 'A2', 'B1', 'b1', 'androidc1', 'ApplDNQX');
    const ids = fc.uniqueArray(id, { maxLength: 3, selector: (entry) => entry.toLowerCase() });
    const edit = fc.record({ add: ids, remove: ids }).filter(({ add, remove }) => !add.some((entry) => includes(remove, entry)));
    const kept = ['Kept-1', 'Kept-2'];
    await exchange.editDeviceLists(mailbox, { allowed: { add: kept }, blocked: { add: kept } });
    const before = await exchange.getMailboxAccess(mailbox);
    const model = { allowed: folded(before?.allowedDeviceIds), blocked: folded(before?.blockedDeviceIds) };

    await fc.assert(
      fc.asyncProperty(edit, edit, async (allowed, blocked) => {
        await exchange.editDeviceLists(mailbox, { allowed, blocked });

        const after = await exchange.getMailboxAccess(mailbox);
        apply(model.allowed, allowed);
        apply(model.blocked, blocked);
        assert.deepEqual([...folded(after?.allowedDeviceIds)].sort(), [...model.allowed].sort());
        assert.deepEqual([...folded(after?.blockedDeviceIds)].sort(), [...model.blocked].sort());
      }),
      { numRuns: 25 },
    );
  });

  test('edits made together are all kept', async () => {
    const { exchange, mailbox } = await makeScene();
    const ids = Array.from({ length: 10 }, (_, index) => `Together${index}`);

    await Promise.all(ids.map((id) => exchange.editDeviceLists(mailbox, { allowed: { add: [id] } })));

    const access = await exchange.getMailboxAccess(mailbox);
    assert.ok(ids.every((id) => access?.allowedDeviceIds?.includes(id)));
  });
}

function mailboxContract(makeScene: () => Promise<ExchangeContractScene>): void {
  test('lists every mailbox once, as it is read alone, by its own id or its user’s', async () => {
    const { exchange, mailbox, user, mailboxCount } = await makeScene();

    const mailboxes = await allOf(exchange.listMailboxAccess({}));

    assert.equal(mailboxes.length, mailboxCount);
    assert.equal(new Set(guidsOf(mailboxes)).size, mailboxCount);
    const [byMailbox, byUser] = [await exchange.getMailboxAccess(mailbox), await exchange.getMailboxAccess(user)];
    assert.deepEqual(byMailbox, byUser);
    assert.equal(byMailbox?.guid, mailbox);
    const inList = mailboxes.find(({ guid }) => guid === mailbox);
    assert.deepEqual(byMailbox, { ...byMailbox, ...inList });
  });

  test('the mailboxes whose display name begins in one way and those of which it does not are all of them', async () => {
    const { exchange } = await makeScene();
    const mailboxes = await allOf(exchange.listMailboxAccess({}));
    const prefix = mailboxes[0]?.displayName?.slice(0, 1).toUpperCase() ?? 'A';

    const named = await allOf(exchange.listMailboxAccess({ displayNamePrefix: prefix }));
    const others = await allOf(exchange.listMailboxAccess({ displayNameWithout: [prefix] }));

    assert.ok(named.every(({ displayName }) => displayName?.toUpperCase().startsWith(prefix)));
    assert.deepEqual(guidsOf([...named, ...others]), guidsOf(mailboxes));
  });

  test('switches of a mailbox are set one by one', async () => {
    const { exchange, mailbox } = await makeScene();
    const before = await exchange.getMailboxAccess(mailbox);

    await exchange.setMailboxSwitches(mailbox, { activeSyncEnabled: false });

    const after = await exchange.getMailboxAccess(mailbox);
    assert.equal(after?.activeSyncEnabled, false);
    assert.equal(after.outlookMobileEnabled, before?.outlookMobileEnabled);
  });

  test('a mailbox gets a policy, and the default again', async () => {
    const { exchange, mailbox } = await makeScene();
    await exchange.createPolicy('Contract policy', { passwordEnabled: true });
    const policy = (await exchange.listPolicies()).find(({ name }) => name === 'Contract policy');
    assert.ok(policy?.guid);

    await exchange.assignPolicy(mailbox, policy.guid);
    const assigned = await exchange.getMailboxAccess(mailbox);
    await exchange.assignPolicy(mailbox, null);
    const defaulted = await exchange.getMailboxAccess(mailbox);

    assert.match(assigned?.policy ?? '', /Contract policy/);
    assert.equal(assigned?.isPolicyDefaulted, false);
    assert.equal(defaulted?.isPolicyDefaulted, true);
    assert.equal(defaulted.policy, undefined);
  });

  test('finds a recipient by address, by id, by name and by distinguished name', async () => {
    const { exchange, mailbox, address, user } = await makeScene();
    const [recipient] = await exchange.findRecipients({ by: 'address', address: address.toUpperCase() });
    assert.ok(recipient?.name && recipient.distinguishedName);

    const found = [
      ...(await exchange.findRecipients({ by: 'object', id: user })),
      ...(await exchange.findRecipients({ by: 'distinguished-name', distinguishedName: recipient.distinguishedName })),
      ...(await exchange.findRecipients({ by: 'name', name: recipient.name })),
    ];

    assert.equal(recipient.entraObjectId, user);
    assert.ok(found.length >= 3);
    assert.ok(found.every(({ name }) => name?.toLowerCase() === recipient.name?.toLowerCase()));
    assert.equal((await exchange.getMailbox(mailbox))?.entraObjectId, user);
    assert.deepEqual(await exchange.findRecipients({ by: 'address', address: 'nobody@nowhere.example' }), []);
  });
}

function includes(ids: readonly string[], id: string): boolean {
  return ids.some((other) => other.toLowerCase() === id.toLowerCase());
}

function folded(ids: readonly string[] | undefined): Set<string> {
  return new Set((ids ?? []).map((id) => id.toLowerCase()));
}

function apply(ids: Set<string>, { add, remove }: { add: readonly string[]; remove: readonly string[] }): void {
  for (const id of remove) ids.delete(id.toLowerCase());
  for (const id of add) ids.add(id.toLowerCase());
}
