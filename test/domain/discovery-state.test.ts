// What discovery remembers after a run, where it is not plain: held runs that follow each other, and one that was accepted.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { DiscoveryState } from '../../src/domain/connector.ts';
import { stateAfterRun } from '../../src/domain/discovery-state.ts';
import type { EndedReading } from '../../src/domain/discovery-state.ts';
import { addMs, msBetween } from '../../src/domain/instant.ts';
import { noCounts } from '../../src/domain/run.ts';
import { heldRunToAgreeWith } from '../../src/domain/vanishing.ts';

const START = '2026-11-24T08:00:00.000Z';
const MINUTE_MS = 60_000;
const at = (minutes: number): string => addMs(START, minutes * MINUTE_MS);

/** A run that begins and ends so many minutes after the start. */
function ended(id: string, from: number, to: number, more: Partial<EndedReading> = {}): EndedReading {
  const run = { id, startedAt: at(from), counts: { ...noCounts, read: 70 } };
  return { run, endedAt: at(to), result: 'held', mode: 'chain', learnt: { devices: 70, samples: [] }, ...more };
}

const heldAfter = (...runs: readonly EndedReading[]): DiscoveryState['held'] => runs.reduce<DiscoveryState>(stateAfterRun, {}).held;

describe('of held runs', () => {
  test('the earlier one waits on when the next begins less than an hour after its end', () => {
    assert.deepEqual(heldAfter(ended('a', 0, 10), ended('b', 69, 80)), { runId: 'a', endedAt: at(10) });
  });

  test('the next one takes its place when it could have agreed and did not', () => {
    assert.deepEqual(heldAfter(ended('a', 0, 10), ended('b', 70, 80)), { runId: 'b', endedAt: at(80) });
  });

  test('one that is kept again, or was started anew, waits since its last end', () => {
    assert.deepEqual(heldAfter(ended('a', 0, 10), ended('a', 0, 20)), { runId: 'a', endedAt: at(20) });
  });

  test('none waits once a run completed', () => {
    assert.equal(heldAfter(ended('a', 0, 10), ended('b', 20, 30, { result: 'complete' })), undefined);
  });

  test('however closely they follow each other, one that begins an hour after the first ended finds one to agree with', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(gaps, (minutes) => {
        let state: DiscoveryState = {};
        let now = 0;
        for (const [index, gap] of minutes.entries()) {
          const { held } = state;
          const run = ended(`run-${index}`, now, now + 5);
          const isLater = held !== undefined && msBetween(held.endedAt, run.run.startedAt) >= 60 * MINUTE_MS;
          assert.equal(heldRunToAgreeWith(held, run.run)?.runId, isLater ? held.runId : undefined);
          state = stateAfterRun(state, run);
          assert.equal(state.held?.runId, held === undefined || isLater ? run.run.id : held.runId);
          now += 5 + gap;
        }
      }),
    );
  });
});

describe('a held run that was accepted', () => {
  const lastFull = { runId: 'x', startedAt: at(-900), endedAt: at(-890), devices: 100 };
  const before: DiscoveryState = {
    lastFull,
    watermark: at(-1000),
    slicedRuns: 2,
    sliceBounds: [at(-5000)],
    held: { runId: 'a', endedAt: at(10) },
  };
  const { mode: _mode, learnt: _learnt, ...accepted } = ended('a', 0, 90, { result: 'complete', gone: 30 });

  test('leaves as many devices as there were, less what it marked, and learns nothing', () => {
    const { held: _, ...kept } = before;

    const state = stateAfterRun(before, accepted);

    assert.deepEqual(state, { ...kept, lastFull: { runId: 'a', startedAt: at(0), endedAt: at(90), devices: 70 } });
  });

  test('takes away what it marked once, however often that is kept', () => {
    const state = stateAfterRun(stateAfterRun(before, accepted), accepted);

    assert.equal(state.lastFull?.devices, 70);
  });

  test('without a full run before it leaves as many as it read', () => {
    const state = stateAfterRun({ held: { runId: 'a', endedAt: at(10) } }, { ...accepted, gone: 500 });

    assert.equal(state.lastFull?.devices, 70);
  });
});

test('a delta in slices moves the watermark and nothing else', () => {
  const before: DiscoveryState = { watermark: at(-100), slicedRuns: 2, sliceBounds: [at(-5000)], held: { runId: 'a', endedAt: at(-10) } };
  const learnt = { devices: 50_000, newest: at(-1), samples: [{ seen: 50_000, times: [at(-50), at(-1)] }] };

  const state = stateAfterRun(before, ended('d', 0, 5, { result: 'delta', mode: 'first-sync', learnt }));

  assert.deepEqual(state, { ...before, watermark: at(-1) });
});

describe('the watermark', () => {
  test('is the newest first sync that was seen, but never later than the start of the run', () => {
    const seen = (minutes: number): DiscoveryState =>
      stateAfterRun({}, ended('a', 0, 150, { result: 'complete', learnt: { devices: 1, samples: [], newest: at(minutes) } }));

    assert.deepEqual([seen(-30).watermark, seen(120).watermark], [at(-30), at(0)]);
  });

  test('never goes back', () => {
    const learnt = { devices: 1, samples: [], newest: at(-500) };

    assert.equal(stateAfterRun({ watermark: at(-10) }, ended('a', 0, 10, { result: 'complete', learnt })).watermark, at(-10));
  });
});
