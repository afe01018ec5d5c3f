// Any number of changes as full transactions: one partition each, at most 100 rows and 3.5 MiB, a few at a time.
// Limits: https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions (4 MiB for the whole request).
import pMap from 'p-map';
import { extentOf, keyOfChange, rowOfChange } from './row.ts';
import type { BatchChange, RowCallOptions, Table } from './row.ts';

/** The most rows of one transaction. */
export const MOST_ROWS = 100;
const MOST_BYTES = 3.5 * 1024 * 1024;
/** Headers and addresses of one change within the request. */
const OVERHEAD_BYTES = 1024;
/** Quotes, colon and comma of a property. */
const PUNCTUATION = 6;
/** The most bytes that one character takes in JSON. */
const WIDEST = 6;
const PARALLEL = 8;

/** How many bytes a change takes in the request, never less than it does. */
function bytesOf(change: BatchChange): number {
  const { properties, characters } = extentOf(rowOfChange(change)?.values ?? {});
  const bound = (characters + properties * PUNCTUATION) * WIDEST + OVERHEAD_BYTES;
  if (bound <= MOST_BYTES / MOST_ROWS) return bound;
  return Buffer.byteLength(JSON.stringify(rowOfChange(change)?.values ?? {})) + OVERHEAD_BYTES;
}

/** The changes of one partition in parts that each fit into one transaction, in their order. */
function splitChanges(changes: readonly BatchChange[]): BatchChange[][] {
  const parts: BatchChange[][] = [];
  let part: BatchChange[] = [];
  let bytes = 0;
  for (const change of changes) {
    const more = bytesOf(change);
    if (part.length === MOST_ROWS || (part.length > 0 && bytes + more > MOST_BYTES)) {
      parts.push(part);
      part = [];
      bytes = 0;
    }
    part.push(change);
    bytes += more;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}

/** The changes by partition. Of several changes of one row the last counts: a transaction may name a row once. */
function byPartition(changes: readonly BatchChange[]): BatchChange[][] {
  const partitions = new Map<string, Map<string, BatchChange>>();
  for (const change of changes) {
    const { partition, row } = keyOfChange(change);
    const rows = partitions.get(partition) ?? new Map<string, BatchChange>();
    partitions.set(partition, rows.set(row, change));
  }
  return [...partitions.values()].map((rows) => [...rows.values()]);
}

/** Writes all changes, in transactions as full as can be. Each must be one that may be repeated: a failure leaves some done and some not. */
export async function writeAll(table: Table, changes: readonly BatchChange[], options: RowCallOptions = {}): Promise<void> {
  const parts = byPartition(changes).flatMap(splitChanges);
  await pMap(parts, (part) => table.transact(part, options), { concurrency: PARALLEL });
}

/**
 * Tries each change by itself where its transaction is refused, and answers those that were refused with their errors.
 * For changes of rows that others may have changed or removed meanwhile.
 */
export async function writeEach(
  table: Table,
  changes: readonly BatchChange[],
  isRefusal: (error: unknown) => boolean,
): Promise<{ readonly change: BatchChange; readonly error: unknown }[]> {
  const refused: { change: BatchChange; error: unknown }[] = [];
  const attempt = async (work: Promise<unknown>, refuse: (error: unknown) => Promise<void> | void): Promise<void> => {
    try {
      await work;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await refuse(error);
    }
  };
  const parts = byPartition(changes).flatMap(splitChanges);
  const one = (change: BatchChange): Promise<void> => attempt(table.write(change), (error) => void refused.push({ change, error }));
  const all = (part: BatchChange[]): Promise<void> =>
    attempt(table.transact(part), async () => void (await pMap(part, one, { concurrency: PARALLEL })));
  await pMap(parts, all, { concurrency: PARALLEL });
  return refused;
}
