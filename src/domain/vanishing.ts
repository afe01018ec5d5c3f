// What a complete read concludes about devices that it did not see: which are missing, and whether they may be marked as gone.
// Design, law 2: so much missing that a narrowed Exchange role is likelier than so many removals is held, until a later run agrees.
import type { HeldRun } from './connector.ts';
import type { DeviceGuid } from './device-identity.ts';
import type { KnownDevice } from './discovery-files-port.ts';
import { msBetween } from './instant.ts';
import type { Run } from './run.ts';

/** So many may vanish from any organization without a question. */
const ALWAYS_PLAUSIBLE = 20;
const PLAUSIBLE_SHARE = 0.05;
/** How far the total may be from what was expected before the list is read once more in another way. */
const EXPECTED_SHARE = 0.005;
const AGREES_AFTER_MS = 3_600_000;
/** Of those that are re-read, so many may be there after all: a device can slip between two slices while both are read. */
const PLAUSIBLE_SLIPS = 2;
const SLIPS_SHARE = 0.1;

/** Every device of several sets once, in order; the sets are in order, and may overlap. */
export function* mergeSets(sets: readonly Iterable<DeviceGuid>[]): Generator<DeviceGuid, void, undefined> {
  const heads = sets.map((set) => {
    const iterator = set[Symbol.iterator]();
    return { iterator, next: iterator.next() };
  });
  for (;;) {
    let least: DeviceGuid | undefined;
    for (const { next } of heads) if (next.done !== true && (least === undefined || next.value < least)) least = next.value;
    if (least === undefined) return;
    for (const head of heads) {
      while (head.next.done !== true && head.next.value === least) head.next = head.iterator.next();
    }
    yield least;
  }
}

/** How what was seen differs from what was known. */
export interface Comparison {
  readonly seen: number;
  readonly missing: number;
  readonly missingInScope: number;
  readonly knownInScope: number;
}

/**
 * Hands each known device that is not gone and was not seen to `onMissing`. Both lists are in the order of their ids.
 * What was first seen after the run began is not known, and so never missing.
 */
export function compareWithKnown(
  known: Iterable<KnownDevice>,
  seen: Iterable<DeviceGuid>,
  onMissing: (device: DeviceGuid) => void,
): Comparison {
  const counts = { seen: 0, missing: 0, missingInScope: 0, knownInScope: 0 };
  const iterator = seen[Symbol.iterator]();
  let next = iterator.next();
  const step = (): void => {
    counts.seen += 1;
    next = iterator.next();
  };
  for (const { id, isGone, scope } of known) {
    while (next.done !== true && next.value < id) step();
    const isSeen = next.done !== true && next.value === id;
    if (isGone) continue;
    if (scope === 'in') counts.knownInScope += 1;
    if (isSeen) continue;
    counts.missing += 1;
    if (scope === 'in') counts.missingInScope += 1;
    onMissing(id);
  }
  while (next.done !== true) step();
  return counts;
}

/** Whether a list of that length is so far from what was expected that it is read once more in another way. Nothing is expected of a first run. */
export function isFarFromExpected(seen: number, expected: number): boolean {
  return expected > 0 && Math.abs(seen - expected) > Math.max(ALWAYS_PLAUSIBLE, expected * EXPECTED_SHARE);
}

/** What re-reading some of the missing devices brought. */
export interface Reread {
  /** How many are missing in all. */
  readonly missing: number;
  readonly reread: number;
  readonly present: number;
}

/** Whether devices that are there after all show that the list was cut short without a sign, so that it proves nothing. */
export function isListDisproved({ missing, reread, present }: Reread): boolean {
  // Where not all were re-read, one that is there stands for others that nobody looked at.
  if (reread < missing) return present > 0;
  return present > Math.max(PLAUSIBLE_SLIPS, reread * SLIPS_SHARE);
}

/** Whether so many of the covered devices are missing that nothing is marked on the word of one run. */
export function isTooMuchMissing(missingInScope: number, knownInScope: number): boolean {
  return missingInScope > Math.max(ALWAYS_PLAUSIBLE, knownInScope * PLAUSIBLE_SHARE);
}

/** The held run that this one can agree with: an earlier one that had ended at least an hour before this one began. */
export function heldRunToAgreeWith(held: HeldRun | undefined, run: Pick<Run, 'id' | 'startedAt'>): HeldRun | undefined {
  if (held === undefined || held.runId === run.id) return undefined;
  return msBetween(held.endedAt, run.startedAt) >= AGREES_AFTER_MS ? held : undefined;
}

/** What is missing, and how much of it an earlier held run missed as well. */
export interface Vanished {
  readonly missingInScope: number;
  readonly knownInScope: number;
  /** Left out where there is no held run to agree with. */
  readonly agreedInScope?: number;
}

/** Which of the missing devices may be marked as gone, and whether the run ends held because of the others. */
export interface Verdict {
  readonly mark: 'all' | 'agreed' | 'none';
  readonly isHeld: boolean;
}

/** Law 2. What two runs miss is gone; what only this one misses has to be plausible by itself. */
export function judgeVanished({ missingInScope, knownInScope, agreedInScope }: Vanished): Verdict {
  if (!isTooMuchMissing(missingInScope, knownInScope)) return { mark: 'all', isHeld: false };
  if (agreedInScope === undefined) return { mark: 'none', isHeld: true };
  if (!isTooMuchMissing(missingInScope - agreedInScope, knownInScope)) return { mark: 'all', isHeld: false };
  return { mark: 'agreed', isHeld: true };
}
