// What each call of the port sends, and what it makes of the answer.
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { ExchangePort } from '../../../src/domain/exchange-port.ts';
import { collect, createExchangeStage, organization } from '../../support/exchange-scene.ts';
import { envelope, notFound } from '../../support/exchange-server.ts';

const device = '3f0c5a52-1111-4222-8333-944455556000' as never;
const other = '3f0c5a52-1111-4222-8333-944455556001';
const mailbox = '11111111-2222-4333-8444-555555555555' as never;
const stage = await createExchangeStage('ports');
const server = await stage.start();

beforeEach(() => {
  server.seen.length = 0;
  server.answer(() => ({ body: envelope([]) }));
});

describe('a request', () => {
  test('carries what routes it, an id of its own, and nothing that asks for another form of answer', async () => {
    const { exchange } = stage.scene(server);

    await exchange.listAccessRules();

    const [{ headers, path, method, text } = assert.fail()] = server.seen;
    assert.equal(`${method} ${path}`, `POST /adminapi/beta/${organization}/InvokeCommand`);
    assert.deepEqual(JSON.parse(text), { CmdletInput: { CmdletName: 'Get-ActiveSyncDeviceAccessRule', Parameters: {} } });
    const { connection: _, host: __, 'content-length': ___, ...sent } = headers;
    assert.deepEqual(sent, {
      accept: 'application/json',
      'accept-encoding': 'identity',
      'accept-language': 'en-US',
      authorization: 'Bearer token-1',
      'client-request-id': 'request-1',
      'content-type': 'application/json; charset=utf-8',
      prefer: 'odata.maxpagesize=1000',
      'user-agent': 'ExchangeConnector',
      'x-anchormailbox': `APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@${organization}`,
      'x-clientapplication': 'ExchangeConnector',
      'x-cmdletname': 'Get-ActiveSyncDeviceAccessRule',
      'x-responseformat': 'json',
    });
  });

  const edit = (value: object): object => ({ '@odata.type': '#Exchange.GenericHashTable', ...value });
  const calls: Record<string, [(exchange: ExchangePort) => unknown, string, object]> = {
    'an account wipe': [
      (exchange) => exchange.clearDevice(device, { accountOnly: true }),
      'Clear-MobileDevice',
      { Identity: device, AccountOnly: true, Confirm: false },
    ],
    'a device wipe': [
      (exchange) => exchange.clearDevice(device, { accountOnly: false }),
      'Clear-MobileDevice',
      { Identity: device, Confirm: false },
    ],
    'taking back an account wipe': [
      (exchange) => exchange.cancelClear(device, { accountOnly: true }),
      'Clear-MobileDevice',
      { Identity: device, Cancel: true, AccountOnly: true, Confirm: false },
    ],
    'removing a device': [(exchange) => exchange.removeDevice(device), 'Remove-MobileDevice', { Identity: device, Confirm: false }],
    'an edit of one list': [
      (exchange) => exchange.editDeviceLists(mailbox, { allowed: { add: ['A1', 'A2'] } }),
      'Set-CASMailbox',
      { Identity: mailbox, ActiveSyncAllowedDeviceIDs: edit({ add: ['A1', 'A2'] }), Confirm: false },
    ],
    'an edit of both lists': [
      (exchange) => exchange.editDeviceLists(mailbox, { allowed: { remove: ['A1'] }, blocked: { add: ['A1'], remove: [] } }),
      'Set-CASMailbox',
      {
        Identity: mailbox,
        ActiveSyncAllowedDeviceIDs: edit({ remove: ['A1'] }),
        ActiveSyncBlockedDeviceIDs: edit({ add: ['A1'] }),
        Confirm: false,
      },
    ],
    'switches of a mailbox': [
      (exchange) => exchange.setMailboxSwitches(mailbox, { activeSyncEnabled: false }),
      'Set-CASMailbox',
      { Identity: mailbox, ActiveSyncEnabled: false, Confirm: false },
    ],
    'a policy for a mailbox': [
      (exchange) => exchange.assignPolicy(mailbox, device),
      'Set-CASMailbox',
      { Identity: mailbox, ActiveSyncMailboxPolicy: device, Confirm: false },
    ],
    'the default policy for a mailbox': [
      (exchange) => exchange.assignPolicy(mailbox, null),
      'Set-CASMailbox',
      { Identity: mailbox, ActiveSyncMailboxPolicy: null, Confirm: false },
    ],
    'access settings': [
      (exchange) => exchange.setAccessSettings({ defaultAccessLevel: 'Quarantine', adminMailRecipients: { add: ['ops@contoso.example'] } }),
      'Set-ActiveSyncOrganizationSettings',
      { DefaultAccessLevel: 'Quarantine', AdminMailRecipients: edit({ add: ['ops@contoso.example'] }), Confirm: false },
    ],
    'a new rule': [
      (exchange) => exchange.createAccessRule({ characteristic: 'DeviceOS', queryString: 'iOS 6.1 10B145', accessLevel: 'Block' }),
      'New-ActiveSyncDeviceAccessRule',
      { Characteristic: 'DeviceOS', QueryString: 'iOS 6.1 10B145', AccessLevel: 'Block', Confirm: false },
    ],
    'another level of a rule': [
      (exchange) => exchange.setAccessRuleLevel(other, 'Allow'),
      'Set-ActiveSyncDeviceAccessRule',
      { Identity: other, AccessLevel: 'Allow', Confirm: false },
    ],
    'a new policy': [
      (exchange) =>
        exchange.createPolicy('Strict', {
          passwordEnabled: true,
          minPasswordLength: 8,
          maxPasswordFailedAttempts: 'unlimited',
          maxInactivityTimeLockSeconds: 900,
          passwordExpirationSeconds: 90 * 86_400,
          devicePolicyRefreshIntervalSeconds: 'unlimited',
          allowBluetooth: 'HandsfreeOnly',
          approvedApplicationList: ['a.exe'],
          unapprovedInRomApplicationList: [],
        }),
      'New-MobileDeviceMailboxPolicy',
      {
        Name: 'Strict',
        Confirm: false,
        PasswordEnabled: true,
        MinPasswordLength: 8,
        MaxPasswordFailedAttempts: 'Unlimited',
        MaxInactivityTimeLock: '00:15:00',
        PasswordExpiration: '90.00:00:00',
        DevicePolicyRefreshInterval: 'Unlimited',
        AllowBluetooth: 'HandsfreeOnly',
        ApprovedApplicationList: ['a.exe'],
      },
    ],
    'a change of a policy': [
      (exchange) =>
        exchange.changePolicy(other, { name: 'Stricter', minPasswordLength: null, approvedApplicationList: { remove: ['a.exe'] } }),
      'Set-MobileDeviceMailboxPolicy',
      { Identity: other, Name: 'Stricter', MinPasswordLength: null, ApprovedApplicationList: edit({ remove: ['a.exe'] }), Confirm: false },
    ],
    'removing a policy': [
      (exchange) => exchange.removePolicy(other),
      'Remove-MobileDeviceMailboxPolicy',
      { Identity: other, Confirm: false },
    ],
    'a recipient by address': [
      (exchange) => exchange.findRecipients({ by: 'address', address: "o'neil@contoso.example" }),
      'Get-Recipient',
      { Identity: "o'neil@contoso.example", ResultSize: 2 },
    ],
    'recipients by name': [
      (exchange) => exchange.findRecipients({ by: 'name', name: "O'Neil" }),
      'Get-Recipient',
      { Filter: "Name -eq 'O''Neil'", ResultSize: 'Unlimited' },
    ],
    'the devices of a mailbox': [
      (exchange) => exchange.devicesOfMailbox(mailbox),
      'Get-MobileDevice',
      { Mailbox: mailbox, ResultSize: 'Unlimited' },
    ],
    'devices of one state': [
      (exchange) => collect(exchange.listDevices({ accessState: 'Quarantined' })),
      'Get-MobileDevice',
      { Filter: "DeviceAccessState -eq 'Quarantined'", ResultSize: 'Unlimited' },
    ],
    'devices of a slice': [
      (exchange) =>
        collect(
          exchange.listDevices({
            firstSync: { from: '2026-01-01T00:00:00.000Z', before: '2026-02-01T00:00:00.000Z' },
            deviceIdPrefix: 'Appl',
          }),
        ),
      'Get-MobileDevice',
      {
        Filter:
          "FirstSyncTime -ge '2026-01-01T00:00:00.000Z' -and FirstSyncTime -lt '2026-02-01T00:00:00.000Z' -and DeviceId -like 'Appl*'",
        ResultSize: 'Unlimited',
      },
    ],
    'devices that no prefix covers': [
      (exchange) => collect(exchange.listDevices({ deviceIdPrefix: 'a', deviceIdWithout: ['ap', 'an'] })),
      'Get-MobileDevice',
      { Filter: "DeviceId -like 'a*' -and -not (DeviceId -like 'ap*') -and -not (DeviceId -like 'an*')", ResultSize: 'Unlimited' },
    ],
    'mailboxes by the beginning of their display names': [
      (exchange) => collect(exchange.listMailboxAccess({ displayNamePrefix: 'ж', displayNameWithout: ['жа'] })),
      'Get-CASMailbox',
      { Filter: "DisplayName -like 'ж*' -and -not (DisplayName -like 'жа*')", ResultSize: 'Unlimited' },
    ],
    'devices without a first sync': [
      (exchange) => collect(exchange.listDevices({ firstSync: 'missing' })),
      'Get-MobileDevice',
      { Filter: 'FirstSyncTime -eq $null', ResultSize: 'Unlimited' },
    ],
  };
  for (const [what, [call, cmdlet, parameters]] of Object.entries(calls)) {
    test(`for ${what} is exactly what Exchange needs`, async () => {
      const { exchange } = stage.scene(server);

      await call(exchange);

      assert.deepEqual(
        server.seen.map((seen) => ({ cmdlet: seen.cmdlet, parameters: seen.parameters })),
        [{ cmdlet, parameters }],
      );
    });
  }

  const nothing: Record<string, (exchange: ExchangePort) => Promise<unknown>> = {
    'lists that stay': (exchange) => exchange.editDeviceLists(mailbox, { allowed: { add: [] }, blocked: {} }),
    'switches that stay': (exchange) => exchange.setMailboxSwitches(mailbox, {}),
    'settings that stay': (exchange) => exchange.setAccessSettings({}),
    'a policy that stays': (exchange) => exchange.changePolicy(other, {}),
  };
  for (const [what, call] of Object.entries(nothing)) {
    test(`is not sent for ${what}`, async () => {
      const { exchange } = stage.scene(server);

      await call(exchange);

      assert.equal(server.seen.length, 0);
    });
  }

  const impossible: Record<string, (exchange: ExchangePort) => Promise<unknown>> = {
    'a blank id': (exchange) => exchange.clearDevice('  ' as never, { accountOnly: true }),
    'no id': (exchange) => exchange.getDevice(undefined as never),
    'a null id': (exchange) => exchange.devicesOfMailbox(null as never),
    'an id with a line break': (exchange) => exchange.removeDevice(`${String(device)}\n` as never),
    'an address that is blank': (exchange) => exchange.findRecipients({ by: 'address', address: '' }),
    'an edit that contradicts itself': (exchange) => exchange.editDeviceLists(mailbox, { allowed: { add: ['A1'], remove: ['a1'] } }),
    'a blank entry of a list': (exchange) => exchange.editDeviceLists(mailbox, { allowed: { add: [' '] } }),
    'a level that is only a prefix': (exchange) => exchange.setAccessRuleLevel(other, 'Al' as never),
    'a number out of range': (exchange) => exchange.createPolicy('x', { minPasswordLength: 17 }),
    'a lock time out of range': (exchange) => exchange.createPolicy('x', { maxInactivityTimeLockSeconds: 3601 }),
    'a characteristic that is not ours': (exchange) =>
      exchange.createAccessRule({ characteristic: 'XMSWLHeader' as never, queryString: 'x', accessLevel: 'Allow' }),
    'a prefix with a wildcard': (exchange) => collect(exchange.listDevices({ deviceIdPrefix: 'A*' })),
    'a prefix that ends a text': (exchange) => collect(exchange.listMailboxAccess({ displayNameWithout: ["O'"] })),
  };
  for (const [what, call] of Object.entries(impossible)) {
    test(`is never sent with ${what}`, async () => {
      const { exchange } = stage.scene(server);

      const refused = call(exchange);

      await assert.rejects(refused, { code: 'internal' });
      assert.equal(server.seen.length, 0);
    });
  }
});

describe('a read of one object', () => {
  test('finds only the object asked for, though Exchange answers with all there are', async () => {
    const { exchange } = stage.scene(server);
    server.answer(() => ({ body: envelope([{ Guid: other }, { Guid: '00000000-0000-4000-8000-000000000009' }]) }));

    const found = [
      await exchange.getDevice(device),
      await exchange.deviceStatistics(device),
      await exchange.getMailboxAccess(mailbox),
      await exchange.getMailbox(mailbox),
      await exchange.getPolicy(device),
      ...(await exchange.findRecipients({ by: 'address', address: 'jane@contoso.example' })),
    ];

    assert.deepEqual(found, [undefined, undefined, undefined, undefined, undefined]);
  });

  test('finds nothing where Exchange says that there is nothing', async () => {
    const { exchange } = stage.scene(server);
    server.answer(() => ({ status: 400, body: notFound }));

    const found = [
      await exchange.getDevice(device),
      await exchange.deviceStatistics(device),
      await exchange.devicesOfMailbox(mailbox),
      await exchange.mailboxStatistics(mailbox),
      await exchange.getMailboxAccess(mailbox),
      await exchange.getMailbox(mailbox),
      await exchange.getPolicy(device),
    ];

    assert.deepEqual(new Set(found), new Set([undefined]));
    assert.deepEqual(await exchange.findRecipients({ by: 'object', id: mailbox }), []);
  });

  test('finds a mailbox by its user’s id in any case', async () => {
    const { exchange } = stage.scene(server);
    server.answer(() => ({ body: envelope([{ Guid: other, ExternalDirectoryObjectId: String(mailbox).toUpperCase() }]) }));

    const found = await exchange.getMailboxAccess(mailbox);

    assert.equal(found?.guid, other);
    assert.equal(found.entraObjectId, mailbox);
  });

  test('of the devices of a mailbox fails when a row cannot be told from others', async () => {
    const { exchange } = stage.scene(server);
    server.answer(() => ({ body: envelope([{ Guid: device }, { DeviceId: 'A1' }]) }));

    const read = exchange.devicesOfMailbox(mailbox);

    await assert.rejects(read, { code: 'exchange.unexpected' });
  });

  test('of the access settings fails when there are none', async () => {
    const { exchange } = stage.scene(server);

    const read = exchange.getAccessSettings();

    await assert.rejects(read, { code: 'exchange.unexpected' });
  });
});

describe('the rights', () => {
  test('come from Exchange’s own list, and a missing one names the roles that hold it', async () => {
    const { exchange } = stage.scene(server);
    server.answer((seen) =>
      seen.path.includes('EXOModuleFile')
        ? {
            body: envelope([{ version: '3.9.2', exportedCmdlets: 'Get-MobileDevice, get-casmailbox,Get-Mailbox,Get-ManagementRoleEntry' }]),
          }
        : { body: envelope([{ Name: 'x', Role: 'Mail Recipients' }, { Role: 'Mail Recipients' }, { Role: 'Organization Management' }]) },
    );

    const { source, rights } = await exchange.checkRights();

    assert.equal(source, 'list');
    assert.deepEqual(
      rights.filter(({ state }) => state === 'granted').map(({ cmdlet }) => cmdlet),
      ['Get-MobileDevice', 'Get-CASMailbox', 'Get-Mailbox'],
    );
    const clear = rights.find(({ cmdlet }) => cmdlet === 'Clear-MobileDevice');
    assert.deepEqual(clear, {
      ability: 'devices.wipe',
      cmdlet: 'Clear-MobileDevice',
      state: 'missing',
      roles: ['Mail Recipients', 'Organization Management'],
    });
    const [first] = server.seen;
    assert.equal(`${first?.method} ${first?.path}`, `GET /adminapi/v1.0/${organization}/EXOModuleFile?Version=3.9.2`);
    assert.equal(first?.headers['commandname'], '*');
  });

  test('name no roles where our credential may not look at them, and do not ask for them again and again', async () => {
    const { exchange } = stage.scene(server);
    server.answer(({ path }) =>
      path.includes('EXOModuleFile')
        ? { body: envelope([{ exportedCmdlets: 'Get-MobileDevice' }]) }
        : { status: 403, body: Buffer.alloc(336) },
    );

    const { rights } = await exchange.checkRights();

    assert.ok(rights.every(({ roles }) => roles === undefined));
    assert.equal(server.seen.length, 1);
  });

  test('are found by harmless reads where the list says nothing; writes stay unknown', async () => {
    const { exchange } = stage.scene(server);
    server.answer(({ path, cmdlet }) => {
      if (path.includes('EXOModuleFile')) return { body: envelope([{ exportedCmdlets: ' ' }]) };
      if (cmdlet === 'Get-MobileDeviceMailboxPolicy') return { status: 403, body: Buffer.alloc(336) };
      return cmdlet === 'Get-MobileDeviceStatistics' ? { status: 400, body: notFound } : { body: envelope([]) };
    });

    const { source, rights } = await exchange.checkRights();

    assert.equal(source, 'probe');
    const states = new Map(rights.map(({ cmdlet, state }) => [cmdlet, state]));
    assert.equal(states.get('Get-MobileDevice'), 'granted');
    assert.equal(states.get('Get-MobileDeviceStatistics'), 'granted');
    assert.equal(states.get('Get-MobileDeviceMailboxPolicy'), 'missing');
    assert.equal(states.get('Clear-MobileDevice'), 'unknown');
    assert.ok(server.seen.every(({ cmdlet }) => cmdlet === '' || cmdlet.startsWith('Get-')));
  });

  test('are found by harmless reads, too, where the list is not served', async () => {
    const { exchange } = stage.scene(server);
    server.answer(({ path }) => (path.includes('EXOModuleFile') ? { status: 404 } : { body: envelope([]) }));

    const { source } = await exchange.checkRights();

    assert.equal(source, 'probe');
  });

  test('cannot be told when the credential is refused as a whole', async () => {
    const { exchange } = stage.scene(server);
    server.answer(() => ({ status: 403, body: Buffer.alloc(336) }));

    const check = exchange.checkRights();

    await assert.rejects(check, { code: 'exchange.denied' });
  });
});
