// The Timetable port by croner: five-field cron expressions in IANA time zones.
// At a change of clocks a time that is skipped runs when the clocks jump, and a time that comes twice runs the first time it comes.
import { Cron } from 'croner';
import { addMs, floorInstant } from '../domain/instant.ts';
import type { Instant } from '../domain/instant.ts';
import type { Timetable } from '../domain/timetable-port.ts';

const SECOND_MS = 1_000;
const YEAR_MS = 366 * 86_400_000;
/** Expressions of connectors that were read lately; a deployment has a handful. */
const MOST_KNOWN = 100;

/** The timetable; it keeps expressions that it has read. */
export function createCronerTimetable(): Timetable {
  const known = new Map<string, Cron>();

  function cronOf(expression: string, timeZone: string): Cron {
    const key = `${expression}|${timeZone}`;
    const found = known.get(key);
    if (found) return found;
    const cron = new Cron(expression, { timezone: timeZone, mode: '5-part', paused: true });
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(key, cron);
    return cron;
  }

  return {
    problemWith,

    lastDue(expression, timeZone, now) {
      // Croner answers what lies before a time, in whole seconds.
      const [last] = cronOf(expression, timeZone).previousRuns(1, dateOf(addMs(floorInstant(now, SECOND_MS), SECOND_MS)));
      const dueAt = last?.toISOString();
      return dueAt === undefined || dueAt < addMs(now, -YEAR_MS) ? undefined : dueAt;
    },

    nextDue: (expression, timeZone, now) => cronOf(expression, timeZone).nextRun(dateOf(now))?.toISOString(),
  };
}

function problemWith(expression: string, timeZone: string): string | undefined {
  if (!isTimeZone(timeZone))
    return `'${timeZone.slice(0, 50)}' is no IANA time zone; write a name such as Europe/Berlin, America/New_York or UTC`;
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== 5) return 'five fields are needed: minute, hour, day of the month, month, day of the week; for instance 0 2 * * *';
  try {
    const next = new Cron(expression, { timezone: timeZone, mode: '5-part', paused: true }).nextRun();
    return next ? undefined : 'no date ever matches it';
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error.message.replace(/^CronPattern: /, '');
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    // That is how the runtime says so.
    return false;
  }
}

function dateOf(instant: Instant): Date {
  // oxlint-disable-next-line no-restricted-globals -- croner takes a Date; its time comes from the caller
  return new Date(instant);
}
