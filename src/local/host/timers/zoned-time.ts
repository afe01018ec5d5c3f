// Wall-clock time in an IANA time zone. It knows offsets, not calendars; the facts come from the runtime's own zone data.

export interface Zone {
  readonly name: string;
  /** How far the zone's clocks are ahead of UTC at this instant. */
  offsetMs(atMs: number): number;
}

/** The setting that names the zone of all timers, as in Azure: WEBSITE_TIME_ZONE, else TZ, else UTC. */
export function zoneSetting(settings: Readonly<Record<string, string>>): { name: string; source: string } {
  for (const source of ['WEBSITE_TIME_ZONE', 'TZ']) {
    const name = settings[source];
    if (name) return { name, source };
  }
  return { name: 'UTC', source: 'the default' };
}

function offsetOf(format: Intl.DateTimeFormat, atMs: number): number {
  const part = format.formatToParts(atMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  // 'GMT', 'GMT+01:00', or with seconds for times before zones were standardized.
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(part) ?? [];
  return (sign === '-' ? -1 : 1) * ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}

/** The zone of that name; an unknown name throws an error that says what to write. */
export function createZone(name: string): Zone {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  } catch (error) {
    throw new Error(`'${name}' is not an IANA time zone; write a name such as Europe/Paris, America/New_York or UTC.`, { cause: error });
  }
  if (format.resolvedOptions().timeZone === 'UTC') return { name, offsetMs: () => 0 };
  return { name, offsetMs: (atMs) => offsetOf(format, atMs) };
}

/** The instants at which the zone's clocks show `wallMs` (a wall time written as if it were UTC), earliest first: none in a spring gap, two in an autumn fold. */
export function instantsOf(zone: Zone, wallMs: number): number[] {
  const dayMs = 86_400_000;
  const offsets = new Set([zone.offsetMs(wallMs - dayMs), zone.offsetMs(wallMs + dayMs)]);
  return [...offsets]
    .filter((offset) => zone.offsetMs(wallMs - offset) === offset)
    .map((offset) => wallMs - offset)
    .sort((a, b) => a - b);
}

/** The instant in (fromMs, toMs] from which on the clocks run with another offset than at `fromMs`; the two must differ in offset. */
export function transitionBetween(zone: Zone, fromMs: number, toMs: number): number {
  const before = zone.offsetMs(fromMs);
  let low = fromMs;
  let high = toMs;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (zone.offsetMs(middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

/** ISO text with the zone's offset, as the real host writes schedule times: `2026-01-01T00:00:00+00:00`. */
export function formatZoned(zone: Zone, atMs: number): string {
  const offsetMs = zone.offsetMs(atMs);
  const [date = '', fraction = ''] = new Date(atMs + offsetMs).toISOString().slice(0, -1).split('.');
  const shownFraction = fraction.replace(/0+$/, '');
  const minutes = Math.abs(Math.round(offsetMs / 60_000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const offset = `${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  return `${date}${shownFraction === '' ? '' : `.${shownFraction}`}${offset}`;
}
