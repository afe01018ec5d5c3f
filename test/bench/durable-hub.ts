// Bench of the local host's task hub: many short orchestrations, and one with a long history.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHostProcess, type HostProcess } from '../support/host-process.ts';
import { peakMemoryMib, type Figure } from './figures.ts';

const APP = join(import.meta.dirname, '../apps/durable');
const PARALLEL_STARTS = 16;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const durable = (host: HostProcess, path: string): string => `${host.url}/runtime/webhooks/durabletask/${path}`;

async function start(host: HostProcess, name: string, id: string, input: unknown): Promise<void> {
  const response = await fetch(durable(host, `orchestrators/${name}/${id}`), { method: 'POST', body: JSON.stringify(input) });
  if (response.status !== 202) throw new Error(`Start of ${id}: ${response.status} ${await response.text()}`);
  await response.arrayBuffer();
}

async function waitForAll(host: HostProcess): Promise<void> {
  for (;;) {
    const response = await fetch(durable(host, 'instances?runtimeStatus=Pending,Running&top=1'));
    if (((await response.json()) as unknown[]).length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function countCompleted(host: HostProcess): Promise<number> {
  let count = 0;
  let token: string | null = null;
  do {
    const response: Response = await fetch(durable(host, 'instances?runtimeStatus=Completed&showInput=false'), {
      headers: token ? { 'x-ms-continuation-token': token } : {},
    });
    count += ((await response.json()) as unknown[]).length;
    token = response.headers.get('x-ms-continuation-token');
  } while (token);
  return count;
}

/** `count` orchestrations of five activities one after another. */
async function manyOrchestrations(host: HostProcess, hostPid: number, count: number): Promise<Figure[]> {
  const startedMs = performance.now();
  let next = 0;
  const starter = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) await start(host, 'chain', `bench-${index}`, { length: 5 });
  };
  await Promise.all(Array.from({ length: PARALLEL_STARTS }, starter));
  await waitForAll(host);
  const tookMs = performance.now() - startedMs;
  const completed = await countCompleted(host);
  if (completed !== count) throw new Error(`${completed} of ${count} orchestrations completed.`);
  const perSecond = Math.round((count / tookMs) * 1000);
  return [
    {
      what: `${count.toLocaleString('en')} orchestrations of 5 activities`,
      value: seconds(tookMs),
      how: 'all started over HTTP, all Completed',
    },
    { what: 'orchestrations a second', value: String(perSecond), how: `${perSecond * 6} turns and ${perSecond * 5} activities a second` },
    { what: 'peak memory of the host', value: `${peakMemoryMib(hostPid)} MiB`, how: 'VmHWM' },
    { what: 'peak memory of the worker', value: `${peakMemoryMib(host.workerPid)} MiB`, how: 'VmHWM' },
  ];
}

/** One orchestration whose history grows to about `events` events. */
async function longHistory(host: HostProcess, events: number): Promise<Figure[]> {
  const perActivity = 4;
  const startedMs = performance.now();
  await start(host, 'long', 'bench-long', { count: Math.ceil(events / perActivity) });
  await waitForAll(host);
  const tookMs = performance.now() - startedMs;
  const turns = Math.ceil(events / perActivity) + 1;
  return [
    {
      what: `a history of ${events.toLocaleString('en')} events, built turn by turn`,
      value: seconds(tookMs),
      how: `${turns} turns, each replaying all before it`,
    },
    { what: 'mean turn over that history', value: `${(tookMs / turns).toFixed(1)} ms`, how: 'the last turn costs about twice the mean' },
  ];
}

export async function benchDurableHub(count: number): Promise<Figure[]> {
  const data = mkdtempSync(join(tmpdir(), 'exchange-connector-bench-'));
  const host = await startHostProcess({ app: APP, data });
  try {
    const many = await manyOrchestrations(host, host.pid, count);
    const long = await longHistory(host, 5_000);
    return [...many, ...long];
  } finally {
    await host.stop();
    rmSync(data, { recursive: true, force: true });
  }
}
