// Writes what a run reads: compares fingerprints of contents, gathers what differs, and writes it in full transactions.
// Lookups go first: a row whose fingerprint is stored is never written again, so its lookups must be there already.
import pMap from 'p-map';
import type { Comparison, KnownFingerprints, ObservationWriter, WriteCounts } from '../../domain/store-page.ts';
import { haveSameLookups } from './fingerprint.ts';
import type { RowKey } from './keys.ts';
import { KnownRows } from './known-rows.ts';
import type { KnownRowsOptions } from './known-rows.ts';
import type { BatchChange, Row, StoredRow, Table } from './row.ts';
import { MOST_ROWS, writeAll } from './transactions.ts';

/** How observations of one kind are compared and kept. */
export interface ObservedKind<T> {
  readonly idOf: (observation: T) => string;
  readonly keyOf: (id: string) => RowKey;
  /** The fingerprint that the row has once the observation is written over what is `stored`: the same when nothing has to be. */
  readonly fingerprintOf: (observation: T, stored: string | undefined) => string;
  /** The fingerprint of a stored row. */
  readonly storedPrint: (row: StoredRow) => string;
  /** The properties that the observation has; some only when the row is new. */
  readonly rowOf: (observation: T, fingerprint: string, isNew: boolean) => Row;
  readonly lookupsOf: (observation: T) => readonly BatchChange[];
}

export interface WriterOptions<T> extends KnownRowsOptions {
  readonly table: Table;
  readonly lookups: Table;
  readonly comparison: Comparison | KnownFingerprints;
  readonly kind: ObservedKind<T>;
}

/** What is to be written, and the fingerprint the row then has. */
interface Waiting {
  readonly row: Row;
  readonly fingerprint: string;
  readonly lookups: readonly BatchChange[];
}

/** Enough for full transactions in each of the sixteen partitions of rows and of lookups. */
const GATHERED_ROWS = 1600;
const PARALLEL_READS = 16;

/** A writer for one run or one part of it. */
export function createObservationWriter<T>(options: WriterOptions<T>): ObservationWriter<T> {
  return new Writer(options);
}

class Writer<T> implements ObservationWriter<T> {
  readonly #options: WriterOptions<T>;
  readonly #stored: Stored;
  readonly #added = new Set<string>();
  #changed = 0;
  #unchanged = 0;
  #waiting = new Map<string, Waiting>();
  /** What is being written while more is gathered. */
  #writing: Promise<void> = Promise.resolve();

  constructor(options: WriterOptions<T>) {
    this.#options = options;
    this.#stored = storedRows(options);
  }

  async add(observations: readonly T[]): Promise<void> {
    const ids = observations.map(this.#options.kind.idOf);
    const stored = await this.#stored.fingerprints(ids);
    for (const [index, observation] of observations.entries()) this.#gather(observation, ids[index] ?? '', stored[index]);
    if (this.#waiting.size >= GATHERED_ROWS) await this.#beginFlush();
  }

  #gather(observation: T, id: string, stored: string | undefined): void {
    const { kind } = this.#options;
    const waiting = this.#waiting.get(id);
    // What this writer has written is there, whatever was stored before it began.
    const before = waiting?.fingerprint ?? stored ?? (this.#added.has(id) ? '' : undefined);
    const fingerprint = kind.fingerprintOf(observation, before);
    if (fingerprint === before) {
      this.#unchanged += 1;
      return;
    }
    if (before === undefined) this.#added.add(id);
    else this.#changed += 1;
    const row = kind.rowOf(observation, fingerprint, before === undefined);
    const values = waiting ? { ...waiting.row.values, ...row.values } : row.values;
    // Where only the content is new, the lookups are there from before.
    const lookups = haveSameLookups(before, fingerprint) ? (waiting?.lookups ?? []) : kind.lookupsOf(observation);
    this.#waiting.set(id, { row: { ...row, values }, fingerprint, lookups });
  }

  /** One flush at a time: two would hold twice as many rows, and could write two observations of a device in the wrong order. */
  async #beginFlush(): Promise<void> {
    await this.#writing;
    this.#writing = this.#flush(false);
    // Told by the next call that waits for it.
    this.#writing.catch(() => undefined);
  }

  /** Writes what fills transactions; with `isLast` everything. */
  async #flush(isLast: boolean): Promise<void> {
    const { table, lookups } = this.#options;
    const full = isLast ? [...this.#waiting] : fullBatches([...this.#waiting]);
    for (const [id] of full) this.#waiting.delete(id);
    // Not those of rows that wait: a lookup that leads nowhere for long is taken for a stale one.
    await writeAll(
      lookups,
      full.flatMap(([, waiting]) => waiting.lookups),
    );
    await writeAll(
      table,
      full.map(([, { row }]): BatchChange => ({ kind: 'merge', row })),
    );
  }

  async finish(): Promise<WriteCounts> {
    await this.#writing;
    await this.#flush(true);
    const storedBefore = await this.#stored.count?.();
    const counts = { added: this.#added.size, changed: this.#changed, unchanged: this.#unchanged, addedIds: [...this.#added] };
    return { ...counts, ...(storedBefore !== undefined && { storedBefore }) };
  }
}

/** What is stored. */
interface Stored {
  fingerprints(ids: readonly string[]): Promise<(string | undefined)[]>;
  /** How many rows; not there where only some are looked at. */
  count?(): Promise<number>;
}

/** Finds out what is stored, in the way that was asked for. */
function storedRows<T>(options: WriterOptions<T>): Stored {
  const { comparison, kind, table } = options;
  if (typeof comparison === 'object') return { fingerprints: async (ids) => ids.map((id) => comparison.fingerprintOf(id)) };
  if (comparison === 'everything') return new KnownRows(options);
  const read = async (id: string): Promise<string | undefined> => {
    const row = await table.get(kind.keyOf(id));
    return row && kind.storedPrint(row);
  };
  return { fingerprints: async (ids) => pMap(ids, read, { concurrency: PARALLEL_READS }) };
}

/** What fills whole transactions of its partition; the rest has to wait for more. */
function fullBatches(waiting: readonly [string, Waiting][]): [string, Waiting][] {
  const partitions = Map.groupBy(waiting, ([, { row }]) => row.partition);
  return [...partitions.values()].flatMap((rows) => rows.slice(0, rows.length - (rows.length % MOST_ROWS)));
}
