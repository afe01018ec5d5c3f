// The routes of discovery and its runs, in process: starting, following, stopping, accepting.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addMs } from '../../src/domain/instant.ts';
import { noCounts } from '../../src/domain/run.ts';
import { createApi, organization } from './api-scene.ts';
import type { ApiScene } from './api-scene.ts';

const path = `/organizations/${organization}/discovery`;

async function connected(): Promise<ApiScene> {
  const api = createApi();
  await api.scene.connect();
  return api;
}

async function completeFull({ scene, clock }: ApiScene): Promise<void> {
  await scene.remember({ lastFull: { runId: 'r', startedAt: clock.now(), endedAt: clock.now(), devices: 3 }, watermark: clock.now() });
}

test('a run that is asked for answers 202 and where it is; asking again answers 409 and the same place', async () => {
  const { call, scene } = await connected();

  const begun = await call(`POST ${path}`, { body: { kind: 'full' } });
  const again = await call(`POST ${path}`, { body: { kind: 'full' } });

  const location = begun.headers.get('location') ?? '';
  const run = await call(`GET ${location}`);
  assert.deepEqual([begun.status, run.body['kind'], run.body['state']], [202, 'full', 'running']);
  assert.deepEqual([again.status, again.code, again.headers.get('location')], [409, 'run.already-running', location]);
  assert.equal(scene.workflows.calls.length, 1);
});

test('a run that builds on a full one is refused until one has completed', async () => {
  const api = await connected();
  const early = await api.call(`POST ${path}`, { body: { kind: 'delta' } });
  await completeFull(api);

  const later = await api.call(`POST ${path}`, { body: { kind: 'delta' } });

  assert.deepEqual([early.status, early.code], [409, 'run.full-first']);
  assert.equal(later.status, 202);
});

test('discovery says what was seen, what goes on and what comes next', async () => {
  const api = await connected();
  const before = await api.call(`GET ${path}`);
  await completeFull(api);
  const begun = await api.call(`POST ${path}`, { body: { kind: 'statistics' } });

  const after = await api.call(`GET ${path}`, { as: 'Auditor' });

  assert.deepEqual(before.body, { running: {}, next: { full: '2026-11-25T02:00:00.000Z' } });
  assert.deepEqual(after.body['running'], { statistics: begun.body['id'] });
  assert.deepEqual(after.body['next'], {
    full: '2026-11-25T02:00:00.000Z',
    delta: '2026-11-24T08:15:00.000Z',
    statistics: '2026-11-24T08:15:00.000Z',
  });
  assert.equal(after.body['watermark'], api.clock.now());
});

test('a run that goes on shows what its parts have counted so far', async () => {
  const { call, scene, ports, clock } = await connected();
  const { run } = await scene.begin();
  for (const part of ['mailboxes', 'slice-1']) {
    await ports.runs.report(organization, run, { part, counts: { ...noCounts, read: 5 }, wakesAt: clock.now() });
  }

  const { body } = await call(`GET ${path}/runs/${run}`);

  assert.deepEqual([(body['progress'] as { read: number }).read, (body['counts'] as { read: number }).read], [10, 0]);
  assert.equal('wakesAt' in body, false);
});

test('runs list newest first, by kind, page by page', async () => {
  const { call, scene, clock, ports } = await connected();
  const ids: string[] = [];
  for (const kind of ['full', 'delta', 'full', 'full'] as const) {
    clock.advance(1000);
    const task = await scene.begin(kind);
    const kept = await ports.runs.get(organization, task.run);
    assert.ok(kept);
    await ports.runs.end({ ...kept.value, state: 'completed', endedAt: clock.now() }, kept.version);
    ids.unshift(task.run);
  }
  const idsIn = ({ body }: { body: Record<string, unknown> }): string[] => (body['value'] as { id: string }[]).map(({ id }) => id);

  const first = await call(`GET ${path}/runs?kind=full&top=2`);
  const second = await call(`GET ${String(first.body['nextLink'])}`);
  const all = await call(`GET ${path}/runs`);

  assert.deepEqual([idsIn(first), idsIn(second)], [[ids[0], ids[1]], [ids[3]]]);
  assert.equal(second.body['nextLink'], undefined);
  assert.deepEqual(idsIn(all), ids);
});

test('a run is asked to stop once; one that has ended cannot be', async () => {
  const { call, scene, ports, clock } = await connected();
  const { run } = await scene.begin();

  const stops = await Promise.all([1, 2].map(() => call(`POST ${path}/runs/${run}`, { body: { stop: true } })));
  const kept = await ports.runs.get(organization, run);
  assert.ok(kept);
  await ports.runs.end({ ...kept.value, state: 'failed', endedAt: clock.now() }, kept.version);
  const late = await call(`POST ${path}/runs/${run}`, { body: { stop: true } });

  assert.deepEqual(
    stops.map(({ status }) => status),
    [202, 202],
  );
  assert.equal(typeof kept.value.stopRequestedBy, 'string');
  assert.deepEqual([late.status, late.code], [409, 'run.ended']);
});

test('a held run that waits is accepted and goes on under a new instance, once', async () => {
  const { call, scene, ports, clock } = await connected();
  const { run } = await scene.begin();
  const kept = await ports.runs.get(organization, run);
  assert.ok(kept);
  await ports.runs.end({ ...kept.value, state: 'held', missing: 30, endedAt: clock.now() }, kept.version);
  const early = await call(`POST ${path}/runs/${run}`, { body: { accept: true } });
  await scene.remember({ held: { runId: run, endedAt: clock.now() } });

  const accepted = await call(`POST ${path}/runs/${run}`, { body: { accept: true } });
  const again = await call(`POST ${path}/runs/${run}`, { body: { accept: true } });

  assert.deepEqual([early.status, early.code], [409, 'run.not-held']);
  assert.deepEqual([accepted.status, again.status], [202, 202]);
  const record = (await ports.runs.get(organization, run))?.value;
  assert.deepEqual([record?.state, record?.restarts, record?.wakesAt], ['held', 1, addMs(clock.now(), 120_000)]);
  const started = new Set(scene.workflows.calls.map(({ instanceId }) => instanceId));
  assert.deepEqual([...started], [`discovery-${organization}-${run}-1`]);
});

test('an acceptance is kept and answered when its instance cannot be started', async () => {
  const { call, scene, ports, clock } = await connected();
  const { run } = await scene.begin();
  const kept = await ports.runs.get(organization, run);
  assert.ok(kept);
  await ports.runs.end({ ...kept.value, state: 'held', endedAt: clock.now() }, kept.version);
  await scene.remember({ held: { runId: run, endedAt: clock.now() } });
  scene.workflows.start = async () => {
    throw new Error('no task hub');
  };

  const accepted = await call(`POST ${path}/runs/${run}`, { body: { accept: true } });

  assert.equal(accepted.status, 202);
  assert.equal(scene.lines.at(-1)?.event, 'run.start-delayed');
});

test('one thing at a time is asked of a run', async () => {
  const { call, scene } = await connected();
  const { run } = await scene.begin();

  const answers = await Promise.all(
    [{}, { stop: true, accept: true }, { stop: false }, { stop: true, now: true }].map((body) =>
      call(`POST ${path}/runs/${run}`, { body }),
    ),
  );

  assert.deepEqual(
    answers.map(({ faults }) => faults),
    [['body #'], ['body #'], ['body #/stop'], ['body #/now']],
  );
});

test('a run of another organization, a run that is not there and no run at all are told apart only by form', async () => {
  const { call } = await connected();

  const absent = await call(`GET ${path}/runs/20261124T080000000Z-000000000000`);
  const malformed = await call(`GET ${path}/runs/latest`);

  assert.deepEqual([absent.status, absent.code], [404, 'run.missing']);
  assert.deepEqual([malformed.status, malformed.faults], [400, ['path #/run']]);
});
