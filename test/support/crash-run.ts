// Kills the local host again and again while orchestrations run, and holds what came of them against an undisturbed run.
// The app is test/apps/durable: every run of an activity leaves a line in a journal, with a token that is also its result.
// Used by the crash tests (a few kills) and by the soak (hundreds).
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startHostProcess, type HostProcess } from './host-process.ts';
import { killProcess, untilEnded } from './processes.ts';

export const DURABLE_APP = fileURLToPath(new URL('../apps/durable', import.meta.url));

export interface StepResult {
  key: string;
  token: string;
}

interface Status {
  runtimeStatus: string;
  output: unknown;
}

/** One data folder and one journal, served by one host process after another. */
export interface CrashBench {
  /** Starts a host process on the folder. */
  start(args?: readonly string[]): Promise<HostProcess>;
  /** Journal lines so far, in the order of the runs. */
  journal(): StepResult[];
  remove(): void;
}

export function createCrashBench(): CrashBench {
  const folder = mkdtempSync(join(tmpdir(), 'exchange-connector-crash-'));
  const journalFile = join(folder, 'journal.txt');
  return {
    start: (args = []) => startHostProcess({ app: DURABLE_APP, data: join(folder, 'data'), args, env: { JOURNAL: journalFile } }),
    journal() {
      const text = existsSync(journalFile) ? readFileSync(journalFile, 'utf8') : '';
      const lines = text.split('\n').filter((line) => line !== '');
      return lines.map((line) => {
        const [key = '', token = ''] = line.split(' ');
        return { key, token };
      });
    },
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

const instanceUrl = (host: HostProcess, id: string): string => `${host.url}/runtime/webhooks/durabletask/instances/${id}`;

/** Starts `mixed` under the id and name `name`; resolves once the host has promised it. */
export async function startMixed(host: HostProcess, name: string, width: number): Promise<void> {
  const response = await fetch(`${host.url}/runtime/webhooks/durabletask/orchestrators/mixed/${name}`, {
    method: 'POST',
    body: JSON.stringify({ name, width }),
  });
  assert.equal(response.status, 202, await response.text());
}

async function readStatus(host: HostProcess, id: string): Promise<Status> {
  const response = await fetch(instanceUrl(host, id));
  assert.ok(response.ok, `Instance '${id}' is lost: the status route answered ${response.status}.`);
  return (await response.json()) as Status;
}

const hasEnded = (status: Status): boolean => ['Completed', 'Failed', 'Terminated'].includes(status.runtimeStatus);

/** Waits for the end of an instance and gives its results; an end other than Completed is an error. */
export async function waitForResults(host: HostProcess, id: string, limitMs = 180_000): Promise<StepResult[]> {
  const giveUpAt = performance.now() + limitMs;
  for (;;) {
    const status = await readStatus(host, id);
    if (hasEnded(status)) {
      assert.equal(status.runtimeStatus, 'Completed', `Instance '${id}' ended: ${JSON.stringify(status.output)}`);
      return status.output as StepResult[];
    }
    if (performance.now() > giveUpAt) {
      throw new Error(`Instance '${id}' did not end within ${limitMs / 1000} s. The host printed:\n${host.output().slice(-4_000)}`);
    }
    await sleep(50);
  }
}

/** Holds stored results against the journal: none is made up, and no run came after the one whose result was stored. */
export function checkResults(results: readonly StepResult[], journal: readonly StepResult[]): void {
  const lastRuns = new Map(journal.map(({ key, token }) => [key, token]));
  const tokens = new Map<string, Set<string>>();
  for (const { key, token } of journal) tokens.set(key, (tokens.get(key) ?? new Set()).add(token));
  for (const { key, token } of results) {
    assert.ok(tokens.get(key)?.has(token), `The stored result of '${key}' comes from no run of it.`);
    assert.equal(token, lastRuns.get(key), `'${key}' ran again although its result was stored.`);
  }
  const stored = results.map(({ key }) => key);
  assert.equal(new Set(stored).size, stored.length, 'A step is in the results twice.');
  assert.deepEqual([...lastRuns.keys()].sort(), stored.toSorted(), 'Steps that ran and steps in the results are the same.');
}

/** Keys of the results in order, with `<name>` for the instance's own name. */
export const keysOf = (name: string, results: readonly StepResult[]): string[] =>
  results.map(({ key }) => key.replace(new RegExp(`^${name}(?=[/-])`), '<name>'));

/** The keys of one run of `mixed` that nothing disturbs. */
export async function undisturbedKeys(width: number): Promise<string[]> {
  const bench = createCrashBench();
  try {
    const host = await bench.start();
    try {
      await startMixed(host, 'calm', width);
      const results = await waitForResults(host, 'calm');
      checkResults(results, bench.journal());
      return keysOf('calm', results);
    } finally {
      await host.stop();
    }
  } finally {
    bench.remove();
  }
}

/** Random numbers from 0 to below 1 that a seed repeats (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface KillRun {
  /** How often the host process is killed. */
  kills: number;
  seed: number;
  /** How many orchestrations run at a time; when they have all ended before the last kill, as many again are started. */
  instances: number;
  /** Parallel activities in each of the two generations of an orchestration. */
  width: number;
  onProgress?: (progress: { kill: number; kills: number; instances: number; afterMs: number }) => void;
}

export interface KillReport {
  kills: number;
  instances: number;
  activitiesRun: number;
  activitiesStored: number;
  repeated: number;
  seconds: number;
}

const SHORTEST_LIFE_MS = 30;
const LONGEST_LIFE_MS = 400;

async function areAllEnded(host: HostProcess, names: readonly string[]): Promise<boolean> {
  for (const name of names) if (!hasEnded(await readStatus(host, name))) return false;
  return true;
}

/** `kill -9` of the host; its worker must end by itself. */
async function killHost(host: HostProcess): Promise<void> {
  await killProcess(host.pid);
  await untilEnded(host.workerPid);
}

/**
 * One life of a host that dies by itself after `activities` activities; `act` is done as soon as it serves. The worker, which dies with
 * its host, is waited for where it is known: a host that takes up old work may be gone before it has said that it serves.
 */
export async function liveUntilCrash(bench: CrashBench, activities: number, act?: (host: HostProcess) => Promise<void>): Promise<void> {
  let host: HostProcess;
  try {
    host = await bench.start(['--crash-after-activities', String(activities)]);
  } catch (error) {
    if (error instanceof Error && error.message.includes('ended (SIGKILL)')) return;
    throw error;
  }
  // The host may die before it has answered.
  await act?.(host).catch(() => undefined);
  await untilEnded(host.pid);
  await untilEnded(host.workerPid);
}

/** One life of the host: looks after the instances it finds, and is killed after `afterMs` or as soon as that is done. */
async function liveAndDie(host: HostProcess, afterMs: number, look: () => Promise<void>): Promise<void> {
  try {
    await Promise.all([look(), sleep(afterMs)]);
  } finally {
    await killHost(host);
  }
}

async function killRepeatedly(run: KillRun, bench: CrashBench): Promise<string[]> {
  const random = seededRandom(run.seed);
  const all: string[] = [];
  let current: string[] = [];
  for (let kill = 1; kill <= run.kills; kill += 1) {
    const host = await bench.start();
    const afterMs = SHORTEST_LIFE_MS + Math.floor(random() * (LONGEST_LIFE_MS - SHORTEST_LIFE_MS));
    await liveAndDie(host, afterMs, async () => {
      if (!(await areAllEnded(host, current))) return;
      const round = all.length / run.instances;
      current = Array.from({ length: run.instances }, (_, index) => `r${round}-i${index}`);
      for (const name of current) await startMixed(host, name, run.width);
      all.push(...current);
    });
    run.onProgress?.({ kill, kills: run.kills, instances: all.length, afterMs });
  }
  return all;
}

/** Runs orchestrations through `kills` deaths of the host; rejects when a promise was broken (the message names the seed). */
export async function runKills(run: KillRun): Promise<KillReport> {
  const startedMs = performance.now();
  const expected = await undisturbedKeys(run.width);
  const bench = createCrashBench();
  try {
    const all = await killRepeatedly(run, bench);
    const host = await bench.start();
    const results: StepResult[] = [];
    try {
      for (const name of all) {
        const own = await waitForResults(host, name);
        assert.deepEqual(keysOf(name, own), expected, `The results of '${name}' differ from those of an undisturbed run.`);
        results.push(...own);
      }
    } finally {
      await host.stop();
    }
    const journal = bench.journal();
    checkResults(results, journal);
    const [activitiesRun, activitiesStored] = [journal.length, results.length];
    return {
      kills: run.kills,
      instances: all.length,
      activitiesRun,
      activitiesStored,
      repeated: activitiesRun - activitiesStored,
      seconds: Math.round((performance.now() - startedMs) / 100) / 10,
    };
  } catch (error) {
    throw new Error(`A kill run with seed ${run.seed} failed: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    bench.remove();
  }
}
