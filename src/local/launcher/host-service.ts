// The function app on the local Functions host, as a child process that is started again when it dies.
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild, type Ending } from './child.ts';
import { findFreePorts, isPortFree } from './free-ports.ts';
import type { Service } from './services.ts';
import { superviseChild, type SupervisedChild } from './supervised-child.ts';
import { waitForHealth } from './wait-for-health.ts';

export interface HostServiceNeeds {
  /** The script of the Functions host. */
  readonly entry: string;
  readonly appDirectory: string;
  readonly dataDirectory: string;
  /** Whose people may sign in. */
  readonly tenantId: string;
  /** 0: any free one. */
  readonly wantedPort: number;
  /** How long to wait for the port, when an earlier host may still be ending. */
  readonly portWaitMs: () => number;
  /** The environment of the host, asked for at each start. */
  readonly environment: () => NodeJS.ProcessEnv;
  readonly print: (text: string) => void;
  /** Called when a host that was ready once stays down. */
  readonly onFailure: (reason: string) => void;
  /** Set to give up a start under way. */
  readonly cancelled: AbortSignal;
}

export interface HostService extends Service {
  /** Known once started. */
  readonly port: number;
  /** Has the host drain and start anew, for a changed bundle. */
  restart(): void;
}

/** Running functions may take this long to end before the host is killed. */
const DRAIN_BOUND_MS = 60_000;
const LOOK_AGAIN_MS = 200;

async function choosePort(wanted: number, waitMs: number): Promise<number> {
  if (wanted === 0) return (await findFreePorts(1))[0] ?? 0;
  const deadline = performance.now() + waitMs;
  while (!(await isPortFree(wanted))) {
    if (performance.now() >= deadline) {
      throw new Error(
        `Port ${wanted} is taken by another program. End that one, or choose another port: npm start -- --port ${wanted + 1}`,
      );
    }
    await sleep(LOOK_AGAIN_MS);
  }
  return wanted;
}

function hostCommand({ entry, appDirectory, dataDirectory, tenantId }: HostServiceNeeds, port: number): [string, ...string[]] {
  return [entry, '--app', appDirectory, '--data', dataDirectory, '--port', String(port), '--sign-in', tenantId];
}

/** Says how the present host comes up; silent when the wait is called off. */
async function sayWhenReady(needs: HostServiceNeeds, untilReady: () => Promise<unknown>, over: AbortSignal): Promise<void> {
  try {
    await untilReady();
    needs.print('The function app is ready again.');
  } catch (error) {
    if (!over.aborted) needs.print(`The function app is not ready: ${(error as Error).message}`);
  }
}

/** The host as a service. */
export function createHostService(needs: HostServiceNeeds): HostService {
  /** Aborted when nobody waits for the host any more: it gave up, or it is being stopped. */
  const over = new AbortController();
  let port = 0;
  let isReady = false;
  let supervised: SupervisedChild | undefined;
  let restarting: Promise<void> = Promise.resolve();

  const untilReady = (): Promise<unknown> =>
    waitForHealth(`http://127.0.0.1:${port}/api/health`, { signal: AbortSignal.any([over.signal, needs.cancelled]) });

  function giveUp({ text }: Ending): void {
    const reason = isReady
      ? `The Functions host kept ending shortly after its start (last: ${text}); its log above says why.`
      : `The Functions host ended while starting (${text}); its log above says why.`;
    over.abort(new Error(reason));
    if (isReady) needs.onFailure(reason);
  }

  function supervise(): SupervisedChild {
    return superviseChild({
      start: () => startChild({ command: hostCommand(needs, port), env: needs.environment(), onLine: needs.print }),
      onRestart(ending, pauseMs) {
        needs.print(`The Functions host ended by itself (${ending.text}). Starting it again in ${pauseMs} ms.`);
        if (isReady) void sayWhenReady(needs, untilReady, over.signal);
      },
      onGiveUp: giveUp,
      // One that never was ready and says so by an exit code has a reason that a second try would meet again.
      mayRestart: (ending) => isReady || ending.code === undefined,
    });
  }

  async function restartNow(): Promise<void> {
    if (over.signal.aborted) return;
    needs.print('The sources changed: restarting the function app.');
    await supervised?.restart(DRAIN_BOUND_MS);
    await sayWhenReady(needs, untilReady, over.signal);
  }

  async function stop(): Promise<void> {
    over.abort();
    await supervised?.stop(DRAIN_BOUND_MS);
    await restarting;
  }

  return {
    name: 'the function app',
    get port() {
      return port;
    },
    async start() {
      port = await choosePort(needs.wantedPort, needs.portWaitMs());
      supervised = supervise();
      try {
        await untilReady();
        isReady = true;
      } catch (error) {
        await stop();
        throw error;
      }
    },
    restart() {
      restarting = restarting.then(restartNow);
    },
    stop,
  };
}
