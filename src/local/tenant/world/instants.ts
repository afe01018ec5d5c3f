// The tenant's texts for points in time. Exchange writes seven fraction digits; UTC-named columns end in Z, others in an offset.
import type { InstantMs } from './types.ts';

/** ISO 8601 with milliseconds, UTC. */
export function isoTime(ms: InstantMs): string {
  return new Date(ms).toISOString();
}

const DAY_MS = 86_400_000;
const MOST_DAYS = 20_000;
const dayTexts = new Map<number, string>();
const TWO_DIGITS: readonly string[] = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

/** `2026-04-10T`. Rows have many times and few days, and the runtime's own formatting is what lists spent most of their time on. */
function dayText(day: number): string {
  let text = dayTexts.get(day);
  if (text === undefined) {
    if (dayTexts.size > MOST_DAYS) dayTexts.clear();
    text = new Date(day * DAY_MS).toISOString().slice(0, 11);
    dayTexts.set(day, text);
  }
  return text;
}

/** `2026-04-10T08:56:22.123`. */
function millisecondText(ms: InstantMs): string {
  const day = Math.floor(ms / DAY_MS);
  const rest = ms - day * DAY_MS;
  const seconds = Math.floor(rest / 1000);
  const clock = `${TWO_DIGITS[Math.floor(seconds / 3600)]}:${TWO_DIGITS[Math.floor(seconds / 60) % 60]}:${TWO_DIGITS[seconds % 60]}`;
  const fraction = rest - seconds * 1000;
  return `${dayText(day)}${clock}.${fraction === 0 ? '000' : String(fraction).padStart(3, '0')}`;
}

/** Exchange's text of a time: `2026-04-10T08:56:22.0000000+00:00`, or with Z. */
export function exchangeTime(ms: InstantMs, ticks = 0, isUtcColumn = false): string {
  return `${millisecondText(ms)}${ticks === 0 ? '0000' : String(ticks).padStart(4, '0')}${isUtcColumn ? 'Z' : '+00:00'}`;
}

/** A point in time to a ten-millionth of a second. */
export interface Moment {
  readonly ms: InstantMs;
  readonly ticks: number;
}

/** Reads what a caller may write for a date: ISO text with up to seven fraction digits, or the forms that JavaScript knows. */
export function parseMoment(text: string): Moment | undefined {
  const precise = /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)\.(\d{4,7})(Z|[+-]\d\d:?\d\d)?$/i.exec(text.trim());
  if (precise) {
    const [, seconds = '', fraction = '', zone] = precise;
    const digits = fraction.padEnd(7, '0');
    const ms = Date.parse(`${seconds.replace(' ', 'T')}.${digits.slice(0, 3)}${zone ?? 'Z'}`);
    return Number.isNaN(ms) ? undefined : { ms, ticks: Number(digits.slice(3)) };
  }
  const isZoned = /(Z|GMT|[+-]\d\d:?\d\d)$/i.test(text.trim());
  // Exchange Online reads a time without zone as UTC.
  const ms = Date.parse(isZoned ? text.trim() : `${text.trim()}${/[T ]\d\d:\d\d/.test(text) ? 'Z' : ' GMT'}`);
  return Number.isNaN(ms) ? undefined : { ms, ticks: 0 };
}

/** Negative, zero or positive, as for sorting. */
export function compareMoments(left: Moment, right: Moment): number {
  return left.ms - right.ms || left.ticks - right.ticks;
}
