// Files of a run: what its activities leave for each other, because rows of a tenant never pass through an orchestration (design, law 8).
// A file is written whole and then never changed; writing it again replaces it, so that an activity may be repeated.
// All are compact and sorted by id, so that they can be compared by streaming and searched without being unpacked.
import type { DeviceOwner } from './device-record.ts';
import type { DeviceGuid, EntraObjectId, MailboxGuid } from './device-identity.ts';
import type { ManagedDevice } from './directory-port.ts';
import type { OrganizationId } from './organization.ts';

/** A run and its organization. */
export interface RunKey {
  readonly organization: OrganizationId;
  readonly runId: string;
}

/** What was stored of a device when the run began. */
export interface KnownDevice {
  readonly id: DeviceGuid;
  /** Of its observation (with managed device); '' when the next observation has to be written in any case. */
  readonly fingerprint: string;
  readonly isGone: boolean;
  /** `outside`: not covered by the connector's scope; `inactive`: ignored as long as it does not sync. */
  readonly scope: 'in' | 'outside' | 'inactive';
}

/** The devices that were stored when the run began. */
export interface KnownDevices {
  readonly size: number;
  /** Those of them that are not gone. */
  readonly present: number;
  find(id: DeviceGuid): KnownDevice | undefined;
  /** All, in the order of their ids. */
  all(): Iterable<KnownDevice>;
}

/** A set of devices, in the order of their ids. */
export interface DeviceSet {
  readonly size: number;
  has(id: DeviceGuid): boolean;
  all(): Iterable<DeviceGuid>;
}

/** One mailbox, as far as its devices need to know. */
export interface OwnerEntry {
  readonly distinguishedName: string;
  readonly mailbox: MailboxGuid;
  readonly user?: EntraObjectId;
  readonly userName?: string;
  /** Whether the connector's scope covers the mailbox. */
  readonly isInScope: boolean;
}

/** Finds the mailbox of a device. */
export interface OwnerIndex {
  readonly size: number;
  /** The mailbox of that distinguished name, compared without case. */
  find(distinguishedName: string): { readonly owner: DeviceOwner; readonly isInScope: boolean } | undefined;
}

/** Finds the managed device that is the same phone: the same DeviceId (compared without case) of the same user. */
export interface ManagedIndex {
  readonly size: number;
  find(deviceId: string, user: EntraObjectId): ManagedDevice | undefined;
}

/** Takes entries in any order and keeps the file when finished; the same key twice counts once, the last wins. */
export interface FileWriter<T> {
  add(entries: readonly T[]): void;
  /** Keeps the file; answers how many entries it has. */
  finish(): Promise<number>;
}

/** Names of sets of devices: `seen-<slice>`, `added-<slice>`, `missing`. Letters, digits and `-`. */
type SetName = string;

export interface DiscoveryFiles {
  knownWriter(run: RunKey): FileWriter<KnownDevice>;
  /** Undefined when the run has no such file. */
  known(run: RunKey): Promise<KnownDevices | undefined>;
  ownersWriter(run: RunKey): FileWriter<OwnerEntry>;
  owners(run: RunKey): Promise<OwnerIndex | undefined>;
  managedWriter(run: RunKey): FileWriter<ManagedDevice>;
  managed(run: RunKey): Promise<ManagedIndex | undefined>;
  setWriter(run: RunKey, name: SetName): FileWriter<DeviceGuid>;
  set(run: RunKey, name: SetName): Promise<DeviceSet | undefined>;
  /** The order in which a run reads the statistics of mailboxes: kept in the order given, not sorted. */
  writeQueue(run: RunKey, mailboxes: readonly MailboxGuid[]): Promise<void>;
  /** Part of that order: from a position, at most so many. */
  queue(run: RunKey, from: number, count: number): Promise<readonly MailboxGuid[]>;
  /** Removes all files of a run. */
  remove(run: RunKey): Promise<void>;
  removeAll(organization: OrganizationId): Promise<void>;
}
