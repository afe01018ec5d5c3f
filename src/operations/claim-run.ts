// `run-claim`: the first activity of a run. Answers what the record and the connector ask for, and promises the watchdog a sign of life.
import type { AnswerOf } from '../domain/discovery-task.ts';
import type { RunTask } from '../domain/run-task.ts';
import { doTask } from './do-task.ts';
import type { ProgressNeeds } from './report-progress.ts';

/** What the run is to do; `over` for everybody but the instance that the record names. */
export async function claimRun(needs: ProgressNeeds, task: RunTask): Promise<AnswerOf<'run-claim'>> {
  return doTask(needs, task, 'claim', async ({ run, connector, progress }) => {
    const { readingParallel, statisticsParallel, statisticsMinutes } = connector;
    const isAccepted = run.state === 'held';
    return {
      outcome: 'done',
      kind: run.kind,
      isAccepted,
      readingParallel,
      statisticsParallel,
      statisticsMinutes,
      counts: await progress.finish(),
    };
  });
}
