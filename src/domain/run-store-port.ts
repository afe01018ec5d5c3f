// Where runs are kept. Events are kept with the change that they tell of: both or neither. That one run of a kind goes on at a time is decided here, by one row that only one can insert.
import type { AuditEntry } from './audit.ts';
import type { Instant } from './instant.ts';
import type { OrganizationId } from './organization.ts';
import type { Run, RunKind, RunPart } from './run.ts';
import type { StorePage, Versioned } from './store-page.ts';

/** A run that has begun, the one of its kind that goes on already, or: a run of this id was begun before. */
export type RunBegin =
  | { readonly kind: 'begun'; readonly version: string }
  | { readonly kind: 'already-running'; readonly runId: string }
  | { readonly kind: 'known' };

/** Which part of the list. */
export interface RunListAsk {
  readonly top: number;
  readonly kind?: RunKind;
  readonly continuation?: string;
}

export interface RunStore {
  /** Keeps a new run, unless one of its kind goes on in its organization or one of its id is there. */
  begin(run: Run, entries?: readonly AuditEntry[]): Promise<RunBegin>;
  get(organization: OrganizationId, id: string): Promise<Versioned<Run> | undefined>;
  /** The id of the run of that kind that goes on. */
  running(organization: OrganizationId, kind: RunKind): Promise<string | undefined>;
  /** Keeps progress in place of that version; `store.stale` when it is another one by now. Answers the new version. */
  save(run: Run, version: string, entries?: readonly AuditEntry[]): Promise<string>;
  /** Keeps the run with its end and lets the next of its kind begin, both or neither. Answers the new version. */
  end(run: Run, version: string): Promise<string>;
  /** Keeps how far a part has come, in place of what was kept of it. */
  report(organization: OrganizationId, runId: string, part: RunPart): Promise<void>;
  /** What the parts of a run have reported. */
  parts(organization: OrganizationId, runId: string): Promise<readonly RunPart[]>;
  /** Newest first. */
  list(organization: OrganizationId, ask: RunListAsk): Promise<StorePage<Run>>;
  /** Removes ended runs that began before that time, with their parts. Answers the ids of the runs removed. */
  purge(organization: OrganizationId, before: Instant): Promise<readonly string[]>;
  removeAll(organization: OrganizationId): Promise<void>;
}
