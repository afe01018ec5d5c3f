// Who may work on a run, and how progress is told: by the record alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addMs } from '../../src/domain/instant.ts';
import { noCounts } from '../../src/domain/run.ts';
import type { RunTask } from '../../src/domain/run-task.ts';
import { joinRun } from '../../src/operations/join-run.ts';
import { createProgress } from '../../src/operations/report-progress.ts';
import { createDiscoveryScene, organization, START } from '../support/discovery-scene.ts';
import type { DiscoveryScene } from '../support/discovery-scene.ts';

const reasonFor = async (scene: DiscoveryScene, task: RunTask): Promise<string> => {
  const joined = await joinRun(scene.ports, task);
  return joined.kind === 'over' ? joined.reason : 'go';
};

test('the instance that the record names works on a run that goes on', async () => {
  const scene = createDiscoveryScene();
  const task = await scene.begin();

  const joined = await joinRun(scene.ports, task);

  assert.ok(joined.kind === 'go');
  assert.deepEqual([joined.run.value.id, joined.connector.organization], [task.run, organization]);
});

test('forged, foreign and malformed tasks are turned away', async () => {
  const scene = createDiscoveryScene();
  const task = await scene.begin();

  const reasons = [
    await reasonFor(scene, { ...task, instance: `${task.instance}-1` }),
    await reasonFor(scene, { ...task, organization: 'bbbbbbbb-0000-4000-8000-000000000002' }),
    await reasonFor(scene, { ...task, organization: '' }),
    await reasonFor(scene, { ...task, run: 'x' }),
    await reasonFor(scene, { ...task, run: '20261124T080000000Z-schedulefull' }),
  ];

  assert.deepEqual(reasons, ['superseded', 'missing', 'missing', 'missing', 'missing']);
});

test('a stop, another generation and a removed connector end the work', async () => {
  const scene = createDiscoveryScene();
  const task = await scene.begin();

  await scene.changeRun(task, { stopRequestedBy: 'admin' });
  const stopped = await reasonFor(scene, task);
  const other = createDiscoveryScene();
  const orphan = await other.begin();
  const connector = await other.ports.connectors.get(organization);
  assert.ok(connector);
  await other.ports.connectors.remove(organization, connector.version);
  const removed = await reasonFor(other, orphan);
  await other.ports.connectors.add({ ...connector.value, generation: 2 });
  const addedAgain = await reasonFor(other, orphan);

  assert.deepEqual([stopped, removed, addedAgain], ['stop-requested', 'connector-removed', 'connector-removed']);
});

test('progress is kept at the start, then at most every two seconds, with what the calls cost', async () => {
  const scene = createDiscoveryScene();
  const task = await scene.begin();
  const progress = createProgress(scene.ports, task, 'mailboxes');
  const kept = async (): Promise<number | undefined> => (await scene.ports.runs.parts(organization, task.run))[0]?.counts.read;

  progress.usage.requests += 3;
  await progress.report({ read: 10 });
  const first = await scene.ports.runs.parts(organization, task.run);
  scene.clock.advance(1_900);
  await progress.report({ read: 20 });
  const soon = await kept();
  scene.clock.advance(100);
  await progress.report({ read: 30 });
  const later = await kept();

  assert.deepEqual(first, [{ part: 'mailboxes', counts: { ...noCounts, read: 10, requests: 3 }, wakesAt: addMs(START, 600_000) }]);
  assert.deepEqual([soon, later], [10, 30]);
});

test('the end of a part is always kept, and answered', async () => {
  const scene = createDiscoveryScene();
  const task = await scene.begin();
  const progress = createProgress(scene.ports, task, 'mailboxes');
  await progress.report({ read: 10 });

  const counts = await progress.finish({ read: 11, added: 2 });

  assert.deepEqual(counts, { ...noCounts, read: 11, added: 2 });
  assert.deepEqual((await scene.ports.runs.parts(organization, task.run))[0]?.counts, counts);
});

test('whoever reports hears that the run is over', async () => {
  const scene = createDiscoveryScene();
  const task = await scene.begin();
  const progress = createProgress(scene.ports, task, 'mailboxes');
  const first = await progress.report();
  await scene.changeRun(task, { stopRequestedBy: 'admin' });
  const tooSoon = await progress.report();
  scene.clock.advance(2_000);

  const second = await progress.report();

  assert.deepEqual([first, tooSoon, second], [undefined, undefined, 'stop-requested']);
});
