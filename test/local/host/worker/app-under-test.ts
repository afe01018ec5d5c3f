// A worker process with an app made for one test, and calls of its functions without any host around.
import { createHeldClock, createRunningClock, type HostClock } from '../../../../src/local/host/clock.ts';
import type { FunctionMetadata, InvocationRequest, InvocationResult, TypedData } from '../../../../src/local/host/protocol.ts';
import { startWorker, type WorkerOptions, type WorkerProcess } from '../../../../src/local/host/worker-process.ts';
import { tempApp } from '../../../support/temp-app.ts';

export interface WorkerUnderTest {
  readonly worker: WorkerProcess;
  /** `level category message` of all that was logged. */
  readonly log: string[];
  /** Resolves when the process has ended although nobody asked it to. */
  readonly lost: Promise<string>;
  call: (name: string, data?: TypedData) => Promise<InvocationResult>;
}

export interface WorkerSetting {
  clock?: HostClock;
  functionTimeoutMs?: number;
}

let calls = 0;

/** A request for function `name` of `functions`, with `data` for its trigger. */
export function requestFor(functions: readonly FunctionMetadata[], name: string, data: TypedData = {}): InvocationRequest {
  const metadata = functions.find((fn) => fn.name === name);
  const trigger = Object.entries(metadata?.bindings ?? {}).find(([, { type }]) => /trigger$/i.test(type))?.[0] ?? 'trigger';
  calls += 1;
  return {
    invocationId: `call-${calls}`,
    functionName: name,
    inputData: [{ name: trigger, data }],
    triggerMetadata: {},
    traceParent: '00-00000000000000000000000000000001-0000000000000001-00',
  };
}

export function workerOptions(appDirectory: string, setting: WorkerSetting = {}): Omit<WorkerOptions, 'onLog' | 'onLost'> {
  return {
    appDirectory,
    env: { PATH: process.env['PATH'] ?? '' },
    hostVersion: '4.1037.0',
    clock: setting.clock ?? createRunningClock(),
    functionTimeoutMs: setting.functionTimeoutMs,
    execArgv: [],
  };
}

/** Starts a worker on `files`, which are written into a new app folder below `folder`. */
export async function startWorkerOn(
  folder: string,
  files: Readonly<Record<string, string | object>>,
  setting: WorkerSetting = {},
): Promise<WorkerUnderTest> {
  const log: string[] = [];
  const lost = Promise.withResolvers<string>();
  const worker = await startWorker({
    ...workerOptions(tempApp(folder, files), setting),
    onLog: (level, category, message) => void log.push(`${level} ${category} ${message}`),
    onLost: lost.resolve,
  });
  return { worker, log, lost: lost.promise, call: (name, data) => worker.invoke(requestFor(worker.functions, name, data)) };
}

export const heldClock = (at: string): ReturnType<typeof createHeldClock> => createHeldClock(Date.parse(at));

/** A CommonJS app with one file. */
export const appOf = (source: string): Record<string, string | object> => ({
  'package.json': { main: 'app.js' },
  'app.js': `const { app } = require('@azure/functions'); const df = require('durable-functions');\n${source}`,
});
