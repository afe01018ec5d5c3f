// `discovery-workflow`: one full or delta run from its claim to its end, and what is left to do for a held run that was accepted.
// It decides what is done in which order; what each step does is in operations/, and what may be concluded in domain/ (laws 2 and 4).
import type { OrchestrationHandler } from 'durable-functions';
import type { LearntFromSlices, LongSlice, MailboxesRest, ReadingResult, SliceMode, SlicesPlanTask } from '../domain/discovery-task.ts';
import type { RunTask } from '../domain/run-task.ts';
import { fitSamples } from '../domain/slice.ts';
import type { Slice } from '../domain/slice.ts';
import { ask, completenessOf, toItsEnd } from './ask.ts';
import type { RunEnding } from './ask.ts';
import { fanOut } from './fan-out.ts';
import { createLanes } from './lanes.ts';
import { cut, readSlices } from './read-slices.ts';
import type { ReadSlices } from './read-slices.ts';
import { callOf, openScript, optional } from './run-script.ts';
import type { Call, DoneAnswer, RunScript, Steps } from './run-script.ts';

/** Goes through one run. */
export const discoveryWorkflow: OrchestrationHandler = function* discover(context) {
  const script = openScript(context);
  return yield* toItsEnd(script, function* steps() {
    const { kind, isAccepted, readingParallel } = yield* ask(script, 'run-claim', {});
    if (isAccepted) return yield* applyAccepted(script);
    return yield* kind === 'delta' ? readDelta(script, readingParallel) : readEverything(script, readingParallel);
  });
};

/** What a full run knows before it reads the list of devices. */
interface Surroundings {
  /** Devices that were stored when the run began. */
  readonly known: number;
  readonly mailboxesWithDevices: number;
}

/** Reads everything beside the list of devices. */
function* readSurroundings(script: RunScript): Steps<Surroundings> {
  const found = { known: 0, mailboxesWithDevices: 0 };
  const calls: readonly Call[] = [
    callOf(script, 'known-remember', {}, (answer) => {
      found.known = answer.known;
      return [];
    }),
    readMailboxes(script, {
      onRead: ({ withDevices }) => {
        found.mailboxesWithDevices = withDevices;
      },
    }),
    optional(callOf(script, 'organization-read', {})),
    optional(callOf(script, 'managed-read', {})),
    optional(readDirectory(script, {})),
  ];
  yield* fanOut(script, calls, createLanes(calls.length, calls.length));
  return found;
}

/** The list of mailboxes, one stretch after the other. */
function readMailboxes(script: RunScript, { rest: from, onRead }: MailboxReading = {}): Call {
  return callOf(script, 'mailboxes-read', from ? { rest: from } : {}, (answer) => {
    const { rest } = answer;
    if (rest) return [readMailboxes(script, { rest, ...(onRead && { onRead }) })];
    onRead?.(answer);
    return [];
  });
}

interface MailboxReading {
  /** What the stretch before left. */
  readonly rest?: MailboxesRest;
  /** Told of the whole list. */
  readonly onRead?: (answer: DoneAnswer<'mailboxes-read'>) => void;
}

/** The directory's changes, one stretch after the other. */
function readDirectory(script: RunScript, from: { readonly cursor?: string; readonly isWhole?: boolean }): Call {
  return callOf(script, 'directory-read', from, ({ isComplete, isWhole, cursor }) => {
    if (isComplete) return [];
    return [optional(readDirectory(script, { isWhole, ...(cursor !== undefined && { cursor }) }))];
  });
}

/** What one pass over the list of devices read, and what was planned for it. */
interface Reading extends ReadSlices {
  readonly mode: SliceMode;
  readonly expected: number;
}

function* readPass(script: RunScript, plan: Omit<SlicesPlanTask, keyof RunTask>, parallel: number): Steps<Reading> {
  const { slices, mode, expected } = yield* ask(script, 'slices-plan', plan);
  const read = yield* readSlices(script, slices, parallel);
  yield* resolveOwners(script, read.names);
  return { ...read, mode, expected };
}

/** Devices whose owner nobody finds stay visible to administrators: that is no reason to fail. */
function* resolveOwners(script: RunScript, names: readonly string[]): Steps<void> {
  yield* fanOut(script, [optional(callOf(script, 'owners-resolve', { slices: names }))], createLanes(1, 1));
}

/** By how many activities devices are told at most, four minutes each. */
const MOST_STRETCHES = 30;

/** What devices say of their owners, for collections: what is not told now, the next run tells. */
function* tellOwners(script: RunScript, written: number): Steps<void> {
  yield* fanOut(script, [ownerFacts(script, written)], createLanes(1, 1));
}

function ownerFacts(script: RunScript, written: number, stretch = 1): Call {
  const call = callOf(script, 'owner-facts-apply', { written }, ({ isComplete }) =>
    isComplete || stretch === MOST_STRETCHES ? [] : [ownerFacts(script, written, stretch + 1)],
  );
  return optional(call);
}

function writtenBy({ counts }: RunScript): number {
  return counts.added + counts.changed;
}

function* readEverything(script: RunScript, parallel: number): Steps<RunEnding> {
  const { known, mailboxesWithDevices } = yield* readSurroundings(script);
  let reading = yield* readPass(script, { pass: 1, mailboxesWithDevices }, parallel);
  // Nothing was known, so nothing can be missing, and no device can have been another one before.
  if (known === 0) {
    const seen = yield* countOnce(script, reading);
    yield* tellOwners(script, writtenBy(script));
    return yield* learn(script, 'complete', reading, seen);
  }
  let found = reading.isComparable ? yield* compare(script, reading, 1) : undefined;
  if (found?.needsSecondPass) {
    reading = both(reading, yield* readPass(script, { pass: 2, mailboxesWithDevices }, parallel));
    found = reading.isComparable ? yield* compare(script, reading, 2) : undefined;
  }
  yield* tellOwners(script, writtenBy(script));
  const result = found ? yield* markMissing(script, found) : 'not-compared';
  yield* ask(script, 'predecessors-link', { slices: reading.names });
  return yield* learn(script, result, reading, found?.seen);
}

/** What either pass has seen is there; what later runs plan by is what the second saw. */
function both(first: Reading, second: Reading): Reading {
  const names = [...new Set([...first.names, ...second.names])];
  return { ...second, names, isComparable: first.isComparable && second.isComparable };
}

function* compare(script: RunScript, { names, expected }: Reading, pass: 1 | 2): Steps<DoneAnswer<'slices-compare'>> {
  const found = yield* ask(script, 'slices-compare', { slices: names, pass, expected });
  // Slices overlap, and a second pass reads everything twice.
  script.counts = { ...script.counts, read: found.seen };
  return found;
}

/** Slices overlap: what several of them saw on a first run counts once. Answers how many devices there are; undefined where the slices tell. */
function* countOnce(script: RunScript, reading: Reading): Steps<number | undefined> {
  if (reading.names.length < 2) return undefined;
  const { seen } = yield* compare(script, reading, 1);
  script.counts = { ...script.counts, added: seen };
  return seen;
}

/** How the reading ended once what is missing was judged; `held` tells how many may not be marked yet. */
type Judged = 'complete' | 'not-compared' | { readonly held: number };

/** Law 2: what is missing is asked for once more, judged, and marked as gone as far as that may be. */
function* markMissing(script: RunScript, found: DoneAnswer<'slices-compare'>): Steps<Judged> {
  if (found.missing === 0) return 'complete';
  const { missing, missingInScope } = yield* ask(script, 'missing-confirm', { missing: found.missing });
  if (missing === 0) return 'complete';
  const { gone, isHeld } = yield* ask(script, 'missing-judge', { missing, missingInScope, knownInScope: found.knownInScope });
  if (gone > 0) yield* ask(script, 'missing-apply', { set: 'gone' });
  return isHeld ? { held: missing - gone } : 'complete';
}

/** What the slices tell later runs. `seen`: devices, each once; left out where they were not compared. */
function learntFrom({ samples, newest }: ReadSlices, seen?: number): LearntFromSlices {
  const devices = seen ?? samples.reduce((sum, sample) => sum + sample.seen, 0);
  return { devices, samples: fitSamples(samples), ...(newest !== undefined && { newest }) };
}

/** Keeps for later runs what this one learnt, and answers how it ends. */
function* learn(script: RunScript, judged: Judged, reading: Reading, seen?: number): Steps<RunEnding> {
  const result: ReadingResult = typeof judged === 'string' ? judged : 'held';
  yield* ask(script, 'slices-learn', { result, mode: reading.mode, learnt: learntFrom(reading, seen) });
  if (typeof judged !== 'string') return { state: 'held', completeness: 1, missing: judged.held };
  if (judged === 'complete') return { state: 'completed', completeness: 1 };
  return { state: 'failed', completeness: completenessOf(script), error: NOT_COMPARED };
}

/** Everything was read and kept, and yet an administrator has to know why nothing is marked as gone any more. */
const NOT_COMPARED = {
  code: 'exchange.incomplete',
  message: 'Exchange Online listed devices without an id. Everything else was kept, but nothing is concluded from what is missing.',
} as const;

/** Marks what a held run found missing, because somebody accepted that. */
function* applyAccepted(script: RunScript): Steps<RunEnding> {
  const { counts } = yield* ask(script, 'missing-apply', { set: 'missing' });
  yield* ask(script, 'slices-learn', { result: 'complete', gone: counts.gone });
  return { state: 'completed', completeness: 1 };
}

function* readDelta(script: RunScript, parallel: number): Steps<RunEnding> {
  const { unfinished } = yield* ask(script, 'delta-read', {});
  const readAtOnce = writtenBy(script);
  if (unfinished.length > 0) yield* readInSlices(script, unfinished, parallel);
  yield* tellOwners(script, writtenBy(script) - readAtOnce);
  return { state: 'completed', completeness: 1 };
}

/** A delta that finds more than one activity may read, as after many devices were added at once: in slices, as a full run reads. */
function* readInSlices(script: RunScript, unfinished: readonly LongSlice[], parallel: number): Steps<void> {
  yield* fanOut(script, [callOf(script, 'known-remember', {}), readMailboxes(script)], createLanes(2, 2));
  const slices: readonly Slice[] = unfinished.flatMap(cut);
  const read = yield* readSlices(script, slices, parallel);
  yield* resolveOwners(script, read.names);
  yield* ask(script, 'predecessors-link', { slices: read.names });
  yield* ask(script, 'slices-learn', { result: 'delta', mode: 'first-sync', learnt: learntFrom(read) });
}
