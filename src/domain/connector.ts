// A connector: our link to one organization, as an administrator sets it up. One per organization.
// Not what it has found out (DiscoveryState) and not what it is doing (run.ts, installation.ts).
import type { Cloud } from './cloud.ts';
import type { Credential } from './credential.ts';
import type { Instant } from './instant.ts';
import type { OrganizationId } from './organization.ts';

/** Which devices are covered: all, those of members of Entra groups, or those of mailboxes with an address in one of the domains. */
export type DiscoveryScope =
  | { readonly kind: 'everything' }
  | { readonly kind: 'groups'; readonly groupIds: readonly string[] }
  | { readonly kind: 'domains'; readonly domains: readonly string[] };

/** When discovery runs. */
interface DiscoverySchedule {
  /** Five-field cron expression. */
  readonly full: string;
  /** IANA name of the time zone that the expression is meant in. */
  readonly timeZone: string;
  readonly deltaMinutes: number;
}

/** What an administrator decides about a connector: the pages of the classic wizard. */
export interface ConnectorSettings {
  readonly displayName?: string;
  readonly cloud: Cloud;
  readonly credential: Credential;
  readonly schedule: DiscoverySchedule;
  readonly scope: DiscoveryScope;
  /** Devices that did not sync for longer are out of scope; left out: none are. */
  readonly ignoreInactiveDays?: number;
  /** The mailbox that mail to users and administrators is sent from. */
  readonly notificationMailbox?: string;
  /** Whether another product may manage the same devices: then a device that Intune manages is left to it. */
  readonly allowExternalDeviceManagement: boolean;
  /** How many statistics are read at a time. */
  readonly statisticsParallel: number;
  /** How long one reading of statistics may go on. */
  readonly statisticsMinutes: number;
  /** How many activities may read lists at a time, at most. */
  readonly readingParallel: number;
  /** How long devices that are gone and runs that ended are kept. */
  readonly keepGoneDays: number;
}

/** What a connector is set to where nobody decided otherwise (design, sections 4 and 6). */
export const defaultConnectorSettings: ConnectorSettings = {
  cloud: 'global',
  credential: { kind: 'managed-identity' },
  schedule: { full: '0 2 * * *', timeZone: 'UTC', deltaMinutes: 15 },
  scope: { kind: 'everything' },
  allowExternalDeviceManagement: true,
  statisticsParallel: 3,
  statisticsMinutes: 12,
  readingParallel: 6,
  keepGoneDays: 90,
};

/** A connector as it is kept. */
export interface Connector extends ConnectorSettings {
  readonly organization: OrganizationId;
  /** Counts how often this organization's connector was added: work of an earlier one ends when it sees another number. */
  readonly generation: number;
  readonly createdAt: Instant;
  readonly changedAt: Instant;
  /** Object id of whoever changed it last. */
  readonly changedBy: string;
}

/** A run that was held, and what it found missing. */
export interface HeldRun {
  readonly runId: string;
  readonly endedAt: Instant;
}

/** What the next run needs to know of earlier ones. */
export interface DiscoveryState {
  /** The newest first sync that a run has seen: a delta reads from two hours before. */
  readonly watermark?: Instant;
  /** Start and end of the last full run that completed: what it saw and did not change was there then. */
  readonly lastFull?: { readonly runId: string; readonly startedAt: Instant; readonly endedAt: Instant; readonly devices: number };
  /** When quarantined devices were last listed, and how many there were: many are listed hourly only. */
  readonly lastQuarantine?: { readonly at: Instant; readonly devices: number };
  /** Full runs that completed in first-sync slices since one read everything in another way. */
  readonly slicedRuns?: number;
  /** First-sync times at which the next full run cuts the list into slices. */
  readonly sliceBounds?: readonly Instant[];
  /** Where the directory's changes were read up to. */
  readonly directoryCursor?: string;
  /** Another one each time the directory told of users: what was made of them before may be out of date. */
  readonly usersVersion?: string;
  /** A run that was held: the next complete one confirms or refutes it. */
  readonly held?: HeldRun;
}
