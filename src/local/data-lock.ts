// A lock file that keeps two processes off one data folder. It names its holder, so that one left behind by a crash is found out and taken over.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface DataLock {
  /** An earlier holder was gone without releasing it. */
  readonly wasLeftBehind: boolean;
  /** Names another process as the holder, such as the server that uses the data. */
  handTo(pid: number): void;
  release(): void;
}

interface Holder {
  pid: number;
  /** Tells a process from a later one with the same number; empty where the system does not say. */
  born: string;
}

const LOOK_AGAIN_MS = 100;
/** A lock that cannot be read is being written, unless it stays so. */
const TORN_LOOKS = 10;

/** What Linux says of a process in /proc/<pid>/stat: its state letter and when it was started, in clock ticks since boot. Undefined elsewhere, and when it is gone. */
function statOf(pid: number): { state: string; born: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', born: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

function isRunning({ pid, born }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const stat = statOf(pid);
  if (!stat) return true;
  // A zombie has ended; nobody has asked for its exit code yet.
  return stat.state !== 'Z' && (born === '' || born === stat.born);
}

/** The holder; `torn` when the file is not readable as one, undefined when there is no file. */
function readHolder(path: string): Holder | 'torn' | undefined {
  try {
    const { pid, born } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>;
    return Number.isInteger(pid) && Number(pid) > 0 ? { pid: Number(pid), born: born ?? '' } : 'torn';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : 'torn';
  }
}

const written = (pid: number): string => `${JSON.stringify({ pid, born: statOf(pid)?.born ?? '' })}\n`;

function tryCreate(path: string): boolean {
  try {
    writeFileSync(path, written(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a lock judged to be left behind; when another process replaced it meanwhile, that one's is put back. */
function clearAway(path: string, judged: Holder | 'torn'): void {
  const aside = `${path}.${process.pid}.old`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = readHolder(aside);
  if (JSON.stringify(moved) !== JSON.stringify(judged) && tryCreate(path)) renameSync(aside, path);
  else rmSync(aside, { force: true });
}

/** Takes the lock at `path`, waiting up to `waitMs` for its holder to end. When it is held, the error names the holder and the cure. */
export async function takeLock(path: string, what: string, waitMs = 0): Promise<DataLock> {
  mkdirSync(dirname(path), { recursive: true });
  const looks = Math.ceil(waitMs / LOOK_AGAIN_MS);
  let wasLeftBehind = false;
  for (let look = 0, tornLooks = 0; ; look += 1) {
    if (tryCreate(path)) break;
    const holder = readHolder(path);
    if (holder === 'torn') tornLooks += 1;
    const isLeftBehind = holder === 'torn' ? tornLooks > TORN_LOOKS : holder !== undefined && !isRunning(holder);
    if (holder !== undefined && isLeftBehind) {
      clearAway(path, holder);
      wasLeftBehind = true;
    } else if (holder !== undefined && holder !== 'torn' && look >= looks) {
      throw new Error(
        `${what} is in use by process ${holder.pid}. Stop that one first (Ctrl-C in its terminal, or end process ${holder.pid}). If it is something else, delete ${path}.`,
      );
    }
    if (!isLeftBehind) await sleep(LOOK_AGAIN_MS);
  }
  return {
    wasLeftBehind,
    handTo(pid) {
      const temporary = `${path}.${process.pid}.new`;
      writeFileSync(temporary, written(pid));
      renameSync(temporary, path);
    },
    release: () => rmSync(path, { force: true }),
  };
}
