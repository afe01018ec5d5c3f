// The frame of an activity that reads for a run: join the run, do the work within its time, answer errors in the way of activities.
import type { Connector } from '../domain/connector.ts';
import type { RunKey } from '../domain/discovery-files-port.ts';
import { toDurableError } from '../domain/errors.ts';
import { addMs } from '../domain/instant.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Run } from '../domain/run.ts';
import type { RunTask, TaskAnswer } from '../domain/run-task.ts';
import { answerOf } from './answer-of.ts';
import { joinRun } from './join-run.ts';
import type { JoinedRun } from './join-run.ts';
import { createProgress } from './report-progress.ts';
import type { Progress, ProgressNeeds } from './report-progress.ts';

/** How long an activity goes on reading: what is under way then, a page and its repeats, still ends within the host's ten minutes. */
const READ_LIMIT_MS = 4 * 60_000;

/** What the work of an activity is done with. */
export interface Work {
  readonly run: Run;
  readonly connector: Connector;
  readonly organization: OrganizationId;
  /** The run's files. */
  readonly key: RunKey;
  readonly progress: Progress;
  /** Whether the activity has read for as long as it may. */
  readonly isTimeUp: () => boolean;
}

/** Does the work of one part of a run and answers for it; `part` names it in the run's progress. */
export async function doTask<Facts extends object>(
  needs: ProgressNeeds,
  task: RunTask,
  part: string,
  work: (going: Work) => Promise<TaskAnswer<Facts>>,
): Promise<TaskAnswer<Facts>> {
  const progress = createProgress(needs, task, part);
  const endsAt = addMs(needs.clock.now(), READ_LIMIT_MS);
  const joined = await join(needs, task);
  if (joined.kind === 'over') return { outcome: 'over', reason: joined.reason };
  const run = joined.run.value;
  const { organization } = run;
  const isTimeUp = (): boolean => needs.clock.now() >= endsAt;
  try {
    const reason = await progress.report();
    if (reason !== undefined) return { outcome: 'over', reason };
    return await work({ run, connector: joined.connector, organization, key: { organization, runId: run.id }, progress, isTimeUp });
  } catch (error) {
    return answerOf(error, progress.counts());
  }
}

async function join(needs: ProgressNeeds, task: RunTask): Promise<JoinedRun> {
  try {
    return await joinRun(needs, task);
  } catch (error) {
    throw toDurableError(error);
  }
}
