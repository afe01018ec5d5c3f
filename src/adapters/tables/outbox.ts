// The AuditOutbox port on tables: an event waits as a row `x|<time>|<id>` in the partition of the change it tells of, written in its transaction.
// The rows of a place are one key range, so that looking for what waits costs one small request a partition.
import pMap from 'p-map';
import type { AuditChain, AuditEntry } from '../../domain/audit.ts';
import { isAuditEventType } from '../../domain/audit-events.ts';
import { isEvent } from '../../domain/audit-chain.ts';
import type { AuditOutbox, UnreadableEntry, WaitingEntry } from '../../domain/audit-port.ts';
import { AppError } from '../../domain/errors.ts';
import { parseOrganizationId } from '../../domain/organization.ts';
import { chainChange } from './audit-rows.ts';
import { createDocument } from './document.ts';
import { keyOf, keysBelow } from './keys.ts';
import type { BatchChange, Row, StoredRow, Table } from './row.ts';
import { writeEach } from './transactions.ts';

const WAITING = 'x';
const PARALLEL = 8;
const LEAST_ROWS = 25;

const entryDocument = createDocument<AuditEntry>('entry');

/** Where events wait. */
export interface OutboxSource {
  readonly table: Table;
  /** The partitions that hold a chain's changes; left out, the one of the chain's own name. */
  readonly partitions?: (chain: AuditChain) => readonly string[];
  /** The table is small and shared by all chains: chains are found here that nothing else names any more. */
  readonly isShared?: true;
}

/** The change that lets an event wait in a partition: part of the transaction of the change it tells of. Writing it twice is writing it once. */
export function outboxRow(partition: string, entry: AuditEntry): BatchChange {
  return { kind: 'set', row: waitingRow(partition, entry) };
}

/** The same for a transaction that writes no other row: a new row tells its writer whether a transaction whose answer got lost was carried out. */
export function newOutboxRow(partition: string, entry: AuditEntry): BatchChange {
  return { kind: 'insert', row: waitingRow(partition, entry) };
}

function waitingRow(partition: string, entry: AuditEntry): Row {
  const { time, id } = entry.event;
  return { partition, row: keyOf(WAITING, time, id), values: entryDocument.pack(entry) };
}

/** Whether the key is one of an event that waits: it outlives what else its partition holds. */
export function isWaiting(row: string): boolean {
  const { from, before } = keysBelow(WAITING);
  return row >= from && row < before;
}

/** The events that wait in the sources; those that tell of no change wait in `own`, the table of the audit, which is one of the sources. */
export function createOutbox(own: Table, sources: readonly OutboxSource[]): AuditOutbox {
  const places = (chain: AuditChain): { table: Table; partition: string }[] =>
    sources.flatMap(({ table, partitions = ownPartition }) => partitions(chain).map((partition) => ({ table, partition })));

  const listed = new Set<AuditChain>();

  return {
    async add(entry) {
      const { chain } = entry.event;
      if (!listed.has(chain)) await own.write(chainChange(chain));
      listed.add(chain);
      await own.write(outboxRow(keyOf(chain), entry));
    },

    async chains() {
      const shared = sources.filter(({ isShared }) => isShared);
      const found = await pMap(shared, ({ table }) => chainsIn(table), { concurrency: PARALLEL });
      return [...new Set(found.flat())];
    },

    async waiting(chain, most) {
      const from = places(chain);
      const each = Math.max(LEAST_ROWS, Math.ceil(most / from.length));
      const rows = await pMap(from, ({ table, partition }) => rowsIn(table, partition, each), { concurrency: PARALLEL });
      const read = from.flatMap(({ table }, index) => (rows[index] ?? []).map((row) => readEntry(table, chain, row)));
      const entries = read.filter((entry) => 'event' in entry);
      return { entries, unreadable: read.filter((entry) => 'problem' in entry) };
    },

    async remove(entries) {
      const tables = new Map(sources.map(({ table }) => [table.name, table]));
      const isMissing = (error: unknown): boolean => error instanceof AppError && error.code === 'store.missing';
      await pMap(tables.values(), (table) => writeEach(table, removalsOf(table, entries), isMissing), { concurrency: PARALLEL });
    },
  };
}

function ownPartition(chain: AuditChain): readonly string[] {
  return [keyOf(chain)];
}

async function chainsIn(table: Table): Promise<AuditChain[]> {
  const found = new Set<AuditChain>();
  for await (const { rows } of table.pages({ rows: keysBelow(WAITING) })) {
    for (const { partition } of rows) {
      // The first segment of every key is the organization.
      const [first = ''] = partition.split('|', 1);
      const chain = first === 'deployment' ? first : parseOrganizationId(first);
      if (chain !== undefined) found.add(chain);
    }
  }
  return [...found];
}

/** The oldest rows; those that cannot be read do not count, so that they never stand in the way of the others. */
async function rowsIn(table: Table, partition: string, most: number): Promise<StoredRow[]> {
  const found: StoredRow[] = [];
  let readable = 0;
  for await (const { rows } of table.pages({ partition, rows: keysBelow(WAITING), pageSize: most })) {
    found.push(...rows);
    readable += rows.filter((row) => entryIn(row) !== undefined).length;
    if (readable >= most) break;
  }
  return found;
}

function readEntry(table: Table, chain: AuditChain, row: StoredRow): WaitingEntry | UnreadableEntry {
  const place = { table: table.name, partition: row.partition, row: row.row };
  const entry = entryIn(row);
  if (!entry) return { place, problem: 'it holds no event that this version knows' };
  if (entry.event.chain !== chain) return { place, problem: `its event belongs to ${entry.event.chain}` };
  return { ...entry, place };
}

function entryIn({ values }: StoredRow): AuditEntry | undefined {
  try {
    const entry = entryDocument.unpack(values);
    return entry && isEvent(entry.event) && isAuditEventType(entry.event.type) ? entry : undefined;
  } catch {
    // Told by who asked: a row that cannot be read is answered as such and must not keep the others from being read.
    return undefined;
  }
}

function removalsOf(table: Table, entries: readonly WaitingEntry[]): BatchChange[] {
  return entries
    .filter(({ place }) => place.table === table.name)
    .map(({ place: { partition, row } }): BatchChange => ({ kind: 'remove', key: { partition, row } }));
}
