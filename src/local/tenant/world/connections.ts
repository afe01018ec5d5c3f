// When a phone connects: a timetable that follows from its facts, so that nobody has to play 300,000 phones minute by minute.
// What happens at a connection is devices.ts.
import { isAboveFloor, periodMs, PROTOCOL_FLOOR_MS, type DeviceFacts } from './device-facts.ts';
import type { Draw } from './hash.ts';
import type { InstantMs } from './types.ts';

/** Spans in which a phone does not connect (switched off, shut out, erased), oldest first, and the last connection that somebody caused. */
export interface Silence {
  windows?: { fromMs: InstantMs; untilMs: InstantMs }[];
  extraMs?: InstantMs;
}

/** No connection at all. */
export const NEVER = Number.NEGATIVE_INFINITY;

function endOf(facts: DeviceFacts): InstantMs {
  const floor = isAboveFloor(facts, PROTOCOL_FLOOR_MS) ? Infinity : PROTOCOL_FLOOR_MS - 1;
  return Math.min(facts.stoppedMs ?? Infinity, floor);
}

function slot(draw: Draw, index: number, facts: DeviceFacts, period: number, k: number): InstantMs {
  const phase = facts.bornMs + Math.floor(draw.fraction('device', index, 42) * period);
  return phase + k * period + Math.floor(draw.fraction('device-id', index, 1000 + k) * period * 0.5);
}

/** The last regular connection at or before `atMs`, silence left aside. */
function regular(draw: Draw, index: number, facts: DeviceFacts, atMs: InstantMs): InstantMs {
  const at = Math.min(atMs, endOf(facts));
  if (at < facts.bornMs) return NEVER;
  if (facts.life === 'never') return facts.bornMs;
  const period = periodMs(facts.life, draw, index);
  let k = Math.floor((at - facts.bornMs) / period);
  while (k >= 0 && slot(draw, index, facts, period, k) > at) k -= 1;
  return k < 0 ? facts.bornMs : slot(draw, index, facts, period, k);
}

/** The last connection at or before `atMs`, or NEVER. */
export function lastConnection(draw: Draw, index: number, facts: DeviceFacts, silence: Silence | undefined, atMs: InstantMs): InstantMs {
  let last = regular(draw, index, facts, atMs);
  if (!silence) return last;
  for (const { fromMs, untilMs } of (silence.windows ?? []).toReversed()) {
    if (last >= fromMs && last < untilMs) last = regular(draw, index, facts, fromMs - 1);
  }
  const { extraMs = NEVER } = silence;
  return extraMs <= atMs ? Math.max(last, extraMs) : last;
}

/** The next connection after `atMs`, or Infinity when the phone will not come back by itself. */
export function nextConnection(draw: Draw, index: number, facts: DeviceFacts, silence: Silence | undefined, atMs: InstantMs): InstantMs {
  const end = endOf(facts);
  if (facts.life === 'never') return Infinity;
  let from = atMs;
  for (;;) {
    if (from >= end) return Infinity;
    const next = nextRegular(draw, index, facts, from);
    if (next > end) return Infinity;
    const shut = silence?.windows?.find((window) => next >= window.fromMs && next < window.untilMs);
    if (!shut) return next;
    from = shut.untilMs - 1;
  }
}

function nextRegular(draw: Draw, index: number, facts: DeviceFacts, afterMs: InstantMs): InstantMs {
  if (afterMs < facts.bornMs) return facts.bornMs;
  const period = periodMs(facts.life, draw, index);
  let k = Math.max(0, Math.floor((afterMs - facts.bornMs) / period) - 2);
  while (slot(draw, index, facts, period, k) <= afterMs) k += 1;
  return slot(draw, index, facts, period, k);
}
