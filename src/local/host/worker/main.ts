// The worker process: one app start, one process. It talks to the host over Node's IPC channel and ends with it.
import { createAppState, installCoreModule, type AppState } from './core-module.ts';
import { invoke, toFailure } from './invoke.ts';
import { loadApp } from './load-app.ts';
import { setWorkerClock } from './worker-clock.ts';
import type { MessageFromWorker, MessageToWorker } from '../protocol.ts';

const appHookData: Record<string, unknown> = {};
const state: AppState = createAppState((level, category, message) => send({ type: 'log', level, category, message }));
let running = 0;
let onIdle: (() => void) | undefined;

function send(message: MessageFromWorker): void {
  // Without a channel the host is gone and nobody reads: 'disconnect' below ends the process.
  if (process.connected) process.send?.(message);
}

async function start(message: Extract<MessageToWorker, { type: 'start' }>): Promise<void> {
  setWorkerClock(message.clock);
  installCoreModule(state, message.hostVersion);
  try {
    const capabilities = await loadApp(message.appDirectory, state, appHookData);
    send({ type: 'started', functions: [...state.functions.values()].map((fn) => fn.metadata), capabilities });
  } catch (error) {
    send({ type: 'load-failed', failure: toFailure(error) });
  }
}

async function handleInvoke(message: Extract<MessageToWorker, { type: 'invoke' }>): Promise<void> {
  running += 1;
  const result = await invoke(state, message.request, appHookData);
  send({ type: 'invoked', invocationId: message.request.invocationId, result });
  running -= 1;
  if (running === 0) onIdle?.();
}

/** Lets running functions finish within the grace, runs the appTerminate hooks, and ends. */
async function terminate(graceMs: number): Promise<void> {
  if (running > 0) {
    const idle = new Promise<void>((resolve) => (onIdle = resolve));
    const grace = new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref());
    await Promise.race([idle, grace]);
  }
  for (const hook of state.hooks.appTerminate) {
    try {
      await hook({ hookData: {}, appHookData });
    } catch (error) {
      state.log('error', 'Host.Shutdown', `An appTerminate hook failed: ${toFailure(error).message}`);
    }
  }
  process.exit(0);
}

process.on('message', (message: MessageToWorker) => {
  switch (message.type) {
    case 'start':
      return void start(message);
    case 'invoke':
      return void handleInvoke(message);
    case 'clock':
      return setWorkerClock(message.clock);
    case 'terminate':
      return void terminate(message.graceMs);
  }
});
// Ctrl-C reaches the whole process group: the host decides when the worker ends.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit(0));
