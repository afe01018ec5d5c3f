// A Node script as a child process of the launcher: its lines, its end, and how to stop it.
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface ChildOptions {
  /** The script and its arguments. */
  readonly command: readonly [script: string, ...rest: string[]];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Gets every line the child prints, to either stream. */
  readonly onLine: (line: string) => void;
}

export interface Child {
  readonly pid: number;
  /** How it ended, for people: `exit code 1`, `signal SIGKILL`. */
  readonly ended: Promise<Ending>;
  /** Asks it to end, waits, and kills it when it takes longer than `boundMs`. */
  stop(boundMs: number): Promise<Ending>;
  kill(): void;
}

export interface Ending {
  readonly text: string;
  /** The exit code; undefined when a signal ended it. */
  readonly code: number | undefined;
}

const isWindows = process.platform === 'win32';
const alive = new Set<Child>();

/** Ends every child still running, at once. */
export function killChildren(): void {
  for (const child of alive) child.kill();
}

/** The child and what it started itself: it leads a process group, except on Windows. */
function killGroup(child: ChildProcess): void {
  try {
    if (isWindows || child.pid === undefined) child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** After the end, what was printed last may still be on its way; a grandchild that holds the pipes open must not delay the news for long. */
const LAST_LINES_MS = 300;

function endOf(spawned: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    spawned.once('error', (error) => resolve({ text: error.message, code: undefined }));
    spawned.once('exit', (code, signal) => {
      const ending = code === null ? { text: `signal ${signal}`, code: undefined } : { text: `exit code ${code}`, code };
      const timer = setTimeout(() => resolve(ending), LAST_LINES_MS);
      spawned.once('close', () => {
        clearTimeout(timer);
        resolve(ending);
      });
    });
  });
}

/** node:sqlite is marked experimental in Node 22; saying so at every start helps nobody. */
const NODE_OPTIONS = ['--disable-warning=ExperimentalWarning'];

/** Starts a script under the Node of this process. In a group of its own, so that Ctrl-C in the terminal does not reach it: it is told in due order. */
export function startChild({ command, env, cwd, onLine }: ChildOptions): Child {
  const spawned = spawn(process.execPath, [...NODE_OPTIONS, join(import.meta.dirname, 'child-main.mjs'), ...command], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
    windowsHide: true,
    ...(env ? { env } : {}),
    ...(cwd === undefined ? {} : { cwd }),
  });
  for (const stream of [spawned.stdout, spawned.stderr]) if (stream) createInterface({ input: stream }).on('line', onLine);
  const child: Child = {
    pid: spawned.pid ?? 0,
    ended: endOf(spawned),
    async stop(boundMs) {
      const timer = setTimeout(() => killGroup(spawned), boundMs);
      if (spawned.connected) spawned.send('stop', () => undefined);
      else spawned.kill('SIGTERM');
      const ending = await this.ended;
      clearTimeout(timer);
      return ending;
    },
    kill: () => killGroup(spawned),
  };
  alive.add(child);
  void child.ended.then(() => alive.delete(child));
  return child;
}
