// The host's side of the worker: starts the child process, runs invocations in it, notices when it ends or hangs.
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { HostClock } from './clock.ts';
import type {
  FailureCause,
  FunctionMetadata,
  InvocationRequest,
  InvocationResult,
  LogLevel,
  MessageFromWorker,
  MessageToWorker,
} from './protocol.ts';

const WORKER_FILE = fileURLToPath(new URL('worker/main.ts', import.meta.url));
const TERMINATE_GRACE_MS = 10_000;
/** As long as the real host waits (ProcessStartupTimeout in its WorkerProcessCountOptions.cs). */
const LOAD_LIMIT_MS = 60_000;

export interface WorkerOptions {
  appDirectory: string;
  env: Readonly<Record<string, string>>;
  hostVersion: string;
  clock: HostClock;
  functionTimeoutMs: number | undefined;
  /** Node options of the worker, such as `--max-old-space-size=256` or `--inspect`. */
  execArgv: readonly string[];
  onLog(level: LogLevel, category: string, message: string): void;
  /** Called once when the process ends although nobody asked it to, after the app was loaded; `how` says with what code or signal. */
  onLost(how: string): void;
}

/** What a started worker offers. */
export interface WorkerProcess {
  readonly pid: number | undefined;
  readonly functions: readonly FunctionMetadata[];
  readonly capabilities: Readonly<Record<string, string>>;
  invoke(request: InvocationRequest): Promise<InvocationResult>;
  /** Tells the worker where the clock stands now. */
  moveClock(): void;
  /** Lets running functions finish, then ends the process. */
  terminate(): Promise<void>;
}

/** Thrown by startWorker when the app's own code did not load; its message is the worker's. */
class AppLoadError extends Error {
  override readonly name = 'AppLoadError';
}

interface Waiting {
  settle(result: InvocationResult): void;
  timeout: NodeJS.Timeout | undefined;
}

function lost(cause: FailureCause, message: string): InvocationResult {
  return { ok: false, cause, error: { message } };
}

/** Keeps account of what runs in the worker. */
function createRunBook(child: ChildProcess, timeoutMs: number | undefined) {
  const waiting = new Map<string, Waiting>();

  function settle(invocationId: string, result: InvocationResult): void {
    const entry = waiting.get(invocationId);
    if (!entry) return;
    waiting.delete(invocationId);
    clearTimeout(entry.timeout);
    entry.settle(result);
  }

  /** A function that hangs can only be ended with its process, as on the real host. */
  function onTimeout(request: InvocationRequest): void {
    const limit = `${(timeoutMs ?? 0) / 1000} s`;
    settle(
      request.invocationId,
      lost(
        'timeout',
        `Timeout value of ${limit} was exceeded by function 'Functions.${request.functionName}' (Id: '${request.invocationId}').`,
      ),
    );
    child.kill('SIGKILL');
  }

  return {
    settle,
    run: (request: InvocationRequest): Promise<InvocationResult> =>
      new Promise((resolve) => {
        const timeout = timeoutMs === undefined ? undefined : setTimeout(() => onTimeout(request), timeoutMs);
        waiting.set(request.invocationId, { settle: resolve, timeout });
        const message: MessageToWorker = { type: 'invoke', request };
        child.send(message, (error) => {
          if (error) settle(request.invocationId, lost('worker-lost', `The worker could not be reached: ${error.message}`));
        });
      }),
    loseAll(how: string): void {
      for (const id of waiting.keys()) settle(id, lost('worker-lost', `The worker process ended (${how}) while the function ran.`));
    },
  };
}

/** How the process ended. */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code ?? 'unknown'}`));
    // Node says 'error' for a process that did not start, and then no 'exit'; for one that runs it is killed to make sure.
    child.once('error', (error) => {
      child.kill('SIGKILL');
      resolve(error.message);
    });
  });
}

/** Starts a worker and waits until the app is loaded in it. */
export async function startWorker(options: WorkerOptions): Promise<WorkerProcess> {
  const child = fork(WORKER_FILE, [], {
    env: options.env,
    cwd: options.appDirectory,
    serialization: 'advanced',
    execArgv: [...options.execArgv],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const book = createRunBook(child, options.functionTimeoutMs);
  let isWanted = false;
  const exited = endOf(child);
  async function watch(): Promise<void> {
    const how = await exited;
    book.loseAll(how);
    if (isWanted) options.onLost(how);
  }
  void watch();

  const started = new Promise<Extract<MessageFromWorker, { type: 'started' }>>((resolve, reject) => {
    child.on('message', (message: MessageFromWorker) => {
      if (message.type === 'invoked') book.settle(message.invocationId, message.result);
      else if (message.type === 'log') options.onLog(message.level, message.category, message.message);
      else if (message.type === 'started') resolve(message);
      else reject(Object.assign(new AppLoadError(message.failure.message), { stack: message.failure.stack }));
    });
    void exited.then((how) => reject(new AppLoadError(`The worker process ended (${how}) before the app was loaded.`)));
  });
  const send = (message: MessageToWorker): void => void (child.connected && child.send(message, () => undefined));
  send({ type: 'start', appDirectory: options.appDirectory, hostVersion: options.hostVersion, clock: options.clock.state });

  async function end(graceMs: number): Promise<void> {
    isWanted = false;
    send({ type: 'terminate', graceMs });
    const kill = setTimeout(() => child.kill('SIGKILL'), graceMs + 2_000);
    await exited;
    clearTimeout(kill);
  }

  // A debugger may hold the app for as long as it likes.
  const isHeld = options.execArgv.some((argument) => argument.startsWith('--inspect-brk'));
  const limit = isHeld ? undefined : setTimeout(() => child.kill('SIGKILL'), LOAD_LIMIT_MS);
  try {
    const { functions, capabilities } = await started;
    clearTimeout(limit);
    isWanted = true;
    // A held clock may have been moved while the app was loading.
    send({ type: 'clock', clock: options.clock.state });
    return {
      pid: child.pid,
      functions,
      capabilities,
      invoke: book.run,
      moveClock: () => send({ type: 'clock', clock: options.clock.state }),
      terminate: () => end(TERMINATE_GRACE_MS),
    };
  } catch (error) {
    clearTimeout(limit);
    await end(0);
    throw error;
  }
}
