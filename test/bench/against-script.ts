// Bench against the script that administrators run today: inventory alone, everything the script learns, and the cost of a day.
// The tenant takes as long for a call about one mailbox as Exchange Online does; on 500 mailboxes, the rest is extrapolated and says so.
import type { BenchApp } from './bench-app.ts';
import { startBenchApp } from './bench-app.ts';
import { startBenchTenant } from './bench-tenant.ts';
import type { Figure } from './figures.ts';
import { measureRun, type RunCost } from './measure-run.ts';
import { isOfProduct } from './recipe.ts';
import type { RecordedRequest } from './recorder.ts';
import { runMs } from './connector-api.ts';
import { runScript, wholeMs, type ScriptCost } from './script-pattern.ts';

/** In the middle of the 600 to 1000 ms that were measured for a call about one mailbox (src/local/tenant/load-model.ts). */
const LATENCY_MS = 800;
const LARGE_MAILBOXES = 100_000;
const PAGE_SIZE = 1000;
/** The loop with one call at a time reads only these; the others would take as long for each. */
const SAMPLE = 120;
const DELTAS_A_DAY = 96;
const TARGET = 2.7;

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
const hours = (ms: number): string => `${(ms / 3_600_000).toFixed(1)} h`;
const number = (value: number): string => Math.round(value).toLocaleString('en');

interface StatisticsRequests {
  /** Each item of a batch is one. */
  readonly all: number;
  /** Those that ask again because the time before was refused. */
  readonly repeats: number;
}

/** Requests for statistics in a recording. */
function statisticsIn(recording: readonly RecordedRequest[]): StatisticsRequests {
  const refused = new Set<string>();
  let all = 0;
  let repeats = 0;
  for (const { body, status } of recording) {
    const count = body.match(/"Get-MobileDeviceStatistics"/g)?.length ?? 0;
    all += count;
    if (refused.has(body)) repeats += count;
    if (status >= 400) refused.add(body);
  }
  return { all, repeats };
}

interface OursCost {
  readonly full: RunCost;
  readonly statisticsMs: number;
  readonly statistics: StatisticsRequests;
  readonly delta: RunCost;
}

async function measureOurs(running: BenchApp): Promise<OursCost> {
  const full = await measureRun(running, 'connector');
  await running.tenant.take();
  const statistics = await running.api.run('statistics');
  const recording = (await running.tenant.take()).filter(isOfProduct);
  const delta = await measureRun(running, 'delta');
  return { full, statisticsMs: runMs(statistics), statistics: statisticsIn(recording), delta };
}

function timeFigures(ours: OursCost, one: ScriptCost, three: ScriptCost): Figure[] {
  const oursMs = ours.full.ms + ours.statisticsMs;
  const scale = LARGE_MAILBOXES / one.mailboxes;
  const { all, repeats } = ours.statistics;
  const loop = `the loop read ${one.read} of ${one.mailboxesWithDevices} mailboxes with devices, the rest at the same pace`;
  return [
    {
      what: 'inventory alone: script / ours',
      value: (one.inventoryMs / ours.full.ms).toFixed(2),
      how: `${(one.inventoryMs / 1000).toFixed(1)} s / ${(ours.full.ms / 1000).toFixed(1)} s; the script keeps nothing, resolves no owner and reads no directory`,
    },
    {
      what: 'everything: script, one call at a time / ours, three',
      value: (wholeMs(one) / oursMs).toFixed(2),
      how: `target ≥ ${TARGET}; ${seconds(wholeMs(one))} / ${seconds(oursMs)}; ${loop}`,
    },
    {
      what: 'everything: script, three loops / ours, three',
      value: (wholeMs(three) / oursMs).toFixed(2),
      how: `${seconds(wholeMs(three))} / ${seconds(oursMs)}; nobody can be faster than the calls themselves`,
    },
    {
      what: `extrapolated to ${number(LARGE_MAILBOXES)} mailboxes`,
      value: `${hours(wholeMs(one) * scale)} / ${hours(oursMs * scale)}`,
      how: 'in proportion to the mailboxes; not measured',
    },
    {
      what: 'statistics requests for each mailbox with devices',
      value: ((all - repeats) / one.mailboxesWithDevices).toFixed(2),
      how: `target ≤ 1; ${number(all)} for ${number(one.mailboxesWithDevices)}, of which ${number(repeats)} repeat a refused one; items of batches count one by one`,
    },
  ];
}

/** An organization and what its runs cost. */
export interface DayCost {
  readonly mailboxes: number;
  readonly devices: number;
  readonly mailboxesWithDevices: number;
  /** Of a full run, and of a delta. */
  readonly fullRequests: number;
  readonly deltaRequests: number;
}

/** Requests a day for news at most 15 minutes old and statistics at most a day old: the script has to list everything to see what is new. */
function dayFigure({ mailboxes, devices, mailboxesWithDevices, fullRequests, deltaRequests }: DayCost, how: string): Figure {
  const scriptLists = DELTAS_A_DAY * Math.ceil(devices / PAGE_SIZE) + Math.ceil(mailboxes / PAGE_SIZE);
  const ownLists = fullRequests + DELTAS_A_DAY * deltaRequests;
  return {
    what: `requests a day, ${number(mailboxes)} mailboxes: script / ours`,
    value: `${number(scriptLists + mailboxesWithDevices)} / ${number(ownLists + mailboxesWithDevices)}`,
    how: `lists ${number(scriptLists)} / ${number(ownLists)}, statistics ${number(mailboxesWithDevices)} each; ${how}`,
  };
}

/** The product beside a script: a day of an organization that was measured elsewhere can be added. */
export interface AgainstScriptOptions {
  readonly app: string;
  readonly mailboxes: number;
  readonly large: DayCost | undefined;
}

/** Runs the script and the product side by side, each on its own tenant: both wait for answers nearly all the time. */
export async function benchAgainstScript({ app, mailboxes, large }: AgainstScriptOptions): Promise<Figure[]> {
  const wanted = { mailboxes, latencyMs: LATENCY_MS };
  const [running, tenant] = await Promise.all([startBenchApp({ app, ...wanted }), startBenchTenant(wanted)]);
  try {
    const [ours, one, three] = await Promise.all([
      measureOurs(running),
      runScript(tenant, { parallel: 1, most: SAMPLE }),
      runScript(tenant, { parallel: 3, most: mailboxes }),
    ]);
    const { devices, mailboxesWithDevices } = one;
    const costs = { fullRequests: ours.full.requests, deltaRequests: ours.delta.requests };
    const freshness = 'what is new within 15 minutes, statistics within a day; 96 deltas, one full run';
    return [
      ...timeFigures(ours, one, three),
      dayFigure({ mailboxes: one.mailboxes, devices, mailboxesWithDevices, ...costs }, freshness),
      ...(large ? [dayFigure(large, `${freshness}, as counted at that size`)] : []),
    ];
  } finally {
    await Promise.all([running.stop(), tenant.stop()]);
  }
}
