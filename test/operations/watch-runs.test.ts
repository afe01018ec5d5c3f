// The watchdog: which runs it starts anew, and which it leaves alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../src/domain/errors.ts';
import { addMs } from '../../src/domain/instant.ts';
import { instanceOfRun, noCounts } from '../../src/domain/run.ts';
import type { Run } from '../../src/domain/run.ts';
import type { RunTask } from '../../src/domain/run-task.ts';
import type { WorkflowState } from '../../src/domain/workflows-port.ts';
import { promiseReport } from '../../src/operations/report-progress.ts';
import { watchRuns } from '../../src/operations/watch-runs.ts';
import { createDiscoveryScene, organization, START } from '../support/discovery-scene.ts';
import type { DiscoveryScene } from '../support/discovery-scene.ts';

const MINUTE_MS = 60_000;

const runOf = async ({ ports }: DiscoveryScene, { run }: RunTask): Promise<Run> => {
  const stored = await ports.runs.get(organization, run);
  assert.ok(stored);
  return stored.value;
};

interface Case {
  readonly what: string;
  readonly instance: WorkflowState;
  /** Minutes after the start at which the run and a part of it promise to report. */
  readonly wakes: number;
  readonly partWakes?: number;
  readonly now: number;
  readonly isRestarted: boolean;
}

const CASES: readonly Case[] = [
  { what: 'works and keeps its promise', instance: 'running', wakes: 2, partWakes: 12, now: 10, isRestarted: false },
  { what: 'has only just begun and has no instance yet', instance: 'gone', wakes: 2, now: 1, isRestarted: false },
  { what: 'has no instance and is silent', instance: 'gone', wakes: 2, now: 3, isRestarted: true },
  { what: 'has an instance that is silent', instance: 'running', wakes: 2, partWakes: 12, now: 13, isRestarted: true },
  { what: 'has an instance that ended without it', instance: 'ended', wakes: 2, partWakes: 12, now: 5, isRestarted: true },
  { what: 'waits as long as it said', instance: 'running', wakes: 2, partWakes: 70, now: 60, isRestarted: false },
];

for (const { what, instance, wakes, partWakes, now, isRestarted } of CASES) {
  test(`a run that ${what} is ${isRestarted ? 'started anew' : 'left alone'}`, async () => {
    const scene = createDiscoveryScene();
    const task = await scene.begin();
    await scene.changeRun(task, { wakesAt: addMs(START, wakes * MINUTE_MS) });
    if (partWakes !== undefined) {
      const wakesAt = addMs(START, partWakes * MINUTE_MS);
      await scene.ports.runs.report(organization, task.run, { part: 'mailboxes', counts: noCounts, wakesAt });
    }
    scene.workflows.put(task.instance, instance);
    scene.clock.set(addMs(START, now * MINUTE_MS));

    const restarted = await watchRuns(scene.ports);

    assert.equal(restarted, isRestarted ? 1 : 0);
    assert.equal((await runOf(scene, task)).restarts, isRestarted ? 1 : 0);
  });
}

test('a run is started anew under a name of its own, and the instance before is ended', async () => {
  const scene = createDiscoveryScene();
  const task = await scene.begin('statistics');
  scene.workflows.put(task.instance, 'running');
  scene.clock.advance(30 * MINUTE_MS);

  await watchRuns(scene.ports);

  const run = await runOf(scene, task);
  assert.equal(run.wakesAt, addMs(START, 32 * MINUTE_MS));
  assert.notEqual(instanceOfRun(run), task.instance);
  assert.deepEqual(scene.workflows.calls, [
    { call: 'terminate', instanceId: task.instance },
    { call: 'start', name: 'statistics-workflow', instanceId: instanceOfRun(run), input: { organization, run: run.id } },
  ]);
});

test('two watchdogs at once start a run anew once', async () => {
  const scene = createDiscoveryScene();
  const task = await scene.begin();
  scene.clock.advance(30 * MINUTE_MS);

  const restarted = await Promise.all([watchRuns(scene.ports), watchRuns(scene.ports)]);

  assert.equal(restarted[0] + restarted[1], 1);
  assert.equal((await runOf(scene, task)).restarts, 1);
  assert.equal(scene.workflows.calls.filter(({ call }) => call === 'start').length, 1);
});

test('a promised wait is a promise', async () => {
  const scene = createDiscoveryScene();
  const task = await scene.begin();
  scene.workflows.put(task.instance, 'running');
  await promiseReport(scene.ports, task, 'wait-slice-read-all', 3_600);

  scene.clock.advance(65 * MINUTE_MS);
  const early = await watchRuns(scene.ports);
  scene.clock.advance(6 * MINUTE_MS);
  const late = await watchRuns(scene.ports);

  assert.deepEqual([early, late], [0, 1]);
});

test('an ended run is none of its business; a held one is once it has been accepted', async () => {
  const scene = createDiscoveryScene();
  const task = await scene.begin();
  const stored = await scene.ports.runs.get(organization, task.run);
  assert.ok(stored);
  await scene.ports.runs.end({ ...stored.value, state: 'held', endedAt: START }, stored.version);
  await scene.remember({ held: { runId: task.run, endedAt: START } });
  scene.clock.advance(60 * MINUTE_MS);

  const held = await watchRuns(scene.ports);
  await scene.changeRun(task, { acceptedBy: 'admin', restarts: 1 });
  const accepted = await watchRuns(scene.ports);

  assert.deepEqual([held, accepted], [0, 1]);
  assert.equal((await runOf(scene, task)).restarts, 2);
});

test('a run that fifty starts have not cured is given up, loudly, and makes room for the next', async () => {
  const scene = createDiscoveryScene();
  const task = await scene.begin();
  await scene.changeRun(task, { restarts: 50 });
  scene.clock.advance(30 * MINUTE_MS);

  const restarted = await watchRuns(scene.ports);

  const { state, error } = await runOf(scene, task);
  assert.deepEqual([restarted, state, error?.code], [0, 'failed', 'run.given-up']);
  assert.equal(await scene.ports.runs.running(organization, 'full'), undefined);
  assert.deepEqual(
    scene.lines.filter(({ level }) => level === 'error').map(({ event }) => event),
    ['status-message', 'run.given-up'],
  );
});

test('a run that cannot be looked after keeps nobody from looking after the others', async () => {
  const scene = createDiscoveryScene();
  const full = await scene.begin('full');
  const delta = await scene.begin('delta');
  scene.clock.advance(30 * MINUTE_MS);
  const { workflows } = scene;
  const state = async (instanceId: string): Promise<WorkflowState> => {
    if (instanceId === full.instance) throw new AppError('workflow.unavailable', { request: 'reading' });
    return workflows.state(instanceId);
  };

  const restarted = await watchRuns({ ...scene.ports, workflows: { ...workflows, state } });

  assert.equal(restarted, 1);
  assert.deepEqual([(await runOf(scene, full)).restarts, (await runOf(scene, delta)).restarts], [0, 1]);
});
