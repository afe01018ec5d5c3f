// Reads the list of devices slice by slice, side by side; a slice that is too long for one activity is cut and its parts are read instead.
import type { LongSlice } from '../domain/discovery-task.ts';
import type { Instant } from '../domain/instant.ts';
import { splitSlice } from '../domain/slice.ts';
import type { Slice, SliceSample } from '../domain/slice.ts';
import { fanOut } from './fan-out.ts';
import { createLanes } from './lanes.ts';
import { callOf, refusal } from './run-script.ts';
import type { Call, RunScript, Steps } from './run-script.ts';

/** With how many slices at a time a run begins; Exchange decides whether it may be more (design, section 4). */
const FIRST_LANES = 3;

/** What was read: the slices whose files count. */
export interface ReadSlices {
  readonly names: readonly string[];
  /** False when something came without an id, so that nothing may be concluded from what is missing. */
  readonly isComparable: boolean;
  /** What each of them saw. */
  readonly samples: readonly SliceSample[];
  /** The newest first sync among them that is not in the future. */
  readonly newest?: Instant;
}

/** Reads all slices to their end, never more than `parallel` at a time. */
export function* readSlices(script: RunScript, slices: readonly Slice[], parallel: number): Steps<ReadSlices> {
  const names: string[] = [];
  const samples: SliceSample[] = [];
  let isComparable = true;
  let newest: Instant | undefined;

  function read(slice: Slice): Call {
    script.parts.begun += 1;
    return callOf(script, 'slice-read', { slice }, (answer) => {
      if (!answer.isComplete) {
        // What is read again in parts is counted then.
        script.counts = { ...script.counts, read: script.counts.read - answer.counts.read };
        script.parts.begun -= 1;
        return cut({ slice, firstSyncSample: answer.firstSyncSample }).map(read);
      }
      script.parts.ended += 1;
      names.push(slice.name);
      samples.push({ seen: answer.seen, times: answer.firstSyncSample });
      isComparable &&= answer.isComparable;
      const { newestFirstSync } = answer;
      if (newestFirstSync !== undefined && (newest === undefined || newestFirstSync > newest)) newest = newestFirstSync;
      return [];
    });
  }

  yield* fanOut(script, slices.map(read), createLanes(FIRST_LANES, parallel));
  return { names, isComparable, samples, ...(newest !== undefined && { newest }) };
}

/** The parts of a slice that is too long. */
export function cut({ slice, firstSyncSample }: LongSlice): readonly Slice[] {
  const parts = splitSlice(slice, firstSyncSample);
  if (parts.length < 2)
    throw refusal('exchange.incomplete', `The part '${slice.name}' of the list is too long to be read and cannot be cut.`);
  return parts;
}
