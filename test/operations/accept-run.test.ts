// Which held runs may be accepted: those that nothing newer knows better than.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Caller } from '../../src/domain/caller.ts';
import { addMs } from '../../src/domain/instant.ts';
import type { Run } from '../../src/domain/run.ts';
import type { RunTask } from '../../src/domain/run-task.ts';
import { acceptRun } from '../../src/operations/accept-run.ts';
import { createDiscoveryScene, organization, userId } from '../support/discovery-scene.ts';
import type { DiscoveryScene } from '../support/discovery-scene.ts';

const MINUTE_MS = 60_000;
const callerOf = (index: number): Caller => ({
  tenantId: organization,
  objectId: userId(index),
  kind: 'user',
  name: `User ${index}`,
  roles: [],
  groups: [],
  areGroupsComplete: true,
  via: 'token',
});
const caller = callerOf(1);

/** A full run that was held ten minutes after it began, and waits. */
async function held(): Promise<[DiscoveryScene, RunTask]> {
  const scene = createDiscoveryScene();
  const task = await scene.begin();
  scene.clock.advance(10 * MINUTE_MS);
  const kept = await scene.ports.runs.get(organization, task.run);
  assert.ok(kept);
  const endedAt = scene.clock.now();
  await scene.ports.runs.end({ ...kept.value, state: 'held', missing: 30, endedAt }, kept.version);
  await scene.remember({ held: { runId: task.run, endedAt } });
  return [scene, task];
}

const record = async ({ ports }: DiscoveryScene, { run }: RunTask): Promise<Run | undefined> =>
  (await ports.runs.get(organization, run))?.value;

test('a held run that waits is accepted, also while a delta goes on', async () => {
  const [scene, task] = await held();
  await scene.begin('delta');

  const accepted = await acceptRun(scene.ports, organization, task.run, caller);

  assert.deepEqual([accepted.acceptedBy, accepted.restarts], [caller.objectId, 1]);
});

test('a held run is not accepted while a full run goes on, which finds out for itself what is gone', async () => {
  const [scene, task] = await held();
  await scene.begin();

  await assert.rejects(acceptRun(scene.ports, organization, task.run, caller), { code: 'run.superseded', kind: 'conflict' });

  assert.equal((await record(scene, task))?.acceptedBy, undefined);
  assert.deepEqual(scene.workflows.calls, []);
});

test('a held run is not accepted once a later full run has completed', async () => {
  const [scene, task] = await held();
  const endedAt = addMs(scene.clock.now(), 1);
  await scene.remember({ lastFull: { runId: 'x', startedAt: scene.clock.now(), endedAt, devices: 5 } });

  await assert.rejects(acceptRun(scene.ports, organization, task.run, caller), { code: 'run.superseded' });

  assert.equal((await record(scene, task))?.acceptedBy, undefined);
});

test('a full run that completed before the held one ended is no objection', async () => {
  const [scene, task] = await held();
  const { held: waiting } = (await scene.state()) ?? {};
  assert.ok(waiting);
  await scene.remember({ held: waiting, lastFull: { runId: 'x', startedAt: waiting.endedAt, endedAt: waiting.endedAt, devices: 5 } });

  const accepted = await acceptRun(scene.ports, organization, task.run, caller);

  assert.equal(accepted.acceptedBy, caller.objectId);
});

test('what was accepted before stays accepted when a full run has begun since', async () => {
  const [scene, task] = await held();
  const first = await acceptRun(scene.ports, organization, task.run, caller);
  await scene.begin();

  const again = await acceptRun(scene.ports, organization, task.run, callerOf(2));

  assert.deepEqual(again, first);
});

test('a held run that is not the one that waits, and one that is not held, are refused as such', async () => {
  const [scene, task] = await held();
  await scene.remember({ held: { runId: 'another', endedAt: scene.clock.now() } });
  const delta = await scene.begin('delta');

  await assert.rejects(acceptRun(scene.ports, organization, task.run, caller), { code: 'run.not-held' });
  await assert.rejects(acceptRun(scene.ports, organization, delta.run, caller), { code: 'run.not-held' });
});
