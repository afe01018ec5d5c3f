// What discovery has stored, in a form in which two storages can be compared: every row of its tables without the times at which something was read
// or written, versions and ids of runs. Beside it, what a run must not leave behind.
import { TableClient, TableServiceClient, type TableEntityResult } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';

/** Rows as texts, by `<table> <partition> <row>`. */
export type StoredRows = ReadonlyMap<string, string>;

export interface Differences {
  readonly missing: readonly string[];
  readonly more: readonly string[];
  readonly changed: readonly string[];
}

type Entity = TableEntityResult<Record<string, unknown>>;

const TABLES = ['Devices', 'Mailboxes', 'Users', 'Lookups'] as const;
/** Says when a row was written and by whom, or when something was read. */
const PASSING = new Set(['etag', 'timestamp', 'partitionKey', 'rowKey', 'writer', 'observedAt', 'firstSeenAt', 'readAt']);
/** In the documents of a row. */
const READ_AT = /"readAt":"[^"]*",?/g;
const SHOWN = 5;

async function* entitiesOf(connectionString: string, table: string): AsyncGenerator<Entity> {
  const options = { allowInsecureConnection: true };
  let isThere = false;
  for await (const { name } of TableServiceClient.fromConnectionString(connectionString, options).listTables()) isThere ||= name === table;
  if (isThere) yield* TableClient.fromConnectionString(connectionString, table, options).listEntities();
}

function lastingOf(entity: Entity): string {
  const kept = Object.entries(entity).flatMap(([name, value]): [string, unknown][] => {
    if (PASSING.has(name) || name.includes('odata')) return [];
    if (name === 'goneAt') return value === '' ? [] : [[name, 'gone']];
    return [[name, typeof value === 'string' ? value.replaceAll(READ_AT, '') : value]];
  });
  return JSON.stringify(Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** The rows of devices, mailboxes, users and lookups, and what the next run goes by. */
export async function readStoredRows(connectionString: string): Promise<StoredRows> {
  const rows = new Map<string, string>();
  for (const table of TABLES) {
    for await (const entity of entitiesOf(connectionString, table)) {
      rows.set(`${table} ${entity.partitionKey} ${entity.rowKey}`, lastingOf(entity));
    }
  }
  for await (const { rowKey, state } of entitiesOf(connectionString, 'Connectors')) {
    if (rowKey === 'discovery-state') rows.set('discovery state', stateOf(String(state)));
  }
  return rows;
}

/** How many devices there are, where the next run cuts the list, and whether one is held. */
function stateOf(text: string): string {
  const { lastFull, sliceBounds, held } = JSON.parse(text) as {
    readonly lastFull?: { readonly devices: number };
    readonly sliceBounds?: readonly string[];
    readonly held?: object;
  };
  return JSON.stringify({ devices: lastFull?.devices, sliceBounds, isHeld: held !== undefined });
}

/** How `found` differs from `expected`; undefined when it does not. */
export function differencesOf(expected: StoredRows, found: StoredRows): Differences | undefined {
  const missing = [...expected.keys()].filter((key) => !found.has(key));
  const more = [...found.keys()].filter((key) => !expected.has(key));
  const changed = [...found.keys()].filter((key) => expected.has(key) && expected.get(key) !== found.get(key));
  return missing.length + more.length + changed.length === 0 ? undefined : { missing, more, changed };
}

/** Fails when the rows differ, with some of the rows that do. */
export function assertSameRows(expected: StoredRows, found: StoredRows, what: string): void {
  const differences = differencesOf(expected, found);
  if (!differences) return;
  const { missing, more, changed } = differences;
  const listed = [
    ...missing.slice(0, SHOWN).map((key) => `missing ${key}`),
    ...more.slice(0, SHOWN).map((key) => `more ${key}`),
    ...changed.slice(0, SHOWN).map((key) => `${key}: ${changeBetween(expected.get(key) ?? '', found.get(key) ?? '')}`),
  ];
  throw new Error(`${what}: ${missing.length} rows are missing, ${more.length} too many, ${changed.length} differ.\n${listed.join('\n')}`);
}

/** The properties in which two rows differ. */
function changeBetween(expected: string, found: string): string {
  const [before, after] = [expected, found].map((text) => JSON.parse(text) as Record<string, unknown>);
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  const changed = [...names].filter((name) => JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]));
  return changed.map((name) => `${name} is ${JSON.stringify(after?.[name])}, expected ${JSON.stringify(before?.[name])}`).join('; ');
}

/** Ids of the devices that are marked gone. */
export function goneIn(rows: StoredRows): string[] {
  return [...rows].filter(([key, text]) => key.startsWith('Devices ') && text.includes('"goneAt":"gone"')).map(([key]) => key);
}

/** What runs that have ended left behind: their files, and the mark that one of their kind goes on. */
export async function remainsOfRuns(connectionString: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { rowKey = '' } of entitiesOf(connectionString, 'Runs')) if (rowKey.startsWith('running|')) found.push(rowKey);
  const container = BlobServiceClient.fromConnectionString(connectionString).getContainerClient('run-files');
  if (!(await container.exists())) return found;
  for await (const { name } of container.listBlobsFlat()) if (!name.includes('/standing/')) found.push(name);
  return found;
}
