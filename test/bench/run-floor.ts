// Runs the floor once, in a fresh process, and checks that it did as much as it was told.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Recipe } from './floor.ts';
import { scriptAt } from './recorded-process.ts';

const execute = promisify(execFile);

/** What the floor prints. */
export interface FloorResult {
  readonly ms: number;
  /** Of each list, in the order of the recipe. */
  readonly chains: readonly { readonly rows: number; readonly pages: number }[];
  readonly compared: number;
  readonly written: number;
}

/** Runs a recipe. */
export async function runFloor(recipe: Recipe): Promise<FloorResult> {
  const folder = mkdtempSync(join(tmpdir(), 'exchange-connector-bench-floor-'));
  try {
    const file = join(folder, 'recipe.json');
    writeFileSync(file, JSON.stringify(recipe));
    const { stdout } = await execute(process.execPath, ['--disable-warning=ExperimentalWarning', scriptAt('floor.ts'), file], {
      maxBuffer: 64 * 1024 * 1024,
    });
    const result = JSON.parse(stdout) as FloorResult;
    const wanted = recipe.stages.flatMap(({ writings }) => writings).reduce((sum, { rows }) => sum + rows, 0);
    if (result.written !== wanted) throw new Error(`The floor wrote ${result.written} rows of ${wanted}.`);
    return result;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
