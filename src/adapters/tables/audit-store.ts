// The AuditStore port on one table, a partition a chain (rows: audit-rows.ts). The row `end` is replaced by version in the transaction that
// appends, so that of two sequencers one goes on and the other reads again; a row for each event keeps it from being recorded twice.
import pMap from 'p-map';
import type { AuditChain } from '../../domain/audit.ts';
import { readRecord } from '../../domain/audit-chain.ts';
import type { KeptRecord, PersonName } from '../../domain/audit-chain.ts';
import type { Appended, AuditScan, AuditStore } from '../../domain/audit-port.ts';
import { AppError } from '../../domain/errors.ts';
import { compareInstants, msBetween } from '../../domain/instant.ts';
import type { Instant } from '../../domain/instant.ts';
import { parseOrganizationId } from '../../domain/organization.ts';
import type { Clock } from '../../domain/ports.ts';
import type { ScanPage, Versioned } from '../../domain/store-page.ts';
import {
  auditKey,
  chainChange,
  CHAINS,
  checkpointDocument,
  endDocument,
  eventKey,
  keeping,
  nameDocument,
  nameKey,
  readRecordRow,
  recordChanges,
  recordKey,
  recordsBeyond,
  recordsThrough,
  signedDocument,
} from './audit-rows.ts';
import type { Document } from './document.ts';
import { keyOf, keysBelow } from './keys.ts';
import { outboxRow } from './outbox.ts';
import type { BatchChange, Table } from './row.ts';
import { writeEach } from './transactions.ts';

const PARALLEL = 8;
const MOST_ROWS = 5000;
const LONGEST_MS = 1000;
const PAGE_SIZE = 1000;
const SMALL_PAGE = 100;
const SHOWN_BEYOND = 10;

/** Chains kept in a table. */
export function createAuditStore(table: Table, clock: Clock): AuditStore {
  return {
    chains: () => listChains(table),

    end: (chain) => readRow(table, chain, 'end', endDocument),
    append: (chain, appended) => append(table, chain, appended),

    async recorded(chain, eventIds) {
      const rows = await pMap(eventIds, (id) => table.get(auditKey(chain, eventKey(id))), { concurrency: PARALLEL });
      return new Set(eventIds.filter((_, index) => rows[index] !== undefined));
    },

    async record(chain, sequence) {
      const row = await table.get(auditKey(chain, recordKey(sequence)));
      return row && readRecordRow(row);
    },

    async *records(chain, through) {
      for await (const { rows } of table.pages({ partition: keyOf(chain), rows: recordsThrough(through) })) yield rows.map(readRecordRow);
    },

    async beyond(chain, sequence) {
      const query = { partition: keyOf(chain), rows: recordsBeyond(sequence), pageSize: SHOWN_BEYOND };
      for await (const { rows } of table.pages(query)) if (rows.length > 0) return rows.map(readRecordRow);
      return [];
    },

    scan: (chain, through, request) => scan(table, clock, chain, { ...request, through }),

    async names(chain, people) {
      const found = new Map<string, Versioned<PersonName>>();
      const look = async (person: Pick<PersonName, 'tenant' | 'objectId'>): Promise<void> => {
        const name = await readRow(table, chain, nameKey(person), nameDocument);
        if (name) found.set(`${person.tenant} ${person.objectId}`, name);
      };
      await pMap(people, look, { concurrency: PARALLEL });
      return found;
    },

    async eraseName(chain, name, entry) {
      const row = { ...auditKey(chain, nameKey(name)), values: nameDocument.pack(name) };
      await table.transact([{ kind: 'set', row }, outboxRow(keyOf(chain), entry)]);
    },

    lastSigned: async (chain) => (await readRow(table, chain, 'signed', signedDocument))?.value,

    async keepLastSigned(chain, last) {
      await table.write({ kind: 'set', row: { ...auditKey(chain, 'signed'), values: signedDocument.pack(last) } });
    },

    checkpoint: async (chain) => (await readRow(table, chain, 'checkpoint', checkpointDocument))?.value,

    async keepCheckpoint(chain, checkpoint, entry) {
      const row = { ...auditKey(chain, 'checkpoint'), values: checkpointDocument.pack(checkpoint) };
      await table.transact([{ kind: 'set', row }, outboxRow(keyOf(chain), entry)]);
    },

    removeThrough: (chain, sequence) => removeThrough(table, chain, sequence),
    removeNames: (chain, seenBefore) => removeNames(table, chain, seenBefore),
  };
}

async function readRow<T>(table: Table, chain: AuditChain, row: string, document: Document<T>): Promise<Versioned<T> | undefined> {
  const found = await table.get(auditKey(chain, row));
  const value = found && document.unpack(found.values);
  return found && value !== undefined ? { value, version: found.version } : undefined;
}

async function listChains(table: Table): Promise<AuditChain[]> {
  const found: AuditChain[] = [];
  for await (const { rows } of table.pages({ partition: CHAINS })) {
    for (const { row } of rows) {
      const chain = row === 'deployment' ? row : parseOrganizationId(row);
      if (chain !== undefined) found.push(chain);
    }
  }
  return found;
}

async function append(table: Table, chain: AuditChain, { records, end, replaces, names }: Appended): Promise<void> {
  if (replaces === undefined) await table.write(chainChange(chain));
  const nameChanges = names.map(({ name, replaces: version }) =>
    keeping({ ...auditKey(chain, nameKey(name)), values: nameDocument.pack(name) }, version),
  );
  await table.transact([
    keeping({ ...auditKey(chain, 'end'), values: endDocument.pack(end) }, replaces),
    ...records.flatMap((record) => recordChanges(chain, record)),
    ...nameChanges,
  ]);
}

type Scan = AuditScan & { readonly through: number };

async function scan(table: Table, clock: Clock, chain: AuditChain, request: Scan): Promise<ScanPage<KeptRecord>> {
  const { top, matches, isPast, signal } = request;
  const startedAt = clock.now();
  const values: KeptRecord[] = [];
  let scanned = 0;
  const rows = recordsThrough(request.continuation === undefined ? request.through : readPosition(request.continuation));
  const pageSize = Math.min(PAGE_SIZE, Math.max(top, SMALL_PAGE));
  for await (const page of table.pages({ partition: keyOf(chain), rows, pageSize, ...(signal && { signal }) })) {
    // A key that is none of ours is told by the check of the chain, not by its list.
    const records = page.rows.map(readRecordRow).filter(({ sequence }) => !Number.isNaN(sequence));
    for (const record of records) {
      scanned += 1;
      if (isPast(record)) return { values, scanned };
      if (matches(record)) values.push(record);
      const isEnough = values.length >= top || scanned >= MOST_ROWS;
      if (isEnough) return { values, scanned, continuation: String(record.sequence - 1) };
    }
    const last = records.at(-1);
    const isLate = msBetween(startedAt, clock.now()) >= LONGEST_MS;
    if (isLate && last && page.continuation !== undefined) return { values, scanned, continuation: String(last.sequence - 1) };
  }
  return { values, scanned };
}

function readPosition(text: string): number {
  const sequence = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(sequence)) return sequence;
  const problem = 'the place to go on from is not one that a list gave';
  throw new AppError('store.unexpected', { request: 'going on with the audit', problem });
}

const isMissing = (error: unknown): boolean => error instanceof AppError && error.code === 'store.missing';

async function removeThrough(table: Table, chain: AuditChain, sequence: number): Promise<number> {
  let removed = 0;
  for await (const { rows } of table.pages({ partition: keyOf(chain), rows: recordsThrough(sequence) })) {
    const events = rows.map((row) => readRecord(readRecordRow(row).text)?.event.id).filter((id) => id !== undefined);
    const keys = [...rows.map(({ row }) => row), ...events.map(eventKey)];
    await writeEach(
      table,
      keys.map((row) => removal(chain, row)),
      isMissing,
    );
    removed += rows.length;
  }
  return removed;
}

async function removeNames(table: Table, chain: AuditChain, seenBefore: Instant): Promise<number> {
  let removed = 0;
  for await (const { rows } of table.pages({ partition: keyOf(chain), rows: keysBelow('n') })) {
    const old = rows.filter(({ values }) => {
      const name = nameDocument.unpack(values);
      return name !== undefined && compareInstants(name.seenAt, seenBefore) < 0;
    });
    await writeEach(
      table,
      old.map(({ row }) => removal(chain, row)),
      isMissing,
    );
    removed += old.length;
  }
  return removed;
}

function removal(chain: AuditChain, row: string): BatchChange {
  return { kind: 'remove', key: auditKey(chain, row) };
}
