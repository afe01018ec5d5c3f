// The rows of Get-MobileDevice and Get-MobileDeviceStatistics, and what filters may ask of them.
// Properties: the service's $metadata (DirectMobileDevice, MobileDeviceStatistics), as public clients generated from it.
import { deviceDn, deviceIdentity, canonicalName } from '../world/identity.ts';
import type { Moment } from '../world/instants.ts';
import type { OrganizationWorld } from '../world/organization.ts';
import type { Device, InstantMs, Mailbox } from '../world/types.ts';
import { statusNote } from '../world/wipe.ts';
import {
  boolColumn,
  dateColumn,
  guidColumn,
  intColumn,
  jsonColumn,
  jsonText,
  plainDateColumn,
  textColumn,
  type Column,
} from './columns.ts';
import type { FilterField, FilterFields } from './opath.ts';

/** A partnership with the mailbox it belongs to. */
export interface DeviceRow {
  readonly device: Device;
  readonly mailbox: Mailbox;
  readonly organization: OrganizationWorld;
  /** Identity as JSON, made once for the columns that repeat it. */
  readonly identityJson: string;
}

/** The row of a partnership. */
export function deviceRow(device: Device, mailbox: Mailbox, organization: OrganizationWorld): DeviceRow {
  return { device, mailbox, organization, identityJson: jsonText(deviceIdentity(mailbox.name, device.objectName)) };
}

const identityOf = ({ identityJson }: DeviceRow): string => identityJson;
const dnOf = ({ device, mailbox }: DeviceRow): string => deviceDn(device.objectName, mailbox.distinguishedName);
const domainOf = ({ organization }: DeviceRow): string => organization.organization.initialDomain;
const madeMs = ({ device, mailbox }: DeviceRow): InstantMs =>
  Math.max(mailbox.createdMs, Math.min(device.firstSyncMs ?? device.changedMs, device.changedMs));

/** Most rows show a display name, some the path form. */
function userDisplayName(row: DeviceRow): string {
  return row.device.index % 17 === 3 ? canonicalName(row.mailbox.displayName, domainOf(row)) : row.mailbox.displayName;
}

export const DEVICE_COLUMNS: readonly Column<DeviceRow>[] = [
  textColumn('FriendlyName', ({ device }) => device.friendlyName),
  textColumn('DeviceId', ({ device }) => device.deviceId),
  textColumn('DeviceImei', ({ device }) => device.imei),
  textColumn('DeviceMobileOperator', ({ device }) => device.mobileOperator),
  textColumn('DeviceOS', ({ device }) => device.deviceOs),
  textColumn('DeviceOSLanguage', ({ device }) => device.deviceOsLanguage),
  textColumn('DeviceTelephoneNumber', ({ device }) => device.telephoneNumber),
  textColumn('DeviceType', ({ device }) => device.deviceType),
  textColumn('DeviceUserAgent', ({ device }) => device.userAgent),
  textColumn('DeviceModel', ({ device }) => device.deviceModel),
  dateColumn(
    'FirstSyncTime',
    ({ device }) => device.firstSyncMs,
    ({ device }) => device.firstSyncTicks,
  ),
  textColumn('UserDisplayName', userDisplayName),
  textColumn('DeviceAccessState', ({ device }) => device.access.state),
  textColumn('DeviceAccessStateReason', ({ device }) => device.access.reason),
  textColumn('DeviceAccessControlRule', ({ device }) => device.access.rule),
  textColumn('ClientVersion', ({ device }) => device.clientVersion),
  textColumn('ClientType', ({ device }) => device.clientType),
  boolColumn('IsManaged', ({ device }) => device.isManaged),
  boolColumn('IsCompliant', ({ device }) => device.isCompliant),
  boolColumn('IsDisabled', ({ device }) => device.isDisabled),
  textColumn('AdminDisplayName', () => ''),
  textColumn('ExchangeVersion', () => '0.10 (14.0.100.0)'),
  textColumn('Name', ({ device }) => device.objectName),
  textColumn('DistinguishedName', dnOf),
  jsonColumn('Identity', identityOf),
  jsonColumn('Id', identityOf),
  guidColumn('Guid', ({ device }) => device.guid),
  guidColumn('ExchangeObjectId', ({ device }) => device.guid),
  textColumn('ObjectCategory', (row) => `${domainOf(row)}/Configuration/Schema/ms-Exch-Active-Sync-Device`),
  dateColumn('WhenChanged', ({ device }) => device.changedMs),
  dateColumn('WhenCreated', madeMs),
  dateColumn('WhenChangedUTC', ({ device }) => device.changedMs),
  dateColumn('WhenCreatedUTC', madeMs),
  textColumn('OrganizationId', (row) => `EURPR05A005.PROD.OUTLOOK.COM/Microsoft Exchange Hosted Organizations/${domainOf(row)}`),
  textColumn('ObjectState', () => 'Unchanged'),
];

/** What the old name adds. */
export const ACTIVE_SYNC_DEVICE_COLUMNS: readonly Column<DeviceRow>[] = [
  ...DEVICE_COLUMNS,
  textColumn('DeviceActiveSyncVersion', ({ device }) => (device.clientType === 'EAS' ? device.clientVersion : null)),
];

function policyName({ device, mailbox, organization }: DeviceRow): string | null {
  if (device.clientType !== 'EAS') return null;
  const policy = mailbox.settings.policyId === null ? undefined : organization.policies.get(mailbox.settings.policyId);
  return policy?.name ?? [...organization.policies.values()].find(({ isDefault }) => isDefault)?.name ?? null;
}

export const STATISTICS_COLUMNS: readonly Column<DeviceRow>[] = [
  plainDateColumn(
    'FirstSyncTime',
    ({ device }) => device.firstSyncMs,
    ({ device }) => device.firstSyncTicks,
  ),
  plainDateColumn('LastPolicyUpdateTime', ({ device }) => device.lastPolicyUpdateMs),
  plainDateColumn('LastSyncAttemptTime', ({ device }) => device.lastSyncAttemptMs),
  plainDateColumn('LastSuccessSync', ({ device }) => device.lastSuccessSyncMs),
  textColumn('DeviceType', ({ device }) => device.deviceType),
  textColumn('DeviceID', ({ device }) => device.deviceId),
  textColumn('DeviceUserAgent', ({ device }) => device.userAgent),
  plainDateColumn('DeviceWipeSentTime', ({ device }) => device.deviceWipe?.sentMs ?? null),
  plainDateColumn('DeviceWipeRequestTime', ({ device }) => device.deviceWipe?.requestedMs ?? null),
  plainDateColumn('DeviceWipeAckTime', ({ device }) => device.deviceWipe?.acknowledgedMs ?? null),
  plainDateColumn('AccountOnlyDeviceWipeSentTime', ({ device }) => device.accountWipe?.sentMs ?? null),
  plainDateColumn('AccountOnlyDeviceWipeRequestTime', ({ device }) => device.accountWipe?.requestedMs ?? null),
  plainDateColumn('AccountOnlyDeviceWipeAckTime', ({ device }) => device.accountWipe?.acknowledgedMs ?? null),
  intColumn('LastPingHeartbeat', ({ device }) => device.pingHeartbeatSeconds, 'Int64'),
  textColumn('RecoveryPassword', () => '********'),
  textColumn('DeviceModel', ({ device }) => device.deviceModel),
  textColumn('DeviceImei', ({ device }) => device.imei),
  textColumn('DeviceFriendlyName', ({ device }) => device.friendlyName),
  textColumn('DeviceOS', ({ device }) => device.deviceOs),
  textColumn('DeviceOSLanguage', ({ device }) => device.deviceOsLanguage),
  textColumn('DevicePhoneNumber', ({ device }) => device.telephoneNumber),
  textColumn('MailboxLogReport', () => null),
  boolColumn('DeviceEnableOutboundSMS', () => false),
  textColumn('DeviceMobileOperator', ({ device }) => device.mobileOperator),
  jsonColumn('Identity', identityOf),
  textColumn('Guid', ({ device }) => device.guid),
  boolColumn('IsRemoteWipeSupported', ({ device }) => device.clientType !== 'MOWA'),
  textColumn('Status', ({ device }) => device.status),
  textColumn('StatusNote', ({ device }) => statusNote(device.status)),
  textColumn('DeviceAccessState', ({ device }) => device.access.state),
  textColumn('DeviceAccessStateReason', ({ device }) => device.access.reason),
  textColumn('DeviceAccessControlRule', ({ device }) => device.access.rule),
  textColumn('DevicePolicyApplied', policyName),
  textColumn('DevicePolicyApplicationStatus', ({ device }) => device.policyStatus),
  textColumn('LastDeviceWipeRequestor', ({ device }) => device.deviceWipe?.requestor ?? null),
  textColumn('LastAccountOnlyDeviceWipeRequestor', ({ device }) => device.accountWipe?.requestor ?? null),
  textColumn('ClientVersion', ({ device }) => device.clientVersion),
  intColumn('NumberOfFoldersSynced', ({ device }) => device.foldersSynced),
  plainDateColumn('SyncStateUpgradeTime', () => null),
  textColumn('ClientType', ({ device }) => device.clientType),
];

/** The filterable properties, read from the store by device index, so that a filter over 300,000 rows makes none of them. */
export function deviceFields(organization: OrganizationWorld, nowMs: InstantMs): FilterFields<number> {
  const { devices, mailboxes } = organization;
  const text = (read: (index: number) => string | null): FilterField<number> => ({ kind: 'text', read });
  const firstSync = (index: number): Moment | null => devices.firstSync(index);
  return new Map<string, FilterField<number>>([
    ['clienttype', text((index) => devices.facts(index).clientType)],
    ['deviceaccesscontrolrule', text((index) => devices.decision(index, nowMs).rule)],
    ['deviceaccessstate', text((index) => devices.decision(index, nowMs).state)],
    ['deviceaccessstatereason', text((index) => devices.decision(index, nowMs).reason)],
    ['deviceactivesyncversion', text((index) => devices.facts(index).clientVersion)],
    ['deviceid', text((index) => devices.facts(index).deviceId)],
    ['deviceimei', text((index) => devices.facts(index).imei)],
    ['devicemobileoperator', text((index) => devices.facts(index).mobileOperator)],
    ['devicemodel', text((index) => devices.facts(index).deviceModel)],
    ['deviceos', text((index) => devices.facts(index).deviceOs)],
    ['deviceoslanguage', text((index) => devices.facts(index).deviceOsLanguage)],
    ['devicetelephonenumber', text((index) => devices.facts(index).telephoneNumber)],
    ['devicetype', text((index) => devices.facts(index).deviceType)],
    ['deviceuseragent', text((index) => devices.facts(index).userAgent)],
    ['firstsynctime', { kind: 'date', read: firstSync }],
    ['friendlyname', text((index) => devices.facts(index).friendlyName)],
    ['userdisplayname', text((index) => mailboxes.facts(devices.mailboxOf(index)).displayName)],
  ]);
}
