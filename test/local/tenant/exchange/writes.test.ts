// Writes to the Exchange endpoint: what they change, what they refuse, and how they are remembered.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { writeLog } from '../../../../src/local/tenant/world/journal.ts';
import { DAY_MS, heldWorld, readAll, startTestServer } from '../tenant-under-test.ts';

const server = await startTestServer({ mailboxes: 60 });
const DEVICES = { ResultSize: 'Unlimited' };

beforeEach(() => server.use(heldWorld({ mailboxes: 60 })));

test('a list edit keeps the other ids, is visible at once and is written down with its caller', async () => {
  await server.invoke('Set-CASMailbox', { Identity: 'alice', ActiveSyncAllowedDeviceIDs: ['OTHER', 'GOES'] });
  const edit = { '@odata.type': '#Exchange.GenericHashTable', add: ['NEW'], remove: ['GOES'] };

  const answer = await server.invoke('Set-CASMailbox', { Identity: 'alice', ActiveSyncAllowedDeviceIDs: edit, Confirm: false });
  const { rows } = await server.invoke('Get-CASMailbox', { Identity: 'alice' });

  assert.deepEqual([answer.status, answer.json.value, answer.json['@adminapi.warnings']], [200, [], []]);
  assert.deepEqual(rows[0].ActiveSyncAllowedDeviceIDs, ['OTHER', 'NEW']);
  const [application] = server.organization.directory.applications();
  const last = [...writeLog(server.world.journal)].at(-1);
  assert.deepEqual([last?.cmdlet, last?.appId, last?.at], ['Set-CASMailbox', application?.appId, '2026-11-24T08:00:00.000Z']);
  assert.deepEqual(last?.parameters, { Identity: 'alice', ActiveSyncAllowedDeviceIDs: edit, Confirm: false });
});

test('a write that changes nothing warns; JSON null and an empty list do what their switches say', async () => {
  await server.invoke('Set-CASMailbox', { Identity: 'alice', ActiveSyncAllowedDeviceIDs: ['A'] });
  const same = await server.invoke('Set-CASMailbox', { Identity: 'alice', ActiveSyncEnabled: true });
  await server.invoke('Set-CASMailbox', { Identity: 'alice', ActiveSyncAllowedDeviceIDs: [] });
  const afterEmpty = await server.invoke('Get-CASMailbox', { Identity: 'alice' });
  await server.invoke('Set-CASMailbox', { Identity: 'alice', ActiveSyncAllowedDeviceIDs: null });
  const afterNull = await server.invoke('Get-CASMailbox', { Identity: 'alice' });

  assert.match(same.json['@adminapi.warnings'][0], /no settings of 'Alice Moreno' have been modified/);
  assert.deepEqual([afterEmpty.rows[0].ActiveSyncAllowedDeviceIDs, afterNull.rows[0].ActiveSyncAllowedDeviceIDs], [['A'], []]);
});

test('an account-only wipe is refused below ActiveSync 16.1, and has no special effect on Outlook', async () => {
  const rows = await readAll(server, 'Get-MobileDevice', { Mailbox: 'alice' });
  const byClient = (type: string, version: string) =>
    rows.find(({ ClientType, ClientVersion }) => ClientType === type && ClientVersion === version);

  const old = await server.invoke('Clear-MobileDevice', {
    Identity: rows.find(({ ClientType, ClientVersion }) => ClientType === 'EAS' && ClientVersion !== '16.1')?.Guid,
    AccountOnly: true,
  });
  await server.invoke('Clear-MobileDevice', { Identity: byClient('EAS', '16.1')?.Guid, AccountOnly: true });
  await server.invoke('Clear-MobileDevice', { Identity: byClient('Outlook', '1.0')?.Guid, AccountOnly: true });
  const statistics = await readAll(server, 'Get-MobileDeviceStatistics', { Mailbox: 'alice' });

  assert.deepEqual([old.status, /16\.1 or later/.test(old.text)], [400, true]);
  const statusOf = (guid: string) => statistics.find(({ Guid }) => Guid === guid)?.Status;
  assert.equal(statusOf(byClient('EAS', '16.1')?.Guid), 'AccountOnlyDeviceWipePending');
  assert.equal(statusOf(byClient('Outlook', '1.0')?.Guid), 'DeviceWipePending');
  assert.equal(
    statistics.find(({ Guid }) => Guid === byClient('EAS', '16.1')?.Guid)?.LastAccountOnlyDeviceWipeRequestor,
    'Exchange Connector',
  );
});

test('a wipe goes through its life as the clock moves, and a removed device is not found', async () => {
  const [phone] = await readAll(server, 'Get-MobileDevice', { Mailbox: 'admin' });
  await server.invoke('Clear-MobileDevice', { Identity: phone.Guid, AccountOnly: true, Confirm: false });

  server.world.clock.step(DAY_MS);
  const { rows } = await server.invoke('Get-MobileDeviceStatistics', { Identity: phone.Guid });
  await server.invoke('Remove-MobileDevice', { Identity: phone.Guid, Confirm: false });
  const gone = await server.invoke('Remove-MobileDevice', { Identity: phone.Guid });

  assert.equal(rows[0].Status, 'AccountOnlyDeviceWipeSucceeded');
  for (const name of ['RequestTime', 'SentTime', 'AckTime']) assert.match(rows[0][`AccountOnlyDeviceWipe${name}`], /Z$/);
  assert.deepEqual([gone.status, /couldn't be found/.test(gone.text)], [400, true]);
  assert.deepEqual(
    [...writeLog(server.world.journal)].map(({ cmdlet, refused }) => [cmdlet, refused !== undefined]),
    [
      ['Clear-MobileDevice', false],
      ['Remove-MobileDevice', false],
      ['Remove-MobileDevice', true],
    ],
  );
});

test('rules are made, changed and removed, and their names are made by Exchange', async () => {
  const made = await server.invoke('New-ActiveSyncDeviceAccessRule', {
    QueryString: 'Pixel 8',
    Characteristic: 'DeviceModel',
    AccessLevel: 'q',
  });
  const twice = await server.invoke('New-ActiveSyncDeviceAccessRule', {
    QueryString: 'Pixel 8',
    Characteristic: 'DeviceModel',
    AccessLevel: 'Allow',
  });
  await server.invoke('Set-ActiveSyncDeviceAccessRule', { Identity: 'Pixel 8 (DeviceModel)', AccessLevel: 'Block' });
  const read = await server.invoke('Get-ActiveSyncDeviceAccessRule', { Identity: made.rows[0].Guid });
  await server.invoke('Remove-ActiveSyncDeviceAccessRule', { Identity: made.rows[0].Guid });
  const gone = await server.invoke('Get-ActiveSyncDeviceAccessRule', { Identity: made.rows[0].Guid });

  assert.deepEqual([made.rows[0].Name, made.rows[0].AccessLevel], ['Pixel 8 (DeviceModel)', 'Quarantine']);
  assert.match(twice.text, /ADObjectAlreadyExistsException/);
  assert.equal(read.rows[0].AccessLevel, 'Block');
  assert.equal(gone.status, 400);
});

test('organization settings are read back as they were set', async () => {
  const parameters = {
    DefaultAccessLevel: 'Allow',
    AdminMailRecipients: { add: 'help@contoso.example' },
    UserMailInsert: 'Call 1234.',
    AllowRMSSupportForUnenlightenedApps: true,
  };
  const answer = await server.invoke('Set-ActiveSyncOrganizationSettings', parameters);
  const tooLong = await server.invoke('Set-ActiveSyncOrganizationSettings', { UserMailInsert: 'x'.repeat(257) });
  const { rows } = await server.invoke('Get-ActiveSyncOrganizationSettings');

  assert.deepEqual([answer.status, tooLong.status], [200, 400]);
  assert.deepEqual(
    [rows[0].DefaultAccessLevel, rows[0].UserMailInsert, rows[0].AllowRMSSupportForUnenlightenedApps],
    ['Allow', 'Call 1234.', true],
  );
  assert.deepEqual(rows[0].AdminMailRecipients, ['admin@contoso.example', 'help@contoso.example']);
});

test('policies are made with documented defaults, exactly one is the default, an assigned one cannot be removed', async () => {
  const made = await server.invoke('New-MobileDeviceMailboxPolicy', {
    Name: 'Kiosk',
    PasswordEnabled: true,
    MinPasswordLength: 6,
    MaxInactivityTimeLock: '00:05:00',
    IsDefault: true,
  });
  const outOfRange = await server.invoke('Set-MobileDeviceMailboxPolicy', { Identity: 'Kiosk', MinPasswordLength: 17 });
  await server.invoke('Set-MobileDeviceMailboxPolicy', {
    Identity: 'Kiosk',
    RequireStorageCardEncryption: true,
    MaxAttachmentSize: 'Unlimited',
  });
  await server.invoke('Set-CASMailbox', { Identity: 'alice', ActiveSyncMailboxPolicy: 'Strict' });
  const assigned = await server.invoke('Remove-MobileDeviceMailboxPolicy', { Identity: 'Strict' });
  const { rows } = await server.invoke('Get-MobileDeviceMailboxPolicy');
  const cas = await server.invoke('Get-CASMailbox', { Identity: 'alice' });

  const kiosk = rows.find(({ Name }) => Name === 'Kiosk');
  assert.deepEqual(
    [made.rows[0].MinPasswordLength, made.rows[0].PasswordHistory, made.rows[0].MaxPasswordFailedAttempts],
    [6, 0, 'Unlimited'],
  );
  assert.equal(outOfRange.status, 400);
  assert.deepEqual([kiosk.DeviceEncryptionEnabled, kiosk.MaxInactivityTimeLock], [true, '00:05:00']);
  assert.deepEqual(
    rows.filter(({ IsDefault }) => IsDefault).map(({ Name }) => Name),
    ['Kiosk'],
  );
  assert.match(assigned.text, /assigned to one or more users/);
  assert.deepEqual([cas.rows[0].ActiveSyncMailboxPolicy, cas.rows[0].ActiveSyncMailboxPolicyIsDefaulted], ['Strict', false]);
});

test('old names work with their old parameters, warn, and show ActiveSync only', async () => {
  const devices = await server.invoke('Get-ActiveSyncDevice', DEVICES);
  const statistics = await server.invoke('Get-ActiveSyncDeviceStatistics', { Mailbox: 'alice' });
  const policies = await server.invoke('Get-ActiveSyncMailboxPolicy');

  assert.match(devices.json['@adminapi.warnings'][0], /deprecated.*Get-MobileDevice/);
  assert.ok(statistics.rows.length > 0 && statistics.rows.every(({ ClientType }) => ClientType === 'EAS'));
  assert.ok('DevicePasswordEnabled' in policies.rows[0] && 'MinDevicePasswordLength' in policies.rows[0]);
});

test('WhatIf changes nothing', async () => {
  const answer = await server.invoke('Set-ActiveSyncOrganizationSettings', { DefaultAccessLevel: 'Block', WhatIf: true });
  const { rows } = await server.invoke('Get-ActiveSyncOrganizationSettings');

  assert.deepEqual([answer.status, rows[0].DefaultAccessLevel], [200, 'Quarantine']);
  assert.deepEqual([...writeLog(server.world.journal)], []);
});
