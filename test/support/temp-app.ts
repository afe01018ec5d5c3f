// A function app made for one test: files in a folder of its own, with this project's packages.
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** Writes `files` (path to text; objects become JSON) below a new folder in `parent` and gives its path. */
export function tempApp(parent: string, files: Readonly<Record<string, string | object>>): string {
  const folder = mkdtempSync(join(parent, 'app-'));
  symlinkSync(NODE_MODULES, join(folder, 'node_modules'), 'junction');
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}
