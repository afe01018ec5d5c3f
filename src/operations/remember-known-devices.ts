// `known-remember`: the short form of all devices as they are stored when a run begins. What appears later is not known, and so cannot be missing.
import pMap from 'p-map';
import type { AnswerOf } from '../domain/discovery-task.ts';
import { AppError } from '../domain/errors.ts';
import type { Ports } from '../domain/ports.ts';
import { partitionDigits } from '../domain/store-page.ts';
import type { PartitionDigit } from '../domain/store-page.ts';
import type { RunOver, RunTask } from '../domain/run-task.ts';
import { doTask } from './do-task.ts';
import type { ProgressNeeds } from './report-progress.ts';

type Needs = ProgressNeeds & Pick<Ports, 'devices' | 'files'>;

/** A partition is listed page after page; several at a time, or the latency of storage counts a thousand times. */
const PARALLEL_PARTITIONS = 4;

/** Writes the file of known devices; answers how many there are, gone ones included. */
export async function rememberKnownDevices(needs: Needs, task: RunTask): Promise<AnswerOf<'known-remember'>> {
  return doTask(needs, task, 'known', async ({ organization, key, progress, isTimeUp }): Promise<AnswerOf<'known-remember'>> => {
    const writer = needs.files.knownWriter(key);
    let over: RunOver | undefined;

    async function remember(digit: PartitionDigit): Promise<void> {
      for await (const page of needs.devices.known(organization, digit)) {
        // Half a list would make the rest look new; storage that is so slow today may be faster when the activity is tried again.
        if (isTimeUp()) throw new AppError('store.unavailable', { request: 'listing devices', reason: 'too slow' });
        writer.add(page);
        over ??= await progress.report();
        if (over !== undefined) return;
      }
    }

    await pMap(partitionDigits, remember, { concurrency: PARALLEL_PARTITIONS });
    if (over !== undefined) return { outcome: 'over', reason: over };
    const known = await writer.finish();
    return { outcome: 'done', known, counts: await progress.finish() };
  });
}
