// Bench of discovery: full runs against the floor in pairs, requests against what the lists need, memory at three sizes, delta, lists.
import { changeOnePercent, mailboxesFor } from './bench-tenant.ts';
import { startBenchApp, type BenchApp } from './bench-app.ts';
import { startLargeStorage } from '../support/large-storage.ts';
import { median, type Figure } from './figures.ts';
import { benchLists } from './lists.ts';
import { measurePair, measureRun, type MeasuredPair, type RunCost } from './measure-run.ts';
import { inFloorOrder, type Written } from './recipe.ts';

const CASES = ['first run', 'unchanged rerun', '1 % changed'] as const;
type Case = (typeof CASES)[number];

/** A tenant to measure in pairs with the floor. */
export interface PairedSize {
  readonly devices: number;
  readonly pairs: number;
  /** How long Exchange takes for a page; 0 where the work of the product is to be measured, and nothing that hides it. */
  readonly pageMs: number;
}

/** What one size of tenant showed. */
interface SizeOutcome {
  readonly devices: number;
  readonly pageMs: number;
  readonly pairs: Readonly<Record<Case, readonly MeasuredPair[]>>;
  readonly peakMib: number;
  readonly delta: RunCost;
  readonly lists: readonly Figure[];
}

/** A size that only ran. */
export interface LargestOutcome {
  readonly devices: number;
  readonly mailboxes: number;
  readonly first: RunCost;
  readonly unchanged: RunCost;
  readonly delta: RunCost;
  readonly peakMib: number;
}

export interface DiscoveryOptions {
  /** Folder of the built bundle. */
  readonly app: string;
  readonly sizes: readonly PairedSize[];
  /** So long the pairs of a size may take; there is one at least. */
  readonly budgetMs: number;
  /** So long the first run of the largest size may take, by what the size before took. */
  readonly largestBudgetMs: number;
  /** A size that only runs, for memory; 0 for none. */
  readonly largest: number;
  readonly onProgress: (text: string) => void;
}

const PAGE_SIZE = 1000;
/** Of the latency of a call about one mailbox, the tenant takes a quarter for a page. */
const LATENCY_OF_PAGE = 4;
const RATIO_TARGET = 1.15;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const number = (value: number): string => Math.round(value).toLocaleString('en');
const ratioOf = ({ ms, floor }: MeasuredPair): number => ms / floor.ms;

/** The three cases one after another on fresh tables, each followed by its floor, which has tables of its own. */
async function measureRound(app: BenchApp, known: ReadonlyMap<Case, readonly Written[]>): Promise<Record<Case, MeasuredPair>> {
  const floorStorage = await startLargeStorage();
  try {
    const first = await measurePair(app, 'connector', floorStorage, known.get('first run'));
    const unchanged = await measurePair(app, 'full', floorStorage, known.get('unchanged rerun'));
    await changeOnePercent(app.tenant, 1);
    const changed = await measurePair(app, 'full', floorStorage, known.get('1 % changed'));
    return { 'first run': first, 'unchanged rerun': unchanged, '1 % changed': changed };
  } finally {
    await floorStorage.stop();
  }
}

async function measureSize({ devices, pairs, pageMs }: PairedSize, { app, budgetMs, onProgress }: DiscoveryOptions): Promise<SizeOutcome> {
  const startedMs = performance.now();
  const known = new Map<Case, readonly Written[]>();
  const measured: Record<Case, MeasuredPair[]> = { 'first run': [], 'unchanged rerun': [], '1 % changed': [] };
  let once: Pick<SizeOutcome, 'devices' | 'peakMib' | 'delta' | 'lists'> | undefined;
  const isOver = (round: number): boolean => {
    const tookMs = performance.now() - startedMs;
    return round >= pairs || (round > 0 && tookMs + tookMs / round > budgetMs);
  };
  for (let round = 0; !isOver(round); round += 1) {
    const running = await startBenchApp({ app, mailboxes: mailboxesFor(devices), latencyMs: pageMs * LATENCY_OF_PAGE });
    try {
      const outcome = await measureRound(running, known);
      for (const name of CASES) {
        measured[name].push(outcome[name]);
        known.set(name, outcome[name].written);
        const { ms, floor } = outcome[name];
        onProgress(`${nameOf({ devices, pageMs })}, pair ${round + 1}, ${name}: ${seconds(ms)} / ${seconds(floor.ms)}`);
      }
      once ??= {
        devices: running.tenant.census.devices,
        delta: await measureRun(running, 'delta'),
        peakMib: running.peakMib(),
        lists: await benchLists(running),
      };
    } finally {
      await running.stop();
    }
  }
  if (!once) throw new Error('No pair was measured.');
  return { ...once, pageMs, pairs: measured };
}

/** First run, unchanged rerun and delta of a size that is too large for pairs. */
async function measureLargest(devices: number, { app, onProgress }: DiscoveryOptions): Promise<LargestOutcome> {
  const running = await startBenchApp({ app, mailboxes: mailboxesFor(devices) });
  try {
    const first = await measureRun(running, 'connector');
    onProgress(`${number(devices)} devices, first run: ${seconds(first.ms)}`);
    const unchanged = await measureRun(running, 'full');
    onProgress(`${number(devices)} devices, unchanged rerun: ${seconds(unchanged.ms)}`);
    const delta = await measureRun(running, 'delta');
    const { devices: found, mailboxes } = running.tenant.census;
    return { devices: found, mailboxes, first, unchanged, delta, peakMib: running.peakMib() };
  } finally {
    await running.stop();
  }
}

function nameOf({ devices, pageMs }: Pick<PairedSize, 'devices' | 'pageMs'>): string {
  return `${number(devices)} devices${pageMs === 0 ? '' : `, ${pageMs} ms a page`}`;
}

function ratioFigure(size: SizeOutcome, name: Case): Figure {
  const pairs = size.pairs[name];
  const ratios = pairs.map(ratioOf);
  const [ours, floor] = [median(pairs.map(({ ms }) => ms)), median(pairs.map((pair) => pair.floor.ms))];
  const rows = pairs[0]?.floor.written ?? 0;
  const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
  return {
    what: `${nameOf(size)}, ${name}: time / floor`,
    value: median(ratios).toFixed(2),
    how: `target ≤ ${RATIO_TARGET}; ${seconds(ours)} / ${seconds(floor)}, ${number(rows)} rows written; median of ${pairs.length} pairs, ${spread}`,
  };
}

/** Requests for lists: those sent, and as many as the rows of each list fill pages. */
function requestFigures(devices: number, name: Case, { requests, chains, floor, run }: MeasuredPair): Figure[] {
  const ordered = inFloorOrder(chains).map((chain, index) => ({ ...chain, rows: floor.chains[index]?.rows ?? 0 }));
  const lists = ordered.filter(({ chain }) => chain.path.startsWith('/adminapi/'));
  const needed = lists.reduce((sum, { rows }) => sum + Math.max(1, Math.ceil(rows / PAGE_SIZE)), 0);
  const sent = lists.reduce((sum, list) => sum + list.requests, 0);
  const deviceLists = ordered.filter(({ isDevices }) => isDevices);
  const rows = deviceLists.reduce((sum, list) => sum + list.rows, 0);
  return [
    {
      what: `${number(devices)} devices, ${name}: requests to Exchange`,
      value: number(sent),
      how: `Σ ceil(rows / page) = ${number(needed)}; ${number(requests)} with Graph, counted at the tenant; the run says ${number(run.counts.requests)}`,
    },
    {
      what: `${number(devices)} devices, ${name}: rows read twice`,
      value: `${((rows / devices - 1) * 100).toFixed(2)} %`,
      how: `target ≤ 1 %; ${number(rows)} rows in ${deviceLists.length} list${deviceLists.length === 1 ? '' : 's'}`,
    },
  ];
}

function deltaFigure(devices: number, { requests, chains, ms, run }: RunCost): Figure {
  const names = [...Map.groupBy(chains, ({ name }) => name)].map(
    ([name, same]) => `${name} ${same.reduce((sum, one) => sum + one.requests, 0)}`,
  );
  return {
    what: `${number(devices)} devices, delta of an unchanged tenant`,
    value: `${requests} requests`,
    how: `${names.join(', ')}; ${number(run.counts.read)} rows of new and quarantined devices, ${seconds(ms)}`,
  };
}

const peakFigure = (devices: number, peakMib: number, least: number): Figure => ({
  what: `${number(devices)} devices: peak memory`,
  value: `${peakMib} MiB`,
  how: `VmHWM of the process that runs the bundle, heap of 256 MiB${peakMib === least ? '' : `; ${peakMib - least} MiB above the least, target ≤ 64`}`,
});

export interface DiscoveryFigures {
  /** By the title of their section. */
  readonly sections: ReadonlyMap<string, Figure[]>;
  readonly largest: LargestOutcome | undefined;
}

/** A machine that is slow or busy must not keep the bench for hours. */
function isLargestDue(before: SizeOutcome | undefined, { largest, largestBudgetMs, onProgress }: DiscoveryOptions): boolean {
  if (largest === 0 || !before) return false;
  const expectedMs = (median(before.pairs['first run'].map(({ ms }) => ms)) / before.devices) * largest;
  if (expectedMs <= largestBudgetMs) return true;
  onProgress(
    `${number(largest)} devices are left out: their first run would take ${seconds(expectedMs)} by what ${number(before.devices)} took.`,
  );
  return false;
}

/** Measures every size. */
export async function benchDiscovery(options: DiscoveryOptions): Promise<DiscoveryFigures> {
  const sizes: SizeOutcome[] = [];
  for (const devices of options.sizes) sizes.push(await measureSize(devices, options));
  // What a pace changes are times alone.
  const withoutPace = sizes.filter(({ pageMs }) => pageMs === 0);
  const largest = isLargestDue(withoutPace.at(-1), options) ? await measureLargest(options.largest, options) : undefined;
  const all = largest ? [...withoutPace, largest] : withoutPace;
  const least = Math.min(...all.map(({ peakMib }) => peakMib));
  const requests = withoutPace.flatMap(({ devices, pairs }) =>
    CASES.flatMap((name) => pairs[name].slice(0, 1).flatMap((pair) => requestFigures(devices, name, pair))),
  );
  const runs = largest
    ? ([
        ['first run', largest.first],
        ['unchanged rerun', largest.unchanged],
      ] as const)
    : [];
  const sections = new Map([
    ['Full discovery against the floor', sizes.flatMap((size) => CASES.map((name) => ratioFigure(size, name)))],
    ['Requests of discovery', [...requests, ...all.map(({ devices, delta }) => deltaFigure(devices, delta))]],
    [
      'Memory of discovery, and the largest tenant',
      [
        ...all.map(({ devices, peakMib }) => peakFigure(devices, peakMib, least)),
        ...runs.map(([name, cost]) => runFigure(largest?.devices ?? 0, name, cost)),
      ],
    ],
    ['Lists of devices', withoutPace.flatMap(({ lists }) => lists)],
  ]);
  return { sections, largest };
}

function runFigure(devices: number, name: Case, { ms, requests }: RunCost): Figure {
  return {
    what: `${number(devices)} devices, ${name}`,
    value: seconds(ms),
    how: `${number((devices / ms) * 1000)} devices a second, ${number(requests)} requests`,
  };
}
