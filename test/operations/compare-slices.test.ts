import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareSlices } from '../../src/operations/compare-slices.ts';
import { createDiscoveryScene, deviceGuid, organization } from '../support/discovery-scene.ts';
import { done, idsIn, readSlices, store } from './missing-steps.ts';

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

test('what is known and was seen by no slice is missing; out of scope it counts apart, and what is gone already is not missing', async () => {
  const scene = createDiscoveryScene();
  await store(scene, range(8));
  await scene.ports.devices.amend(organization, [
    { id: deviceGuid(5), scope: { isInScope: false, reason: 'outside' } },
    { id: deviceGuid(6), scope: { isInScope: false, reason: 'inactive' } },
    { id: deviceGuid(7), goneAt: scene.clock.now() },
  ]);
  const task = await readSlices(scene, [
    [0, 1, 20],
    [1, 2],
  ]);

  const answer = await compareSlices(scene.ports, { ...task, slices: ['0', '1'], pass: 1, expected: 7 });

  const { counts: _, outcome, ...facts } = done(answer);
  assert.equal(outcome, 'done');
  assert.deepEqual(facts, { seen: 4, missing: 4, missingInScope: 2, knownInScope: 5, needsSecondPass: false });
  const missing = await idsIn(scene, task, 'missing');
  assert.deepEqual(missing, [3, 4, 5, 6].map(deviceGuid));
});

test('a total far from the expected one asks for a second pass, once', async () => {
  const scene = createDiscoveryScene();
  await store(scene, range(60));
  const task = await readSlices(scene, [range(30)]);

  const first = await compareSlices(scene.ports, { ...task, slices: ['0'], pass: 1, expected: 60 });
  const second = await compareSlices(scene.ports, { ...task, slices: ['0'], pass: 2, expected: 60 });

  assert.deepEqual([done(first).needsSecondPass, done(second).needsSecondPass], [true, false]);
});

test('a first run misses nothing and needs no second pass', async () => {
  const scene = createDiscoveryScene();
  const task = await readSlices(scene, [range(100)]);

  const answer = done(await compareSlices(scene.ports, { ...task, slices: ['0'], pass: 1, expected: 0 }));

  assert.deepEqual([answer.seen, answer.missing, answer.needsSecondPass], [100, 0, false]);
});

test('without the file of a slice, or of what was known, nothing is concluded', async () => {
  const scene = createDiscoveryScene();
  await store(scene, range(5));
  const task = await readSlices(scene, [range(2)]);
  const other = { ...(await scene.begin('delta')), slices: [] };

  const withoutSlice = await compareSlices(scene.ports, { ...task, slices: ['0', 'lost'], pass: 1, expected: 5 });
  const withoutKnown = await compareSlices(scene.ports, { ...other, pass: 1, expected: 5 });

  assert.deepEqual(
    [withoutSlice, withoutKnown].map((answer) => answer.outcome === 'refused' && answer.code),
    ['store.missing', 'store.missing'],
  );
  assert.equal(await scene.ports.files.set(scene.keyOf(task), 'missing'), undefined);
});

test('an instance that the run does not name is turned away', async () => {
  const scene = createDiscoveryScene();
  const task = await readSlices(scene, [[]]);

  const answer = await compareSlices(scene.ports, { ...task, instance: 'another', slices: ['0'], pass: 1, expected: 0 });

  assert.deepEqual(answer, { outcome: 'over', reason: 'superseded' });
});
