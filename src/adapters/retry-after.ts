// How long a service asks us to wait: Retry-After in seconds or as a date (RFC 9110, 10.2.3), or, as Exchange does, in prose.
import { msBetween, parseInstant } from '../domain/instant.ts';
import type { Instant } from '../domain/instant.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
// Longer waits are no hint but a mistake, or a date in another year.
const LONGEST_SECONDS = 86_400;

/** Whole seconds to wait from `now`; undefined when neither the header nor the text says. */
export function readRetryAfter(header: string | null | undefined, text: string, now: Instant): number | undefined {
  const seconds = secondsOf(header?.trim() ?? '', now) ?? secondsInProse(text);
  return seconds === undefined ? undefined : Math.min(Math.max(0, Math.ceil(seconds)), LONGEST_SECONDS);
}

function secondsOf(header: string, now: Instant): number | undefined {
  if (/^\d+(?:\.\d+)?$/.test(header)) return Number(header);
  const date = parseHttpDate(header);
  return date === undefined ? secondsInProse(header) : msBetween(now, date) / 1000;
}

/** `Sun, 06 Nov 1994 08:49:37 GMT`; the two obsolete forms are read as no hint. */
function parseHttpDate(text: string): Instant | undefined {
  const match = /^[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d:\d\d:\d\d) GMT$/.exec(text);
  if (!match) return undefined;
  const [, day, month = '', year, time] = match;
  return parseInstant(`${year}-${String(MONTHS.indexOf(month) + 1).padStart(2, '0')}-${day}T${time}Z`);
}

function secondsInProse(text: string): number | undefined {
  const number = /\b(\d{1,5})(?:\.\d+)?\s*(?:s|sec|seconds?)\b/i.exec(text)?.[1];
  return number === undefined ? undefined : Number(number);
}
