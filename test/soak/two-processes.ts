// Two app processes, each with a durable state of its own, on one storage: both timers want to begin the same runs, one process stands still while
// the other takes over its run, and people write to devices through both while discovery observes them.
// Reduced in `npm test` (test/discovery/two-processes.test.ts), in full in `npm run soak`.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { TableClient } from '@azure/data-tables';
import { runKinds, scheduledRunIdOf, type RunKind } from '../../src/domain/run.ts';
import { startCalmTenant, type CalmTenant } from '../support/calm-tenant.ts';
import { startDiscoveryApp, type DiscoveryApp, type RunAnswer } from '../support/discovery-app.ts';
import { assertSameRows, readStoredRows } from '../support/stored-rows.ts';

export interface PairOrder {
  /** Folder of the built bundle. */
  readonly app: string;
  readonly mailboxes: number;
}

export interface Pair {
  readonly tenant: CalmTenant;
  readonly one: DiscoveryApp;
  readonly other: DiscoveryApp;
  stop(): Promise<void>;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DELTA_MINUTES = 5;
/** How often runs of each kind are due, beginning with the full hour. */
const PERIODS: Readonly<Record<RunKind, number>> = { full: HOUR_MS, delta: DELTA_MINUTES * MINUTE_MS, statistics: 15 * MINUTE_MS };
/** A run then goes on while the other process gets past the next times at which one is due. */
const SLOW_REQUEST_MS = 250;
const LOOK_AGAIN_MS = 20;
const RUN_LIMIT_MS = 300_000;

/** Starts both with clocks that stand still at the same full hour, and the timers of discovery; the first run has completed. */
export async function startPair({ app, mailboxes }: PairOrder): Promise<Pair> {
  const tenant = await startCalmTenant({ mailboxes });
  const heldAt = new Date(Math.ceil(Date.now() / HOUR_MS) * HOUR_MS).toISOString();
  const options = { app, tenant, heldAt, timers: ['tick', 'watchdog'] };
  const one = await startDiscoveryApp(options);
  const other = await startDiscoveryApp({ ...options, storage: one.storage });
  const first = await one.untilEnded(
    await one.addConnector({ schedule: { full: '0 * * * *', timeZone: 'UTC', deltaMinutes: DELTA_MINUTES } }),
  );
  assert.equal(first.state, 'completed', JSON.stringify(first));
  return {
    tenant,
    one,
    other,
    async stop() {
      await other.stop();
      await one.stop();
      await tenant.stop();
    },
  };
}

export interface ScheduleReport {
  readonly minutes: number;
  /** Runs that were due: each was begun once. */
  readonly slots: number;
  /** How many of them the first process worked on. */
  readonly byOne: number;
}

/** Lets both clocks go on minute by minute: each time that is due must bring exactly one run, worked on by one of the two. */
export async function runSchedule({ one, other }: Pair, minutes: number): Promise<ScheduleReport> {
  const fromMs = await nowOf(one);
  for (let minute = 1; minute <= minutes; minute += 1) await Promise.all([one.advance(MINUTE_MS), other.advance(MINUTE_MS)]);
  const slots = slotsBetween(fromMs, fromMs + minutes * MINUTE_MS);
  const runs = await endedSince(one, fromMs);
  assert.deepEqual(runs.map(({ id }) => id).sort(), slots.sort(), 'Each time that is due begins one run.');
  assert.deepEqual([...new Set(runs.map(({ state }) => state))], ['completed'], JSON.stringify(runs));
  return { minutes, slots: slots.length, byOne: await checkWorkers({ one, other }, slots) };
}

/** Ids of the runs that are due after `fromMs`, until `toMs`. */
function slotsBetween(fromMs: number, toMs: number): string[] {
  return runKinds.flatMap((kind) => {
    const periodMs = PERIODS[kind];
    const first = Math.floor(fromMs / periodMs) + 1;
    const count = Math.floor(toMs / periodMs) - first + 1;
    return Array.from({ length: count }, (_, index) => scheduledRunIdOf(new Date((first + index) * periodMs).toISOString(), kind));
  });
}

/** Every run has an instance in one task hub and none in the other; answers how many are in the first. */
async function checkWorkers({ one, other }: Pick<Pair, 'one' | 'other'>, runs: readonly string[]): Promise<number> {
  const [first, second] = await Promise.all([instancesOf(one), instancesOf(other)]);
  let byOne = 0;
  for (const run of runs) {
    const isIn = (ids: readonly string[]): boolean => ids.some((id) => id.includes(run));
    assert.notEqual(isIn(first), isIn(second), `Both processes or none worked on ${run}.`);
    if (isIn(first)) byOne += 1;
  }
  return byOne;
}

async function instancesOf({ host }: DiscoveryApp): Promise<string[]> {
  const response = await fetch(`${host.url}/runtime/webhooks/durabletask/instances?top=1000`);
  return ((await response.json()) as { instanceId: string }[]).map(({ instanceId }) => instanceId);
}

/** The runs that began after that time, once all of them have ended. */
async function endedSince(product: DiscoveryApp, fromMs: number): Promise<RunAnswer[]> {
  const deadline = performance.now() + RUN_LIMIT_MS;
  for (;;) {
    const { value } = await product.call<{ value: RunAnswer[] }>('GET', 'discovery/runs?top=200');
    const runs = value.filter(({ startedAt }) => Date.parse(startedAt) > fromMs);
    if (runs.every(({ state }) => state !== 'running') || performance.now() > deadline) return runs;
    await sleep(LOOK_AGAIN_MS);
  }
}

async function nowOf({ host }: DiscoveryApp): Promise<number> {
  const { now } = (await (await fetch(`${host.url}/admin/local/clock`)).json()) as { now: string };
  return Date.parse(now);
}

export interface RaceReport {
  readonly minutes: number;
  /** Runs that were due, and those that were begun: the others were due while one of their kind went on. */
  readonly slots: number;
  readonly runs: number;
  /** How often the watchdog of one process started a run of the other anew. */
  readonly restarts: number;
}

/** How far one clock may be before the other: less than the silence after which a run is taken over. */
const LARGEST_SKEW = 5;

/** Lets each clock go on by itself while runs take long, so that times fall due during runs of the other process: no two of a kind may overlap. */
export async function raceSchedules({ tenant, one, other }: Pair, minutes: number): Promise<RaceReport> {
  const fromMs = await nowOf(one);
  await tenant.tell('POST', 'load', { requestMs: SLOW_REQUEST_MS });
  const passed = [0, 0];
  const live = async (product: DiscoveryApp, self: 0 | 1): Promise<void> => {
    for (let minute = 0; minute < minutes; minute += 1) {
      while (minute - (passed[1 - self] ?? 0) >= LARGEST_SKEW) await sleep(LOOK_AGAIN_MS);
      await product.advance(MINUTE_MS);
      passed[self] = minute + 1;
    }
  };
  await Promise.all([live(one, 0), live(other, 1)]);
  await tenant.tell('POST', 'load', { requestMs: 0 });
  const slots = new Set(slotsBetween(fromMs, fromMs + minutes * MINUTE_MS));
  const runs = await endedSince(one, fromMs);
  for (const { id, state } of runs) assert.deepEqual([slots.has(id), state], [true, 'completed'], JSON.stringify(runs));
  await checkOverlaps(one, runs);
  return { minutes, slots: slots.size, runs: runs.length, restarts: runs.reduce((sum, run) => sum + run.restarts, 0) };
}

/** The storage's own times tell when a run really began and ended: its row in the list of its kind is written once, its own row last at its end. */
async function checkOverlaps({ storage }: DiscoveryApp, runs: readonly RunAnswer[]): Promise<void> {
  const table = TableClient.fromConnectionString(storage.connectionString, 'Runs', { allowInsecureConnection: true });
  const written = new Map<string, string>();
  for await (const { rowKey = '', timestamp = '' } of table.listEntities()) written.set(rowKey, timestamp);
  const timeOf = (prefix: string, id: string): string =>
    [...written].find(([key]) => key.startsWith(prefix) && key.endsWith(`|${id}`))?.[1] ?? '';
  for (const [kind, ofKind] of Map.groupBy(runs, (run) => run.kind)) {
    const spans = ofKind.map(({ id }) => ({ id, from: timeOf(`kind|${kind}|`, id), to: timeOf('run|', id) }));
    spans.sort((a, b) => (a.from < b.from ? -1 : 1));
    for (const [index, span] of spans.entries()) {
      const before = spans[index - 1];
      assert.ok(span.from !== '' && span.from < span.to, JSON.stringify(span));
      if (before) assert.ok(before.to <= span.from, `Two ${kind} runs overlap: ${JSON.stringify([before, span])}`);
    }
  }
}

/** Stops one process in the middle of a full run: the other takes the run over, and the first finds on waking that it is not its own any more. */
export async function runTakeover({ tenant, one, other }: Pair): Promise<RunAnswer> {
  const { connectionString } = one.storage;
  // Such a run may fall due while the clock moves on.
  await other.untilEnded(await other.begin('statistics'));
  const truth = await readStoredRows(connectionString);
  await tenant.tell('POST', 'load', { requestMs: 300 });
  const id = await one.begin('full');
  while ((await other.run(id)).progress.requests === 0) await sleep(LOOK_AGAIN_MS);
  const processes = [one.host.pid, one.host.workerPid];
  for (const pid of processes) process.kill(pid, 'SIGSTOP');
  await tenant.tell('POST', 'load', { requestMs: 0 });
  const deadline = performance.now() + RUN_LIMIT_MS;
  while ((await other.run(id)).restarts === 0 && performance.now() < deadline) await other.advance(MINUTE_MS);
  const ended = await other.untilEnded(id);
  assert.deepEqual([ended.state, ended.restarts, ended.counts.gone], ['completed', 1, 0], JSON.stringify(ended));
  for (const pid of processes) process.kill(pid, 'SIGCONT');
  await untilAsleep(one, id);
  assert.deepEqual(await other.run(id), ended, 'Whoever wakes later changes nothing.');
  assertSameRows(truth, await readStoredRows(connectionString), 'After a run changed hands something else is stored');
  return ended;
}

/** Waits until the task hub has ended its instance of the run. */
async function untilAsleep(product: DiscoveryApp, run: string): Promise<void> {
  const deadline = performance.now() + RUN_LIMIT_MS;
  for (;;) {
    const response = await fetch(`${product.host.url}/runtime/webhooks/durabletask/instances?top=1000`);
    const instances = (await response.json()) as { instanceId: string; runtimeStatus: string }[];
    const open = instances.filter(({ instanceId, runtimeStatus }) => instanceId.includes(run) && runtimeStatus !== 'Completed');
    if (open.length === 0) return;
    if (performance.now() > deadline) throw new Error(`It did not end: ${JSON.stringify(open)}\n${product.host.output().slice(-4_000)}`);
    await product.advance(MINUTE_MS);
    await sleep(LOOK_AGAIN_MS);
  }
}
