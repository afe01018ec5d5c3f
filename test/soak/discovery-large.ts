// The first discovery of a large organization in a process that is killed every few minutes: it comes to its end all the same, because no activity
// goes on for more than four minutes, and what an activity has brought to its end is not done again. The minutes are those of the process that runs
// the bundle: its clock goes faster, so that a machine which is slow has the same time for a page as one that is fast has for more of them.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TableClient } from '@azure/data-tables';
import { mailboxesFor, startBenchTenant, type BenchTenant } from '../bench/bench-tenant.ts';
import { seededRandom } from '../support/crash-run.ts';
import { startDiscoveryApp, type DiscoveryApp } from '../support/discovery-app.ts';
import { remainsOfRuns } from '../support/stored-rows.ts';

export interface LargeOrder {
  /** Folder of the built bundle. */
  readonly app: string;
  /** About so many. */
  readonly devices: number;
  readonly seed: number;
  /** Real time. */
  readonly limitMs: number;
  readonly onProgress?: (text: string) => void;
}

export interface LargeReport {
  readonly mailboxes: number;
  readonly devices: number;
  readonly kills: number;
  /** Of the faster clock, on average. */
  readonly minutesBetweenKills: number;
  /** Of the faster clock: how long a page of Exchange took at least. */
  readonly pageSeconds: number;
  /** Requests to Exchange and Graph, those that were lost with a process included, and those that the run counted. */
  readonly requests: number;
  readonly counted: number;
  /** Of the devices that were stored in the end. */
  readonly withoutOwner: number;
  readonly seconds: number;
}

const LOOK_AGAIN_MS = 500;
const FASTER = 12;
/** Real time for a page of Exchange, of which the tenant takes a quarter of its latency: so long that no activity could read all mailboxes. */
const PAGE_MS = 400;
const MINUTE_MS = 60_000;
/** A life in minutes of the faster clock. */
const SHORTEST_LIFE = 5;
const LONGEST_LIFE = 7;
const FAST_CLOCK = fileURLToPath(new URL('../support/fast-clock.ts', import.meta.url));

/** Discovers the organization; rejects when the run does not complete within the limit. */
export async function runLargeDiscovery({ app, devices, seed, limitMs, onProgress }: LargeOrder): Promise<LargeReport> {
  const tenant = await startBenchTenant({ mailboxes: mailboxesFor(devices), latencyMs: 4 * PAGE_MS });
  const product = await startDiscoveryApp({
    app,
    tenant,
    isLarge: true,
    workerArgs: [`--import=${FAST_CLOCK}`],
    settings: { FAST_CLOCK_FACTOR: String(FASTER), FAST_CLOCK_FROM: String(Date.now()) },
  });
  const random = seededRandom(seed);
  const startedMs = performance.now();
  try {
    const id = await product.addConnector();
    let kills = 0;
    let requests = 0;
    let lived = 0;
    for (;;) {
      const life = SHORTEST_LIFE + random() * (LONGEST_LIFE - SHORTEST_LIFE);
      if (await hasEndedWithin(product, id, (life * MINUTE_MS) / FASTER)) break;
      if (performance.now() - startedMs > limitMs) throw new Error(`It did not end: ${JSON.stringify(await product.run(id))}`);
      await product.kill();
      kills += 1;
      lived += life;
      requests += await requestsSince(tenant);
      await product.start();
      const { progress, restarts } = await product.run(id);
      onProgress?.(`kill ${kills}: ${progress.read} devices read, ${requests} requests, ${restarts} restarts`);
    }
    const run = await product.run(id);
    assert.deepEqual([run.state, run.completeness, run.error], ['completed', 1, undefined], JSON.stringify(run));
    const seconds = Math.round((performance.now() - startedMs) / 1000);
    const stored = await countDevices(product);
    assert.equal(stored.devices, tenant.census.devices, 'Every device is stored once.');
    assert.deepEqual(await remainsOfRuns(product.storage.connectionString), []);
    return {
      mailboxes: tenant.census.mailboxes,
      devices: stored.devices,
      kills,
      pageSeconds: (PAGE_MS * FASTER) / 1000,
      minutesBetweenKills: Math.round((lived / kills) * 10) / 10,
      requests: requests + (await requestsSince(tenant)),
      counted: run.counts.requests,
      withoutOwner: stored.withoutOwner,
      seconds,
    };
  } finally {
    await product.stop();
    await tenant.stop();
  }
}

async function hasEndedWithin(product: DiscoveryApp, id: string, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    if ((await product.run(id)).state !== 'running') return true;
    if (performance.now() > deadline) return false;
    await sleep(LOOK_AGAIN_MS);
  }
}

/** Requests that the tenant answered, apart from tokens and those of the test itself. */
async function requestsSince(tenant: BenchTenant): Promise<number> {
  return (await tenant.take()).filter(({ path }) => /^\/(?:adminapi|v1\.0)\//i.test(path)).length;
}

async function countDevices({ storage }: DiscoveryApp): Promise<{ readonly devices: number; readonly withoutOwner: number }> {
  const table = TableClient.fromConnectionString(storage.connectionString, 'Devices', { allowInsecureConnection: true });
  const counts = { devices: 0, withoutOwner: 0 };
  for await (const { ownerMailbox } of table.listEntities({ queryOptions: { select: ['ownerMailbox'] } })) {
    counts.devices += 1;
    if (ownerMailbox === '') counts.withoutOwner += 1;
  }
  return counts;
}
