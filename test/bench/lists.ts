// Bench of the lists of devices: a page through the API against the same rows through a bare TableClient, in turn.
import { TableClient } from '@azure/data-tables';
import type { BenchApp } from './bench-app.ts';
import { median, type Figure } from './figures.ts';

const ROUNDS = 15;
const TARGET = 1.3;
const PAGE = 100;
const LARGEST_PAGE = 1000;

/** Where the rows of a page begin: behind this row key of this of the sixteen partitions. */
interface Place {
  readonly digit: string;
  readonly after: string;
}

interface TimedList extends Place {
  readonly name: string;
  readonly path: string;
}

const DIGITS = '0123456789abcdef';

/** Whole rows from a place on, as many at a time as the service gives. */
async function readRows(client: TableClient, organization: string, { digit, after }: Place, rows: number): Promise<void> {
  let left = rows;
  for (const each of DIGITS.slice(DIGITS.indexOf(digit))) {
    const from = each === digit ? after : 'o|';
    const filter = `PartitionKey eq '${organization}|${each}' and RowKey gt '${from}' and RowKey lt 'o|g'`;
    const pages = client.listEntities({ queryOptions: { filter } }).byPage({ maxPageSize: Math.min(left, LARGEST_PAGE) });
    for await (const page of pages) {
      left -= page.length;
      if (left <= 0) return;
    }
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

async function compare({ api, tenant }: BenchApp, client: TableClient, { name, path, ...place }: TimedList): Promise<Figure> {
  const { value, scanned } = await api.devices(path);
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    ours.push(await timed(() => api.devices(path)));
    bare.push(await timed(() => readRows(client, tenant.tenantId, place, scanned)));
  }
  const ratios = ours.map((ms, index) => ms / (bare[index] ?? ms));
  const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
  return {
    what: `${tenant.census.devices.toLocaleString('en')} devices, ${name}`,
    value: median(ratios).toFixed(2),
    how: `target ≤ ${TARGET}; ${median(ours).toFixed(1)} ms / ${median(bare).toFixed(1)} ms; ${value.length} devices of ${scanned} rows; median of ${ROUNDS}, ${spread}`,
  };
}

/** A link to the middle of the whole list, and the last device before it. */
async function walkToMiddle({ api, tenant }: BenchApp): Promise<{ path: string; last: string }> {
  let page = await api.devices(`?top=${LARGEST_PAGE}`);
  let seen = page.value.length;
  let last = page.value.at(-1)?.id ?? '';
  while (page.nextLink !== undefined && seen < tenant.census.devices / 2) {
    page = await api.devices(page.nextLink);
    seen += page.value.length;
    last = page.value.at(-1)?.id ?? last;
  }
  return { path: page.nextLink ?? '', last };
}

/** Devices whose system version begins so are about a hundredth of all: those that the bench has changed before. */
const ONE_PERCENT = 'Changed';

/** First page, middle page, and a filter that one device in a hundred passes. */
export async function benchLists(app: BenchApp): Promise<Figure[]> {
  const client = TableClient.fromConnectionString(app.storage.connectionString, 'Devices', { allowInsecureConnection: true });
  const { path, last } = await walkToMiddle(app);
  const wanted: readonly TimedList[] = [
    { name: 'first page', path: `?top=${PAGE}`, digit: '0', after: 'o|' },
    { name: 'middle page', path, digit: last.charAt(0), after: `o|${last}` },
    { name: 'a filter that 1 % pass', path: `?top=${PAGE}&os=${ONE_PERCENT}`, digit: '0', after: 'o|' },
  ];
  const figures: Figure[] = [];
  for (const list of wanted) figures.push(await compare(app, client, list));
  return figures;
}
