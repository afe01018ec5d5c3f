// Keeps one worker alive: when it ends by itself, or the app does not load again, a new one is started, and invocations wait for it.
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostLog } from './log.ts';
import type { FunctionMetadata, InvocationRequest, InvocationResult } from './protocol.ts';
import { startWorker, type WorkerOptions, type WorkerProcess } from './worker-process.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
/** A worker that lived this long starts the pauses anew. */
const SETTLED_MS = 30_000;

export interface WorkerSupervisor {
  readonly functions: readonly FunctionMetadata[];
  readonly capabilities: Readonly<Record<string, string>>;
  readonly workerPid: number | undefined;
  run(request: InvocationRequest): Promise<InvocationResult>;
  moveClock(): void;
  stop(): Promise<void>;
}

/** Starts the first worker; a load error of the app is thrown. */
export async function superviseWorker(options: Omit<WorkerOptions, 'onLost'>, log: HostLog): Promise<WorkerSupervisor> {
  const stopping = new AbortController();
  let current: Promise<WorkerProcess>;
  let live: WorkerProcess | undefined;
  let quickDeaths = 0;

  async function start(): Promise<WorkerProcess> {
    const startedMs = performance.now();
    live = await startWorker({
      ...options,
      onLost: (how) => startAgain(`The worker process ended (${how})`, performance.now() - startedMs),
    });
    return live;
  }

  async function startAfter(pauseMs: number): Promise<WorkerProcess> {
    await sleep(pauseMs, undefined, { signal: stopping.signal });
    return start();
  }

  function startAgain(why: string, livedMs: number): void {
    if (stopping.signal.aborted) return;
    live = undefined;
    quickDeaths = livedMs > SETTLED_MS ? 0 : quickDeaths + 1;
    const pauseMs = quickDeaths <= 1 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (quickDeaths - 2));
    log.write('error', 'Host.Worker', `${why.replace(/\.?$/, '.')} Starting a new one${pauseMs > 0 ? ` in ${pauseMs / 1000} s` : ''}.`);
    current = startAfter(pauseMs);
    current.catch((error: unknown) =>
      startAgain(`The app did not load again: ${error instanceof Error ? error.message : String(error)}`, 0),
    );
  }

  current = start();
  const { functions, capabilities } = await current;
  return {
    functions,
    capabilities,
    get workerPid() {
      return live?.pid;
    },
    async run(request) {
      try {
        return await (await current).invoke(request);
      } catch (error) {
        return { ok: false, cause: 'worker-lost', error: { message: error instanceof Error ? error.message : String(error) } };
      }
    },
    moveClock: () => live?.moveClock(),
    async stop() {
      stopping.abort();
      const [last] = await Promise.allSettled([current]);
      if (last.status === 'fulfilled') await last.value.terminate();
    },
  };
}
