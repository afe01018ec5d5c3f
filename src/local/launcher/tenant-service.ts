// The simulated tenant as a process of the launcher: started on its folder, ready when its connection file names it, stopped in order.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild, type Child } from './child.ts';
import { callTenant } from '../tenant-control.ts';
import { readKeptJson } from '../tenant/server/kept-json.ts';
import { CONNECTION_FILE, type Connection } from '../tenant/tenant-process.ts';

/** What may be chosen about the tenant; what is left out stays as it was, or is the tenant's own default. */
export interface TenantChoices {
  readonly mailboxes: string | undefined;
  readonly seed: string | undefined;
  /** Milliseconds. */
  readonly latency: string | undefined;
  readonly speed: string | undefined;
}

export interface TenantServiceOptions {
  readonly dataDirectory: string;
  readonly choices: TenantChoices;
  /** Gets the lines that it prints once it runs: what it did not foresee. */
  readonly onLine: (line: string) => void;
  /** Called when it ends without having been asked to. */
  readonly onExit: (how: string) => void;
}

/** What lives in the first organization. */
interface TenantCensus {
  readonly mailboxes: number;
  readonly devices: number;
}

export interface TenantProcess {
  readonly connection: Connection;
  readonly census: TenantCensus;
  /** Lets it write its clock down and end. */
  stop(): Promise<void>;
}

const ENTRY = join(import.meta.dirname, '..', 'tenant', 'main.ts');
const READY_BOUND_MS = 120_000;
const LOOK_AGAIN_MS = 50;
const STOP_BOUND_MS = 15_000;
const MOST_LAST_LINES = 10;
const USUAL_MAILBOXES = '500';
/** Far below what Exchange takes (0.6 to 1 s), so that a first look is quick; enough to see what waits for what. */
const USUAL_LATENCY = '20';

/** Words for the tenant's command line. */
export function tenantWords({ mailboxes, seed, latency, speed }: TenantChoices): string[] {
  return Object.entries({ mailboxes, seed, latency, speed }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}=${value}`],
  );
}

/** A tenant refuses to be of another seed or size than it was made: who does not ask for one means the one that is there. */
function asItWas(dataDirectory: string, choices: TenantChoices): TenantChoices {
  const making = readKeptJson(join(dataDirectory, 'tenant.json')) as { seed?: string; mailboxes?: number } | undefined;
  const { seed, mailboxes, latency } = choices;
  return {
    ...choices,
    latency: latency ?? (making ? undefined : USUAL_LATENCY),
    seed: seed ?? making?.seed,
    mailboxes: mailboxes ?? making?.mailboxes?.toString() ?? USUAL_MAILBOXES,
  };
}

async function untilConnected(dataDirectory: string, pid: number, over: AbortSignal): Promise<Connection> {
  const deadline = performance.now() + READY_BOUND_MS;
  for (;;) {
    const connection = readKeptJson(join(dataDirectory, CONNECTION_FILE)) as Connection | undefined;
    // One left behind by a tenant that was killed names another process.
    if (connection?.pid === pid) return connection;
    if (performance.now() > deadline) throw new Error(`The simulated tenant was not ready within ${READY_BOUND_MS / 1000} s.`);
    await sleep(LOOK_AGAIN_MS, undefined, { signal: over });
  }
}

async function takeCensus(connection: Connection): Promise<TenantCensus> {
  const { organizations } = (await callTenant(connection, 'GET', 'state')) as { organizations: readonly TenantCensus[] };
  const { mailboxes = 0, devices = 0 } = organizations[0] ?? {};
  return { mailboxes, devices };
}

async function untilReady(dataDirectory: string, child: Child, lastLines: readonly string[]): Promise<Omit<TenantProcess, 'stop'>> {
  const died = child.ended.then(({ text }) => {
    throw new Error(`The simulated tenant ended while starting (${text}). It said:\n${lastLines.join('\n')}`);
  });
  const over = new AbortController();
  const ready = async (): Promise<Omit<TenantProcess, 'stop'>> => {
    const connection = await untilConnected(dataDirectory, child.pid, over.signal);
    return { connection, census: await takeCensus(connection) };
  };
  try {
    return await Promise.race([ready(), died]);
  } catch (error) {
    child.kill();
    throw error;
  } finally {
    over.abort();
    // Whichever lost the race has nobody left to report to.
    died.catch(() => undefined);
  }
}

/** Starts the tenant; it is ready when this answers. */
export async function startTenantProcess({ dataDirectory, choices, onLine, onExit }: TenantServiceOptions): Promise<TenantProcess> {
  const words = tenantWords(asItWas(dataDirectory, choices));
  const lastLines: string[] = [];
  let isReady = false;
  const child = startChild({
    command: [ENTRY, '--data', dataDirectory, ...words],
    onLine(line) {
      if (isReady) onLine(line);
      else if (lastLines.push(line) > MOST_LAST_LINES) lastLines.shift();
    },
  });
  const ready = await untilReady(dataDirectory, child, lastLines);
  isReady = true;
  let isStopping = false;
  async function watch(): Promise<void> {
    const { text } = await child.ended;
    if (!isStopping) onExit(text);
  }
  void watch();
  return {
    ...ready,
    async stop() {
      isStopping = true;
      await child.stop(STOP_BOUND_MS);
    },
  };
}
