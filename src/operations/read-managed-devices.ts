// `managed-read`: the devices that Intune manages, where there is an Intune and we may read it. Without the file nothing is concluded about
// who manages a device.
import type { AnswerOf } from '../domain/discovery-task.ts';
import type { Directory, ManagedDevice } from '../domain/directory-port.ts';
import { toAppError } from '../domain/errors.ts';
import type { Ports } from '../domain/ports.ts';
import type { RunTask } from '../domain/run-task.ts';
import { doTask } from './do-task.ts';
import type { Work } from './do-task.ts';
import type { ProgressNeeds } from './report-progress.ts';

type Needs = ProgressNeeds & Pick<Ports, 'connections' | 'files' | 'log'>;

/** Writes the file of managed devices; answers 0 and writes none where they cannot be read. */
export async function readManagedDevices(needs: Needs, task: RunTask): Promise<AnswerOf<'managed-read'>> {
  return doTask(needs, task, 'managed', async (work): Promise<AnswerOf<'managed-read'>> => {
    try {
      return await writeManaged(needs, work, needs.connections.directory(work.connector));
    } catch (error) {
      const { code } = toAppError(error);
      if (code !== 'intune.unlicensed' && code !== 'graph.denied') throw error;
      needs.log.info('Managed devices are not read', { organization: work.organization, run: task.run, code });
      return { outcome: 'done', managed: 0, counts: await work.progress.finish() };
    }
  });
}

async function writeManaged(needs: Needs, { key, progress, isTimeUp }: Work, directory: Directory): Promise<AnswerOf<'managed-read'>> {
  const writer = needs.files.managedWriter(key);
  for await (const page of directory.managedDevices({ usage: progress.usage })) {
    if (isTimeUp()) {
      needs.log.warn('Managed devices are not read: the list takes too long', { organization: key.organization, run: key.runId });
      return { outcome: 'done', managed: 0, counts: await progress.finish() };
    }
    // Only what has both can be the same phone as a device of Exchange.
    const linkable = page.filter(({ easDeviceId, userId }) => easDeviceId !== undefined && userId !== undefined);
    writer.add(linkable.map(withoutCheckIn));
    const reason = await progress.report();
    if (reason !== undefined) return { outcome: 'over', reason };
  }
  const managed = await writer.finish();
  return { outcome: 'done', managed, counts: await progress.finish() };
}

/** Intune's last check-in moves every day: kept, it would have every managed device written anew by every full run. */
function withoutCheckIn(device: ManagedDevice): ManagedDevice {
  const { lastSyncAt: _, ...kept } = device;
  return kept;
}
