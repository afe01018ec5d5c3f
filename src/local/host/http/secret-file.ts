// Secrets that are made once and kept in the data directory. Whoever comes second reads what the first has written, whole or not at all.
import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Gives the complete file its name unless another process was faster. */
function publish(temporary: string, path: string): void {
  try {
    linkSync(temporary, path);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    // A file system without hard links: the rename is as whole, only the race is not decided.
    renameSync(temporary, path);
  }
}

/** The text of the file; made by `create` and readable by this user alone when there is none yet. */
export function readOrCreateSecret(path: string, create: () => string): string {
  const present = readIfThere(path);
  if (present !== undefined) return present;
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    writeFileSync(temporary, create(), { mode: 0o600, flag: 'wx', flush: true });
    publish(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
  return readFileSync(path, 'utf8');
}
