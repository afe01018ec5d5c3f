// Cron expressions in time zones. A port, because the arithmetic of zones is a library's work.
import type { Instant } from './instant.ts';

export interface Timetable {
  /** What is wrong with a five-field cron expression or an IANA time zone, in words for whoever wrote it; undefined when nothing is. */
  problemWith(expression: string, timeZone: string): string | undefined;
  /** The last time at or before `now` that the expression names; undefined when there was none in the last year. */
  lastDue(expression: string, timeZone: string, now: Instant): Instant | undefined;
  /** The first time after `now` that the expression names. */
  nextDue(expression: string, timeZone: string, now: Instant): Instant | undefined;
}
