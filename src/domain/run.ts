// A run: one discovery or reading of statistics, from its start to its end, as people and other systems follow it.
import type { ErrorCode } from './errors.ts';
import type { Instant } from './instant.ts';
import type { OrganizationId } from './organization.ts';

/** What a run does. One of a kind goes on at a time in an organization. */
export type RunKind = 'full' | 'delta' | 'statistics';
export const runKinds = ['full', 'delta', 'statistics'] as const satisfies readonly RunKind[];

/** `held`: complete, but so much was missing that nothing is marked gone until a second run agrees or somebody accepts. */
export type RunState = 'running' | 'completed' | 'held' | 'failed';

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

/** Both together. */
export function addCounts(a: RunCounts, b: RunCounts): RunCounts {
  return {
    read: a.read + b.read,
    added: a.added + b.added,
    changed: a.changed + b.changed,
    gone: a.gone + b.gone,
    statistics: a.statistics + b.statistics,
    requests: a.requests + b.requests,
    throttled: a.throttled + b.throttled,
  };
}

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
  /** While it goes on: of what has ended so far; RunParts tell more. */
  readonly counts: RunCounts;
  /** Share of what had to be read that was read, from 0 to 1. */
  readonly completeness: number;
  readonly error?: { readonly code: ErrorCode; readonly message: string };
  /** Somebody asked for it to stop; it ends at its next step. */
  readonly stopRequestedBy?: string;
  /** Who accepted what a held run found missing. */
  readonly acceptedBy?: string;
  /** How many devices a held run found missing. */
  readonly missing?: number;
  /** How often the watchdog started it anew; part of the name of its instance. */
  readonly restarts: number;
  /** The generation of the connector that it works for. */
  readonly generation: number;
  /** By then it will have reported again: the watchdog looks after a run that is silent for longer. */
  readonly wakesAt: Instant;
}

/** How far one part of a run has come: a slice, a list. Replaced whole, so that a repeated activity counts once. */
export interface RunPart {
  /** For instance `mailboxes` or `slice-3`. */
  readonly part: string;
  readonly counts: RunCounts;
  /** By then this part will have reported again. */
  readonly wakesAt: Instant;
}

const WORKFLOWS = { full: 'discovery-workflow', delta: 'discovery-workflow', statistics: 'statistics-workflow' } as const satisfies Record<
  RunKind,
  string
>;

/** The name of the orchestration that works on runs of a kind. */
export function workflowOf(kind: RunKind): (typeof WORKFLOWS)[RunKind] {
  return WORKFLOWS[kind];
}

/** The name of the durable instance that works on a run. Anything else that claims to is turned away. */
export function instanceOfRun({ organization, id, restarts }: Pick<Run, 'organization' | 'id' | 'restarts'>): string {
  const name = `discovery-${organization}-${id}`;
  return restarts === 0 ? name : `${name}-${restarts}`;
}

/** Whether the run has, or once had, an instance of that name. */
export function wasInstanceOfRun(run: Pick<Run, 'organization' | 'id' | 'restarts'>, instance: string): boolean {
  const first = instanceOfRun({ ...run, restarts: 0 });
  if (instance === first) return true;
  const [, restarts = ''] = /-([1-9]\d{0,5})$/.exec(instance) ?? [];
  return instance === `${first}-${restarts}` && Number(restarts) <= run.restarts;
}

const ID = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-([0-9a-z]{8,32})$/;

/** The id of a run that starts then. `unique` is a new id, such as a UUID. */
export function runIdOf(startedAt: Instant, unique: string): string {
  return `${startedAt.replaceAll(/[-:.]/g, '')}-${unique
    .toLowerCase()
    .replaceAll(/[^0-9a-z]/g, '')
    .slice(0, 12)}`;
}

/** The id of the run that the schedule wants at that time: always the same, so that no two processes start it twice. */
export function scheduledRunIdOf(dueAt: Instant, kind: RunKind): string {
  return runIdOf(dueAt, `schedule${kind}`);
}

/** The start in the id of a run; undefined when it is none. */
export function startOfRun(id: string): Instant | undefined {
  const match = ID.exec(id);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, ms] = match;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`;
}
