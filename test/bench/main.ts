// npm run bench: measures, prints one table for each part, and writes docs/performance.md. About 25 minutes on two cores.
// --quick measures 10,000 devices and one pair, and leaves the page as it is; --part runs one part alone; --profile says where the time goes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchAgainstScript, type DayCost } from './against-script.ts';
import { buildBenchApp, profilesIn, startBenchApp } from './bench-app.ts';
import { mailboxesFor } from './bench-tenant.ts';
import { benchBundleLoad } from './bundle-load.ts';
import { benchDiscovery, type LargestOutcome } from './discovery.ts';
import { benchDurableHub } from './durable-hub.ts';
import { printTable, writeSection, type Figure } from './figures.ts';
import { measureRun } from './measure-run.ts';
import { hottestFunctions, monotonicMs, type ProfiledPart } from './profile.ts';
import { benchTenant } from './tenant.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    part: { type: 'string' },
    profile: { type: 'boolean', default: false },
    devices: { type: 'string', default: '100000' },
    orchestrations: { type: 'string', default: '10000' },
    mailboxes: { type: 'string', default: '100000' },
  },
});
const { quick } = values;
const PAGE = join(import.meta.dirname, '../../docs/performance.md');
/** A page takes no time, or as long as the quickest cmdlet that anybody has measured takes for one mailbox: 0.6 s. A real list takes longer. */
const SIZES = [
  { devices: 10_000, pairs: 5, pageMs: 0 },
  { devices: 100_000, pairs: 5, pageMs: 0 },
  { devices: 10_000, pairs: 2, pageMs: 600 },
  { devices: 100_000, pairs: 1, pageMs: 600 },
];
const PAIR_BUDGET_MS = 6 * 60_000;
const LARGEST_BUDGET_MS = 8 * 60_000;
const MOST_FUNCTIONS = 30;
/** Of the tenant's mailboxes, by its own population: 461 of 500. */
const SHARE_WITH_DEVICES = 0.92;

function report(title: string, figures: Figure[]): void {
  printTable(title, figures);
  // A page of one machine and one day: a quick look must not mix with a whole measurement.
  if (!quick) writeSection(PAGE, title, 'npm run bench', figures);
}

async function withApp<T>(work: (app: string) => Promise<T>): Promise<T> {
  const app = await buildBenchApp();
  try {
    return await work(app);
  } finally {
    rmSync(app, { recursive: true, force: true });
  }
}

let largest: LargestOutcome | undefined;

async function discovery(app: string): Promise<void> {
  const measured = await benchDiscovery({
    app,
    sizes: quick ? [{ devices: 10_000, pairs: 1, pageMs: 0 }] : SIZES,
    budgetMs: PAIR_BUDGET_MS,
    largestBudgetMs: LARGEST_BUDGET_MS,
    largest: quick ? 0 : 300_000,
    onProgress: (text) => console.log(text),
  });
  ({ largest } = measured);
  for (const [title, figures] of measured.sections) report(title, figures);
}

function dayOf({ mailboxes, devices, unchanged, delta }: LargestOutcome): DayCost {
  const mailboxesWithDevices = Math.round(mailboxes * SHARE_WITH_DEVICES);
  return { mailboxes, devices, mailboxesWithDevices, fullRequests: unchanged.requests, deltaRequests: delta.requests };
}

/** By the word for `--part`, in the order in which they run. */
const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  hub: async () =>
    report(
      'The task hub of the local host',
      await benchDurableHub(quick ? Number(values.orchestrations) / 10 : Number(values.orchestrations)),
    ),
  tenant: async () => report('The simulated tenant', await benchTenant(quick ? 10_000 : Number(values.mailboxes))),
  bundle: async () => report('Load of the bundle', await benchBundleLoad(quick ? 3 : 9)),
  discovery: () => withApp(discovery),
  script: () =>
    withApp(async (app) =>
      report(
        'Against the script that administrators run today',
        await benchAgainstScript({ app, mailboxes: quick ? 60 : 500, large: largest && dayOf(largest) }),
      ),
    ),
};

/** Runs once and again, and prints where the process that runs the bundle spent its time. */
async function profile(app: string): Promise<void> {
  const profileDirectory = mkdtempSync(join(tmpdir(), 'exchange-connector-bench-profile-'));
  const running = await startBenchApp({ app, profileDirectory, mailboxes: mailboxesFor(Number(values.devices)) });
  const parts: ProfiledPart[] = [];
  const run = async (name: string, kind: 'connector' | 'full'): Promise<void> => {
    const fromMs = monotonicMs();
    const { ms } = await measureRun(running, kind);
    console.log(`${name}: ${Math.round(ms)} ms, peak ${running.peakMib()} MiB`);
    parts.push({ name, fromMs, toMs: monotonicMs() });
  };
  try {
    await run('first run', 'connector');
    await run('unchanged rerun', 'full');
  } finally {
    await running.stop();
  }
  for (const file of profilesIn(profileDirectory)) {
    console.log(`\n${file}`);
    const shown = parts.flatMap((part) => hottestFunctions(file, part, MOST_FUNCTIONS));
    for (const { title, figures } of shown) printTable(title, figures);
  }
}

if (values.profile) {
  await withApp(profile);
} else {
  const chosen = values.part === undefined ? Object.values(PARTS) : [PARTS[values.part]].filter((part) => part !== undefined);
  if (chosen.length === 0) throw new Error(`--part is one of ${Object.keys(PARTS).join(', ')}.`);
  for (const part of chosen) await part();
}
