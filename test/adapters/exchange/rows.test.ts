// Rows of Exchange in every state of disrepair: each field is read for what it is, or unknown.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { accessStates } from '../../../src/domain/access.ts';
import { AccessRuleRow, AccessSettingsRow, DeviceClassRow } from '../../../src/adapters/exchange/access-rows.ts';
import { MobileDeviceRow, StatisticsRow } from '../../../src/adapters/exchange/device-rows.ts';
import { CasMailboxRow, MailboxRow, OrganizationRow, RecipientRow } from '../../../src/adapters/exchange/mailbox-rows.ts';
import { PolicyRow } from '../../../src/adapters/exchange/policy-rows.ts';
import { readRow } from '../../../src/adapters/exchange/row-fields.ts';
import { parseInstant } from '../../../src/domain/instant.ts';
import { policySettings } from '../../../src/domain/policy-settings.ts';

const guid = '3f0c5a52-1111-4222-8333-944455556666';

/** Appendix A of the reference: a row as the service sends it. */
const deviceRow = {
  FriendlyName: "Jane's iPhone",
  DeviceId: 'ApplDNQXABCD1234',
  DeviceType: 'iPhone',
  DeviceModel: 'iPhone14C3',
  DeviceOS: 'iOS 17.4 21E219',
  DeviceOSLanguage: 'en',
  DeviceUserAgent: 'Apple-iPhone14C3/2105.219',
  DeviceImei: null,
  DeviceTelephoneNumber: null,
  DeviceMobileOperator: '',
  'FirstSyncTime@data.type': 'System.DateTime',
  FirstSyncTime: '2026-02-03T07:11:09.1234567+00:00',
  UserDisplayName: 'Jane Doe',
  DeviceAccessState: 'Quarantined',
  DeviceAccessStateReason: 'Global',
  DeviceAccessControlRule: null,
  ClientType: 'EAS',
  ClientVersion: '16.1',
  IsManaged: false,
  IsCompliant: true,
  IsDisabled: false,
  Name: 'iPhone\u00a7ApplDNQXABCD1234',
  Identity: 'Jane Doe\\ExchangeActiveSyncDevices\\iPhone\u00a7ApplDNQXABCD1234',
  DistinguishedName: 'CN=iPhone\u00a7ApplDNQXABCD1234,CN=ExchangeActiveSyncDevices,CN=Jane Doe,OU=x',
  'Guid@data.type': 'System.Guid',
  'Guid@odata.type': '#Guid',
  Guid: guid.toUpperCase(),
  'WhenChangedUTC@data.type': 'System.DateTime',
  WhenChangedUTC: '2026-02-03T07:11:10.0000000Z',
};

const device = {
  guid,
  identity: deviceRow.Identity,
  name: deviceRow.Name,
  distinguishedName: deviceRow.DistinguishedName,
  deviceId: 'ApplDNQXABCD1234',
  deviceType: 'iPhone',
  model: 'iPhone14C3',
  os: 'iOS 17.4 21E219',
  osLanguage: 'en',
  userAgent: 'Apple-iPhone14C3/2105.219',
  friendlyName: "Jane's iPhone",
  clientType: 'EAS',
  clientVersion: '16.1',
  accessState: 'Quarantined',
  accessStateReason: 'Global',
  firstSyncAt: '2026-02-03T07:11:09.123Z',
  userDisplayName: 'Jane Doe',
  isManaged: false,
  isCompliant: true,
  isDisabled: false,
  changedAt: '2026-02-03T07:11:10.000Z',
};

const anything = fc.oneof(
  fc.constantFrom(null, undefined, '', '  ', 0, -1, 1.5, true, [], {}, ['a', 1], Number.MAX_VALUE, '0001-01-01T00:00:00Z'),
  fc.anything(),
);

describe('a row of Get-MobileDevice', () => {
  test('is read field by field; blank and null are unknown', () => {
    assert.deepEqual(readRow(MobileDeviceRow, deviceRow), device);
  });

  /** Which column each field of a device comes from. */
  const columnOf: Record<string, string> = {
    identity: 'Identity',
    name: 'Name',
    distinguishedName: 'DistinguishedName',
    deviceId: 'DeviceId',
    deviceType: 'DeviceType',
    model: 'DeviceModel',
    os: 'DeviceOS',
    osLanguage: 'DeviceOSLanguage',
    userAgent: 'DeviceUserAgent',
    friendlyName: 'FriendlyName',
    imei: 'DeviceImei',
    mobileOperator: 'DeviceMobileOperator',
    phoneNumber: 'DeviceTelephoneNumber',
    clientType: 'ClientType',
    clientVersion: 'ClientVersion',
    accessStateReason: 'DeviceAccessStateReason',
    accessRule: 'DeviceAccessControlRule',
    userDisplayName: 'UserDisplayName',
  };
  const flagOf: Record<string, string> = { isManaged: 'IsManaged', isCompliant: 'IsCompliant', isDisabled: 'IsDisabled' };

  test('of which any fields are missing, blank, mistyped or unknown keeps the others and never holds a wrong value', () => {
    const columns = Object.keys(deviceRow).filter((name) => !name.includes('@') && name !== 'Guid');
    const damage = fc.dictionary(fc.constantFrom(...columns), fc.option(anything, { nil: undefined }));
    const unknown = fc.dictionary(fc.string(), fc.anything());

    fc.assert(
      fc.property(damage, unknown, (damaged, more) => {
        const row: Record<string, unknown> = { ...more, ...deviceRow, ...damaged };

        const read = new Map<string, unknown>(Object.entries(readRow(MobileDeviceRow, row) ?? {}));

        assert.equal(read.get('guid'), guid);
        for (const [field, column] of Object.entries(columnOf)) {
          const sent = row[column];
          assert.equal(read.get(field), typeof sent === 'string' && sent.trim() !== '' ? sent : undefined, field);
        }
        for (const [field, column] of Object.entries(flagOf)) {
          const sent = row[column];
          const isText = typeof sent === 'string' && /^\s*(?:true|false)\s*$/i.test(sent);
          if (!isText) assert.equal(read.get(field), typeof sent === 'boolean' ? sent : undefined, field);
        }
        for (const [field, column] of [
          ['firstSyncAt', 'FirstSyncTime'],
          ['changedAt', 'WhenChangedUTC'],
        ] as const) {
          if (!Object.hasOwn(damaged, column)) assert.equal(read.get(field), device[field]);
          else assert.match(String(read.get(field)), /^(?:undefined|\d{4}-\d\d-\d\dT[\d:.]+Z)$/);
        }
        assert.ok([undefined, ...accessStates].some((state) => state === read.get('accessState')));
      }),
      { numRuns: 500 },
    );
  });

  for (const [what, row] of Object.entries({
    'no id': { DeviceId: 'x' },
    'an id of zeros': { Guid: '00000000-0000-0000-0000-000000000000' },
    'no form': 7,
  })) {
    test(`with ${what} is no device`, () => {
      assert.equal(readRow(MobileDeviceRow, row), undefined);
    });
  }

  test('is known by its ExchangeObjectId where the Guid is left out', () => {
    assert.deepEqual(readRow(MobileDeviceRow, { ExchangeObjectId: guid }), { guid });
  });

  const dates: [unknown, string | undefined][] = [
    ['2026-04-10T08:56:22.0000000+00:00', '2026-04-10T08:56:22.000Z'],
    ['2026-04-10T10:56:22+02:00', '2026-04-10T08:56:22.000Z'],
    ['2026-04-10T08:56:22', '2026-04-10T08:56:22.000Z'],
    ['2099-01-01T00:00:00Z', '2099-01-01T00:00:00.000Z'],
    ['0001-01-01T00:00:00Z', undefined],
    ['1601-01-01T00:00:00Z', undefined],
    ['9999-12-31T23:59:59Z', undefined],
    ['2026-02-30T00:00:00Z', undefined],
    ['4/10/2026 8:56:22 AM', undefined],
    ['/Date(1712739382000)/', undefined],
    [1_712_739_382_000, undefined],
  ];
  for (const [sent, expected] of dates) {
    test(`reads the date ${String(sent)} as ${String(expected)}`, () => {
      assert.equal(readRow(MobileDeviceRow, { Guid: guid, FirstSyncTime: sent })?.firstSyncAt, expected);
    });
  }

  test('reads every date with a zone as the calendar has it', () => {
    const digits = (max: number, length = 2) => fc.nat({ max }).map((value) => String(value).padStart(length, '0'));
    const date = fc.tuple(fc.integer({ min: 1990, max: 9998 }), digits(13), digits(32)).map((parts) => parts.join('-'));
    const time = fc.tuple(digits(24), digits(60), digits(60)).map((parts) => parts.join(':'));
    const fraction = fc.oneof(fc.constant(''), fc.stringMatching(/^\.\d{1,7}$/));
    const zone = fc.constantFrom('Z', '+00:00', '-00:00');

    fc.assert(
      fc.property(date, time, fraction, zone, (...[day, hour, rest, offset]) => {
        const sent = `${day}T${hour}${rest}${offset}`;

        const read = readRow(MobileDeviceRow, { Guid: guid, FirstSyncTime: sent })?.firstSyncAt;

        assert.equal(read, parseInstant(sent));
      }),
      { numRuns: 2000 },
    );
  });

  const states: [unknown, string | undefined][] = [
    ['Allowed', 'Allowed'],
    ['QUARANTINED', 'Quarantined'],
    ['Allow', undefined],
    ['Quarantined ', 'Quarantined'],
    ['Suspended', undefined],
    [1, undefined],
  ];
  for (const [sent, expected] of states) {
    test(`reads the access state ${String(sent)} as ${String(expected)}`, () => {
      assert.equal(readRow(MobileDeviceRow, { Guid: guid, DeviceAccessState: sent })?.accessState, expected);
    });
  }
});

describe('a row of Get-MobileDeviceStatistics', () => {
  test('is read with its own names, and keeps the two wipes apart', () => {
    const row = {
      Guid: guid,
      DeviceID: 'ApplDNQXABCD1234',
      DeviceFriendlyName: 'Phone',
      DevicePhoneNumber: '+1',
      LastSuccessSync: '2026-11-20T06:40:02.0000000Z',
      LastSyncAttemptTime: '2026-11-20T06:40:01.0000000Z',
      DevicePolicyApplied: 'Default',
      DevicePolicyApplicationStatus: 'AppliedInFull',
      DeviceWipeRequestTime: null,
      AccountOnlyDeviceWipeRequestTime: '2026-11-21T09:00:00.0000000Z',
      AccountOnlyDeviceWipeSentTime: '',
      LastAccountOnlyDeviceWipeRequestor: 'connector-app',
      Status: 'AccountOnlyDeviceWipePending',
      IsRemoteWipeSupported: 'True',
      'NumberOfFoldersSynced@data.type': 'System.Int32',
      NumberOfFoldersSynced: 7,
      LastPingHeartbeat: '470',
    };

    assert.deepEqual(readRow(StatisticsRow, row), {
      guid,
      deviceId: 'ApplDNQXABCD1234',
      friendlyName: 'Phone',
      phoneNumber: '+1',
      lastSuccessSyncAt: '2026-11-20T06:40:02.000Z',
      lastSyncAttemptAt: '2026-11-20T06:40:01.000Z',
      policy: 'Default',
      policyApplication: 'AppliedInFull',
      deviceWipe: {},
      accountWipe: { requestedAt: '2026-11-21T09:00:00.000Z', requestor: 'connector-app' },
      status: 'AccountOnlyDeviceWipePending',
      isRemoteWipeSupported: true,
      folderCount: 7,
      heartbeatSeconds: 470,
    });
  });
});

describe('a row of Get-CASMailbox', () => {
  test('tells an empty list from an unknown one', () => {
    const lists = [[], ['A1', ''], null, 'A1', ['A1', 7], undefined].map(
      (sent) => readRow(CasMailboxRow, { Guid: guid, ActiveSyncAllowedDeviceIDs: sent })?.allowedDeviceIds,
    );

    assert.deepEqual(lists, [[], ['A1'], undefined, undefined, undefined, undefined]);
  });
});

describe('a row of Get-MobileDeviceMailboxPolicy', () => {
  test('is read with units, unlimited and blank told apart from unknown', () => {
    const row = {
      Guid: guid,
      Name: 'Strict',
      PasswordEnabled: true,
      MinPasswordLength: null,
      MinPasswordComplexCharacters: '3',
      MaxPasswordFailedAttempts: 'Unlimited',
      MaxInactivityTimeLock: '00:15:00',
      PasswordExpiration: '90.00:00:00',
      DevicePolicyRefreshInterval: 'Unlimited',
      MaxAttachmentSize: '99 GB (106,300,440,576 bytes)',
      MaxEmailBodyTruncationSize: '401',
      MaxEmailHTMLBodyTruncationSize: '401 KB',
      AllowBluetooth: 'handsfreeonly',
      MaxEmailAgeFilter: 'One',
      PasswordHistory: null,
      ApprovedApplicationList: ['a.exe'],
      SomethingNew: 1,
    };

    assert.deepEqual(readRow(PolicyRow, row), {
      guid,
      name: 'Strict',
      settings: {
        passwordEnabled: true,
        minPasswordLength: null,
        minPasswordComplexCharacters: 3,
        maxPasswordFailedAttempts: 'unlimited',
        maxInactivityTimeLockSeconds: 900,
        passwordExpirationSeconds: 7_776_000,
        devicePolicyRefreshIntervalSeconds: 'unlimited',
        maxAttachmentSizeBytes: 106_300_440_576,
        maxEmailBodyTruncationSizeBytes: 401,
        allowBluetooth: 'HandsfreeOnly',
        approvedApplicationList: ['a.exe'],
      },
    });
  });
});

describe('any row', () => {
  const schemas = {
    MobileDeviceRow,
    StatisticsRow,
    CasMailboxRow,
    MailboxRow,
    RecipientRow,
    OrganizationRow,
    AccessRuleRow,
    AccessSettingsRow,
    DeviceClassRow,
    PolicyRow,
  };
  const parameters = Object.values(policySettings).map(({ parameter }) => parameter);
  const names = [...Object.keys(deviceRow), ...parameters, 'ActiveSyncAllowedDeviceIDs', 'EmailAddresses', 'LastSuccessSync', '__proto__'];
  for (const [name, schema] of Object.entries(schemas)) {
    test(`is read by ${name} without a crash, whatever it holds`, () => {
      const rows = fc.oneof(fc.dictionary(fc.constantFrom(...names), anything), fc.anything());

      fc.assert(
        fc.property(rows, (row) => {
          const read = readRow<unknown>(schema, row);

          assert.ok(read === undefined || (typeof read === 'object' && read !== null && !Object.values(read).includes(undefined)));
        }),
        { numRuns: 200 },
      );
    });
  }
});
