// Beginning, claiming and ending a run, on memory stores.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../src/domain/errors.ts';
import { addMs } from '../../src/domain/instant.ts';
import { instanceOfRun, noCounts } from '../../src/domain/run.ts';
import type { Run } from '../../src/domain/run.ts';
import type { RunEndTask } from '../../src/domain/discovery-task.ts';
import type { RunTask } from '../../src/domain/run-task.ts';
import { beginRun } from '../../src/operations/begin-run.ts';
import { claimRun } from '../../src/operations/claim-run.ts';
import { endRun } from '../../src/operations/end-run.ts';
import { createDiscoveryScene, organization, START } from '../support/discovery-scene.ts';
import type { DiscoveryScene } from '../support/discovery-scene.ts';

/** Ids that differ at their beginning, which is what goes into the id of a run. */
function sceneWithIds(): DiscoveryScene {
  let count = 0;
  return createDiscoveryScene({ ports: () => ({ ids: { next: () => String((count += 1)).padStart(12, '0') } }) });
}

const storedRun = async ({ ports }: DiscoveryScene, runId: string): Promise<Run> => {
  const stored = await ports.runs.get(organization, runId);
  assert.ok(stored, `the run ${runId} is stored`);
  return stored.value;
};

const taskOf = (run: Run): RunTask => ({ organization, run: run.id, instance: instanceOfRun(run) });
const ending = (task: RunTask, more: Partial<RunEndTask> = {}): RunEndTask => ({
  ...task,
  state: 'completed',
  counts: { ...noCounts, read: 5, requests: 9 },
  completeness: 1,
  ...more,
});

test('a run is kept before its orchestration is started with nothing but its key', async () => {
  const scene = createDiscoveryScene();
  const connector = await scene.connect({ readingParallel: 2 });

  const begun = await beginRun(scene.ports, { connector, kind: 'full', startedBy: 'somebody' });

  const run = await storedRun(scene, begun.runId);
  assert.equal(begun.kind, 'begun');
  assert.deepEqual(
    {
      state: run.state,
      kind: run.kind,
      startedBy: run.startedBy,
      startedAt: run.startedAt,
      generation: run.generation,
      restarts: run.restarts,
    },
    { state: 'running', kind: 'full', startedBy: 'somebody', startedAt: START, generation: 1, restarts: 0 },
  );
  assert.equal(run.wakesAt, addMs(START, 120_000));
  assert.deepEqual(scene.workflows.calls, [
    { call: 'start', name: 'discovery-workflow', instanceId: instanceOfRun(run), input: { organization, run: run.id } },
  ]);
});

test('a second run of the kind is told of the first; one of another kind begins', async () => {
  const scene = sceneWithIds();
  const connector = await scene.connect();
  const first = await beginRun(scene.ports, { connector, kind: 'full', startedBy: 'a' });

  const second = await beginRun(scene.ports, { connector, kind: 'full', startedBy: 'b' });
  const other = await beginRun(scene.ports, { connector, kind: 'statistics', startedBy: 'b' });

  assert.deepEqual(second, { kind: 'already-running', runId: first.runId });
  assert.equal(other.kind, 'begun');
  assert.deepEqual(
    scene.workflows.calls.map(({ name }) => name),
    ['discovery-workflow', 'statistics-workflow'],
  );
});

test('of many that begin at once exactly one begins', async () => {
  const scene = sceneWithIds();
  const connector = await scene.connect();

  const begun = await Promise.all(
    Array.from({ length: 8 }, () => beginRun(scene.ports, { connector, kind: 'delta', startedBy: 'schedule' })),
  );

  assert.equal(begun.filter(({ kind }) => kind === 'begun').length, 1);
  assert.equal(new Set(begun.map(({ runId }) => runId)).size, 1);
  assert.equal(scene.workflows.calls.length, 1);
});

test('when the task hub does not answer, the run is kept for the watchdog to start', async () => {
  const scene = createDiscoveryScene();
  const connector = await scene.connect();
  const start = async (): Promise<never> => {
    throw new AppError('workflow.unavailable', { request: 'starting' });
  };

  const begun = await beginRun({ ...scene.ports, workflows: { ...scene.workflows, start } }, { connector, kind: 'full', startedBy: 'a' });

  assert.equal(begun.kind, 'begun');
  assert.equal((await storedRun(scene, begun.runId)).state, 'running');
  assert.deepEqual(
    scene.lines.filter(({ level }) => level === 'warn').map(({ event }) => event),
    ['run.start-delayed'],
  );
});

test('the claim tells the orchestration what to do and promises the watchdog a sign of life', async () => {
  const scene = createDiscoveryScene();
  await scene.connect({ readingParallel: 4, statisticsParallel: 2, statisticsMinutes: 9 });
  const task = await scene.begin('delta');

  const answer = await claimRun(scene.ports, task);

  assert.deepEqual(answer, {
    outcome: 'done',
    kind: 'delta',
    isAccepted: false,
    readingParallel: 4,
    statisticsParallel: 2,
    statisticsMinutes: 9,
    counts: noCounts,
  });
  const [part] = await scene.ports.runs.parts(organization, task.run);
  assert.deepEqual(part, { part: 'claim', counts: noCounts, wakesAt: addMs(START, 600_000) });
});

test('a held run that was accepted is claimed by the instance that the record names', async () => {
  const scene = createDiscoveryScene();
  const task = await scene.begin();
  await endRun(scene.ports, ending(task, { state: 'held', missing: 50 }));

  const before = await claimRun(scene.ports, task);
  await scene.changeRun(task, { acceptedBy: 'admin', restarts: 1 });
  const stale = await claimRun(scene.ports, task);
  const answer = await claimRun(scene.ports, taskOf(await storedRun(scene, task.run)));

  assert.deepEqual(
    [before, stale],
    [
      { outcome: 'over', reason: 'ended' },
      { outcome: 'over', reason: 'superseded' },
    ],
  );
  assert.ok(answer.outcome === 'done' && answer.isAccepted);
});

test('the end puts everything into the record, removes the files and lets the next run begin', async () => {
  const scene = createDiscoveryScene();
  const task = await scene.begin();
  await scene.ports.files.setWriter(scene.keyOf(task), 'missing').finish();
  scene.clock.advance(60_000);

  const answer = await endRun(scene.ports, ending(task));

  assert.equal(answer.outcome, 'done');
  const { state, endedAt, counts, completeness } = await storedRun(scene, task.run);
  assert.deepEqual(
    { state, endedAt, counts, completeness },
    { state: 'completed', endedAt: addMs(START, 60_000), counts: { ...noCounts, read: 5, requests: 9 }, completeness: 1 },
  );
  assert.equal(await scene.ports.files.set(scene.keyOf(task), 'missing'), undefined);
  assert.equal(await scene.ports.runs.running(organization, 'full'), undefined);
});

test('a held run keeps its files and how many devices are missing; accepted and completed, it counts on', async () => {
  const scene = createDiscoveryScene();
  const task = await scene.begin();
  await scene.ports.files.setWriter(scene.keyOf(task), 'missing').finish();

  await endRun(scene.ports, ending(task, { state: 'held', missing: 50 }));
  const held = await storedRun(scene, task.run);
  await scene.changeRun(task, { acceptedBy: 'admin', restarts: 1 });
  const accepted = { ...task, instance: instanceOfRun({ ...held, restarts: 1 }) };
  const kept = await scene.ports.files.set(scene.keyOf(task), 'missing');
  await endRun(scene.ports, ending(accepted, { counts: { ...noCounts, gone: 50 } }));

  assert.deepEqual([held.state, held.missing], ['held', 50]);
  assert.ok(kept);
  const { state, counts } = await storedRun(scene, task.run);
  assert.deepEqual([state, counts], ['completed', { ...noCounts, read: 5, requests: 9, gone: 50 }]);
});

test('a failure is kept with its code, and a long text is cut', async () => {
  const scene = createDiscoveryScene();
  const task = await scene.begin();

  await endRun(
    scene.ports,
    ending(task, { state: 'failed', completeness: 0.5, error: { code: 'exchange.denied', message: 'x'.repeat(5_000) } }),
  );

  const { state, completeness, error } = await storedRun(scene, task.run);
  assert.deepEqual([state, completeness, error?.code, error?.message.length], ['failed', 0.5, 'exchange.denied', 1_000]);
});

test('a run is ended once, and only by the instance that works on it', async () => {
  const scene = createDiscoveryScene();
  const task = await scene.begin();

  const forged = await endRun(scene.ports, ending({ ...task, instance: 'discovery-forged' }));
  const unknown = await endRun(scene.ports, ending({ ...task, run: '20200101T000000000Z-schedulefull' }));
  const noOrganization = await endRun(scene.ports, ending({ ...task, organization: '../x' }));
  await endRun(scene.ports, ending(task));
  const again = await endRun(scene.ports, ending(task, { state: 'failed' }));

  const reasons = [forged, unknown, noOrganization, again].map((answer) => answer.outcome === 'over' && answer.reason);
  assert.deepEqual(reasons, ['superseded', 'missing', 'missing', 'ended']);
  assert.equal((await storedRun(scene, task.run)).state, 'completed');
});

test('a stop that was asked for does not keep the run from ending, nor does one that comes in between', async () => {
  const scene = createDiscoveryScene();
  const task = await scene.begin();
  await scene.changeRun(task, { stopRequestedBy: 'admin' });
  let isFirst = true;
  const { runs } = scene.ports;
  const overtaken: typeof runs = {
    ...runs,
    async end(run, version) {
      if (isFirst) await scene.changeRun(task, { stopRequestedBy: 'another' });
      isFirst = false;
      return runs.end(run, version);
    },
  };

  const answer = await endRun({ ...scene.ports, runs: overtaken }, ending(task, { state: 'failed' }));

  assert.equal(answer.outcome, 'done');
  const { state, stopRequestedBy } = await storedRun(scene, task.run);
  assert.deepEqual([state, stopRequestedBy], ['failed', 'another']);
});

test('what a retry may cure crosses the boundary as text with its code', async () => {
  const scene = createDiscoveryScene();
  const task = await scene.begin();
  const remove = async (): Promise<never> => {
    throw new AppError('store.unavailable', { request: 'removing a file' });
  };

  const work = endRun({ ...scene.ports, files: { ...scene.ports.files, remove } }, ending(task));

  await assert.rejects(work, /^Error: \[store\.unavailable\] /);
});
