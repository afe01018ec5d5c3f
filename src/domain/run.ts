// A run: one discovery or reading of statistics, from its start to its end, as people and other systems follow it.
import type { ErrorCode } from './errors.ts';
import type { Instant } from './instant.ts';
import type { OrganizationId } from './organization.ts';

/** What a run does. One of a kind goes on at a time in an organization. */
export type RunKind = 'full' | 'delta' | 'statistics';

/** `held`: complete, but so much was missing that nothing is marked gone until a second run agrees or somebody accepts. */
type RunState = 'running' | 'completed' | 'held' | 'failed';

/** What was counted so far. */
export interface RunCounts {
  readonly read: number;
  readonly added: number;
  readonly changed: number;
  readonly gone: number;
  readonly statistics: number;
  readonly requests: number;
  readonly throttled: number;
}

export const noCounts: RunCounts = { read: 0, added: 0, changed: 0, gone: 0, statistics: 0, requests: 0, throttled: 0 };

/** A run as it is kept. */
export interface Run {
  /** From `runIdOf`: carries the start, so that runs list newest first. */
  readonly id: string;
  readonly organization: OrganizationId;
  readonly kind: RunKind;
  readonly state: RunState;
  readonly startedAt: Instant;
  /** Who asked for it: `schedule`, or an object id. */
  readonly startedBy: string;
  readonly endedAt?: Instant;
  readonly counts: RunCounts;
  /** Share of what had to be read that was read, from 0 to 1. */
  readonly completeness: number;
  readonly error?: { readonly code: ErrorCode; readonly message: string };
  /** Somebody asked for it to stop; it ends at its next step. */
  readonly stopRequestedBy?: string;
  /** Who accepted what a held run found missing. */
  readonly acceptedBy?: string;
  /** By then it will have reported again: the watchdog looks after a run that is silent for longer. */
  readonly wakesAt?: Instant;
}

const ID = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-([0-9a-z]{8,32})$/;

/** The id of a run that starts then. `unique` is a new id, such as a UUID. */
export function runIdOf(startedAt: Instant, unique: string): string {
  return `${startedAt.replaceAll(/[-:.]/g, '')}-${unique
    .toLowerCase()
    .replaceAll(/[^0-9a-z]/g, '')
    .slice(0, 12)}`;
}

/** The start in the id of a run; undefined when it is none. */
export function startOfRun(id: string): Instant | undefined {
  const match = ID.exec(id);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, ms] = match;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`;
}
