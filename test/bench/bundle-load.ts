// Bench of the start of the bundle: how much later it is ready than a bare app that loads the same of the same packages.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildApp, buildBareApp, type BuiltApp } from './built-app.ts';
import { median, type Figure } from './figures.ts';
import type { LoadCost } from './load-once.ts';
import { scriptAt } from './recorded-process.ts';

const run = promisify(execFile);
const LEAST_FUNCTIONS = 30;

async function loadOnce({ directory }: BuiltApp): Promise<LoadCost> {
  const env = {
    PATH: process.env['PATH'],
    TASK_HUB: 'Bench',
    AzureWebJobsStorage: 'UseDevelopmentStorage=true',
    AUDIT_KEY_FILE: join(directory, 'audit-key.json'),
  };
  const { stdout } = await run(process.execPath, ['--disable-warning=ExperimentalWarning', scriptAt('load-once.ts'), directory], { env });
  return JSON.parse(stdout) as LoadCost;
}

const ms = (costs: readonly LoadCost[]): number[] => costs.map((cost) => cost.ms);
const spread = (values: readonly number[]): string => `${Math.round(Math.min(...values))} to ${Math.round(Math.max(...values))} ms`;
const kib = (bytes: number): string => `${Math.round(bytes / 1024).toLocaleString('en')} KiB`;

/** Loads both apps in turn, each in a fresh process. */
export async function benchBundleLoad(rounds: number): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'exchange-connector-bench-apps-'));
  try {
    const bundle = await buildApp(join(folder, 'bundle'));
    const bare = await buildBareApp(join(folder, 'bare'), bundle);
    const costs = { bundle: [] as LoadCost[], bare: [] as LoadCost[] };
    for (let round = 0; round < rounds; round += 1) {
      costs.bundle.push(await loadOnce(bundle));
      costs.bare.push(await loadOnce(bare));
    }
    const functions = costs.bundle[0]?.functions ?? 0;
    // With wrong settings an app withholds nearly all of them, and loads in no time.
    if (functions < LEAST_FUNCTIONS) throw new Error(`The bundle registered ${functions} functions: a setting is missing.`);
    const ratios = costs.bundle.map((cost, index) => cost.ms / (costs.bare[index]?.ms ?? cost.ms));
    const how = (values: readonly LoadCost[], bytes: number, text: string): string =>
      `median of ${rounds}, ${spread(ms(values))}; ${kib(bytes)}, ${Math.round(median(values.map((cost) => cost.residentMib)))} MiB resident; ${text}`;
    return [
      {
        what: 'load of the bundle',
        value: `${Math.round(median(ms(costs.bundle)))} ms`,
        how: how(costs.bundle, bundle.bytes, `${functions} functions registered`),
      },
      {
        what: 'load of a bare app with the same packages',
        value: `${Math.round(median(ms(costs.bare)))} ms`,
        how: how(costs.bare, bare.bytes, 'imports the same names, one function'),
      },
      { what: 'ratio', value: median(ratios).toFixed(2), how: 'median of the pairs, loaded in turn, a fresh process each' },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
