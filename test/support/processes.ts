// Whether processes that a test knows by their id still run.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Running, as opposed to gone or ended and not yet collected by its parent (a zombie, state Z of proc(5)). */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** `kill -9` of a process, or of what is left of it; resolves when it runs no more. */
export async function killProcess(pid: number): Promise<void> {
  if (isRunning(pid)) process.kill(pid, 'SIGKILL');
  await untilEnded(pid);
}

/** Resolves when a process that is about to end runs no more. */
export async function untilEnded(pid: number): Promise<void> {
  for (let looks = 0; isRunning(pid); looks += 1) {
    if (looks > 3_000) throw new Error(`Process ${pid} still runs.`);
    await sleep(10);
  }
}
