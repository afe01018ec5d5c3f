// The schedule status of each timer on disk, so that a missed occurrence is found after a restart. One small file a function.
// The fields are those of the real host's status blob (azure-webjobs-sdk-extensions, Timers/Scheduling/ScheduleStatus.cs).
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { HostLog } from '../log.ts';
import { NO_MORE } from './schedule.ts';
import { formatZoned, type Zone } from './zoned-time.ts';

export interface ScheduleStatus {
  readonly lastMs: number;
  readonly nextMs: number;
  readonly lastUpdatedMs: number;
}

/** The status as the payload and the file show it. */
export interface WrittenStatus {
  Last: string;
  Next: string;
  LastUpdated: string;
}

/** .NET's default DateTimeOffset: the timer never ran. */
export const NEVER = Date.parse('0001-01-01T00:00:00Z');

export interface TimerMonitor {
  /** The stored status; undefined when there is none that can be read. */
  read(functionName: string): Promise<ScheduleStatus | undefined>;
  /** Replaces the stored status in one step: a crash leaves the old one or the new one. */
  write(functionName: string, status: ScheduleStatus): Promise<void>;
}

/** The status in the real host's wording, with the zone's offsets. */
export function writeStatus(status: ScheduleStatus, zone: Zone): WrittenStatus {
  const text = (ms: number): string => {
    if (ms === NEVER) return '0001-01-01T00:00:00+00:00';
    return ms === NO_MORE ? '9999-12-31T23:59:59.9999999+00:00' : formatZoned(zone, ms);
  };
  return { Last: text(status.lastMs), Next: text(status.nextMs), LastUpdated: text(status.lastUpdatedMs) };
}

function parseStatus(text: string): ScheduleStatus | undefined {
  let written: Partial<Record<keyof WrittenStatus, unknown>> | null;
  try {
    written = JSON.parse(text) as typeof written;
  } catch {
    return undefined;
  }
  const time = (value: unknown): number => (typeof value === 'string' ? Date.parse(value) : Number.NaN);
  const status = { lastMs: time(written?.Last), nextMs: time(written?.Next), lastUpdatedMs: time(written?.LastUpdated) };
  return Object.values(status).some(Number.isNaN) ? undefined : status;
}

/** Keeps statuses in `<dataDirectory>/timers/<function>.json`. */
export function createTimerMonitor(dataDirectory: string, zone: Zone, log: HostLog): TimerMonitor {
  const pathOf = (functionName: string): string => join(dataDirectory, 'timers', `${encodeURIComponent(functionName)}.json`);
  return {
    async read(functionName) {
      const path = pathOf(functionName);
      let text: string;
      try {
        text = await readFile(path, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
      const status = parseStatus(text);
      if (!status) {
        log.write(
          'warning',
          `Function.${functionName}`,
          `${path} is not the schedule status of a timer: it is treated as missing and written anew.`,
        );
      }
      return status;
    },
    async write(functionName, status) {
      const path = pathOf(functionName);
      const temporary = `${path}.${process.pid}.tmp`;
      await mkdir(dirname(path), { recursive: true });
      await writeFile(temporary, `${JSON.stringify(writeStatus(status, zone), null, 1)}\n`);
      await rename(temporary, path);
    },
  };
}
