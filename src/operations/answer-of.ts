// What an activity makes of an error: an expected no is answered, a long wait is answered, and only what a retry may cure is thrown,
// because across a durable boundary an error is text (see toDurableError).
import { toAppError, toDurableError } from '../domain/errors.ts';
import type { RunCounts } from '../domain/run.ts';
import type { TaskAnswer } from '../domain/run-task.ts';

/** The answers that tell of an error. */
export type FailedAnswer = Extract<TaskAnswer, { outcome: 'refused' | 'again' }>;

/** Where nobody says how long to wait: as long as the clients wait themselves before they give up. */
const WAIT_SECONDS = 60;

/**
 * The answer for an error, with what the work has cost so far. Throws it in durable form when the same work done again may succeed,
 * and when it is a fault of ours, which belongs into the host's log.
 */
export function answerOf(error: unknown, counts: RunCounts): FailedAnswer {
  const { code, kind, message, details } = toAppError(error);
  switch (kind) {
    case 'throttled':
    case 'too-many':
      // The adapters have waited as long as an activity may; the orchestration can wait longer.
      return { outcome: 'again', afterSeconds: Math.max(1, Math.ceil(details.retryAfterSeconds ?? WAIT_SECONDS)), counts };
    case 'unavailable':
    case 'conflict':
    case 'stale':
    case 'bug':
      throw toDurableError(error);
    default:
      return { outcome: 'refused', code, message, counts };
  }
}
