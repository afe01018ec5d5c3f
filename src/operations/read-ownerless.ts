// `ownerless-read`: statistics of devices whose mailbox nobody knows, asked for one by one; few, because each is a request of its own.
import { AppError } from '../domain/errors.ts';
import type { DeviceRecord } from '../domain/device-record.ts';
import type { AnswerOf } from '../domain/discovery-task.ts';
import type { Ports } from '../domain/ports.ts';
import type { RunTask } from '../domain/run-task.ts';
import { readDevices } from './amend-devices.ts';
import { doTask } from './do-task.ts';
import { keepStatistics } from './keep-statistics.ts';
import { OWNERLESS } from './plan-statistics.ts';
import type { ProgressNeeds } from './report-progress.ts';

type Needs = ProgressNeeds & Pick<Ports, 'files' | 'devices' | 'connections' | 'log'>;

/** Answers how many devices were read. */
export async function readOwnerless(needs: Needs, task: RunTask): Promise<AnswerOf<'ownerless-read'>> {
  return doTask(
    needs,
    task,
    OWNERLESS,
    async ({ connector, organization, key, progress, isTimeUp }): Promise<AnswerOf<'ownerless-read'>> => {
      const exchange = needs.connections.exchange(connector);
      const set = await needs.files.set(key, OWNERLESS);
      const records = await readDevices(needs.devices, organization, [...(set?.all() ?? [])]);
      let statistics = 0;

      async function read(record: DeviceRecord): Promise<void> {
        try {
          const told = await exchange.deviceStatistics(record.id, { usage: progress.usage });
          const readAt = needs.clock.now();
          const kept = await keepStatistics(needs.devices, connector, { asked: [record], told: told ? [told] : [], readAt });
          statistics += kept.written;
        } catch (error) {
          if (!(error instanceof AppError) || !UNREADABLE.has(error.code)) throw error;
          needs.log.info('The statistics of a device could not be read', { run: task.run, device: record.id, code: error.code });
        }
      }

      for (const record of records) {
        const reason = await progress.report({ statistics });
        if (reason !== undefined) return { outcome: 'over', reason };
        if (isTimeUp()) break;
        await read(record);
      }
      return { outcome: 'done', devices: statistics, counts: await progress.finish({ statistics }) };
    },
  );
}

/** Refusals that concern one device only. */
const UNREADABLE: ReadonlySet<string> = new Set(['exchange.denied', 'exchange.bad-parameter', 'exchange.unexpected']);
