// The product for black-box tests of discovery: the real bundle on local hosts that can be killed and started again, a simulated tenant and real
// storage, each a process of its own. What people do goes through the product's API; what was kept is read from storage (stored-rows.ts).
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBenchStorage, type BenchStorage } from '../bench/bench-storage.ts';
import type { BenchTenant } from '../bench/bench-tenant.ts';
import type { ConnectorSettings } from '../../src/domain/connector.ts';
import type { Run, RunKind } from '../../src/domain/run.ts';
import type { Discovery } from '../../src/operations/describe-discovery.ts';
import { startHostProcess, type HostProcess } from './host-process.ts';
import { startLargeStorage } from './large-storage.ts';

export interface DiscoveryAppOptions {
  /** Folder of the built bundle. */
  readonly app: string;
  readonly tenant: BenchTenant;
  /** Another app's, to share it; left out, a fresh one. */
  readonly storage?: BenchStorage;
  /** Keeps tables where hundreds of thousands of rows take no longer than they must (large-storage.ts). */
  readonly isLarge?: boolean;
  /** The timers that run; the others are switched off. */
  readonly timers?: readonly string[];
  /** A clock that stands still at this time until it is moved; left out, real time. */
  readonly heldAt?: string;
  /** Options of the Node that runs the bundle. */
  readonly workerArgs?: readonly string[];
  /** Further app settings. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Named after their files. */
const TIMERS = readdirSync(join(import.meta.dirname, '../../functions')).flatMap((file) => /^timer-(.+)\.ts$/.exec(file)?.[1] ?? []);

/** An answer of the API. */
export interface Answer {
  readonly status: number;
  readonly etag: string;
  readonly location: string;
  readonly body: unknown;
}

/** A run as the API answers it. */
export type RunAnswer = Omit<Run, 'generation' | 'wakesAt'> & { readonly progress: Run['counts'] };

export interface DiscoveryApp {
  readonly tenant: BenchTenant;
  readonly storage: BenchStorage;
  /** The host that runs now. */
  readonly host: HostProcess;
  /** Starts the host, on what an earlier one left. */
  start(): Promise<void>;
  /** `kill -9` of the host; its worker is gone as well when this resolves. */
  kill(): Promise<void>;
  /** One request as the administrator; the path stands behind that of the organization. Any status is an answer. */
  send(method: string, path: string, body?: object, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** The body of an answer that has to be a success. */
  call<T>(method: string, path: string, body?: object): Promise<T>;
  /** Adds the connector and answers the id of the first full run, once it has begun. */
  addConnector(settings?: Partial<ConnectorSettings>): Promise<string>;
  /** Begins a run, or finds the one of its kind that goes on; answers its id. */
  begin(kind: RunKind): Promise<string>;
  run(id: string): Promise<RunAnswer>;
  /** Waits for the end of a run; with a held clock it moves on to the next alarm whenever the app has nothing to do. */
  untilEnded(id: string, limitMs?: number): Promise<RunAnswer>;
  /** Waits until a held run that was accepted has ended. */
  untilAccepted(id: string): Promise<RunAnswer>;
  /** Moves a held clock; all that becomes due on the way has been done when this resolves. */
  advance(ms: number): Promise<void>;
  stop(): Promise<void>;
}

const LOOK_AGAIN_MS = 50;
const BEGIN_LIMIT_MS = 60_000;
const RUN_LIMIT_MS = 15 * 60_000;
const TOKEN_SECONDS = 7 * 86_400;

/** The whole product on a tenant; its host has started. */
export async function startDiscoveryApp(options: DiscoveryAppOptions): Promise<DiscoveryApp> {
  const { tenant } = options;
  const data = mkdtempSync(join(tmpdir(), 'exchange-connector-app-'));
  const storage = options.storage ?? (await (options.isLarge ? startLargeStorage() : startBenchStorage()));
  const { token } = (await tenant.control('POST', 'tokens', { user: 'admin', lifetimeSeconds: TOKEN_SECONDS })) as { token: string };
  const start = (): Promise<HostProcess> => startHostProcess(hostOptions(options, storage, data));
  let host = await start();

  async function send(method: string, path: string, body?: object, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const response = await fetch(`${host.url}/api/organizations/${tenant.tenantId}/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const header = (name: string): string => response.headers.get(name) ?? '';
    return {
      status: response.status,
      etag: header('etag'),
      location: header('location'),
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  async function call<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await send(method, path, body);
    // A machine with too much to do does not answer in time; whoever reads asks again.
    if (method === 'GET' && answer.status === 503) return call(method, path);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body as T;
  }

  async function advance(ms: number): Promise<void> {
    const response = await fetch(`${host.url}/admin/local/clock`, { method: 'POST', body: JSON.stringify({ advanceMs: ms }) });
    if (!response.ok) throw new Error(`The clock did not move: ${response.status} ${await response.text()}`);
  }

  /** Moves a held clock to the next alarm. */
  async function toNextAlarm(): Promise<void> {
    const state = (await (await fetch(`${host.url}/admin/local/clock`)).json()) as { now: string; nextAlarm: string | null };
    if (state.nextAlarm !== null) await advance(Math.max(0, Date.parse(state.nextAlarm) - Date.parse(state.now)));
  }

  async function begin(kind: RunKind): Promise<string> {
    for (;;) {
      const answer = await send('POST', 'discovery', { kind });
      // Of a request that took too long nobody knows: the run may go on already.
      if (answer.status === 202 || answer.status === 409) return answer.location.split('/').at(-1) ?? '';
      if (answer.status !== 503) throw new Error(`No ${kind} run was begun: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
  }

  const run = (id: string): Promise<RunAnswer> => call('GET', `discovery/runs/${id}`);

  async function until(id: string, hasEnded: (run: RunAnswer) => boolean, limitMs = RUN_LIMIT_MS): Promise<RunAnswer> {
    const deadline = performance.now() + limitMs;
    for (;;) {
      const answer = await run(id);
      if (hasEnded(answer)) return answer;
      if (performance.now() > deadline) throw new Error(`The run did not end: ${JSON.stringify(answer)}\n${host.output().slice(-6_000)}`);
      if (options.heldAt !== undefined) await toNextAlarm();
      await sleep(LOOK_AGAIN_MS);
    }
  }

  async function firstFull(): Promise<string> {
    const deadline = performance.now() + BEGIN_LIMIT_MS;
    for (;;) {
      const { running, lastFull } = await call<Discovery>('GET', 'discovery');
      const id = running.full ?? lastFull?.runId;
      if (id !== undefined) return id;
      if (performance.now() > deadline) throw new Error(`No full run began after the connector was added.\n${host.output().slice(-6_000)}`);
      if (options.heldAt !== undefined) await toNextAlarm();
      await sleep(LOOK_AGAIN_MS);
    }
  }

  return {
    tenant,
    storage,
    get host() {
      return host;
    },
    async start() {
      host = await start();
    },
    kill: () => host.kill(),
    send,
    call,
    async addConnector(settings = {}) {
      await call('PUT', 'connector', settings);
      return firstFull();
    },
    begin,
    run,
    untilEnded: (id, limitMs) => until(id, ({ state }) => state !== 'running', limitMs),
    untilAccepted: (id) => until(id, ({ state }) => state !== 'running' && state !== 'held'),
    advance,
    async stop() {
      await host.stop();
      if (!options.storage) await storage.stop();
      rmSync(data, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function hostOptions(
  { app, tenant, timers = [], heldAt, workerArgs = [], settings }: DiscoveryAppOptions,
  storage: BenchStorage,
  data: string,
): Parameters<typeof startHostProcess>[0] {
  const off = TIMERS.filter((name) => !timers.includes(name)).map((name) => [`AzureWebJobs.${name}.Disabled`, '1']);
  return {
    app,
    data,
    args: [...(heldAt === undefined ? [] : ['--held-clock', heldAt]), ...workerArgs.map((word) => `--worker-arg=${word}`)],
    env: {
      FUNCTIONS_WORKER_RUNTIME: 'node',
      AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
      AzureWebJobsStorage: storage.connectionString,
      TASK_HUB: 'DiscoveryTest',
      AUDIT_KEY_FILE: join(data, 'audit-key.json'),
      ...tenant.settings,
      ...Object.fromEntries(off),
      ...settings,
    },
  };
}
