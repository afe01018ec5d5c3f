// The steps from comparing to marking, together: what a full run concludes from what it did not see.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createDiscoveryScene, deviceGuid, organization } from '../support/discovery-scene.ts';
import type { DiscoveryScene } from '../support/discovery-scene.ts';
import { endRun, exist, goneAmong, readSlices, reconcile, rememberKnown, store, writeIds } from './missing-steps.ts';

const HOUR_MS = 3_600_000;
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

/** Devices that were stored an hour ago, of which Exchange still has some. */
async function aged(stored: readonly number[], existing: readonly number[]): Promise<DiscoveryScene> {
  const scene = createDiscoveryScene();
  await scene.connect();
  await store(scene, stored);
  exist(scene, existing);
  scene.clock.advance(HOUR_MS);
  return scene;
}

test('a device that is nowhere any more is marked as gone, the others are not', async () => {
  const scene = await aged(range(0, 30), range(0, 28));
  const slices = [range(0, 15), range(15, 28)];
  const task = await readSlices(scene, slices);

  const result = await reconcile(scene, task, slices);

  assert.deepEqual(result, { isRefused: false, isHeld: false, gone: 2 });
  assert.deepEqual(await goneAmong(scene, range(0, 30)), [28, 29]);
});

test('a run that misses a tenth of all devices is held and marks nothing; one that misses the same an hour later marks them', async () => {
  const scene = await aged(range(0, 300), range(0, 270));
  const slices = [range(0, 270)];

  const first = await readSlices(scene, slices);
  const held = await reconcile(scene, first, slices);
  const afterFirst = await goneAmong(scene, range(0, 300));
  await endRun(scene, first, held.isHeld);
  scene.clock.advance(HOUR_MS);
  const second = await reconcile(scene, await readSlices(scene, slices), slices);

  assert.deepEqual([held, afterFirst], [{ isRefused: false, isHeld: true, gone: 0 }, []]);
  assert.deepEqual(second, { isRefused: false, isHeld: false, gone: 30 });
  assert.deepEqual(await goneAmong(scene, range(0, 300)), range(270, 300));
});

test('a second run within the hour agrees with nobody', async () => {
  const scene = await aged(range(0, 300), range(0, 270));
  const slices = [range(0, 270)];
  const first = await readSlices(scene, slices);
  await reconcile(scene, first, slices);
  await endRun(scene, first, true);
  scene.clock.advance(HOUR_MS - 1);

  const second = await reconcile(scene, await readSlices(scene, slices), slices);

  assert.deepEqual(second, { isRefused: false, isHeld: true, gone: 0 });
  assert.deepEqual(await goneAmong(scene, range(0, 300)), []);
});

test('what only the second run misses is not marked when it is too much by itself', async () => {
  const scene = await aged(range(0, 300), range(0, 240));
  const first = await readSlices(scene, [range(0, 270)]);
  for (const index of range(240, 270)) scene.addDevice(index, index);
  await reconcile(scene, first, [0]);
  await endRun(scene, first, true);
  for (const index of range(240, 270)) scene.world.devices.delete(deviceGuid(index));
  scene.clock.advance(HOUR_MS);

  const second = await reconcile(scene, await readSlices(scene, [range(0, 240)]), [0]);

  assert.deepEqual(second, { isRefused: false, isHeld: true, gone: 30 });
  assert.deepEqual(await goneAmong(scene, range(0, 300)), range(270, 300));
});

test('a device that comes back is there again when it is observed', async () => {
  const scene = await aged([1, 2], [1]);
  await reconcile(scene, await readSlices(scene, [[1]]), [0]);
  const gone = await goneAmong(scene, [1, 2]);

  await store(scene, [2]);

  assert.deepEqual([gone, await goneAmong(scene, [1, 2])], [[2], []]);
});

test('whatever is stored and seen: nothing seen, re-read or first seen meanwhile is marked, and a held run marks nothing', async () => {
  const numbers = fc.uniqueArray(fc.nat(59), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(numbers, fc.array(numbers, { maxLength: 4 }), numbers, numbers, async (stored, slices, hidden, late) => {
      const seen = new Set(slices.flat());
      // Some that the list did not show are there all the same.
      const existing = [...new Set([...seen, ...hidden])];
      const scene = await aged(stored, existing);
      const task = await scene.begin();
      await rememberKnown(scene, task);
      for (const [index, slice] of slices.entries()) await writeIds(scene, task, `seen-${index}`, slice.map(deviceGuid));
      // Observed by another run meanwhile.
      scene.clock.advance(1000);
      const added = late.filter((index) => !stored.includes(index));
      await store(scene, added);

      const { isHeld, isRefused } = await reconcile(scene, task, slices);

      const gone = await goneAmong(scene, [...new Set([...stored, ...added])]);
      const spared = new Set([...existing, ...added]);
      const expected = isHeld || isRefused ? [] : stored.filter((index) => !spared.has(index));
      assert.deepEqual(new Set(gone), new Set(expected));
    }),
    { numRuns: 60 },
  );
});

test('the order in which slices are read, and where they overlap, decides nothing', async () => {
  const stored = range(0, 50);
  const seen = range(0, 45);
  const cuts = fc.array(fc.uniqueArray(fc.constantFrom(...seen), { minLength: 1 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(cuts, async (overlaps) => {
      const slices = [...overlaps, seen];
      const scene = await aged(stored, seen);
      const back = await aged(stored, seen);

      const forwards = await reconcile(scene, await readSlices(scene, slices), slices);
      const backwards = await reconcile(back, await readSlices(back, slices.toReversed()), slices);

      assert.deepEqual(forwards, backwards);
      assert.deepEqual(await goneAmong(scene, stored), await goneAmong(back, stored));
    }),
    { numRuns: 15 },
  );
});

test('steps that are repeated change nothing and count the same', async () => {
  const scene = await aged(range(0, 30), range(0, 28));
  const slices = [range(0, 28)];
  const task = await readSlices(scene, slices);

  const once = await reconcile(scene, task, slices);
  const { goneAt } = (await scene.ports.devices.get(organization, deviceGuid(29))) ?? {};
  scene.clock.advance(60_000);
  const twice = await reconcile(scene, task, slices);

  assert.deepEqual(twice, once);
  assert.equal((await scene.ports.devices.get(organization, deviceGuid(29)))?.goneAt, goneAt);
});
