// A timer's schedule: NCRONTAB in a time zone, or a constant interval; the one question is when it is due next.
// Rules at daylight-saving changes follow the real host: azure-webjobs-sdk-extensions, Timers/Scheduling/CronSchedule.cs.
import { NcrontabError, parseNcrontab } from './ncrontab.ts';
import { instantsOf, transitionBetween, type Zone } from './zoned-time.ts';

export interface Schedule {
  /** How the log names it: `Cron: '0 0 2 * * *'` or `Constant: 01:00:00`. */
  readonly text: string;
  /** What the payload says as `schedule.adjustForDST`: true for cron, false for constant intervals. */
  readonly adjustsForDst: boolean;
  /** The first due time after `afterMs`; NO_MORE when there is none. */
  nextAfter(afterMs: number): number;
  /** Due more than once within the coming minute: such a schedule keeps no status. */
  isSubMinute(nowMs: number): boolean;
  /** A trap worth a warning when the function is loaded. */
  readonly warning?: string;
}

/** The last millisecond of the year 9999, where the real host puts what never comes. */
export const NO_MORE = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Two neighbouring values in second, minute or hour make an "interval" schedule, which runs in both hours when clocks go back; others name points in time. */
function isInterval(fields: readonly (readonly number[])[]): boolean {
  return fields.slice(0, 3).some((values) => values.some((value, index) => value + 1 === values[index + 1]));
}

function cronSchedule(expression: string, zone: Zone): Schedule {
  const crontab = parseNcrontab(expression);
  const nextWall = (wallMs: number): number | undefined => crontab.nextWall(wallMs);

  /** Follows the clock as it is shown: what falls into a gap is skipped, a repeated hour counts twice. */
  function nextInterval(afterMs: number): number {
    for (let fromMs = afterMs; ;) {
      const offsetMs = zone.offsetMs(fromMs);
      const wallMs = nextWall(fromMs + offsetMs);
      if (wallMs === undefined) return NO_MORE;
      const dueMs = wallMs - offsetMs;
      if (zone.offsetMs(dueMs) === offsetMs) return dueMs;
      fromMs = transitionBetween(zone, fromMs, dueMs);
      const wallThenMs = fromMs + zone.offsetMs(fromMs);
      if (nextWall(wallThenMs - 1) === wallThenMs) return fromMs;
    }
  }

  /** Each wall time once: the first of two, and what falls into a gap as long after it as it lies within. */
  function nextPoint(afterMs: number): number {
    for (let wallMs = nextWall(afterMs + zone.offsetMs(afterMs)); wallMs !== undefined; wallMs = nextWall(wallMs)) {
      const dueMs = instantsOf(zone, wallMs)[0] ?? wallMs - zone.offsetMs(wallMs - DAY_MS);
      if (dueMs > afterMs) return dueMs;
    }
    return NO_MORE;
  }

  const nextAfter = isInterval(crontab.fields) ? nextInterval : nextPoint;
  return {
    text: `Cron: '${expression}'`,
    adjustsForDst: true,
    nextAfter,
    isSubMinute: (nowMs) => nextAfter(nextAfter(nowMs)) <= nowMs + MINUTE_MS,
    ...(nextWall(0) === undefined ? { warning: 'no date ever matches it, so it never fires' } : {}),
  };
}

/** `[d.]hh:mm:ss[.fff]`, `hh:mm` or days alone; undefined for other texts. Read as .NET's TimeSpan.Parse does, where 24:00:00 is 24 days. */
function parseInterval(text: string): { ms: number; warning?: string } | undefined {
  const match = /^(?:(\d+)\.)?(\d{1,8}):(\d{1,2})(?::(\d{1,2})(\.\d{1,7})?)?$/.exec(text);
  if (!match) return /^\d+$/.test(text) ? { ms: Number(text) * DAY_MS } : undefined;
  const [, days, first = '0', second = '0', third = '0', fraction = '0'] = match;
  if (Number(first) > 23 && days === undefined) {
    if (Number(second) > 23 || Number(third) > 59 || fraction !== '0') return undefined;
    return {
      ms: Number(first) * DAY_MS + Number(second) * 3_600_000 + Number(third) * MINUTE_MS,
      warning: `hours above 23 count as days, so it is due every ${Number(first)} days; for one day write 1.00:00:00`,
    };
  }
  if (Number(first) > 23 || Number(second) > 59 || Number(third) > 59) return undefined;
  const seconds = Number(third) + Number(fraction);
  return { ms: Number(days ?? 0) * DAY_MS + Number(first) * 3_600_000 + Number(second) * MINUTE_MS + Math.round(seconds * 1000) };
}

/** Reads a schedule as written in `app.timer`; a wrong one throws an error that says what to write. */
export function parseSchedule(text: string, zone: Zone): Schedule {
  const expression = text.trim();
  const interval = parseInterval(expression);
  if (interval) {
    if (interval.ms <= 0) throw new Error(`The schedule '${text}' is an interval of no length; write one such as 00:05:00.`);
    return {
      text: `Constant: ${expression}`,
      adjustsForDst: false,
      nextAfter: (afterMs) => Math.min(NO_MORE, afterMs + interval.ms),
      isSubMinute: () => interval.ms < MINUTE_MS,
      ...(interval.warning ? { warning: interval.warning } : {}),
    };
  }
  try {
    return cronSchedule(expression, zone);
  } catch (error) {
    if (!(error instanceof NcrontabError)) throw error;
    throw new Error(`The schedule '${text}' was not recognized as a cron expression or a time such as 00:05:00: ${error.message}.`, {
      cause: error,
    });
  }
}
