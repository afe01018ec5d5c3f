// Kills the product again and again while it discovers an organization that does not change, and holds what it stored against what a discovery that
// nobody disturbed stored. A few kills in `npm test` (test/discovery/kills.test.ts), a hundred in `npm run soak`.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunKind } from '../../src/domain/run.ts';
import { startCalmTenant, type CalmTenant } from '../support/calm-tenant.ts';
import { seededRandom } from '../support/crash-run.ts';
import { startDiscoveryApp, type DiscoveryApp, type RunAnswer } from '../support/discovery-app.ts';
import { assertSameRows, goneIn, readStoredRows, remainsOfRuns, type StoredRows } from '../support/stored-rows.ts';

export interface KillOrder {
  /** Folder of the built bundle. */
  readonly app: string;
  readonly mailboxes: number;
  /** Rows of a page of the tenant; fewer than Exchange's make a small list as long as a large one. */
  readonly pageSize?: number;
  readonly isLarge?: boolean;
  readonly kills: number;
  /** The runs of one round, on storage that is empty when it begins; the first one is begun by adding the connector. */
  readonly kinds: readonly RunKind[];
  readonly seed: number;
  readonly onProgress?: (text: string) => void;
}

export interface KillReport {
  readonly devices: number;
  readonly kills: number;
  /** Kills by what was going on: the kind of run. */
  readonly killsDuring: Readonly<Record<RunKind, number>>;
  readonly rounds: number;
  readonly runs: number;
  /** Of one storage, each compared. */
  readonly rows: number;
  readonly seconds: number;
}

/** What a discovery that nobody disturbed left, and how long each of its runs took. */
interface Undisturbed {
  readonly rows: StoredRows;
  readonly read: readonly number[];
  readonly durationsMs: readonly number[];
}

const SHORTEST_LIFE_MS = 50;
/** Of the time that the run takes undisturbed: some lives are longer than any of its steps. */
const LONGEST_LIFE = 0.8;
/** A delta is one activity: killed again before that ends, it would take all kills for itself. */
const MOST_KILLS_OF_RUN = 20;

/** Kills the product `kills` times in as many rounds as that takes; rejects when one of its promises was broken (the message names the seed). */
export async function runDiscoveryKills(order: KillOrder): Promise<KillReport> {
  const startedMs = performance.now();
  const tenant = await startCalmTenant({ mailboxes: order.mailboxes });
  try {
    if (order.pageSize !== undefined) await tenant.control('POST', 'switches', { pageSize: order.pageSize });
    const undisturbed = await discoverUndisturbed(order, tenant);
    const killer = createKiller(order);
    let rounds = 0;
    for (; killer.left() > 0; rounds += 1) await runRound({ order, tenant, undisturbed, killer });
    const { killsDuring } = killer;
    return {
      devices: undisturbed.read[0] ?? 0,
      kills: order.kills,
      killsDuring,
      rounds,
      runs: rounds * order.kinds.length,
      rows: undisturbed.rows.size,
      seconds: Math.round((performance.now() - startedMs) / 1000),
    };
  } catch (error) {
    throw new Error(`A kill run with seed ${order.seed} failed: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  } finally {
    await tenant.stop();
  }
}

async function discoverUndisturbed({ app, kinds, isLarge = false }: KillOrder, tenant: CalmTenant): Promise<Undisturbed> {
  const product = await startDiscoveryApp({ app, tenant, isLarge });
  try {
    const runs: RunAnswer[] = [];
    for (const [index, kind] of kinds.entries()) {
      const id = index === 0 ? await product.addConnector() : await product.begin(kind);
      runs.push(await product.untilEnded(id));
    }
    for (const run of runs) assert.equal(run.state, 'completed', JSON.stringify(run));
    return {
      rows: await readStoredRows(product.storage.connectionString),
      read: runs.map(({ counts }) => counts.read),
      durationsMs: runs.map(({ startedAt, endedAt }) => Date.parse(endedAt ?? '') - Date.parse(startedAt)),
    };
  } finally {
    await product.stop();
  }
}

interface Killer {
  left(): number;
  readonly killsDuring: Readonly<Record<RunKind, number>>;
  /** Lets the product live for a random time, then kills it and starts it again; answers false when no kill is left. */
  strike(product: DiscoveryApp, kind: RunKind, durationMs: number): Promise<boolean>;
}

function createKiller({ kills, seed, onProgress }: KillOrder): Killer {
  const random = seededRandom(seed);
  const killsDuring: Record<RunKind, number> = { full: 0, delta: 0, statistics: 0 };
  let done = 0;
  return {
    left: () => kills - done,
    killsDuring,
    async strike(product, kind, durationMs) {
      if (done === kills) return false;
      const lifeMs = SHORTEST_LIFE_MS + random() * durationMs * LONGEST_LIFE;
      await sleep(lifeMs);
      await product.kill();
      done += 1;
      killsDuring[kind] += 1;
      onProgress?.(`kill ${done} of ${kills} during a ${kind} run, after ${Math.round(lifeMs)} ms`);
      await product.start();
      return true;
    },
  };
}

interface Round {
  readonly order: KillOrder;
  readonly tenant: CalmTenant;
  readonly undisturbed: Undisturbed;
  readonly killer: Killer;
}

/** One discovery on empty storage, killed on its way as long as kills are left. */
async function runRound({ order, tenant, undisturbed, killer }: Round): Promise<void> {
  const product = await startDiscoveryApp({ app: order.app, tenant, isLarge: order.isLarge ?? false });
  try {
    for (const [index, kind] of order.kinds.entries()) {
      const id = await begin(product, kind, index === 0);
      const durationMs = undisturbed.durationsMs[index] ?? 0;
      let kills = 0;
      while (kills < MOST_KILLS_OF_RUN && (await isRunning(product, id)) && (await killer.strike(product, kind, durationMs))) kills += 1;
      const run = await product.untilEnded(id);
      assert.equal(run.state, 'completed', `${JSON.stringify(run)}\n${product.host.output().slice(-4_000)}`);
      // A delta that is repeated after it has moved the watermark reads less.
      if (kind === 'full') assert.equal(run.counts.read, undisturbed.read[index], `It counted otherwise: ${JSON.stringify(run)}`);
      assert.equal(run.counts.gone, 0, `A ${kind} run found devices gone: ${JSON.stringify(run)}`);
    }
    const rows = await readStoredRows(product.storage.connectionString);
    assert.deepEqual(goneIn(rows), []);
    assertSameRows(undisturbed.rows, rows, 'What was stored differs from what an undisturbed discovery stored');
    assert.deepEqual(await remainsOfRuns(product.storage.connectionString), [], 'Runs that have ended leave nothing behind.');
  } finally {
    await product.stop();
  }
}

async function isRunning(product: DiscoveryApp, id: string): Promise<boolean> {
  return (await product.run(id)).state === 'running';
}

async function begin(product: DiscoveryApp, kind: RunKind, isFirst: boolean): Promise<string> {
  return isFirst ? product.addConnector() : product.begin(kind);
}
