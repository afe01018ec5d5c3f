// Makes the recipe of the floor from what a real run did: the lists it read at the tenant, the short rows it compared with, the rows it wrote.
// All of it is taken from the recorders and from the tables themselves; the product is not asked.
import { TableServiceClient, TableClient } from '@azure/data-tables';
import type { Connection } from '../../src/local/tenant/tenant-process.ts';
import type { Chain, Recipe, Stage } from './floor.ts';
import { tokenUrl } from './https-client.ts';
import type { RecordedRequest } from './recorder.ts';

/** A list that was read, with all requests that it took. */
export interface RecordedChain {
  readonly chain: Chain;
  /** The cmdlet, or the path of Graph. */
  readonly name: string;
  /** Whether it is part of the tenant-wide device list. */
  readonly isDevices: boolean;
  readonly requests: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** What a run wrote into one kind of row. */
export type Written = Stage['writings'][number] & { readonly isOfDevices: boolean };

const NOT_SENT_AGAIN = new Set([
  'host',
  'connection',
  'content-length',
  'authorization',
  'cookie',
  'transfer-encoding',
  'client-request-id',
]);

interface CmdletInput {
  readonly CmdletName?: string;
  readonly Parameters?: Readonly<Record<string, unknown>>;
}

function inputOf({ body }: RecordedRequest): CmdletInput {
  return body === '' ? {} : ((JSON.parse(body) as { CmdletInput?: CmdletInput }).CmdletInput ?? {});
}

const isContinued = ({ path }: RecordedRequest): boolean => /[?&](?:\$|%24)skiptoken=/i.test(path);

/** Graph's next links have another query than the request that began the list. */
function keyOf(request: RecordedRequest): string {
  const { pathname } = new URL(request.path, 'https://tenant');
  return `${request.method} ${pathname} ${request.body}`;
}

function toChain({ method, path, headers, body }: RecordedRequest, pages: number): Chain {
  const kept = Object.entries(headers).filter(([name]) => !NOT_SENT_AGAIN.has(name));
  return { pages, method, path, headers: Object.fromEntries(kept.map(([name, value]) => [name, String(value)])), body };
}

/** Whether a request asked Exchange or Graph for something. */
export function isOfProduct({ path }: RecordedRequest): boolean {
  return path.startsWith('/adminapi/') || path.startsWith('/v1.0/');
}

/** The lists in a recording, in the order in which they began. */
export function chainsIn(recording: readonly RecordedRequest[]): RecordedChain[] {
  const good = recording.filter((request) => isOfProduct(request) && request.status === 200);
  const chains = [...Map.groupBy(good, keyOf).values()].flatMap((requests) => {
    const first = requests.find((request) => !isContinued(request));
    if (!first) return [];
    const { CmdletName, Parameters = {} } = inputOf(first);
    const isWhole = !('Mailbox' in Parameters) && !('Identity' in Parameters);
    return [
      {
        chain: toChain(first, requests.length),
        name: CmdletName ?? new URL(first.path, 'https://tenant').pathname,
        isDevices: CmdletName === 'Get-MobileDevice' && isWhole,
        requests: requests.length,
        startMs: Math.min(...requests.map(({ startMs }) => startMs)),
        endMs: Math.max(...requests.map(({ endMs }) => endMs)),
      },
    ];
  });
  return chains.sort((a, b) => a.startMs - b.startMs);
}

/** The lists as the floor reads them: those of devices last. */
export function inFloorOrder(chains: readonly RecordedChain[]): RecordedChain[] {
  return [...chains.filter(({ isDevices }) => !isDevices), ...chains.filter(({ isDevices }) => isDevices)];
}

/** The most intervals that any moment belongs to. */
export function mostAtOnce(intervals: readonly { readonly startMs: number; readonly endMs: number }[]): number {
  const steps = intervals.flatMap(({ startMs, endMs }) => [
    { atMs: startMs, by: 1 },
    { atMs: endMs, by: -1 },
  ]);
  let now = 0;
  let most = 0;
  for (const { by } of steps.sort((a, b) => a.atMs - b.atMs || a.by - b.by)) most = Math.max(most, (now += by));
  return most;
}

interface Listing {
  readonly request: RecordedRequest;
  readonly table: string;
  readonly properties: readonly string[];
}

/** Reads of part of the properties of whole partitions: how the product finds out what is stored. */
function comparisonsIn(recording: readonly RecordedRequest[]): Listing[] {
  return recording.flatMap((request) => {
    const { pathname, searchParams } = new URL(request.path, 'http://storage');
    const [, table] = /^\/[^/]+\/(\w+)\(\)$/.exec(pathname) ?? [];
    const select = searchParams.get('$select')?.split(',') ?? [];
    const properties = select.filter((name) => name !== 'PartitionKey' && name !== 'RowKey');
    if (request.method !== 'GET' || table === undefined || properties.length === 0) return [];
    return [{ request, table, properties }];
  });
}

/** Rows of the run itself are no part of the floor: nobody needs them to keep devices. */
const KEPT_TABLES = new Set(['Devices', 'Mailboxes', 'Users', 'Lookups']);
const LOOKUPS_OF_DEVICES = /^(?:user-device|device-id)\|/;
const SYSTEM = new Set(['partitionKey', 'rowKey', 'etag', 'timestamp', 'odata.metadata']);

/** How long a text is in JSON, without its quotes. */
const jsonLength = (value: unknown): number => JSON.stringify(value).length - 2;

class RowSums {
  rows = 0;
  readonly lengths = new Map<string, number>();

  add(entity: object): void {
    this.rows += 1;
    for (const [name, value] of Object.entries(entity)) {
      if (!SYSTEM.has(name) && typeof value === 'string') this.lengths.set(name, (this.lengths.get(name) ?? 0) + jsonLength(value));
    }
  }

  /** Properties of the mean length: together as many bytes as the rows had. */
  values(): Record<string, string> {
    return Object.fromEntries([...this.lengths].map(([name, length]) => [name, 'x'.repeat(Math.round(length / this.rows))]));
  }
}

/** What was written to the tables since then, by table and, for lookups, by what they lead to. */
export async function writtenSince(connectionString: string, since: string): Promise<Written[]> {
  const options = { allowInsecureConnection: true };
  const sums = new Map<string, RowSums>();
  const filter = `Timestamp ge datetime'${since}'`;
  for await (const { name = '' } of TableServiceClient.fromConnectionString(connectionString, options).listTables()) {
    if (!KEPT_TABLES.has(name)) continue;
    const client = TableClient.fromConnectionString(connectionString, name, options);
    for await (const entity of client.listEntities({ queryOptions: { filter } })) {
      const isOfDevices = name === 'Devices' || (name === 'Lookups' && LOOKUPS_OF_DEVICES.test(entity.rowKey ?? ''));
      const key = name === 'Lookups' && isOfDevices ? 'LookupsOfDevices' : name;
      const sum = sums.get(key) ?? new RowSums();
      sums.set(key, sum);
      sum.add(entity);
    }
  }
  return [...sums].map(([table, sum]) => ({
    table,
    rows: sum.rows,
    values: sum.values(),
    isOfDevices: table.endsWith('Devices'),
  }));
}

/** What a run did, as the recorders and the tables show it. */
export interface Recording {
  readonly tenant: readonly RecordedRequest[];
  readonly storage: readonly RecordedRequest[];
  readonly written: readonly Written[];
}

/** The recipe without the addresses: it can be repeated on any tenant of the same seed and any storage. */
export function stagesOf({ tenant, storage, written }: Recording): Stage[] {
  const chains = chainsIn(tenant);
  const devices = chains.filter(({ isDevices }) => isDevices);
  const others = chains.filter(({ isDevices }) => !isDevices);
  const listings = comparisonsIn(storage);
  const transactions = storage.filter(({ method, path }) => method === 'POST' && path.includes('$batch'));
  const parallel = {
    comparisonsParallel: Math.max(1, mostAtOnce(listings.map(({ request }) => request))),
    writingsParallel: Math.max(1, mostAtOnce(transactions)),
  };
  // Each table once: a second reading is the product's own choice.
  const kept = listings.filter(({ table }) => KEPT_TABLES.has(table));
  const tables = new Map(kept.toReversed().map((one) => [one.table, one]));
  const comparisons = [...tables.values()].map(({ table, properties }) => ({ table, properties: [...properties] }));
  const writings = (isOfDevices: boolean): Stage['writings'] =>
    written.filter((one) => one.isOfDevices === isOfDevices).map(({ table, rows, values }) => ({ table, rows, values }));
  return [
    // What a device is compared with and whose it is must be known before the first one can be written.
    {
      ...parallel,
      chains: others.map(({ chain }) => chain),
      chainsParallel: Math.max(1, mostAtOnce(others)),
      comparisons,
      writings: writings(false),
    },
    {
      ...parallel,
      chains: devices.map(({ chain }) => chain),
      chainsParallel: Math.max(1, mostAtOnce(devices)),
      comparisons: [],
      writings: writings(true),
    },
  ];
}

/** The recipe for the floor. */
export function recipeFor(stages: Stage[], { origin, caFile, identityHeader, ...rest }: Connection, storage: string): Recipe {
  const connection = { origin, caFile, identityHeader, ...rest };
  const tables = stages.flatMap(({ comparisons, writings }) => [...comparisons, ...writings].map(({ table }) => table));
  return {
    origin,
    caFile,
    identityHeader,
    tokenUrls: {
      exchange: tokenUrl(connection, 'https://outlook.office365.com'),
      graph: tokenUrl(connection, 'https://graph.microsoft.com'),
    },
    storage,
    tables: [...new Set(tables)],
    stages,
  };
}
