// The local Functions host, put together: starts its parts in order, stops them in reverse. Truth about each part is in its own folder.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readAppSettings } from './app-settings.ts';
import { createAppServiceAuth } from './auth/app-service-auth.ts';
import type { Person } from './auth/people.ts';
import { clockRoute } from './clock-route.ts';
import { createRunningClock, type HeldClock, type HostClock } from './clock.ts';
import { DurableHub } from './durable/durable-hub.ts';
import { durableOptions } from './durable/durable-options.ts';
import { clientBinding, WEBHOOK_PREFIX, type DurableUrls } from './durable/durable-urls.ts';
import { createManagementApi } from './durable/management-api.ts';
import { listenRpc, type RpcServer } from './durable/rpc-server.ts';
import { openSqliteStore } from './durable/sqlite-store.ts';
import { describeFunctions } from './function-list.ts';
import { readHostConfig } from './host-config.ts';
import type { HostContext, HostPart } from './host-context.ts';
import { listenHttp, type HttpFront } from './http/http-server.ts';
import { loadHostKeys, type HostKeys } from './http/keys.ts';
import { indexFunctions } from './index-functions.ts';
import { createInvoker } from './invoker.ts';
import { createHostLog, type HostLog } from './log.ts';
import { createQueueOutput } from './queues/queue-output.ts';
import { createQueueTriggers } from './queues/queue-trigger.ts';
import { createTimerTriggers } from './timers/timer-trigger.ts';
import { createRunCounter, type RunCounter } from './run-counter.ts';
import { superviseWorker, type WorkerSupervisor } from './worker-supervisor.ts';

/** Version this host reports: that of the real host whose answers it was compared with. */
export const HOST_VERSION = '4.1037.0';

export interface HostOptions {
  appDirectory: string;
  /** Keys, timer status, sign-in key and durable state; made when missing. */
  dataDirectory: string;
  port: number;
  /** Added to the app's settings; they win over local.settings.json and lose against nothing. */
  settings?: Readonly<Record<string, string>>;
  keys?: { enforce: boolean; master?: string; function?: string };
  /** Who may sign in; without it there is no App Service Authentication. */
  people?: readonly Person[];
  trustPrincipalHeaders?: boolean;
  /** Node options of the worker. */
  workerArgs?: readonly string[];
  /** A clock that a test holds; real time without it. */
  clock?: HeldClock;
  /** The process dies (SIGKILL) after this many activities have ended and before the last one's result is stored. */
  crashAfterActivities?: number;
  out: (line: string) => void;
  useColor?: boolean;
}

export interface RunningHost {
  readonly url: string;
  readonly port: number;
  readonly context: HostContext;
  readonly hub: DurableHub;
  readonly workerPid: number | undefined;
  /** Resolves when no work that is due is left: orchestrations, activities, timers and queue messages in hand. */
  settled: () => Promise<void>;
  stop(): Promise<void>;
}

function crashSwitch(limit: number | undefined, log: HostLog): (() => void) | undefined {
  if (limit === undefined) return undefined;
  let count = 0;
  return () => {
    count += 1;
    if (count < limit) return;
    log.write('critical', 'Host.Crash', `The process dies after ${count} activities, as asked for.`);
    process.kill(process.pid, 'SIGKILL');
  };
}

interface Foundations {
  options: HostOptions;
  front: HttpFront;
  rpc: RpcServer;
  clock: HostClock;
  log: HostLog;
  settings: Record<string, string>;
  config: HostContext['config'];
}

/** What must stand before the app is loaded: its address, its settings, its log. */
async function lay(options: HostOptions): Promise<Foundations> {
  mkdirSync(options.dataDirectory, { recursive: true });
  const clock = options.clock ?? createRunningClock();
  const front = await listenHttp({ port: options.port, hostname: '127.0.0.1' });
  try {
    const settings = readAppSettings({
      appDirectory: options.appDirectory,
      ...(options.settings ? { settings: options.settings } : {}),
      hasAuth: options.people !== undefined,
      port: front.port,
    });
    const config = readHostConfig(options.appDirectory, settings);
    const log = createHostLog(config.logLevels, () => clock.now(), options.out, options.useColor);
    return { options, front, rpc: await listenRpc(), clock, log, settings, config };
  } catch (error) {
    await front.stop();
    throw error;
  }
}

function startWorkerFor({ options, clock, log, settings, config }: Foundations): Promise<WorkerSupervisor> {
  return superviseWorker(
    {
      appDirectory: options.appDirectory,
      env: settings,
      hostVersion: HOST_VERSION,
      clock,
      functionTimeoutMs: config.functionTimeoutMs,
      execArgv: options.workerArgs ?? [],
      onLog: (level, category, message) => log.write(level, category, message),
    },
    log,
  );
}

function createContext(base: Foundations, worker: WorkerSupervisor, urls: DurableUrls, counter: RunCounter): HostContext {
  const { options, clock, log, settings, config } = base;
  const functions = indexFunctions(worker.functions, settings);
  const invoker = createInvoker({
    log,
    clock,
    run: (request) => worker.run(request),
    inputs: new Map([['durableclient', () => ({ string: clientBinding(urls) })]]),
    outputs: new Map([['queue', createQueueOutput({ config, settings })]]),
  });
  return {
    appDirectory: options.appDirectory,
    dataDirectory: options.dataDirectory,
    config,
    settings,
    log,
    clock,
    functions,
    invoker: {
      invoke: (fn, invocation) =>
        fn.trigger.type.toLowerCase() === 'httptrigger'
          ? invoker.invoke(fn, invocation)
          : counter.count(() => invoker.invoke(fn, invocation)),
    },
    manualRuns: new Map(),
  };
}

/** Says loudly what an app must not be: empty, streaming, or in need of what Azure would not give it. */
function checkApp(context: HostContext, worker: WorkerSupervisor): void {
  if (worker.functions.length === 0) {
    throw new Error(
      `The app in ${context.appDirectory} registered no functions. Does "main" in its package.json name the built files, and do they call app.http(...) and the like?`,
    );
  }
  if ('HttpUri' in worker.capabilities) {
    throw new Error('The app has switched on HTTP streaming (app.setup({ enableHttpStream: true })), which the local host does not serve.');
  }
  const needsBundle = context.functions.some((fn) => !/^(http|timer)trigger$/i.test(fn.trigger.type));
  if (needsBundle && !context.config.hasExtensionBundle) {
    context.log.write(
      'warning',
      'Host.Startup',
      'host.json names no extensionBundle: in Azure the queue and durable functions of this app would not start.',
    );
  }
}

function durableParts(
  base: Foundations,
  context: HostContext,
  urls: DurableUrls,
): { hub: DurableHub; manage: ReturnType<typeof createManagementApi> } {
  const { options, log, clock } = base;
  const { hub: hubOptions, mayReplaceLive } = durableOptions(context.config);
  const onActivityEnded = crashSwitch(options.crashAfterActivities, log);
  const store = openSqliteStore(join(options.dataDirectory, `durable-${urls.taskHub.toLowerCase()}.sqlite`));
  const hub = new DurableHub(context, store, { ...hubOptions, ...(onActivityEnded ? { onActivityEnded } : {}) });
  return { hub, manage: createManagementApi({ hub, clock, urls, mayReplaceLive }) };
}

interface AppParts {
  context: HostContext;
  hub: DurableHub;
  parts: HostPart[];
  settled: () => Promise<void>;
}

/** Builds everything that serves the loaded app; nothing of it runs yet. */
function assemble(base: Foundations, worker: WorkerSupervisor, keys: HostKeys): AppParts {
  const { options, front, rpc, log, config, settings } = base;
  const counter = createRunCounter();
  const urls: DurableUrls = {
    origin: `http://localhost:${front.port}`,
    rpcBaseUrl: rpc.baseUrl,
    taskHub: durableOptions(config).hubName(settings),
    key: keys.system,
  };
  const context = createContext(base, worker, urls, counter);
  checkApp(context, worker);
  const { hub, manage } = durableParts(base, context, urls);
  const parts = [hub, createQueueTriggers(context), createTimerTriggers(context)];

  async function settled(): Promise<void> {
    do {
      await new Promise((resolve) => setImmediate(resolve));
      await Promise.all([hub.settled(), counter.idle()]);
    } while (counter.isBusy);
  }

  rpc.serve(manage, (error) => log.write('error', 'Host.Triggers.DurableTask', `A call of the durable client failed: ${String(error)}`));
  front.serve(context, {
    keys,
    mounted: [{ prefix: WEBHOOK_PREFIX, access: 'system', handle: manage }, ...(options.clock ? [clockRoute(options.clock, settled)] : [])],
    ...(options.people
      ? { auth: createAppServiceAuth({ people: options.people, dataDirectory: options.dataDirectory, clock: context.clock }) }
      : {}),
    trustPrincipalHeaders: options.trustPrincipalHeaders ?? false,
    hostVersion: HOST_VERSION,
    hostId: urls.taskHub.toLowerCase(),
    instanceId: settings['WEBSITE_INSTANCE_ID'] ?? '',
  });
  return { context, hub, parts, settled };
}

/** Starts the host; rejects when the port is taken, host.json is wrong, the app does not load or has no functions. */
export async function startHost(options: HostOptions): Promise<RunningHost> {
  const base = await lay(options);
  const { front, rpc, log } = base;
  const started: { name: string; stop(): Promise<void> }[] = [
    { name: 'RPC listener', stop: () => rpc.stop() },
    { name: 'HTTP front', stop: () => front.stop() },
  ];
  async function stop(): Promise<void> {
    for (const part of started.splice(0).toReversed()) await part.stop();
  }
  try {
    const keys = loadHostKeys(options.dataDirectory, options.keys ?? { enforce: false });
    const worker = await startWorkerFor(base);
    // The front stops before everything it calls; the worker ends last but for the listeners.
    started.splice(1, 0, { name: 'worker', stop: () => worker.stop() });
    const app = assemble(base, worker, keys);
    for (const part of app.parts) {
      await part.start();
      started.splice(-1, 0, part);
    }
    options.clock?.onChange(() => worker.moveClock());
    for (const line of describeFunctions(app.context, front.port)) options.out(line);
    return {
      url: `http://localhost:${front.port}`,
      port: front.port,
      context: app.context,
      hub: app.hub,
      get workerPid() {
        return worker.workerPid;
      },
      settled: app.settled,
      async stop() {
        log.write('information', 'Host.Shutdown', 'Stopping: running functions may finish.');
        await stop();
        log.write('information', 'Host.Shutdown', 'Host stopped.');
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
