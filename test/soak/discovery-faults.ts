// Discovers an organization while faults of all kinds strike its requests at random, many in one run. A run ends as completed or as failed with a
// code; nothing that exists is ever marked gone; and the first run after the faults puts everything right.
// A few runs in `npm test` (test/discovery/faults.test.ts), dozens in `npm run soak`.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import type { RunKind } from '../../src/domain/run.ts';
import { FAULTS, type FaultName } from '../../src/local/tenant/faults.ts';
import type { ArmedFault } from '../../src/local/tenant/fault-board.ts';
import { startCalmTenant, type CalmTenant } from '../support/calm-tenant.ts';
import { seededRandom } from '../support/crash-run.ts';
import { startDiscoveryApp, type DiscoveryApp, type RunAnswer } from '../support/discovery-app.ts';
import { EFFECTS } from './wire-faults.ts';
import { assertSameRows, differencesOf, goneIn, readStoredRows, type StoredRows } from '../support/stored-rows.ts';

export interface FaultOrder {
  /** Folder of the built bundle. */
  readonly app: string;
  readonly mailboxes: number;
  /** Rows of a page of the tenant: short pages make many requests, and each may be struck. */
  readonly pageSize: number;
  /** How often faults are armed and discovery runs. */
  readonly rounds: number;
  /** The runs that go on at the same time in each round. */
  readonly kinds: readonly RunKind[];
  readonly seed: number;
  readonly onProgress?: (text: string) => void;
}

export interface FaultReport {
  readonly devices: number;
  readonly faults: number;
  /** Faults that struck at least once. */
  readonly struck: readonly string[];
  readonly strikes: number;
  readonly runs: number;
  /** By state, failed ones by their code. */
  readonly endings: Readonly<Record<string, number>>;
  /** Runs that completed with everything right at once. */
  readonly rightAtOnce: number;
  readonly seconds: number;
}

const SHORT_WAITS = fileURLToPath(new URL('../support/short-waits.ts', import.meta.url));
/** The share of the faults that is armed in a round. */
const SHARE = 0.25;
/** A read gets over these, so that a run may meet many of them and still complete. */
const CURABLE = new Set(
  Object.entries(EFFECTS).flatMap(([name, { endings }]) => (endings.some((one) => one === 'complete') ? [name] : [])),
);
/** Each lets so many requests pass at most before it strikes. */
const LONGEST_SKIP = 60;
const MOST_STRIKES = 3;
const SLOW_MS = '50';
/** A lookup that leads to a device of another name is allowed: lookups are checked against what they lead to. */
const LOOKUPS = 'Lookups ';

interface Bench {
  readonly order: FaultOrder;
  readonly tenant: CalmTenant;
  readonly product: DiscoveryApp;
  /** What is stored when nothing disturbs. */
  readonly truth: StoredRows;
  readonly random: () => number;
}

/** Runs discovery under faults `rounds` times; rejects when one of its promises was broken (the message names the seed). */
export async function runDiscoveryFaults(order: FaultOrder): Promise<FaultReport> {
  const startedMs = performance.now();
  const tenant = await startCalmTenant(order);
  const product = await startDiscoveryApp({
    app: order.app,
    tenant,
    heldAt: new Date().toISOString(),
    workerArgs: [`--import=${SHORT_WAITS}`],
  });
  try {
    const { counts } = await product.untilEnded(await product.addConnector());
    const bench: Bench = { order, tenant, product, truth: await restore({ order, product }), random: seededRandom(order.seed) };
    const endings = new Map<string, number>();
    const struck = new Map<FaultName, number>();
    let rightAtOnce = 0;
    for (let round = 1; round <= order.rounds; round += 1) {
      const { runs, strikes, isRight } = await runRound(bench, round % 2 === 0);
      for (const run of runs) count(endings, `${run.kind} ${run.state}${run.error ? `: ${run.error.code}` : ''}`);
      for (const [name, times] of strikes) count(struck, name, times);
      if (isRight) rightAtOnce += 1;
      order.onProgress?.(
        `round ${round} of ${order.rounds}: ${[...strikes.keys()].length} faults struck, ${runs.map(describe).join(', ')}`,
      );
    }
    return {
      devices: counts.read,
      faults: Object.keys(FAULTS).length,
      struck: [...struck.keys()],
      strikes: [...struck.values()].reduce((sum, times) => sum + times, 0),
      runs: order.rounds * order.kinds.length,
      endings: Object.fromEntries([...endings].sort(([, a], [, b]) => b - a)),
      rightAtOnce,
      seconds: Math.round((performance.now() - startedMs) / 1000),
    };
  } catch (error) {
    throw new Error(`A fault run with seed ${order.seed} failed: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  } finally {
    await product.stop();
    await tenant.stop();
  }
}

const describe = ({ kind, state, error }: RunAnswer): string => `${kind} ${error?.code ?? state}`;

function count<Key>(counts: Map<Key, number>, key: Key, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

/** One run of each kind without faults, and what is stored then. */
async function restore({ order, product }: Pick<Bench, 'order' | 'product'>): Promise<StoredRows> {
  for (const kind of order.kinds) {
    const run = await product.untilEnded(await product.begin(kind));
    assert.equal(run.state, 'completed', `Without faults a ${kind} run did not complete: ${JSON.stringify(run)}`);
    assert.equal(run.counts.gone, 0);
  }
  return readStoredRows(product.storage.connectionString);
}

interface Round {
  readonly runs: readonly RunAnswer[];
  readonly strikes: ReadonlyMap<FaultName, number>;
  readonly isRight: boolean;
}

async function runRound(bench: Bench, isCurable: boolean): Promise<Round> {
  const { order, tenant, product, truth } = bench;
  const armed = await arm(bench, isCurable);
  const ids = await Promise.all(order.kinds.map((kind) => product.begin(kind)));
  const runs: RunAnswer[] = [];
  for (const id of ids) runs.push(await product.untilEnded(id));
  const { armed: left } = (await tenant.tell('GET', 'faults')) as { armed: readonly ArmedFault[] };
  await tenant.tell('DELETE', 'faults');
  const strikes = strikesOf(armed, left);
  const what = `${[...strikes.keys()].join(', ')} struck; ${JSON.stringify(runs)}`;
  for (const { state, error } of runs) {
    assert.ok(state === 'completed' || (state === 'failed' && error !== undefined), `A run ended otherwise than it may. ${what}`);
    assert.notEqual(error?.code, 'internal', `A fault was taken for one of our own. ${what}`);
  }
  const disturbed = await readStoredRows(product.storage.connectionString);
  assert.deepEqual(goneIn(disturbed), [], `Devices that exist were marked gone. ${what}`);
  await product.advance(60_000);
  const restored = await restore(bench);
  assertSameRows(withoutOldLookups(truth), withoutOldLookups(restored, truth), `After the faults not everything is as it was. ${what}`);
  return { runs, strikes, isRight: !differencesOf(truth, disturbed) };
}

/** Arms some faults, each after a random number of requests, and answers which: of all, or in every second round of those that a read gets over. */
async function arm({ tenant, random }: Bench, isCurable: boolean): Promise<readonly ArmedFault[]> {
  const names = Object.keys(FAULTS).filter((name) => random() < SHARE && (!isCurable || CURABLE.has(name)));
  for (const name of names) {
    const skip = Math.floor(random() * LONGEST_SKIP);
    const times = 1 + Math.floor(random() * MOST_STRIKES);
    await tenant.tell('POST', 'faults', { name, skip, count: times, ...(name === 'slow' && { argument: SLOW_MS }) });
  }
  return ((await tenant.tell('GET', 'faults')) as { armed: readonly ArmedFault[] }).armed;
}

function strikesOf(armed: readonly ArmedFault[], left: readonly ArmedFault[]): Map<FaultName, number> {
  const waiting = new Map(left.map((fault) => [fault.name, fault.left ?? 0]));
  const strikes = armed.map(({ name, left: ordered }) => [name, (ordered ?? 0) - (waiting.get(name) ?? 0)] as const);
  return new Map(strikes.filter(([, times]) => times > 0));
}

/** Lookups that an altered row once had may stay. */
function withoutOldLookups(rows: StoredRows, truth: StoredRows = rows): StoredRows {
  return new Map([...rows].filter(([key]) => !key.startsWith(LOOKUPS) || truth.has(key)));
}
