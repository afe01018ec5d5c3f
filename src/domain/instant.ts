// Arithmetic on instants, which everywhere are ISO 8601 texts in UTC with milliseconds: 2026-03-01T06:30:00.000Z.
// The only domain file that may use Date, and never to ask what time it is: that is the Clock port.

/** A moment as ISO 8601 text in UTC with milliseconds. */
export type Instant = string;

// Date.parse also takes "1" and "Mar 1"; this form leaves no room for a guess at the zone.
const FORM = /^\d{4}-\d\d-(\d\d)T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|([+-])(\d\d):(\d\d))$/;

function toMs(text: string): number | undefined {
  const match = FORM.exec(text);
  if (!match) return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) return undefined;
  const [, day, sign, hours, minutes] = match;
  const offsetMs = sign ? (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000 : 0;
  // V8 reads 30 February as 2 March, and 24:00 as the next day: a date that comes out on another day was none.
  return new Date(ms + offsetMs).getUTCDate() === Number(day) ? ms : undefined;
}

function requireMs(instant: Instant): number {
  const ms = toMs(instant);
  if (ms === undefined) throw new RangeError(`'${instant}' is not an instant; write it like 2026-03-01T06:30:00.000Z.`);
  return ms;
}

/** The instant that `text` names, in our form; undefined when it names none or leaves out its zone. Digits beyond milliseconds are dropped. */
export function parseInstant(text: string): Instant | undefined {
  const ms = toMs(text);
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

/** The instant `ms` milliseconds later (earlier when negative). */
export function addMs(instant: Instant, ms: number): Instant {
  return new Date(requireMs(instant) + ms).toISOString();
}

/** Milliseconds from `start` to `end`; negative when `end` comes first. */
export function msBetween(start: Instant, end: Instant): number {
  return requireMs(end) - requireMs(start);
}

/** Negative when `a` is earlier, positive when later, 0 when both name the same moment: an order for `sort`. */
export function compareInstants(a: Instant, b: Instant): number {
  return requireMs(a) - requireMs(b);
}

/** The last instant at or before this one that is a multiple of `ms` milliseconds after the beginning of 1970. */
export function floorInstant(instant: Instant, ms: number): Instant {
  return new Date(Math.floor(requireMs(instant) / ms) * ms).toISOString();
}
