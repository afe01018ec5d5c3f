// Housekeeping: what is removed when, and what is left.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../src/domain/errors.ts';
import { addMs } from '../../src/domain/instant.ts';
import { instanceOfRun } from '../../src/domain/run.ts';
import type { RunState } from '../../src/domain/run.ts';
import type { RunTask } from '../../src/domain/run-task.ts';
import { keepHouse } from '../../src/operations/keep-house.ts';
import { createDiscoveryScene, organization, START } from '../support/discovery-scene.ts';
import type { DiscoveryScene } from '../support/discovery-scene.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A run that left a file, and ended at once. */
async function endedRun(scene: DiscoveryScene, state: RunState, restarts = 0): Promise<RunTask> {
  const task = await scene.begin();
  await scene.ports.files.setWriter(scene.keyOf(task), 'missing').finish();
  const stored = await scene.ports.runs.get(organization, task.run);
  assert.ok(stored);
  await scene.ports.runs.end({ ...stored.value, state, restarts, endedAt: scene.clock.now() }, stored.version);
  return task;
}

const hasFiles = async (scene: DiscoveryScene, task: RunTask): Promise<boolean> =>
  (await scene.ports.files.set(scene.keyOf(task), 'missing')) !== undefined;

const purgedInstances = ({ workflows }: DiscoveryScene): string[] =>
  workflows.calls.filter(({ call }) => call === 'purge').map(({ instanceId }) => instanceId);

test('files and instances of a run go a day after its end, those of every restart', async () => {
  const scene = createDiscoveryScene();
  const task = await endedRun(scene, 'failed', 2);

  scene.clock.set(addMs(START, 23 * HOUR_MS));
  await keepHouse(scene.ports);
  const early = [await hasFiles(scene, task), purgedInstances(scene).length];
  scene.clock.set(addMs(START, 25 * HOUR_MS));
  await keepHouse(scene.ports);

  assert.deepEqual(early, [true, 0]);
  assert.equal(await hasFiles(scene, task), false);
  const id = task.run;
  assert.deepEqual(
    purgedInstances(scene),
    [0, 1, 2].map((restarts) => instanceOfRun({ organization, id, restarts })),
  );
});

test('a held run that waits for a decision keeps its files; one that was overtaken does not', async () => {
  const scene = createDiscoveryScene();
  const overtaken = await endedRun(scene, 'held');
  scene.clock.advance(1_000);
  const waiting = await endedRun(scene, 'held');
  await scene.remember({ held: { runId: waiting.run, endedAt: scene.clock.now() } });

  scene.clock.set(addMs(START, 25 * HOUR_MS));
  await keepHouse(scene.ports);

  assert.deepEqual([await hasFiles(scene, overtaken), await hasFiles(scene, waiting)], [false, true]);
});

test('runs and gone devices are kept for as many days as the connector says', async () => {
  const scene = createDiscoveryScene();
  await scene.connect({ keepGoneDays: 30 });
  const device = scene.addDevice(1, 1);
  const writer = scene.ports.devices.writer(organization, 'each');
  await writer.add([{ device, owner: { kind: 'unknown' }, observedAt: START }]);
  await writer.finish();
  await scene.ports.devices.amend(organization, [{ id: device.guid, goneAt: START }]);
  const task = await endedRun(scene, 'completed');

  scene.clock.set(addMs(START, 29 * DAY_MS));
  const early = await keepHouse(scene.ports);
  scene.clock.set(addMs(START, 31 * DAY_MS));
  const late = await keepHouse(scene.ports);

  assert.deepEqual([early.runs, early.devices], [0, 0]);
  assert.deepEqual([late.runs, late.devices], [1, 1]);
  assert.equal(await scene.ports.runs.get(organization, task.run), undefined);
  assert.equal(await scene.ports.devices.get(organization, device.guid), undefined);
  assert.equal(await hasFiles(scene, task), false);
  const { entries } = await scene.ports.auditOutbox.waiting(organization, 10);
  assert.deepEqual(
    entries.map(({ event: { type, subject, details } }) => [type, subject.id, details]),
    ['runs', 'devices'].map((subject) => ['retention.purged', subject, { before: addMs(START, DAY_MS), count: 1 }]),
  );
});

test('what cannot be tidied up for one organization is logged, and nothing is thrown', async () => {
  const scene = createDiscoveryScene();
  await scene.connect();
  const purge = async (): Promise<never> => {
    throw new AppError('store.unavailable', { request: 'listing rows' });
  };

  const removed = await keepHouse({ ...scene.ports, runs: { ...scene.ports.runs, purge } });

  assert.deepEqual(removed, { devices: 0, runs: 0, instances: 0 });
  assert.deepEqual(
    scene.lines.map(({ level, event }) => [level, event]),
    [['warn', 'housekeeping.failed']],
  );
});
