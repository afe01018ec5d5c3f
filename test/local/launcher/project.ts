// A small project in a temporary folder that the launcher can build and run, and the launcher as a process on it.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { finished } from 'node:stream/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { until } from '../host/timers/test-host.ts';

export const standingHost = join(import.meta.dirname, 'standing-host.mjs');

/** A folder with one source file to bundle; removed after the test. */
export function aProject(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), 'launch-'));
  t.after(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));
  mkdirSync(join(root, 'functions'));
  writeFileSync(join(root, 'functions', 'main.ts'), 'export const answer: number = 42;\n');
  return root;
}

/** What the standing host noted about its own life. */
export function journalOf(root: string): string[] {
  return readFileSync(join(root, '.local', 'host', 'journal.txt'), 'utf8')
    .trim()
    .split('\n');
}

export interface LauncherProcess {
  readonly process: ChildProcess;
  /** Everything printed so far, to either stream. */
  output(): string;
  /** Waits for a text in the output. */
  says(text: string): Promise<void>;
  readonly exitCode: Promise<number | null>;
}

/** Starts the launcher on the project; killed after the test should it still run. */
export function startLauncher(t: TestContext, root: string, words: readonly string[], env: NodeJS.ProcessEnv = {}): LauncherProcess {
  let output = '';
  const launcher = spawn(process.execPath, [join(import.meta.dirname, 'launch-in.ts'), root, standingHost, ...words], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...env },
  });
  t.after(() => launcher.kill('SIGKILL'));
  for (const stream of [launcher.stdout, launcher.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      output += part;
    });
  }
  // Not 'close': it does not come when the channel was disconnected from here.
  const ended = new Promise<number | null>((resolve) => {
    launcher.once('exit', resolve);
  });
  const allSaid = Promise.all([launcher.stdout, launcher.stderr].filter((stream) => stream !== null).map((stream) => finished(stream)));
  const exitCode = ended.then((code) => allSaid.then(() => code));
  return {
    process: launcher,
    output: () => output,
    async says(text) {
      try {
        await until(`the launcher says '${text}'`, () => output.includes(text) || launcher.exitCode !== null);
        assert.ok(output.includes(text), `the launcher ended without saying '${text}'`);
      } catch (error) {
        throw new Error(`${(error as Error).message}\nIt said:\n${output}`, { cause: error });
      }
    },
    exitCode,
  };
}
