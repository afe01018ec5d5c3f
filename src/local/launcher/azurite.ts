// Azurite, the storage emulator: blobs, queues and tables in a process of its own, on 127.0.0.1 and nowhere else.
// It keeps tables in memory and saves every few seconds, so it is stopped by asking and waiting.
import { readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild, type Child } from './child.ts';
import { takeLock, type DataLock } from '../data-lock.ts';
import { readKeptJson, writeKeptJson } from '../tenant/server/kept-json.ts';
import { findFreePorts, isPortFree } from './free-ports.ts';
import { isAlive } from './tenant-settings.ts';

export interface StoragePorts {
  readonly blob: number;
  readonly queue: number;
  readonly table: number;
}

export interface AzuriteOptions {
  readonly dataDirectory: string;
  /** 0 or absent: a free port. */
  readonly ports?: Partial<StoragePorts>;
  /** How long to wait for an earlier Azurite that is still saving this folder. */
  readonly lockWaitMs?: number;
  /** Called when it ends without having been asked to. */
  readonly onExit?: (how: string) => void;
}

export interface Azurite {
  readonly connectionString: string;
  readonly ports: StoragePorts;
  readonly pid: number;
  /** Lets it save and end. */
  stop(): Promise<void>;
}

const KINDS = ['blob', 'queue', 'table'] as const;
const READY_BOUND_MS = 60_000;
const LOOK_AGAIN_MS = 50;
/** Saving takes a second or two; longer means it hangs. */
const STOP_BOUND_MS = 30_000;
/** Free ports are looked for beforehand, so another process may be quicker. */
const PORT_ATTEMPTS = 3;
/** How other programs on this machine find one that runs. */
const CONNECTION_FILE = 'connection.json';
/** Azurite's public account: https://learn.microsoft.com/azure/storage/common/storage-use-azurite */
const ACCOUNT = 'devstoreaccount1';
const ACCOUNT_KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

function entryPoint(): string {
  const packagePath = createRequire(import.meta.url).resolve('azurite/package.json');
  const { bin } = JSON.parse(readFileSync(packagePath, 'utf8')) as { bin: { azurite: string } };
  return join(dirname(packagePath), bin.azurite);
}

/** The connection string of the emulator's account on these ports. */
function connectionStringOf(ports: StoragePorts): string {
  const endpoint = (port: number): string => `http://127.0.0.1:${port}/${ACCOUNT}`;
  return [
    'DefaultEndpointsProtocol=http',
    `AccountName=${ACCOUNT}`,
    `AccountKey=${ACCOUNT_KEY}`,
    `BlobEndpoint=${endpoint(ports.blob)}`,
    `QueueEndpoint=${endpoint(ports.queue)}`,
    `TableEndpoint=${endpoint(ports.table)}`,
    '',
  ].join(';');
}

/** What stands in the file. */
interface KeptConnection {
  readonly pid: number;
  readonly connectionString: string;
}

/** The connection string of the Azurite that runs on the folder; undefined when none does. */
export function runningAzurite(dataDirectory: string): string | undefined {
  const kept = readKeptJson(join(dataDirectory, CONNECTION_FILE)) as KeptConnection | undefined;
  return kept && isAlive(kept.pid) ? kept.connectionString : undefined;
}

async function choosePorts(wanted: Partial<StoragePorts>): Promise<StoragePorts> {
  for (const kind of KINDS) {
    const port = wanted[kind] ?? 0;
    if (port !== 0 && !(await isPortFree(port))) {
      throw new Error(
        `Port ${port}, wanted for ${kind} storage, is taken, perhaps by another Azurite. End that process, or choose another port.`,
      );
    }
  }
  const [blob = 0, queue = 0, table = 0] = await findFreePorts(KINDS.length);
  return { blob: wanted.blob || blob, queue: wanted.queue || queue, table: wanted.table || table };
}

/** Any answer will do, also a refusal. */
async function answers(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

async function untilReady(ports: StoragePorts): Promise<void> {
  const deadline = performance.now() + READY_BOUND_MS;
  while (!(await Promise.all(KINDS.map((kind) => answers(ports[kind])))).every(Boolean)) {
    if (performance.now() > deadline) throw new Error(`Azurite did not answer within ${READY_BOUND_MS / 1000} s.`);
    await sleep(LOOK_AGAIN_MS);
  }
}

async function startOn(ports: StoragePorts, dataDirectory: string): Promise<Child> {
  let lastLine = '';
  const child = startChild({
    command: [
      entryPoint(),
      '--location',
      dataDirectory,
      '--silent',
      '--loose',
      '--skipApiVersionCheck',
      '--disableTelemetry',
      ...KINDS.flatMap((kind) => [`--${kind}Host`, '127.0.0.1', `--${kind}Port`, String(ports[kind])]),
    ],
    onLine(line) {
      lastLine = line;
    },
  });
  const died = child.ended.then(({ text }) => {
    throw new Error(`Azurite ended while starting (${text}): ${lastLine} If its data in ${dataDirectory} is damaged, delete that folder.`);
  });
  try {
    await Promise.race([untilReady(ports), died]);
    return child;
  } catch (error) {
    child.kill();
    throw error;
  }
}

async function startSomewhere(wanted: Partial<StoragePorts>, dataDirectory: string): Promise<{ child: Child; ports: StoragePorts }> {
  for (let attempt = 1; ; attempt += 1) {
    const ports = await choosePorts(wanted);
    try {
      return { child: await startOn(ports, dataDirectory), ports };
    } catch (error) {
      if (attempt === PORT_ATTEMPTS || !(error as Error).message.includes('EADDRINUSE')) throw error;
    }
  }
}

async function start(options: AzuriteOptions, lock: DataLock): Promise<Azurite> {
  const { child, ports } = await startSomewhere(options.ports ?? {}, options.dataDirectory);
  // Should this process be killed, the next start has to wait until Azurite itself has saved and gone.
  lock.handTo(child.pid);
  const connectionString = connectionStringOf(ports);
  const connectionFile = join(options.dataDirectory, CONNECTION_FILE);
  writeKeptJson(connectionFile, { pid: child.pid, connectionString } satisfies KeptConnection);
  let isStopping = false;
  async function watch(): Promise<void> {
    const { text } = await child.ended;
    rmSync(connectionFile, { force: true });
    lock.release();
    if (!isStopping) options.onExit?.(text);
  }
  void watch();
  return {
    connectionString,
    ports,
    pid: child.pid,
    async stop() {
      isStopping = true;
      await child.stop(STOP_BOUND_MS);
    },
  };
}

/** Starts Azurite on a data folder; it is ready when this answers. Refuses a folder that another one uses. */
export async function startAzurite(options: AzuriteOptions): Promise<Azurite> {
  const lock = await takeLock(join(options.dataDirectory, 'azurite.lock'), `The storage in ${options.dataDirectory}`, options.lockWaitMs);
  try {
    return await start(options, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}
