// A folder for one test file, removed when its tests are over.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

export function tempDirectory(name: string): string {
  const path = mkdtempSync(join(tmpdir(), `exchange-connector-${name}-`));
  after(() => rmSync(path, { recursive: true, force: true, maxRetries: 5 }));
  return path;
}
