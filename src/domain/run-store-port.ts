// Where runs are kept. That one run of a kind goes on at a time is decided here, by one row that only one can insert.
import type { Instant } from './instant.ts';
import type { OrganizationId } from './organization.ts';
import type { Run, RunKind } from './run.ts';
import type { StorePage, Versioned } from './store-page.ts';

/** A run that has begun, or the one that goes on already. */
type RunBegin = { readonly kind: 'begun'; readonly version: string } | { readonly kind: 'already-running'; readonly runId: string };

/** Which part of the list. */
export interface RunListAsk {
  readonly top: number;
  readonly continuation?: string;
}

export interface RunStore {
  /** Keeps a new run, unless one of its kind goes on in its organization. */
  begin(run: Run): Promise<RunBegin>;
  get(organization: OrganizationId, id: string): Promise<Versioned<Run> | undefined>;
  /** The id of the run of that kind that goes on. */
  running(organization: OrganizationId, kind: RunKind): Promise<string | undefined>;
  /** Keeps progress in place of that version; `store.stale` when it is another one by now. Answers the new version. */
  save(run: Run, version: string): Promise<string>;
  /** Keeps the run with its end and lets the next of its kind begin, both or neither. Answers the new version. */
  end(run: Run, version: string): Promise<string>;
  /** Newest first. */
  list(organization: OrganizationId, ask: RunListAsk): Promise<StorePage<Run>>;
  /** Removes ended runs that began before that time. */
  purge(organization: OrganizationId, before: Instant): Promise<number>;
  removeAll(organization: OrganizationId): Promise<void>;
}
