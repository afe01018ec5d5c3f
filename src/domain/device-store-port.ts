// Where devices are kept. Observations and annotations are separate rows: discovery cannot touch what people wrote.
// The device row is the truth; the lookups of users and DeviceIds are written before it, checked against it, and can be rebuilt from it.
import type { DeviceAnnotation, DeviceObservation, DeviceParts, DeviceRecord } from './device-record.ts';
import type { DeviceGuid, EntraObjectId } from './device-identity.ts';
import type { Instant } from './instant.ts';
import type { OrganizationId } from './organization.ts';
import type { Comparison, ObservationWriter, PartitionDigit, ScanPage, ScanRequest, Versioned } from './store-page.ts';

/** Parts to write into one stored device. With a version only when the device has not changed since. */
export interface DeviceAmendment extends DeviceParts {
  readonly id: DeviceGuid;
  readonly version?: string;
}

/** What reconcile compares: the short form of one stored device. */
export interface DevicePresence {
  readonly id: DeviceGuid;
  readonly firstSeenAt: Instant;
  readonly goneAt?: Instant;
  readonly version: string;
}

export interface DeviceStore {
  get(organization: OrganizationId, id: DeviceGuid): Promise<DeviceRecord | undefined>;
  /** Writes observations; a device that was gone is there again. */
  writer(organization: OrganizationId, comparison: Comparison): ObservationWriter<DeviceObservation>;
  /** Writes parts; answers the devices that are missing or have another version than was named. */
  amend(organization: OrganizationId, amendments: readonly DeviceAmendment[]): Promise<readonly DeviceGuid[]>;
  /** All stored devices of one partition, in the order of their ids, page by page. */
  presence(organization: OrganizationId, partition: PartitionDigit): AsyncIterable<readonly DevicePresence[]>;
  /** Devices in the order of their ids, reading a bounded number of rows and for a bounded time. */
  scan(organization: OrganizationId, request: ScanRequest<DeviceRecord>): Promise<ScanPage<DeviceRecord>>;
  /** The devices whose owner is this user, gone ones included. */
  devicesOfUser(organization: OrganizationId, user: EntraObjectId): Promise<readonly DeviceRecord[]>;
  /** The devices that show this DeviceId, compared without case: the same phone in several mailboxes. */
  devicesWithDeviceId(organization: OrganizationId, deviceId: string): Promise<readonly DeviceRecord[]>;
  annotation(organization: OrganizationId, id: DeviceGuid): Promise<Versioned<DeviceAnnotation> | undefined>;
  /** The annotations of these devices that have one. */
  annotationsOf(organization: OrganizationId, ids: readonly DeviceGuid[]): Promise<ReadonlyMap<DeviceGuid, DeviceAnnotation>>;
  /** Keeps an annotation: a first one without a version, else in place of that version. Answers the new version. */
  annotate(organization: OrganizationId, id: DeviceGuid, annotation: DeviceAnnotation, version: string | undefined): Promise<string>;
  /** Writes the lookups anew from the devices and removes those that no device bears out. */
  rebuildLookups(organization: OrganizationId): Promise<{ readonly written: number; readonly removed: number }>;
  /** Removes devices that were found to be gone before that time, with their annotations. */
  purgeGone(organization: OrganizationId, before: Instant): Promise<number>;
  /** Removes everything of the organization. */
  removeAll(organization: OrganizationId): Promise<void>;
}
