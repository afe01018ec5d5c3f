// `missing-judge`: law 2 over what is still missing. Writes the set `gone`: all that may be marked now.
import type { AnswerOf, MissingJudgeTask } from '../domain/discovery-task.ts';
import type { DeviceGuid } from '../domain/device-identity.ts';
import type { DeviceSet } from '../domain/discovery-files-port.ts';
import type { Ports } from '../domain/ports.ts';
import { heldRunToAgreeWith, judgeVanished } from '../domain/vanishing.ts';
import { doTask } from './do-task.ts';
import type { Work } from './do-task.ts';
import type { ProgressNeeds } from './report-progress.ts';
import { requireKnown, requireSet, writeSet } from './run-files.ts';

type Needs = ProgressNeeds & Pick<Ports, 'files' | 'log'>;

/** Answers how many devices may be marked as gone, and whether the run ends held because of the others. */
export async function judgeMissing(needs: Needs, task: MissingJudgeTask): Promise<AnswerOf<'missing-judge'>> {
  return doTask(needs, task, 'judge', async (work) => {
    const { key, progress } = work;
    const { missingInScope, knownInScope } = task;
    const missing = await requireSet(needs.files, key, 'missing');
    const known = await requireKnown(needs.files, key);
    const earlier = await earlierMissing(needs, work);
    let agreedInScope = 0;
    if (earlier) for (const id of common(missing, earlier)) if (known.find(id)?.scope === 'in') agreedInScope += 1;
    const verdict = judgeVanished({ missingInScope, knownInScope, ...(earlier && { agreedInScope }) });
    const marked = { all: () => missing.all(), agreed: () => (earlier ? common(missing, earlier) : []), none: () => [] };
    const gone = await writeSet(needs.files, key, 'gone', marked[verdict.mark]());
    if (verdict.isHeld)
      needs.log.warn('A run is held: too many devices are missing', { run: task.run, missingInScope, knownInScope, gone });
    return { outcome: 'done', gone, isHeld: verdict.isHeld, counts: await progress.finish() };
  });
}

/** What the held run missed with which this one can agree. */
async function earlierMissing(needs: Needs, { organization, run }: Work): Promise<DeviceSet | undefined> {
  const state = await needs.connectors.discoveryState(organization);
  const held = heldRunToAgreeWith(state?.value.held, run);
  return held && needs.files.set({ organization, runId: held.runId }, 'missing');
}

function* common(a: DeviceSet, b: DeviceSet): Generator<DeviceGuid, void, undefined> {
  for (const id of a.all()) if (b.has(id)) yield id;
}
