// The verdict itself is tested with the domain, and its way through several runs in reconcile.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeMissing } from '../../src/operations/judge-missing.ts';
import { createDiscoveryScene, deviceGuid } from '../support/discovery-scene.ts';
import { done, idsIn, rememberKnown, store, writeIds } from './missing-steps.ts';

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

test('few missing devices may be marked; a held run of long ago whose files are gone decides nothing', async () => {
  const scene = createDiscoveryScene();
  await store(scene, range(0, 30));
  const task = await scene.begin();
  await rememberKnown(scene, task);
  await writeIds(scene, task, 'missing', [1, 2].map(deviceGuid));
  await scene.remember({ held: { runId: '20260101T000000000Z-forgotten', endedAt: '2026-01-01T01:00:00.000Z' } });

  const few = await judgeMissing(scene.ports, { ...task, missing: 2, missingInScope: 2, knownInScope: 30 });
  const fewIds = await idsIn(scene, task, 'gone');
  const many = await judgeMissing(scene.ports, { ...task, missing: 25, missingInScope: 25, knownInScope: 30 });
  const manyIds = await idsIn(scene, task, 'gone');

  assert.deepEqual([done(few).gone, done(few).isHeld, fewIds], [2, false, [1, 2].map(deviceGuid)]);
  assert.deepEqual([done(many).gone, done(many).isHeld, manyIds], [0, true, []]);
  assert.deepEqual(
    scene.lines.map(({ level, event }) => [level, event]),
    [['warn', 'A run is held: too many devices are missing']],
  );
});
