// Starts the local host as its own process, as the launcher does, and knows how to stop and to kill it.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { untilEnded } from './processes.ts';

const HOST = fileURLToPath(new URL('../../src/local/host/main.ts', import.meta.url));
const START_LIMIT_MS = 30_000;

export interface HostProcess {
  readonly url: string;
  readonly pid: number;
  readonly workerPid: number;
  /** All it has printed so far. */
  output(): string;
  /** Stops it in order; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** `kill -9`, and waits until its worker is gone as well. */
  kill(): Promise<void>;
  /** Resolves when the process has ended by itself. */
  ended(): Promise<void>;
}

export interface HostProcessOptions {
  app: string;
  data: string;
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
}

/** The first match of `pattern` in what the process prints; an error with the output when it ends or takes too long. */
function printed(child: ChildProcess, pattern: RegExp, output: () => string): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`The host ${why}. It printed:\n${output()}`));
    const limit = setTimeout(() => fail(`did not print ${pattern} within ${START_LIMIT_MS / 1000} s`), START_LIMIT_MS);
    const look = (): void => {
      const match = pattern.exec(output());
      if (!match) return;
      clearTimeout(limit);
      child.stdout?.off('data', look);
      resolve(match);
    };
    child.stdout?.on('data', look);
    child.once('exit', (code, signal) => {
      clearTimeout(limit);
      fail(`ended (${signal ?? code}) before it printed ${pattern}`);
    });
  });
}

/** Starts the host on a free port and waits until it serves. */
export async function startHostProcess({ app, data, args = [], env = {} }: HostProcessOptions): Promise<HostProcess> {
  const child = spawn(process.execPath, [HOST, '--app', app, '--data', data, '--port', '0', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  child.stdout.on('data', (part: Buffer) => lines.push(part.toString()));
  child.stderr.on('data', (part: Buffer) => lines.push(part.toString()));
  const output = (): string => lines.join('');
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const started = await printed(child, /Host started, listening on (\S+) \(worker process (\d+)\)/, output);
  const workerPid = Number(started[2]);
  const ended = async (): Promise<void> => {
    await exited;
    await untilEnded(workerPid);
  };
  return {
    url: started[1] ?? '',
    pid: child.pid ?? 0,
    workerPid,
    output,
    async stop() {
      child.kill('SIGTERM');
      const [code] = await exited;
      return code;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended();
    },
    ended,
  };
}
