// Writes what a run reads: compares fingerprints of contents, gathers what differs, and writes it in full transactions.
// Lookups go first: a row whose fingerprint is stored is never written again, so its lookups must be there already.
import { hash } from 'node:crypto';
import pMap from 'p-map';
import type { Comparison, ObservationWriter, WriteCounts } from '../../domain/store-page.ts';
import { keyOfChange } from './row.ts';
import type { BatchChange, Row, RowValues, Table } from './row.ts';
import { KnownRows } from './known-rows.ts';
import { MOST_ROWS, writeAll } from './transactions.ts';

/** An observation ready to be compared and written. */
export interface ObservedRow {
  /** The properties that the observation has, without the fingerprint. */
  readonly row: Row;
  readonly fingerprint: string;
  /** Further properties for a row that is not there yet. */
  readonly ifNew: Readonly<Record<string, string>>;
  readonly lookups: readonly BatchChange[];
}

export interface WriterOptions<T> {
  readonly table: Table;
  readonly lookups: Table;
  readonly comparison: Comparison;
  /** The partition of each digit. */
  readonly partitionOf: (digit: string) => string;
  /** The first characters of the keys of observations. */
  readonly rowPrefix: string;
  readonly toRow: (observation: T) => ObservedRow;
}

/** The property that says what a row's content was when it was written. */
export const FINGERPRINT = 'fingerprint';
/** Enough for full transactions in each of the sixteen partitions of rows and of lookups. */
const GATHERED_ROWS = 3200;
const PARALLEL_READS = 16;

/** Where in a fingerprint the lookups begin. */
const CONTENT_DIGITS = 16;

/** Equal for equal contents and lookups: 64 and 32 bits, so that a change that goes unnoticed is not to be expected. */
export function fingerprintOf(content: RowValues, lookups: readonly BatchChange[]): string {
  const names = lookups.map((change) => keyOfChange(change).row).join(' ');
  return `${digest(JSON.stringify(content), CONTENT_DIGITS)}${digest(names, 8)}`;
}

function digest(text: string, digits: number): string {
  return hash('sha256', text, 'hex').slice(0, digits);
}

/** A writer for one run or one part of it. */
export function createObservationWriter<T>(options: WriterOptions<T>): ObservationWriter<T> {
  const { table, lookups, comparison, toRow } = options;
  const known = new KnownRows(table, options.partitionOf, options.rowPrefix);
  const counts = { added: 0, changed: 0, unchanged: 0 };
  let waiting: BatchChange[] = [];
  let waitingLookups: BatchChange[] = [];

  /** '' when the row is there without a fingerprint, undefined when it is not there. */
  async function storedFingerprint({ row }: ObservedRow): Promise<string | undefined> {
    if (comparison === 'everything') return known.fingerprint(row);
    const stored = await table.get(row);
    return stored && (stored.values[FINGERPRINT] ?? '');
  }

  function gather(observed: ObservedRow, stored: string | undefined): void {
    if (stored === observed.fingerprint) {
      counts.unchanged += 1;
      return;
    }
    counts[stored === undefined ? 'added' : 'changed'] += 1;
    const values = { ...observed.row.values, [FINGERPRINT]: observed.fingerprint, ...(stored === undefined && observed.ifNew) };
    waiting.push({ kind: 'merge', row: { ...observed.row, values } });
    // Where only the content is new, the lookups are there from before.
    if (stored?.slice(CONTENT_DIGITS) !== observed.fingerprint.slice(CONTENT_DIGITS)) waitingLookups.push(...observed.lookups);
  }

  /** Writes all lookups, and of the rows those that fill transactions; with `isLast` every row. */
  async function flush(isLast: boolean): Promise<void> {
    const first = waitingLookups;
    waitingLookups = [];
    await writeAll(lookups, first);
    const { full, rest } = isLast ? { full: waiting, rest: [] } : fullBatches(waiting);
    waiting = rest;
    await writeAll(table, full);
  }

  return {
    async add(observations) {
      const rows = observations.map(toRow);
      const stored = await pMap(rows, storedFingerprint, { concurrency: comparison === 'everything' ? 1 : PARALLEL_READS });
      for (const [index, observed] of rows.entries()) gather(observed, stored[index]);
      if (waiting.length >= GATHERED_ROWS) await flush(false);
    },

    async finish(): Promise<WriteCounts> {
      await flush(true);
      return counts;
    },
  };
}

/** What fills whole transactions of its partition, and what has to wait for more. */
function fullBatches(changes: readonly BatchChange[]): { full: BatchChange[]; rest: BatchChange[] } {
  const partitions = Map.groupBy(changes, (change) => keyOfChange(change).partition);
  const cut = (rows: readonly BatchChange[]): number => rows.length - (rows.length % MOST_ROWS);
  const all = [...partitions.values()];
  return { full: all.flatMap((rows) => rows.slice(0, cut(rows))), rest: all.flatMap((rows) => rows.slice(cut(rows))) };
}
