// `statistics-plan`: which mailboxes a reading of statistics asks, and in which order. One entry a mailbox: one request tells of all its devices.
// What the connector's scope does not cover costs nothing: nobody is asked about devices outside it.
import type { DeviceGuid, MailboxGuid } from '../domain/device-identity.ts';
import type { DeviceFreshness } from '../domain/device-store-port.ts';
import type { AnswerOf } from '../domain/discovery-task.ts';
import { addMs } from '../domain/instant.ts';
import type { Ports } from '../domain/ports.ts';
import type { RunTask } from '../domain/run-task.ts';
import { createReadingQueue } from '../domain/statistics-queue.ts';
import { partitionDigits } from '../domain/store-page.ts';
import { doTask } from './do-task.ts';
import type { ProgressNeeds } from './report-progress.ts';
import { writeSet } from './run-files.ts';

type Needs = ProgressNeeds & Pick<Ports, 'files' | 'devices'>;

/** Faster than any answer that was measured (0.6 to 1 s): the time that a run has ends it, not the queue. */
const SECONDS_PER_READING = 0.5;
const MOST_OWNERLESS = 50;
const OVERDUE_MS = 24 * 3_600_000;

/** The set of devices that are asked for by themselves, because their mailbox is unknown. */
export const OWNERLESS = 'ownerless';

/** Writes the queue of the run; answers how many mailboxes are in it. */
export async function planStatistics(needs: Needs, task: RunTask): Promise<AnswerOf<'statistics-plan'>> {
  return doTask(needs, task, 'plan', async ({ connector, organization, key, progress }): Promise<AnswerOf<'statistics-plan'>> => {
    const { statisticsParallel, statisticsMinutes } = connector;
    const overdueBefore = addMs(needs.clock.now(), -OVERDUE_MS);
    const limit = Math.ceil((statisticsParallel * statisticsMinutes * 60) / SECONDS_PER_READING);
    const mailboxes = createReadingQueue<MailboxGuid>(limit, overdueBefore);
    const ownerless = createReadingQueue<DeviceGuid>(MOST_OWNERLESS, overdueBefore);
    const offer = (device: DeviceFreshness): void => {
      if (device.isOutside) return;
      if (device.mailbox === undefined) ownerless.offer(device.id, device);
      else mailboxes.offer(device.mailbox, device);
    };
    for (const digit of partitionDigits) {
      for await (const devices of needs.devices.freshness(organization, digit)) {
        for (const device of devices) offer(device);
      }
      const reason = await progress.report();
      if (reason !== undefined) return { outcome: 'over', reason };
    }
    const queue = mailboxes.keys();
    await needs.files.writeQueue(key, queue);
    await writeSet(needs.files, key, OWNERLESS, ownerless.keys());
    return { outcome: 'done', count: queue.length, counts: await progress.finish() };
  });
}
