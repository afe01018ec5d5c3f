// What a mailbox knows about its devices beyond the list: last sync, policy state, wipe progress. Read mailbox by mailbox.
// Fields: https://learn.microsoft.com/powershell/module/exchangepowershell/get-mobiledevicestatistics
import type { ObservedDevice } from './device.ts';
import type { Instant } from './instant.ts';

/** How far a wipe has come, as Exchange says. `acknowledgedAt` means that the device accepted the order, not that it is erased. */
export interface WipeTimes {
  readonly requestedAt?: Instant;
  readonly sentAt?: Instant;
  readonly acknowledgedAt?: Instant;
  readonly requestor?: string;
}

/** Words for how far the mailbox policy is applied. */
export const policyApplications = ['Unknown', 'NotApplied', 'AppliedInFull', 'PartiallyApplied', 'ExternallyManaged'] as const;
type PolicyApplication = (typeof policyApplications)[number];

/** What Exchange said in a mailbox's statistics about one device. What is left out is unknown. */
export interface DeviceStatistics extends Pick<
  ObservedDevice,
  | 'guid'
  | 'identity'
  | 'deviceId'
  | 'deviceType'
  | 'model'
  | 'os'
  | 'osLanguage'
  | 'userAgent'
  | 'friendlyName'
  | 'imei'
  | 'mobileOperator'
  | 'phoneNumber'
  | 'clientType'
  | 'clientVersion'
  | 'accessState'
  | 'accessStateReason'
  | 'accessRule'
  | 'firstSyncAt'
> {
  readonly lastSyncAttemptAt?: Instant;
  /** Often unknown for Outlook: never take that for "long ago". */
  readonly lastSuccessSyncAt?: Instant;
  readonly policyUpdatedAt?: Instant;
  /** Name or distinguished name of the policy. */
  readonly policy?: string;
  readonly policyApplication?: PolicyApplication;
  readonly deviceWipe: WipeTimes;
  readonly accountWipe: WipeTimes;
  /** Exchange's own word, for instance `AccountOnlyDeviceWipePending`; trust the times first. */
  readonly status?: string;
  readonly statusNote?: string;
  readonly isRemoteWipeSupported?: boolean;
  readonly folderCount?: number;
  readonly heartbeatSeconds?: number;
}
