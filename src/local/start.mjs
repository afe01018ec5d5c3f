// `npm start`: checks that the right Node and the packages are here, then runs launcher/launch.ts under that Node and hands signals and exit code
// through.
// Plain JavaScript that every Node from 18 on parses (see check-runtime.mjs).
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findRuntime, isMain, projectRoot } from './check-runtime.mjs';

/** Packages that only development needs, and that `npm ci --omit=dev` leaves out. */
const NEEDED = ['azurite', 'esbuild', 'croner', '@azure/storage-queue', '@peculiar/x509', 'reflect-metadata'];

/**
 * What keeps the project from starting, with its cure; undefined when nothing does.
 * @param {string} root
 * @returns {string | undefined}
 */
export function missingPackages(root) {
  const packages = join(root, 'node_modules');
  if (!existsSync(packages)) return 'The packages of the project are not installed.\nRun npm ci, then npm start again.';
  const missing = NEEDED.filter((name) => !existsSync(join(packages, name, 'package.json')));
  if (missing.length === 0) return undefined;
  return `These packages are not installed: ${missing.join(', ')}.\nRun npm ci --include=dev, then npm start again.`;
}

function run() {
  const runtime = findRuntime({ root: projectRoot });
  const problem = 'message' in runtime ? runtime.message : missingPackages(projectRoot);
  if (problem !== undefined || !('path' in runtime)) {
    console.error(problem);
    process.exitCode = 1;
    return;
  }

  // A process group of its own: Ctrl-C in a terminal reaches this process alone and arrives there once. Windows has no such groups;
  // there the console tells both, and only the signals of other processes are passed on.
  const isWindows = process.platform === 'win32';
  const child = spawn(runtime.path, [join(dirname(fileURLToPath(import.meta.url)), 'launcher', 'launch.ts'), ...process.argv.slice(2)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: !isWindows,
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (!isWindows) child.kill(/** @type {NodeJS.Signals} */ (signal));
    });
  }
  child.on('error', (error) => {
    console.error(`${runtime.path} does not start: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code) => {
    process.exit(code ?? 1);
  });
}

if (isMain(import.meta.url)) run();
