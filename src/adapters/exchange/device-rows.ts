// Rows of Get-MobileDevice and Get-MobileDeviceStatistics, turned into devices and statistics of the domain.
// The two cmdlets name the same facts differently: DeviceId and DeviceID, FriendlyName and DeviceFriendlyName.
import { accessStates } from '../../domain/access.ts';
import { parseDeviceGuid } from '../../domain/device-identity.ts';
import type { DeviceGuid } from '../../domain/device-identity.ts';
import type { DeviceStatistics } from '../../domain/device-statistics.ts';
import { policyApplications } from '../../domain/device-statistics.ts';
import type { ObservedDevice } from '../../domain/device.ts';
import { rowReader } from '../row-reader.ts';
import type { JsonObject } from '../row-reader.ts';
import { columns, rowOf } from './row-fields.ts';

const { choice, count, flag, instant, text } = columns;

const common = {
  identity: ['Identity', text],
  deviceType: ['DeviceType', text],
  model: ['DeviceModel', text],
  os: ['DeviceOS', text],
  osLanguage: ['DeviceOSLanguage', text],
  userAgent: ['DeviceUserAgent', text],
  imei: ['DeviceImei', text],
  mobileOperator: ['DeviceMobileOperator', text],
  clientType: ['ClientType', text],
  clientVersion: ['ClientVersion', text],
  accessState: ['DeviceAccessState', choice(accessStates)],
  accessStateReason: ['DeviceAccessStateReason', text],
  accessRule: ['DeviceAccessControlRule', text],
  firstSyncAt: ['FirstSyncTime', instant],
} as const;

const mobileDevice = {
  ...common,
  name: ['Name', text],
  distinguishedName: ['DistinguishedName', text],
  deviceId: ['DeviceId', text],
  friendlyName: ['FriendlyName', text],
  phoneNumber: ['DeviceTelephoneNumber', text],
  userDisplayName: ['UserDisplayName', text],
  isManaged: ['IsManaged', flag],
  isCompliant: ['IsCompliant', flag],
  isDisabled: ['IsDisabled', flag],
  createdAt: ['WhenCreatedUTC', instant],
  changedAt: ['WhenChangedUTC', instant],
} as const;

const beforeWipes = {
  ...common,
  deviceId: ['DeviceID', text],
  friendlyName: ['DeviceFriendlyName', text],
  phoneNumber: ['DevicePhoneNumber', text],
  lastSyncAttemptAt: ['LastSyncAttemptTime', instant],
  lastSuccessSyncAt: ['LastSuccessSync', instant],
  policyUpdatedAt: ['LastPolicyUpdateTime', instant],
  policy: ['DevicePolicyApplied', text],
  policyApplication: ['DevicePolicyApplicationStatus', choice(policyApplications)],
} as const;

const deviceWipe = {
  requestedAt: ['DeviceWipeRequestTime', instant],
  sentAt: ['DeviceWipeSentTime', instant],
  acknowledgedAt: ['DeviceWipeAckTime', instant],
  requestor: ['LastDeviceWipeRequestor', text],
} as const;

const accountWipe = {
  requestedAt: ['AccountOnlyDeviceWipeRequestTime', instant],
  sentAt: ['AccountOnlyDeviceWipeSentTime', instant],
  acknowledgedAt: ['AccountOnlyDeviceWipeAckTime', instant],
  requestor: ['LastAccountOnlyDeviceWipeRequestor', text],
} as const;

const afterWipes = {
  status: ['Status', text],
  statusNote: ['StatusNote', text],
  isRemoteWipeSupported: ['IsRemoteWipeSupported', flag],
  folderCount: ['NumberOfFoldersSynced', count],
  heartbeatSeconds: ['LastPingHeartbeat', count],
} as const;

/** Columns to ask for: the rows of Exchange are several times as wide. */
export const mobileDeviceColumns = ['Guid', 'ExchangeObjectId', ...Object.values(mobileDevice).map(([column]) => column)];

/** Guid and ExchangeObjectId are the same id: https://learn.microsoft.com/powershell/module/exchangepowershell/get-mobiledevice */
function idOf(row: JsonObject): DeviceGuid | undefined {
  return readId(row['Guid']) ?? readId(row['ExchangeObjectId']);
}

function readId(value: unknown): DeviceGuid | undefined {
  return typeof value === 'string' ? parseDeviceGuid(value) : undefined;
}

const readDevice = rowReader(mobileDevice);

/** A row of Get-MobileDevice; undefined when it carries no id. */
export const MobileDeviceRow = rowOf((row): ObservedDevice | undefined => {
  const id = idOf(row);
  return id && readDevice(row, { guid: id });
});

const readBeforeWipes = rowReader(beforeWipes);
const readDeviceWipe = rowReader(deviceWipe);
const readAccountWipe = rowReader(accountWipe);
const readAfterWipes = rowReader(afterWipes);

/** A row of Get-MobileDeviceStatistics; undefined when it carries no id. */
export const StatisticsRow = rowOf((row): DeviceStatistics | undefined => {
  const id = idOf(row);
  if (id === undefined) return undefined;
  const wipes = { deviceWipe: readDeviceWipe(row, {}), accountWipe: readAccountWipe(row, {}) };
  return readAfterWipes(row, { ...readBeforeWipes(row, { guid: id }), ...wipes });
});
