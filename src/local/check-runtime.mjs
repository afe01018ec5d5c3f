// Finds a Node that can run this project: the pinned one among the packages, else the one at hand when it is new enough.
// Plain JavaScript that every Node from 18 on parses, because its job is to speak to people who have an old one.
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The first version that runs TypeScript sources without a flag (https://nodejs.org/api/typescript.html). */
const LEAST = [22, 18];

/** What package.json pins as optional dependencies. */
const PINNED_PLATFORMS = new Set(['darwin-x64', 'linux-arm64', 'linux-x64', 'win-x64']);

/** @param {string} version */
function isNewEnough(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  return major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1]);
}

/** @param {string} path */
function versionOf(path) {
  const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', windowsHide: true });
  return status === 0 ? stdout.trim() : undefined;
}

/**
 * Answers `{ path }` of a Node that runs the project, or `{ message }` that says what is missing and what to do about it.
 * @param {{ root: string, platform?: string, arch?: string, version?: string, execPath?: string }} at
 * @returns {{ path: string } | { message: string }}
 */
export function findRuntime({
  root,
  platform = process.platform,
  arch = process.arch,
  version = process.version,
  execPath = process.execPath,
}) {
  const platformName = `${platform === 'win32' ? 'win' : platform}-${arch}`;
  const packages = join(root, 'node_modules');
  const file = platform === 'win32' ? 'node.exe' : 'node';
  const candidates = [join(packages, `node-${platformName}`, 'bin', file), join(packages, '.bin', file)].filter((path) => existsSync(path));
  for (const path of candidates) {
    const found = versionOf(path);
    if (found !== undefined && isNewEnough(found)) return { path };
  }
  if (isNewEnough(version)) return { path: execPath };

  const wanted = `Node ${LEAST.join('.')} or newer`;
  const problem = `The Exchange Connector needs ${wanted}; this is ${version.replace(/^v/, '')}.`;
  if (candidates.length > 0) {
    return {
      message: `${problem}\nThe Node that comes with the project (${candidates[0]}) does not start on this system.\nInstall ${wanted} yourself (https://nodejs.org), then run npm start again.`,
    };
  }
  if (!PINNED_PLATFORMS.has(platformName)) {
    return {
      message: `${problem}\nNone comes with the project for ${platform} ${arch}.\nInstall ${wanted} yourself (https://nodejs.org), then run npm start again.`,
    };
  }
  if (!existsSync(packages)) {
    return { message: `${problem}\nOne comes with the project's packages, which are not installed.\nRun npm ci, then npm start again.` };
  }
  return {
    message: `${problem}\nOne comes with the project as the optional package node-${platformName}, which is not installed.\nRun npm ci --include=optional, then npm start again.`,
  };
}

/**
 * Whether Node was started on this very module; the path it was given may lead through links.
 * @param {string} moduleUrl
 */
export function isMain(moduleUrl) {
  return process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(moduleUrl);
}

/** The repository's root. */
export const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');

// Run directly, as before the tests: whoever goes on runs on this very Node, so this one has to do.
if (isMain(import.meta.url) && !isNewEnough(process.version)) {
  const found = findRuntime({ root: projectRoot });
  const message =
    'message' in found
      ? found.message
      : `This is Node ${process.version.slice(1)}, but the project's own is ${found.path}.\nRun it through npm (npm test), which puts that one first.`;
  console.error(message);
  process.exitCode = 1;
}
