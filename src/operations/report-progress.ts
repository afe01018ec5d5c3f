// How an activity tells how far its part of a run has come, and learns on the way that it is not wanted any more.
// Parts are replaced whole, so that a repeated activity counts once; what counts in the end are the answers of the activities.
import { addMs, msBetween } from '../domain/instant.ts';
import type { Instant } from '../domain/instant.ts';
import { parseOrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';
import { noCounts } from '../domain/run.ts';
import type { RunCounts } from '../domain/run.ts';
import type { RunOver, RunTask } from '../domain/run-task.ts';
import { joinRun } from './join-run.ts';

export type ProgressNeeds = Pick<Ports, 'runs' | 'connectors' | 'clock'>;

/** Counts of the work itself; what it cost is taken from `usage`. */
export type WorkCounts = Partial<Omit<RunCounts, 'requests' | 'throttled'>>;

export interface Progress {
  /** Hand this to every call of the activity to Exchange and the directory. */
  readonly usage: { requests: number; throttled: number };
  /** The counts so far together with what they cost: for the activity's answer. */
  counts(work?: WorkCounts): RunCounts;
  /** Keeps the counts so far, at most every two seconds; answers why the work is over when it is. Call it after every page. */
  report(work?: WorkCounts): Promise<RunOver | undefined>;
  /** Keeps the last counts of a part and answers them. */
  finish(work?: WorkCounts): Promise<RunCounts>;
}

const REPORT_EVERY_MS = 2_000;
/** Longer than an activity may take, retries' pauses included. */
const SILENCE_MS = 10 * 60_000;

/** Promises that a part which waits will report after that time, so that the watchdog leaves its run alone until then. */
export async function promiseReport(
  { runs, clock }: Pick<Ports, 'runs' | 'clock'>,
  task: RunTask,
  part: string,
  afterSeconds: number,
): Promise<void> {
  const organization = parseOrganizationId(task.organization);
  if (!organization) return;
  await runs.report(organization, task.run, { part, counts: noCounts, wakesAt: addMs(clock.now(), afterSeconds * 1_000 + SILENCE_MS) });
}

/** The progress of one part of a run, such as `mailboxes` or `slice-3`. */
export function createProgress(needs: ProgressNeeds, task: RunTask, part: string): Progress {
  const usage = { requests: 0, throttled: 0 };
  let reportedAt: Instant | undefined;

  const counts = (work: WorkCounts = {}): RunCounts => ({ ...noCounts, ...work, ...usage });

  async function keep(work: WorkCounts, now: Instant): Promise<void> {
    const organization = parseOrganizationId(task.organization);
    if (!organization) return;
    await needs.runs.report(organization, task.run, { part, counts: counts(work), wakesAt: addMs(now, SILENCE_MS) });
    reportedAt = now;
  }

  return {
    usage,
    counts,
    async report(work = {}) {
      const now = needs.clock.now();
      if (reportedAt !== undefined && msBetween(reportedAt, now) < REPORT_EVERY_MS) return undefined;
      const joined = await joinRun(needs, task);
      if (joined.kind === 'over') return joined.reason;
      await keep(work, now);
      return undefined;
    },
    async finish(work = {}) {
      await keep(work, needs.clock.now());
      return counts(work);
    },
  };
}
