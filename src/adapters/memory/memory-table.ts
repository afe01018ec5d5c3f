// A table in memory, for tests of what is built on tables: the stores themselves are those of production, on the same keys and forms.
// Bound by the same contract suites. Pages are small, so that a test with few rows reads several.
import { AppError } from '../../domain/errors.ts';
import type { RowKey } from '../tables/keys.ts';
import { checkRow, keyOfChange, rowOfChange } from '../tables/row.ts';
import type { BatchChange, RowPage, RowQuery, RowValues, StoredRow, Table } from '../tables/row.ts';

/** An empty table. */
export function createMemoryTable(name: string, pageSize = 3): Table {
  return new MemoryTable(name, pageSize);
}

class MemoryTable implements Table {
  readonly name: string;
  readonly #pageSize: number;
  readonly #rows = new Map<string, StoredRow>();
  /** The keys of all rows, and perhaps of some that are gone; in order when `#isSorted`. */
  #keys: string[] = [];
  #isSorted = true;
  #writes = 0;

  constructor(name: string, pageSize: number) {
    this.name = name;
    this.#pageSize = pageSize;
  }

  async get(key: RowKey): Promise<StoredRow | undefined> {
    return this.#rows.get(mapKey(key));
  }

  async *pages(query: RowQuery): AsyncGenerator<RowPage> {
    const size = Math.min(query.pageSize ?? this.#pageSize, this.#pageSize);
    let { continuation } = query;
    do {
      query.signal?.throwIfAborted();
      const found = this.#find(query, continuation, size + 1);
      const rows = found.slice(0, size).map((row) => only(row, query.properties));
      const next = found[size];
      continuation = next && mapKey(next);
      yield { rows, ...(continuation !== undefined && { continuation }) };
    } while (continuation !== undefined);
  }

  #find({ partition, rows, after }: RowQuery, continuation: string | undefined, most: number): StoredRow[] {
    const from = continuation ?? (partition === undefined ? '' : mapKey({ partition, row: rows?.from ?? '' }));
    const keys = this.#sortedKeys();
    const found: StoredRow[] = [];
    for (let index = firstNotBefore(keys, from); index < keys.length && found.length < most; index += 1) {
      const row = this.#rows.get(keys[index] ?? '');
      if (!row) continue;
      if (partition !== undefined && row.partition !== partition) break;
      const isInRange = !rows || (row.row >= rows.from && row.row < rows.before);
      if (isInRange && (after === undefined || row.row > after)) found.push(row);
    }
    return found;
  }

  #sortedKeys(): readonly string[] {
    if (!this.#isSorted) this.#keys = this.#keys.sort().filter((key, index, keys) => this.#rows.has(key) && key !== keys[index - 1]);
    this.#isSorted = true;
    return this.#keys;
  }

  async write(change: BatchChange): Promise<string> {
    if (change.kind === 'remove' && change.version === undefined && !this.#rows.has(mapKey(change.key))) return '';
    return this.#apply(change);
  }

  async transact(changes: readonly BatchChange[]): Promise<readonly string[]> {
    const { partition } = changes[0] ? keyOfChange(changes[0]) : { partition: '' };
    const keys = new Set(changes.map((change) => mapKey(keyOfChange(change))));
    const isWhole =
      keys.size === changes.length && changes.length <= 100 && changes.every((each) => keyOfChange(each).partition === partition);
    if (!isWhole)
      throw new AppError('store.unexpected', { request: 'a transaction', problem: 'its rows are too many, twice there or apart' });
    const before = [...keys].map((key) => [key, this.#rows.get(key)] as const);
    try {
      return changes.map((change) => this.#apply(change));
    } catch (error) {
      for (const [key, row] of before) this.#put(key, row);
      throw error;
    }
  }

  #put(key: string, row: StoredRow | undefined): void {
    if (!row) {
      this.#rows.delete(key);
      return;
    }
    if (!this.#rows.has(key)) {
      this.#keys.push(key);
      this.#isSorted = false;
    }
    this.#rows.set(key, row);
  }

  #apply(change: BatchChange): string {
    const row = rowOfChange(change);
    if (row) checkRow(this.name, row);
    const key = mapKey(keyOfChange(change));
    const current = this.#rows.get(key);
    this.#check(change, current);
    if (change.kind === 'remove') {
      this.#put(key, undefined);
      return '';
    }
    this.#writes += 1;
    const version = `W/"${this.#writes}"`;
    const isMerged = change.kind === 'merge' || change.kind === 'amend';
    const values: RowValues = isMerged ? { ...current?.values, ...change.row.values } : { ...change.row.values };
    this.#put(key, { ...change.row, values, version });
    return version;
  }

  #check(change: BatchChange, current: StoredRow | undefined): void {
    const fail = (code: 'store.exists' | 'store.stale' | 'store.missing'): AppError => new AppError(code, { record: this.name });
    if (change.kind === 'insert' && current) throw fail('store.exists');
    if (change.kind === 'insert' || change.kind === 'set' || change.kind === 'merge') return;
    const isNamed = change.version !== undefined;
    if (!current) throw fail(isNamed && change.kind !== 'amend' ? 'store.stale' : 'store.missing');
    if (isNamed && change.version !== current.version) throw fail('store.stale');
  }
}

/** No key holds a character as low as this one. */
function mapKey({ partition, row }: RowKey): string {
  return `${partition}\n${row}`;
}

/** Where in the sorted keys those begin that are not before `from`. */
function firstNotBefore(keys: readonly string[], from: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] ?? '') < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

function only(row: StoredRow, properties: readonly string[] | undefined): StoredRow {
  if (!properties) return row;
  return { ...row, values: Object.fromEntries(Object.entries(row.values).filter(([name]) => properties.includes(name))) };
}
