// A server of the bench as a process of its own, with the recorder in it: started, asked for what it answered, stopped.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { RecordedRequest } from './recorder.ts';

const RECORDER = new URL('recorder.ts', import.meta.url).href;
const START_LIMIT_MS = 60_000;

export interface RecordedProcess {
  readonly pid: number;
  /** What it answered since the last time it was asked. */
  take(): Promise<readonly RecordedRequest[]>;
  stop(): Promise<void>;
}

export interface RecordedProcessOptions {
  readonly script: string;
  readonly args: readonly string[];
  /** Keep the bodies of requests. */
  readonly bodies?: boolean;
  /** Answers whether it serves by now. */
  readonly isReady: () => Promise<boolean> | boolean;
}

/** Starts a script with the recorder preloaded; resolves when it is ready. */
export async function startRecordedProcess({ script, args, bodies = false, isReady }: RecordedProcessOptions): Promise<RecordedProcess> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--import', RECORDER, script, ...args], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
    env: { ...process.env, RECORD_BODIES: bodies ? '1' : '0' },
  });
  const exited = once(child, 'exit');
  const deadline = performance.now() + START_LIMIT_MS;
  while (!(await isReady())) {
    if (child.exitCode !== null) throw new Error(`${script} ended with code ${child.exitCode} before it served.`);
    if (performance.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`${script} did not serve within ${START_LIMIT_MS / 1000} s.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    pid: child.pid ?? 0,
    async take() {
      const answer = once(child, 'message') as Promise<[RecordedRequest[]]>;
      child.send('take');
      const [requests] = await answer;
      return requests;
    },
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** The absolute path of a script of this repository, from its place beside the bench. */
export function scriptAt(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
