// Rows of Get-MobileDevice and Get-MobileDeviceStatistics, turned into devices and statistics of the domain.
// The two cmdlets name the same facts differently: DeviceId and DeviceID, FriendlyName and DeviceFriendlyName.
import * as z from 'zod';
import { accessStates } from '../../domain/access.ts';
import { parseDeviceGuid } from '../../domain/device-identity.ts';
import type { DeviceGuid } from '../../domain/device-identity.ts';
import type { DeviceStatistics } from '../../domain/device-statistics.ts';
import { policyApplications } from '../../domain/device-statistics.ts';
import type { ObservedDevice } from '../../domain/device.ts';
import { choice, count, flag, guid, instant, known, text } from './row-fields.ts';

const common = {
  Guid: guid,
  ExchangeObjectId: guid,
  Identity: text,
  DeviceType: text,
  DeviceModel: text,
  DeviceOS: text,
  DeviceOSLanguage: text,
  DeviceUserAgent: text,
  DeviceImei: text,
  DeviceMobileOperator: text,
  ClientType: text,
  ClientVersion: text,
  DeviceAccessState: choice(accessStates),
  DeviceAccessStateReason: text,
  DeviceAccessControlRule: text,
  FirstSyncTime: instant,
};

const Common = z.object(common);

const MobileDeviceColumns = z.object({
  ...common,
  Name: text,
  DistinguishedName: text,
  DeviceId: text,
  FriendlyName: text,
  DeviceTelephoneNumber: text,
  UserDisplayName: text,
  IsManaged: flag,
  IsCompliant: flag,
  IsDisabled: flag,
  WhenCreatedUTC: instant,
  WhenChangedUTC: instant,
});

const StatisticsColumns = z.object({
  ...common,
  DeviceID: text,
  DeviceFriendlyName: text,
  DevicePhoneNumber: text,
  LastSyncAttemptTime: instant,
  LastSuccessSync: instant,
  LastPolicyUpdateTime: instant,
  DevicePolicyApplied: text,
  DevicePolicyApplicationStatus: choice(policyApplications),
  DeviceWipeRequestTime: instant,
  DeviceWipeSentTime: instant,
  DeviceWipeAckTime: instant,
  LastDeviceWipeRequestor: text,
  AccountOnlyDeviceWipeRequestTime: instant,
  AccountOnlyDeviceWipeSentTime: instant,
  AccountOnlyDeviceWipeAckTime: instant,
  LastAccountOnlyDeviceWipeRequestor: text,
  Status: text,
  StatusNote: text,
  IsRemoteWipeSupported: flag,
  NumberOfFoldersSynced: count,
  LastPingHeartbeat: count,
});

/** Columns to ask for: the rows of Exchange are several times as wide. */
export const mobileDeviceColumns = Object.keys(MobileDeviceColumns.shape);

/** Guid and ExchangeObjectId are the same id: https://learn.microsoft.com/powershell/module/exchangepowershell/get-mobiledevice */
function idOf(row: { Guid: string | undefined; ExchangeObjectId: string | undefined }): DeviceGuid | undefined {
  const id = row.Guid ?? row.ExchangeObjectId;
  return id === undefined ? undefined : parseDeviceGuid(id);
}

function commonFields(row: z.output<typeof Common>) {
  return {
    identity: row.Identity,
    deviceType: row.DeviceType,
    model: row.DeviceModel,
    os: row.DeviceOS,
    osLanguage: row.DeviceOSLanguage,
    userAgent: row.DeviceUserAgent,
    imei: row.DeviceImei,
    mobileOperator: row.DeviceMobileOperator,
    clientType: row.ClientType,
    clientVersion: row.ClientVersion,
    accessState: row.DeviceAccessState,
    accessStateReason: row.DeviceAccessStateReason,
    accessRule: row.DeviceAccessControlRule,
    firstSyncAt: row.FirstSyncTime,
  };
}

/** A row of Get-MobileDevice; undefined when it carries no id. */
export const MobileDeviceRow = MobileDeviceColumns.transform((row): ObservedDevice | undefined => {
  const id = idOf(row);
  if (id === undefined) return undefined;
  return known({
    guid: id,
    ...commonFields(row),
    name: row.Name,
    distinguishedName: row.DistinguishedName,
    deviceId: row.DeviceId,
    friendlyName: row.FriendlyName,
    phoneNumber: row.DeviceTelephoneNumber,
    userDisplayName: row.UserDisplayName,
    isManaged: row.IsManaged,
    isCompliant: row.IsCompliant,
    isDisabled: row.IsDisabled,
    createdAt: row.WhenCreatedUTC,
    changedAt: row.WhenChangedUTC,
  });
});

/** A row of Get-MobileDeviceStatistics; undefined when it carries no id. */
export const StatisticsRow = StatisticsColumns.transform((row): DeviceStatistics | undefined => {
  const id = idOf(row);
  if (id === undefined) return undefined;
  return known({
    guid: id,
    ...commonFields(row),
    deviceId: row.DeviceID,
    friendlyName: row.DeviceFriendlyName,
    phoneNumber: row.DevicePhoneNumber,
    lastSyncAttemptAt: row.LastSyncAttemptTime,
    lastSuccessSyncAt: row.LastSuccessSync,
    policyUpdatedAt: row.LastPolicyUpdateTime,
    policy: row.DevicePolicyApplied,
    policyApplication: row.DevicePolicyApplicationStatus,
    deviceWipe: known({
      requestedAt: row.DeviceWipeRequestTime,
      sentAt: row.DeviceWipeSentTime,
      acknowledgedAt: row.DeviceWipeAckTime,
      requestor: row.LastDeviceWipeRequestor,
    }),
    accountWipe: known({
      requestedAt: row.AccountOnlyDeviceWipeRequestTime,
      sentAt: row.AccountOnlyDeviceWipeSentTime,
      acknowledgedAt: row.AccountOnlyDeviceWipeAckTime,
      requestor: row.LastAccountOnlyDeviceWipeRequestor,
    }),
    status: row.Status,
    statusNote: row.StatusNote,
    isRemoteWipeSupported: row.IsRemoteWipeSupported,
    folderCount: row.NumberOfFoldersSynced,
    heartbeatSeconds: row.LastPingHeartbeat,
  });
});
