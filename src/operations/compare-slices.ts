// `slices-compare`: what the slices of a complete read saw, against what was known when the run began. Writes the set `missing`.
// It concludes nothing: candidates are re-read (confirm-missing.ts) and judged (judge-missing.ts) before anything is marked.
import pMap from 'p-map';
import type { DeviceGuid } from '../domain/device-identity.ts';
import type { AnswerOf, SlicesCompareTask } from '../domain/discovery-task.ts';
import type { Ports } from '../domain/ports.ts';
import { compareWithKnown, isFarFromExpected, mergeSets } from '../domain/vanishing.ts';
import { doTask } from './do-task.ts';
import type { ProgressNeeds } from './report-progress.ts';
import { requireKnown, requireSet } from './run-files.ts';

type Needs = ProgressNeeds & Pick<Ports, 'files'>;

const PARALLEL_FILES = 4;
const GATHERED = 1000;

/** Answers how many devices were seen, how many are missing, and whether the list has to be read once more in another way. */
export async function compareSlices(needs: Needs, task: SlicesCompareTask): Promise<AnswerOf<'slices-compare'>> {
  return doTask(needs, task, 'compare', async ({ key, progress }) => {
    const known = await requireKnown(needs.files, key);
    const sets = await pMap(task.slices, (slice) => requireSet(needs.files, key, `seen-${slice}`), { concurrency: PARALLEL_FILES });
    const writer = needs.files.setWriter(key, 'missing');
    let gathered: DeviceGuid[] = [];
    const seen = mergeSets(sets.map((set) => set.all()));
    const comparison = compareWithKnown(known.all(), seen, (device) => {
      gathered.push(device);
      if (gathered.length < GATHERED) return;
      writer.add(gathered);
      gathered = [];
    });
    writer.add(gathered);
    await writer.finish();
    const needsSecondPass = task.pass === 1 && isFarFromExpected(comparison.seen, task.expected);
    return { outcome: 'done', ...comparison, needsSecondPass, counts: await progress.finish() };
  });
}
