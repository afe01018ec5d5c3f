// What is told of a run that has ended, and the check that a refusal asks for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorCode } from '../../src/domain/errors.ts';
import { noCounts } from '../../src/domain/run.ts';
import type { Run, RunKind } from '../../src/domain/run.ts';
import { noteRefusal } from '../../src/operations/note-refusal.ts';
import { tellRun } from '../../src/operations/tell-run.ts';
import { createDiscoveryScene, organization } from '../support/discovery-scene.ts';
import type { DiscoveryScene } from '../support/discovery-scene.ts';

const HOUR_MS = 3_600_000;

/** Runs to its end and tells of it. */
async function endOne(scene: DiscoveryScene, kind: RunKind, ending: Partial<Run>): Promise<Run> {
  const { ports, clock } = scene;
  clock.advance(60_000);
  const { run } = await scene.begin(kind);
  const kept = await ports.runs.get(organization, run);
  assert.ok(kept);
  const ended: Run = { ...kept.value, ...ending, endedAt: clock.now() };
  await ports.runs.end(ended, kept.version);
  await tellRun(ports, ended);
  return ended;
}

const failed = (code: ErrorCode): Partial<Run> => ({ state: 'failed', error: { code, message: 'Why.' } });

async function told({ ports }: DiscoveryScene): Promise<[number, string | undefined][]> {
  const { values } = await ports.statusMessages.list(organization, { filter: {}, top: 50 });
  return values.map(({ number, related }): [number, string | undefined] => [number, related?.id]).toReversed();
}

test('a full run is told of however it ended, with what it counted', async () => {
  const scene = createDiscoveryScene();

  const completed = await endOne(scene, 'full', { state: 'completed', counts: { ...noCounts, read: 12, gone: 3 } });
  const held = await endOne(scene, 'full', { state: 'held', missing: 40 });
  const failure = await endOne(scene, 'full', failed('exchange.unavailable'));

  assert.deepEqual(await told(scene), [
    [61_101, completed.id],
    [61_102, held.id],
    [61_103, failure.id],
  ]);
  const { values } = await scene.ports.statusMessages.list(organization, { filter: {}, top: 50 });
  assert.match(values.map(({ text }) => text).join('\n'), /12 devices read, .*3 gone[\s\S]*|40 devices were not found/);
});

test('deltas and statistics are told of when they begin to fail, and once a day that they still do', async () => {
  const scene = createDiscoveryScene();

  await endOne(scene, 'delta', { state: 'completed' });
  const first = await endOne(scene, 'delta', failed('exchange.unavailable'));
  await endOne(scene, 'delta', failed('exchange.unavailable'));
  const other = await endOne(scene, 'delta', failed('exchange.throttled'));
  scene.clock.advance(24 * HOUR_MS);
  const nextDay = await endOne(scene, 'delta', failed('exchange.throttled'));

  assert.deepEqual(await told(scene), [
    [61_103, first.id],
    [61_103, other.id],
    [61_103, nextDay.id],
  ]);
});

test('an end that somebody wanted is no failure, and telling twice is telling once', async () => {
  const scene = createDiscoveryScene();
  await endOne(scene, 'full', failed('run.stopped'));
  const completed = await endOne(scene, 'full', { state: 'completed' });

  await tellRun(scene.ports, completed);

  assert.deepEqual(await told(scene), [[61_101, completed.id]]);
});

test('a run that failed by a refusal lets the connector be checked', async () => {
  const scene = createDiscoveryScene();
  const connector = await scene.connect();
  scene.clock.advance(HOUR_MS);

  await endOne(scene, 'delta', failed('exchange.denied'));

  const installation = (await scene.ports.installations.get(connector))?.value;
  assert.deepEqual([installation?.retryRequestedBy, installation?.state], ['refusal', 'installed']);
});

test('noting a refusal never fails: not without a connector, not with a text that is no organization, not while storage fails', async () => {
  const scene = createDiscoveryScene();
  const connector = await scene.connect();
  scene.clock.advance(HOUR_MS);

  await noteRefusal(scene.ports, 'x', 'exchange.denied');
  await noteRefusal(scene.ports, '00000000-0000-4000-8000-00000000000f', 'exchange.denied');
  await noteRefusal(scene.ports, organization, 'exchange.throttled');
  const untouched = (await scene.ports.installations.get(connector))?.value.retryRequestedAt;
  scene.ports.installations.save = async () => {
    throw new Error('no storage');
  };
  await noteRefusal(scene.ports, organization, 'exchange.denied');

  assert.equal(untouched, undefined);
  assert.equal(scene.lines.at(-1)?.event, 'installation.refusal-not-noted');
});

test('a message that cannot be kept stands in the log all the same', async () => {
  const scene = createDiscoveryScene();
  scene.ports.statusMessages.add = async () => {
    throw new Error('no storage');
  };

  await endOne(scene, 'full', failed('exchange.unavailable'));

  assert.deepEqual(
    scene.lines.slice(-2).map(({ level, event }) => [level, event]),
    [
      ['error', 'status-message'],
      ['warn', 'status-message.not-kept'],
    ],
  );
  assert.equal(scene.lines.at(-2)?.fields['number'], 61_103);
});
