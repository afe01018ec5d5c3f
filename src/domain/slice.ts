// Slices: parts of the list of devices that are read on their own, so that no read is longer than one activity may take (design, section 4).
// Pure planning. Whatever the plan, every device there may be is in at least one slice; one that is in two is dropped by its Guid later.
import type { DeviceQuery } from './device.ts';
import type { SliceMode } from './discovery-task.ts';
import { addMs, msBetween } from './instant.ts';
import type { Instant } from './instant.ts';
import { cutByPrefix } from './prefix-cut.ts';
import type { PrefixCut } from './prefix-cut.ts';

/** A part of the list, by a name that no other part of the run has. */
export interface Slice {
  /** Letters, digits and `-`: files are named after it. */
  readonly name: string;
  readonly query: DeviceQuery;
  /** Only its first page is read, and it is cut by that: it is known to be too long. */
  readonly isProbe?: true;
}

/** First-sync times that cut the devices of a slice into equal parts, and how many devices those are. */
export interface SliceSample {
  readonly seen: number;
  readonly times: readonly Instant[];
}

/** How many devices a slice is planned for: an activity reads 20 pages of 1,000, and a slice may grow until it is read. */
export const SLICE_DEVICES = 17_000;

/** So many full runs in slices of first-sync times, then one that reads in another way, in case devices lie outside all those times. */
const SLICED_RUNS = 6;

/** Into how many ranges a slice is cut that turned out too long: 300,000 devices in one chain come to about 12,000 each. */
const PARTS = 32;
/** How many of them lie before and behind what was read of it. */
const OUTER_PARTS = 4;

const DAY_MS = 86_400_000;

/** What sixteen slices answer: 49 kB. */
const FITTING_TIMES = 16 * 128;

/** Neighbouring ranges overlap by this share of the one before, a day at most: rows that are read twice stay below one in a hundred. */
const OVERLAP_SHARE = 1 / 200;
/** Whoever compares times in whole seconds must not lose a device between two ranges. */
const LEAST_OVERLAP_MS = 1000;

/** What decides how a full run reads. */
export interface SliceFacts {
  readonly pass: 1 | 2;
  readonly mailboxesWithDevices: number;
  /** Known devices that are not gone. */
  readonly expected: number;
  readonly sliceBounds?: readonly Instant[];
  /** Full runs in first-sync slices since one that read in another way. */
  readonly slicedRuns?: number;
}

/** How a run reads: in one chain as long as the list is short or nothing is known about it. */
export function sliceModeOf({ pass, expected, sliceBounds = [], slicedRuns = 0 }: Omit<SliceFacts, 'mailboxesWithDevices'>): SliceMode {
  if (expected <= SLICE_DEVICES) return 'chain';
  if (pass === 2 || slicedRuns >= SLICED_RUNS) return 'device-id';
  return sliceBounds.length === 0 ? 'chain' : 'first-sync';
}

/**
 * Everything in one chain. Where so many mailboxes have a device that the chain is surely too long, one page of it is enough to cut it by:
 * a list that is cut without need costs some requests, one that is read in vain twenty.
 */
export function chainSlices({ pass, mailboxesWithDevices }: Pick<SliceFacts, 'pass' | 'mailboxesWithDevices'>): readonly Slice[] {
  const isProbe = mailboxesWithDevices > SLICE_DEVICES;
  return [{ name: pass === 1 ? 'all' : 'all-again', query: {}, ...(isProbe && { isProbe }) }];
}

/** Ranges of first-sync times between the bounds, with the devices that have none. */
export function firstSyncSlices(bounds: readonly Instant[]): readonly Slice[] {
  const ranges = rangesBetween(inOrder(bounds));
  return [
    ...ranges.map((firstSync, index) => ({ name: `first-sync-${index + 1}`, query: { firstSync } })),
    { name: 'first-sync-missing', query: { firstSync: 'missing' } },
  ];
}

/** Beginnings of DeviceIds, planned from some of those that are stored, of `count` in all. */
export function deviceIdSlices(deviceIds: readonly (string | undefined)[], count: number): readonly Slice[] {
  const texts = deviceIds.map((deviceId = '') => deviceId.toLowerCase());
  const most = Math.floor((SLICE_DEVICES / Math.max(count, 1)) * texts.length);
  const cuts = cutByPrefix(texts, { most: Math.max(most, 1), characters: DEVICE_ID_CHARACTER });
  return cuts.map((cut, index) => ({ name: `device-id-${index + 1}`, query: withCut({}, cut) }));
}

/**
 * The parts to read in place of a slice that is too long: by first-sync times that stand for what was read of it, else by one more character
 * of the DeviceId. None when there is no way to cut it.
 */
export function splitSlice({ name, query }: Slice, firstSyncSample: readonly Instant[]): readonly Slice[] {
  const queries = cutByTime(query, firstSyncSample.toSorted());
  if (queries.length > 0) return queries.map((part, index) => ({ name: `${name}-${index + 1}`, query: part }));
  return cutByDeviceId({ name, query });
}

/**
 * At most `most` first-sync times that stand alike for the devices of all slices, ascending: a sample weighs as much as its slice has devices.
 * Slices without a first sync weigh nothing.
 */
export function poolSamples(samples: readonly SliceSample[], most: number): readonly Instant[] {
  const weighted = samples
    .flatMap(({ seen, times }) => times.map((time) => ({ time, weight: seen / times.length })))
    .toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
  const count = Math.min(most, Math.round(total));
  const pooled: Instant[] = [];
  let passed = 0;
  for (const { time, weight } of weighted) {
    passed += weight;
    // The middle of each of `count` equal parts.
    while (pooled.length < count && ((pooled.length + 0.5) / count) * total <= passed) pooled.push(time);
  }
  return pooled;
}

/** The samples themselves where they hold few times, else one that stands for all: an orchestration must not grow with the tenant. */
export function fitSamples(samples: readonly SliceSample[]): readonly SliceSample[] {
  const times = samples.reduce((sum, sample) => sum + sample.times.length, 0);
  if (times <= FITTING_TIMES) return samples;
  return [{ seen: samples.reduce((sum, { seen }) => sum + seen, 0), times: poolSamples(samples, FITTING_TIMES) }];
}

/** The first-sync times at which the next run cuts the list: near equal parts, and where few devices would be read twice. */
export function learnBounds(firstSyncs: readonly Instant[], count: number): readonly Instant[] {
  const times = firstSyncs.toSorted();
  const parts = Math.ceil(count / SLICE_DEVICES);
  const length = times.length / parts;
  // A part may grow by a twentieth at either end and still be read in one go.
  const leeway = Math.floor(length / 20);
  const bounds: Instant[] = [];
  for (let part = 1; part < parts; part += 1) {
    const ideal = Math.round(part * length);
    const bound = quietestNear(times, ideal, leeway);
    if (bound !== undefined && bound !== times[0]) bounds.push(bound);
  }
  return inOrder(bounds);
}

/** Of the times around a position, the one before which the fewest devices came within a day. */
function quietestNear(times: readonly Instant[], ideal: number, leeway: number): Instant | undefined {
  let best = times[ideal];
  let fewest = Infinity;
  for (let index = ideal - leeway; index <= ideal + leeway; index += 1) {
    const time = times[index];
    if (time === undefined) continue;
    const within = firstAtOrAfter(times, time) - firstAtOrAfter(times, addMs(time, -DAY_MS));
    // Nearness decides between times that are equally quiet.
    const unrest = within + Math.abs(index - ideal) / (leeway + 1);
    if (unrest < fewest) [best, fewest] = [time, unrest];
  }
  return best;
}

function firstAtOrAfter(times: readonly Instant[], time: Instant): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? '') < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Ascending, each once. Instants of one form are in order as texts. */
function inOrder(instants: readonly Instant[]): readonly Instant[] {
  return [...new Set(instants)].toSorted();
}

interface Range {
  readonly from?: Instant;
  readonly before?: Instant;
}

/**
 * Half-open ranges that begin a little before their bounds, which are in order and inside. `sample`: times that stand for the devices, ascending,
 * where there are some.
 */
function rangesBetween(bounds: readonly Instant[], { from, before }: Range = {}, sample: readonly Instant[] = []): readonly Range[] {
  const perRange = sample.length / (bounds.length + 1);
  const starts = bounds.map((bound, index) => {
    const byLength = overlapMs(bounds[index - 1] ?? from, bound, bounds[index + 1]);
    return addMs(bound, -Math.min(byLength, overlapByDensityMs(sample, bound, perRange)));
  });
  return [from, ...starts].map((start, index) => {
    const end = bounds[index] ?? before;
    return { ...(start !== undefined && { from: start }), ...(end !== undefined && { before: end }) };
  });
}

/** Where it is not known how long the range before is, it is taken to be as long as the one behind. */
function overlapMs(previous: Instant | undefined, bound: Instant, next: Instant | undefined): number {
  const lengthMs = previous !== undefined ? msBetween(previous, bound) : next !== undefined ? msBetween(bound, next) : Infinity;
  return Math.min(DAY_MS, Math.floor(lengthMs * OVERLAP_SHARE));
}

/** Near its end a range may be much denser than in the middle: there the sample tells how long the share takes that may be read twice. */
function overlapByDensityMs(sample: readonly Instant[], bound: Instant, perRange: number): number {
  const before = sample[firstAtOrAfter(sample, bound) - 1];
  return before === undefined ? Infinity : Math.max(LEAST_OVERLAP_MS, Math.floor(msBetween(before, bound) * perRange * OVERLAP_SHARE));
}

/** Queries for ranges of first-sync times within a query; none where the sample holds fewer than two times. */
function cutByTime(query: DeviceQuery, sample: readonly Instant[]): readonly DeviceQuery[] {
  const { firstSync = {} } = query;
  if (firstSync === 'missing' || sample[0] === sample.at(-1)) return [];
  const isInside = (time: Instant): boolean =>
    (firstSync.from === undefined || time > firstSync.from) && (firstSync.before === undefined || time < firstSync.before);
  const bounds = inOrder([...innerBounds(sample), ...outerBounds(sample)]).filter(isInside);
  if (bounds.length === 0) return [];
  const ranges = rangesBetween(bounds, firstSync, sample);
  const isOfAll = firstSync.from === undefined && firstSync.before === undefined;
  return [...ranges.map((range) => ({ ...query, firstSync: range })), ...(isOfAll ? [{ ...query, firstSync: 'missing' as const }] : [])];
}

/** Times that cut the sample into parts of equal weight. */
function innerBounds(sample: readonly Instant[]): readonly Instant[] {
  const parts = Math.min(PARTS - OUTER_PARTS, sample.length);
  const bounds = Array.from({ length: parts - 1 }, (_, index) => sample[Math.round(((index + 1) * sample.length) / parts)]);
  // A bound with nothing of the sample before it cuts nothing off.
  return bounds.filter((bound) => bound !== undefined).filter((bound) => bound !== sample[0]);
}

/**
 * Times outside the sample: where Exchange lists devices by age, what was read is one end of the list and the rest lies beyond it.
 * A range that turns out empty costs one request.
 */
function outerBounds(sample: readonly Instant[]): readonly Instant[] {
  const [first] = sample;
  const last = sample.at(-1);
  if (first === undefined || last === undefined) return [];
  const spanMs = msBetween(first, last);
  return [addMs(first, -4 * spanMs), addMs(first, -spanMs), addMs(last, spanMs), addMs(last, 4 * spanMs)];
}

const DEVICE_ID_CHARACTERS = '0123456789abcdefghijklmnopqrstuvwxyz'.split('');
const DEVICE_ID_CHARACTER = /^[0-9a-z]$/;

/** Parts for every next character of the DeviceId, and for whatever goes on with none of them; none when that is what the slice is already. */
function cutByDeviceId({ name, query }: Slice): readonly Slice[] {
  const { deviceIdPrefix = '', deviceIdWithout: without = [] } = query;
  const longer = DEVICE_ID_CHARACTERS.map((character) => deviceIdPrefix + character).filter((next) => !without.includes(next));
  if (longer.length === 0) return [];
  // A prefix replaces the shorter one in the name, which would grow too long for a file otherwise.
  const own = `-id-${deviceIdPrefix}`;
  const base = deviceIdPrefix !== '' && name.endsWith(own) ? name.slice(0, -own.length) : name;
  const inner = longer.map((prefix) => {
    const cut = { prefix, without: without.filter((each) => each.startsWith(prefix)) };
    return { name: `${base}-id-${prefix}`, query: withCut(query, cut) };
  });
  return [...inner, { name: `${base}${own}-rest`, query: withCut(query, { prefix: deviceIdPrefix, without: [...without, ...longer] }) }];
}

function withCut({ accessState, firstSync }: DeviceQuery, { prefix, without }: PrefixCut): DeviceQuery {
  return {
    ...(accessState !== undefined && { accessState }),
    ...(firstSync !== undefined && { firstSync }),
    ...(prefix !== '' && { deviceIdPrefix: prefix }),
    ...(without.length > 0 && { deviceIdWithout: without }),
  };
}
