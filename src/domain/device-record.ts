// A device as we keep it: what was observed, what was read from statistics, what was judged, and, apart from it all, what people added.
// Each part is written by one kind of writer and replaced whole, so that no writer undoes the work of another.
import type { DeviceGuid, EntraObjectId, MailboxGuid } from './device-identity.ts';
import type { ObservedDevice } from './device.ts';
import type { DeviceStatistics } from './device-statistics.ts';
import type { ManagedDevice } from './directory-port.ts';
import type { Instant } from './instant.ts';
import type { OrganizationId } from './organization.ts';

/** Whose device it is: the mailbox that the partnership belongs to. */
export type DeviceOwner =
  | { readonly kind: 'mailbox'; readonly mailbox: MailboxGuid; readonly user?: EntraObjectId; readonly userName?: string }
  | { readonly kind: 'unknown' };

/** Whether the connector's settings cover the device. */
export type DeviceScope = { readonly isInScope: true } | { readonly isInScope: false; readonly reason: 'inactive' | 'outside' };

/** What discovery learnt about one device. */
export interface DeviceObservation {
  readonly device: ObservedDevice;
  readonly owner: DeviceOwner;
  /** No part of the content: a device read again unchanged is not written again. */
  readonly observedAt: Instant;
}

/** Statistics with the time they were read. */
export interface StatisticsReading {
  readonly facts: DeviceStatistics;
  readonly readAt: Instant;
}

/** What the directory says about the owner, as of the last time its answers were applied. What it does not say is left out: unknown. */
export interface OwnerFacts {
  /** Whose facts these are: they count only as long as the device has this owner. */
  readonly user: EntraObjectId;
  readonly department?: string;
  /** The domain of the mail address or, without one, of the user principal name; lower case. */
  readonly domain?: string;
  /** Of the groups that collections name, those that the user is in, directly or through other groups; sorted. */
  readonly groups: readonly string[];
}

/** The parts that other readings and judgements add to an observation. What is absent stays; null takes it away. */
export interface DeviceParts {
  readonly statistics?: StatisticsReading | null;
  readonly scope?: DeviceScope | null;
  /** The device as Intune knows it. */
  readonly managed?: ManagedDevice | null;
  readonly ownerFacts?: OwnerFacts | null;
  /** The device that this one was before a reset gave it another Guid. */
  readonly predecessor?: DeviceGuid | null;
  /** When the device was found to be gone from Exchange. The next observation takes it away. */
  readonly goneAt?: Instant | null;
}

/** A stored device with all its parts. */
export interface DeviceRecord extends DeviceObservation {
  readonly organization: OrganizationId;
  readonly id: DeviceGuid;
  readonly firstSeenAt: Instant;
  readonly statistics?: StatisticsReading;
  readonly scope?: DeviceScope;
  readonly managed?: ManagedDevice;
  readonly ownerFacts?: OwnerFacts;
  readonly predecessor?: DeviceGuid;
  readonly goneAt?: Instant;
  /** Of the observation and its parts; annotations have their own. */
  readonly version: string;
}

/** What people and workflows added to a device. */
export interface DeviceAnnotation {
  readonly note?: string;
  readonly ownership?: 'company' | 'personal';
  readonly changedAt: Instant;
  /** Object id of the person or application. */
  readonly changedBy: string;
}
