// What an orchestration hands to each activity of a run, and the four ways in which one can answer.
// Only keys, counts and names pass here: rows stay in storage and files (design, law 8).
import type { ErrorCode } from './errors.ts';
import type { RunCounts } from './run.ts';

/** Which run an activity works for, and the instance that asked. Everything else is read from the record. */
export interface RunTask {
  readonly organization: string;
  readonly run: string;
  /** The id of the durable instance; one that the record does not name is turned away. */
  readonly instance: string;
}

/** Why there is nothing more to do for a run. */
export type RunOver = 'missing' | 'ended' | 'superseded' | 'stop-requested' | 'connector-removed';

/** The answer of an activity. What only a retry may cure is thrown instead. */
export type TaskAnswer<Facts extends object = object> =
  | ({ readonly outcome: 'done'; readonly counts: RunCounts } & Facts)
  | { readonly outcome: 'over'; readonly reason: RunOver }
  /** An expected no that no retry cures. */
  | { readonly outcome: 'refused'; readonly code: ErrorCode; readonly message: string; readonly counts: RunCounts }
  /** Asked for fewer requests for longer than an activity may wait. */
  | { readonly outcome: 'again'; readonly afterSeconds: number; readonly counts: RunCounts };
