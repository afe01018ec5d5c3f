// Files of runs: who may remove them, and which ones stay whoever tidies up.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addMs } from '../../src/domain/instant.ts';
import { noCounts } from '../../src/domain/run.ts';
import type { RunTask } from '../../src/domain/run-task.ts';
import { endRun } from '../../src/operations/end-run.ts';
import { keepHouse } from '../../src/operations/keep-house.ts';
import { QUARANTINED, removeRunFiles, standingKey } from '../../src/operations/run-files.ts';
import { watchRuns } from '../../src/operations/watch-runs.ts';
import { createDiscoveryScene, organization, START } from '../support/discovery-scene.ts';
import type { DiscoveryScene } from '../support/discovery-scene.ts';

const DAY_MS = 86_400_000;

/** A run that left what it found missing. */
async function aRun(scene: DiscoveryScene): Promise<RunTask> {
  const task = await scene.begin();
  await scene.ports.files.setWriter(scene.keyOf(task), 'missing').finish();
  return task;
}

const wait = (scene: DiscoveryScene, { run }: RunTask): Promise<void> =>
  scene.remember({ held: { runId: run, endedAt: scene.clock.now() } });

const hasFiles = async (scene: DiscoveryScene, task: RunTask): Promise<boolean> =>
  (await scene.ports.files.set(scene.keyOf(task), 'missing')) !== undefined;

const failure = { state: 'failed', completeness: 1, counts: noCounts, error: { code: 'run.stopped', message: 'stopped' } } as const;

test('a run that fails after it was noted as held keeps its files as long as it is noted', async () => {
  const scene = createDiscoveryScene();
  const [waiting, other] = [await aRun(scene), await aRun(scene)];
  await wait(scene, waiting);
  await scene.changeRun(waiting, { state: 'running' });

  await endRun(scene.ports, { ...waiting, ...failure });
  await endRun(scene.ports, { ...other, ...failure });

  assert.deepEqual([await hasFiles(scene, waiting), await hasFiles(scene, other)], [true, false]);
});

test('a run that is given up after it was noted as held keeps its files', async () => {
  const scene = createDiscoveryScene();
  const task = await aRun(scene);
  await wait(scene, task);
  await scene.changeRun(task, { restarts: 50 });
  scene.clock.advance(DAY_MS);

  await watchRuns(scene.ports);

  assert.equal((await scene.ports.runs.get(organization, task.run))?.value.state, 'failed');
  assert.equal(await hasFiles(scene, task), true);
});

test('a held run that waits is kept with its files for longer than other runs, and goes once another one is waited for', async () => {
  const scene = createDiscoveryScene();
  await scene.connect({ keepGoneDays: 1 });
  const older = await aRun(scene);
  scene.clock.advance(1_000);
  const waiting = await aRun(scene);
  await wait(scene, waiting);
  const kept = await scene.ports.runs.get(organization, waiting.run);
  assert.ok(kept);
  await scene.ports.runs.end({ ...kept.value, state: 'held', endedAt: scene.clock.now() }, kept.version);

  scene.clock.set(addMs(START, 10 * DAY_MS));
  await keepHouse(scene.ports);
  const whileWaiting = [older, waiting].map(async (task) => [
    (await scene.ports.runs.get(organization, task.run)) !== undefined,
    await hasFiles(scene, task),
  ]);
  const seen = await Promise.all(whileWaiting);
  await scene.remember({});
  await keepHouse(scene.ports);

  assert.deepEqual(seen, [
    [false, false],
    [true, true],
  ]);
  assert.deepEqual([await scene.ports.runs.get(organization, waiting.run), await hasFiles(scene, waiting)], [undefined, false]);
});

test('what outlives runs is never removed as the files of one', async () => {
  const scene = createDiscoveryScene();
  await scene.connect();
  const key = standingKey(organization);
  await scene.ports.files.setWriter(key, QUARANTINED).finish();

  await removeRunFiles(scene.ports, key);

  assert.ok(await scene.ports.files.set(key, QUARANTINED));
});
