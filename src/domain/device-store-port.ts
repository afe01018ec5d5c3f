// Where devices are kept. Observations and annotations are separate rows: discovery cannot touch what people wrote.
// The device row is the truth; the lookups of users and DeviceIds are written before it, checked against it, and can be rebuilt from it.
import type { AuditEntry } from './audit.ts';
import type { DeviceAnnotation, DeviceObservation, DeviceParts, DeviceRecord, OwnerFacts } from './device-record.ts';
import type { DeviceGuid, EntraObjectId, MailboxGuid } from './device-identity.ts';
import type { Instant } from './instant.ts';
import type { MembershipFilter } from './membership-filter.ts';
import type { OrganizationId } from './organization.ts';
import type { KnownDevice } from './discovery-files-port.ts';
import type { Comparison, KnownFingerprints, ObservationWriter, PartitionDigit, ScanPage, ScanRequest, Versioned } from './store-page.ts';

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

/** What decides which statistics to read next: the short form of one stored device that is not gone. */
export interface DeviceFreshness {
  readonly id: DeviceGuid;
  readonly mailbox?: MailboxGuid;
  /** When its statistics were last read. */
  readonly readAt?: Instant;
  /** When discovery last wrote something new about it. */
  readonly observedAt: Instant;
  /** The connector's scope does not cover it. */
  readonly isOutside: boolean;
}

/** Whose a stored device is, and what was last applied about its owner. */
export interface DeviceOwnership {
  readonly id: DeviceGuid;
  readonly user?: EntraObjectId;
  readonly facts?: OwnerFacts;
}

/** What to look for, and what storage can leave out beforehand because it certainly does not match. */
export interface DeviceScanRequest extends ScanRequest<DeviceRecord> {
  readonly filter?: MembershipFilter;
}

/** An observation with the parts that a run judges while it reads; a part that is left out stays as it is. */
export interface JudgedObservation extends DeviceObservation, Pick<DeviceParts, 'scope' | 'managed'> {}

export interface DeviceStore {
  get(organization: OrganizationId, id: DeviceGuid): Promise<DeviceRecord | undefined>;
  /** Writes observations; a device that was gone is there again. */
  writer(organization: OrganizationId, comparison: Comparison | KnownFingerprints): ObservationWriter<JudgedObservation>;
  /** The short form of all stored devices of one partition for a full run, in the order of their ids, page by page. */
  known(organization: OrganizationId, partition: PartitionDigit): AsyncIterable<readonly KnownDevice[]>;
  /** The short form of all stored devices of one partition for the reading of statistics, page by page; gone ones are left out. */
  freshness(organization: OrganizationId, partition: PartitionDigit): AsyncIterable<readonly DeviceFreshness[]>;
  /** Whose the stored devices of one partition are, gone ones included, page by page. */
  owners(organization: OrganizationId, partition: PartitionDigit): AsyncIterable<readonly DeviceOwnership[]>;
  /** Writes parts; answers the devices that are missing or have another version than was named. */
  amend(organization: OrganizationId, amendments: readonly DeviceAmendment[]): Promise<readonly DeviceGuid[]>;
  /** All stored devices of one partition, in the order of their ids, page by page. */
  presence(organization: OrganizationId, partition: PartitionDigit): AsyncIterable<readonly DevicePresence[]>;
  /** Devices in the order of their ids, reading a bounded number of rows and for a bounded time. */
  scan(organization: OrganizationId, request: DeviceScanRequest): Promise<ScanPage<DeviceRecord>>;
  /** The devices whose owner is this user, gone ones included. */
  devicesOfUser(organization: OrganizationId, user: EntraObjectId): Promise<readonly DeviceRecord[]>;
  /** The devices that show this DeviceId, compared without case: the same phone in several mailboxes. */
  devicesWithDeviceId(organization: OrganizationId, deviceId: string): Promise<readonly DeviceRecord[]>;
  annotation(organization: OrganizationId, id: DeviceGuid): Promise<Versioned<DeviceAnnotation> | undefined>;
  /** The annotations of these devices that have one. */
  annotationsOf(organization: OrganizationId, ids: readonly DeviceGuid[]): Promise<ReadonlyMap<DeviceGuid, DeviceAnnotation>>;
  /**
   * Keeps an annotation: a first one without a version, else in place of that version; with the events that tell of it, both or neither.
   * Answers the new version.
   */
  annotate(
    organization: OrganizationId,
    id: DeviceGuid,
    annotation: DeviceAnnotation,
    version: string | undefined,
    entries?: readonly AuditEntry[],
  ): Promise<string>;
  /** Writes the lookups that are missing and removes those that no device bears out. */
  rebuildLookups(organization: OrganizationId): Promise<{ readonly written: number; readonly removed: number }>;
  /** Removes devices that were found to be gone before that time, with their annotations. */
  purgeGone(organization: OrganizationId, before: Instant): Promise<number>;
  /** Removes everything of the organization. */
  removeAll(organization: OrganizationId): Promise<void>;
}
