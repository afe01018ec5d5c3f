// `slices-learn`: what the slices of a run tell the runs that follow: where to cut the list, and where a delta begins.
// Nothing is read for it: the slices answered with it, and the orchestration hands it on.
import type { AnswerOf, SlicesLearnTask } from '../domain/discovery-task.ts';
import { stateAfterRun } from '../domain/discovery-state.ts';
import { changeDiscoveryState } from './change-discovery-state.ts';
import { doTask } from './do-task.ts';
import type { ProgressNeeds } from './report-progress.ts';

/** Keeps what the next run needs to know. To do it again changes nothing but the time of the end. */
export async function learnSlices(needs: ProgressNeeds, task: SlicesLearnTask): Promise<AnswerOf<'slices-learn'>> {
  return doTask(needs, task, 'learn', async ({ run, organization, progress }): Promise<AnswerOf<'slices-learn'>> => {
    // A run that somebody has stopped meanwhile must not count as the last one that completed.
    const reason = await progress.report();
    if (reason !== undefined) return { outcome: 'over', reason };
    const ended = { ...task, run, endedAt: needs.clock.now() };
    await changeDiscoveryState(needs.connectors, organization, (state) => stateAfterRun(state, ended));
    return { outcome: 'done', counts: await progress.finish() };
  });
}
