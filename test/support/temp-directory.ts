// A folder for one test file, removed when its process ends: after every hook, so that whatever still keeps files there has stopped before.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function tempDirectory(name: string): string {
  const path = mkdtempSync(join(tmpdir(), `exchange-connector-${name}-`));
  process.once('exit', () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }));
  return path;
}
