// `missing-apply`: marks devices as gone. Which ones was decided before; this leaves out what anybody has seen since the run began.
import { areSilent } from '../domain/activity.ts';
import type { DeviceRecord } from '../domain/device-record.ts';
import type { AnswerOf, MissingApplyTask } from '../domain/discovery-task.ts';
import { AppError } from '../domain/errors.ts';
import type { Instant } from '../domain/instant.ts';
import type { Ports } from '../domain/ports.ts';
import type { Run } from '../domain/run.ts';
import { amendDevices, readDevices } from './amend-devices.ts';
import { doTask } from './do-task.ts';
import type { ProgressNeeds } from './report-progress.ts';
import { chunksOf, requireSet } from './run-files.ts';

type Needs = ProgressNeeds & Pick<Ports, 'files' | 'devices'>;

const CHUNK = 500;

/** Marks the devices of the set; those marked by an earlier attempt count as well. */
export async function applyMissing(needs: Needs, task: MissingApplyTask): Promise<AnswerOf<'missing-apply'>> {
  return doTask(needs, task, 'apply', async ({ run, organization, key, progress, isTimeUp }): Promise<AnswerOf<'missing-apply'>> => {
    const set = await requireSet(needs.files, key, task.set);
    const goneAt = needs.clock.now();
    let gone = 0;
    for (const ids of chunksOf(set.all(), CHUNK)) {
      if (await isOvertaken(needs, run)) {
        const { code, message } = new AppError('run.superseded');
        return { outcome: 'refused', code, message, counts: progress.counts({ gone }) };
      }
      const records = await readDevices(needs.devices, organization, ids);
      gone += records.filter((record) => record.goneAt !== undefined && record.goneAt >= run.startedAt).length;
      gone += await amendDevices(needs.devices, organization, records, (record) =>
        isUnseenSince(record, run.startedAt) ? { goneAt } : undefined,
      );
      const reason = await progress.report({ gone });
      if (reason !== undefined) return { outcome: 'over', reason };
      // What is marked stays marked: the next attempt only looks at it.
      if (isTimeUp()) return { outcome: 'again', afterSeconds: 1, counts: progress.counts() };
    }
    return { outcome: 'done', counts: await progress.finish({ gone }) };
  });
}

function isUnseenSince({ goneAt, observedAt, statistics }: DeviceRecord, startedAt: Instant): boolean {
  if (goneAt !== undefined || observedAt >= startedAt) return false;
  // Statistics that tell of the device prove that its partnership was there when they were read.
  return statistics === undefined || statistics.readAt < startedAt || areSilent(statistics.facts);
}

/** A held run that was accepted stands back for a full run that has begun since: that one knows better what is gone. */
async function isOvertaken({ connectors, runs }: Needs, { organization, id, state }: Run): Promise<boolean> {
  if (state !== 'held') return false;
  const discovery = (await connectors.discoveryState(organization))?.value;
  // An instance that was started anew may find that the one before it has come to the end.
  if (discovery?.lastFull?.runId === id) return false;
  return discovery?.held?.runId !== id || (await runs.running(organization, 'full')) !== undefined;
}
