// What discovery remembers after a run, for the ones that follow. Pure: from what it remembered and what the run learnt.
import type { DiscoveryState, HeldRun } from './connector.ts';
import type { SliceMode, SlicesLearnTask } from './discovery-task.ts';
import type { Instant } from './instant.ts';
import type { Run } from './run.ts';
import { learnBounds, poolSamples } from './slice.ts';
import { heldRunToAgreeWith } from './vanishing.ts';

/** How a run ended, and what it learnt. */
export interface EndedReading extends Pick<SlicesLearnTask, 'result' | 'mode' | 'learnt' | 'gone'> {
  readonly run: Pick<Run, 'id' | 'startedAt' | 'counts'>;
  readonly endedAt: Instant;
}

const POOLED_TIMES = 4096;

/** The state after a run. The watermark never goes back: a delta that reads too much does no harm, one that reads too little misses devices. */
export function stateAfterRun(state: DiscoveryState, ended: EndedReading): DiscoveryState {
  const { run, result, endedAt, learnt } = ended;
  const watermark = laterOf(state.watermark, earlierOf(learnt?.newest, run.startedAt));
  const moved: DiscoveryState = { ...state, ...(watermark !== undefined && { watermark }) };
  if (result === 'delta') return moved;
  if (result === 'held') return { ...moved, held: heldAfter(state.held, ended) };
  const sliced = { ...moved, ...slicesAfter(state, ended) };
  if (result === 'not-compared') return sliced;
  const { held: _, ...confirmed } = sliced;
  return { ...confirmed, lastFull: { runId: run.id, startedAt: run.startedAt, endedAt, devices: devicesAfter(state, ended) } };
}

/** An earlier held run waits on for one that begins late enough to agree with it: runs that follow each other closely would never agree otherwise. */
function heldAfter(earlier: HeldRun | undefined, { run, endedAt }: EndedReading): HeldRun {
  const isTooSoon = earlier !== undefined && earlier.runId !== run.id && heldRunToAgreeWith(earlier, run) === undefined;
  return isTooSoon ? earlier : { runId: run.id, endedAt };
}

function slicesAfter(state: DiscoveryState, { mode, learnt }: EndedReading): Partial<DiscoveryState> {
  if (!learnt) return {};
  const slicedRuns = slicedRunsAfter(state.slicedRuns ?? 0, mode);
  // Devices without a first sync count as well: they make a slice of their own, and the others come out a little smaller.
  return { slicedRuns, sliceBounds: learnBounds(poolSamples(learnt.samples, POOLED_TIMES), learnt.devices) };
}

function slicedRunsAfter(before: number, mode: SliceMode | undefined): number {
  if (mode === undefined) return before;
  return mode === 'first-sync' ? before + 1 : 0;
}

/** How many devices there are. A held run that was accepted reads nothing: there are as many as before, less what it marked. */
function devicesAfter({ lastFull }: DiscoveryState, { run, learnt, gone = 0 }: EndedReading): number {
  if (learnt) return learnt.devices;
  // What it marked is taken away once, however often this is asked; without a run before it, what it read is all there is.
  if (lastFull?.runId === run.id) return lastFull.devices;
  return lastFull ? Math.max(0, lastFull.devices - gone) : run.counts.read;
}

/** What came after the run began may have come into a part of the list that was read already. */
function earlierOf(newest: Instant | undefined, startedAt: Instant): Instant | undefined {
  return newest !== undefined && newest > startedAt ? startedAt : newest;
}

function laterOf(a: Instant | undefined, b: Instant | undefined): Instant | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}
