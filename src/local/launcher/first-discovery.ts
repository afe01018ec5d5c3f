// After everything is up: installs the connector where there is none, with somebody whose rights are limited, follows its first discovery to the end,
// and counts what was found.
// It goes through the connector's own API, as anybody else would.
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type ApiClient } from './api-client.ts';
import { createDeviceCounter, type DeviceCounts, type ListedDevice } from './device-summary.ts';
import { firstInstallation, type FirstInstallationNeeds } from './first-installation.ts';
import { seedAccess } from './seed-access.ts';

export interface FirstDiscoveryNeeds extends FirstInstallationNeeds {
  /** How many devices the tenant has: what a progress bar is a share of. */
  readonly census: { readonly devices: number };
}

/** A run that this launch has followed to its end. */
interface FollowedRun {
  readonly kind: RunKind;
  readonly durationMs: number;
  readonly counts: Counts;
}

export interface FirstDiscovery {
  /** False when an earlier start had done it. */
  readonly isFirst: boolean;
  /** What the connector has to do without, for want of rights. */
  readonly missingFeatures: readonly string[];
  readonly runs: readonly FollowedRun[];
  readonly found: DeviceCounts;
}

type RunKind = 'full' | 'statistics';

interface Counts {
  readonly read: number;
  readonly statistics: number;
  readonly requests: number;
  readonly throttled: number;
}

interface Run {
  readonly id: string;
  readonly state: 'running' | 'completed' | 'held' | 'failed';
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly counts: Counts;
  readonly progress: Counts;
  readonly error?: { readonly code: string; readonly message: string };
}

interface Discovery {
  readonly lastFull?: object;
  readonly running: Readonly<Partial<Record<RunKind, string>>>;
}

/** A run of the first discovery ended in another way than completed. */
export class DiscoveryFailed extends Error {
  override readonly name = 'DiscoveryFailed';
}

const LOOK_AGAIN_MS = 200;
const COUNT = new Intl.NumberFormat('en-US');
const LABEL = { full: 'Discovery', statistics: 'Statistics' } as const;

/** Installs and discovers what an earlier start has not, and answers what is there now. */
export async function firstDiscovery(needs: FirstDiscoveryNeeds): Promise<FirstDiscovery> {
  const { api, organization } = needs;
  const path = `/organizations/${organization}`;
  const missingFeatures = await firstInstallation(needs);
  await seedAccess(api, organization);
  const { lastFull, running } = (await api.call('GET', `${path}/discovery`)) as Discovery;
  const runs: FollowedRun[] = [];
  if (!lastFull) {
    runs.push(await follow(needs, 'full', running.full ?? (await start(needs, 'full'))));
    runs.push(await follow(needs, 'statistics', running.statistics ?? (await start(needs, 'statistics'))));
  }
  return { isFirst: !lastFull, missingFeatures, runs, found: await countDevices(api, path) };
}

/** Begins a run, or finds the one of its kind that goes on already. */
async function start({ api, organization }: FirstDiscoveryNeeds, kind: RunKind): Promise<string> {
  const path = `/organizations/${organization}/discovery`;
  try {
    return ((await api.call('POST', path, { kind })) as { id: string }).id;
  } catch (error) {
    const { running } = (await api.call('GET', path)) as Discovery;
    const id = error instanceof ApiError && error.status === 409 ? running[kind] : undefined;
    if (id === undefined) throw error;
    return id;
  }
}

async function follow({ api, organization, census, line, signal }: FirstDiscoveryNeeds, kind: RunKind, id: string): Promise<FollowedRun> {
  for (;;) {
    const run = (await api.call('GET', `/organizations/${organization}/discovery/runs/${id}`)) as Run;
    const counts = run.state === 'running' ? run.progress : run.counts;
    const done = kind === 'full' ? counts.read : counts.statistics;
    const share = run.state === 'completed' ? 1 : Math.min(0.99, done / Math.max(1, census.devices));
    line.show({ label: LABEL[kind], share, facts: factsOf(kind, counts) });
    if (run.state !== 'running') {
      line.end();
      if (run.state !== 'completed') throw new DiscoveryFailed(failureText(kind, run));
      return { kind, durationMs: Date.parse(run.endedAt ?? run.startedAt) - Date.parse(run.startedAt), counts };
    }
    await sleep(LOOK_AGAIN_MS, undefined, { signal });
  }
}

function factsOf(kind: RunKind, { read, statistics, requests, throttled }: Counts): string {
  const done = kind === 'full' ? `${COUNT.format(read)} devices` : `${COUNT.format(statistics)} devices' statistics`;
  const slowed = throttled > 0 ? `, throttled ${COUNT.format(throttled)} times` : '';
  return `${done}, ${COUNT.format(requests)} requests${slowed}`;
}

function failureText(kind: RunKind, { state, error }: Run): string {
  const what = kind === 'full' ? 'The first discovery' : 'The first reading of statistics';
  return `${what} ended '${state}'${error ? `: ${error.message} (${error.code})` : '.'}`;
}

async function countDevices(api: ApiClient, path: string): Promise<DeviceCounts> {
  const counter = createDeviceCounter(Date.parse(new Date().toISOString()));
  let next: string | undefined = `${path}/devices?top=1000`;
  while (next !== undefined) {
    const page = (await api.call('GET', next)) as { value: readonly ListedDevice[]; nextLink?: string };
    for (const device of page.value) counter.add(device);
    next = page.nextLink?.replace(/^\/api/, '');
  }
  return counter.counts();
}
