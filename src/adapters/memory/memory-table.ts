// A table in memory, for tests of what is built on tables: the stores themselves are those of production, on the same keys and forms.
// Bound by the same contract suites. Pages are small, so that a test with few rows reads several.
import { AppError } from '../../domain/errors.ts';
import type { RowKey } from '../tables/keys.ts';
import { checkRow, keyOfChange, rowOfChange } from '../tables/row.ts';
import type { BatchChange, RowChange, RowPage, RowQuery, RowValues, StoredRow, Table } from '../tables/row.ts';

/** An empty table. */
export function createMemoryTable(name: string, pageSize = 3): Table {
  return new MemoryTable(name, pageSize);
}

class MemoryTable implements Table {
  readonly name: string;
  readonly #pageSize: number;
  #rows = new Map<string, StoredRow>();
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
      const found = this.#find(query, continuation);
      const rows = found.slice(0, size).map((row) => only(row, query.properties));
      const next = found[size];
      continuation = next && mapKey(next);
      yield { rows, ...(continuation !== undefined && { continuation }) };
    } while (continuation !== undefined);
  }

  #find({ partition, rows, after }: RowQuery, from = ''): StoredRow[] {
    return [...this.#rows]
      .filter(([key]) => key >= from)
      .map(([, row]) => row)
      .filter((row) => partition === undefined || row.partition === partition)
      .filter(({ row }) => (!rows || (row >= rows.from && row < rows.before)) && (after === undefined || row > after))
      .toSorted((a, b) => (mapKey(a) < mapKey(b) ? -1 : 1));
  }

  async write(change: RowChange): Promise<string> {
    if (change.kind === 'remove' && change.version === undefined && !this.#rows.has(mapKey(change.key))) return '';
    return this.#apply(this.#rows, change);
  }

  async transact(changes: readonly BatchChange[]): Promise<readonly string[]> {
    const { partition } = changes[0] ? keyOfChange(changes[0]) : { partition: '' };
    const keys = new Set(changes.map((change) => mapKey(keyOfChange(change))));
    const isWhole =
      keys.size === changes.length && changes.length <= 100 && changes.every((each) => keyOfChange(each).partition === partition);
    if (!isWhole)
      throw new AppError('store.unexpected', { request: 'a transaction', problem: 'its rows are too many, twice there or apart' });
    const rows = new Map(this.#rows);
    const versions = changes.map((change) => this.#apply(rows, change));
    this.#rows = rows;
    return versions;
  }

  #apply(rows: Map<string, StoredRow>, change: RowChange): string {
    const row = rowOfChange(change);
    if (row) checkRow(this.name, row);
    const key = mapKey(keyOfChange(change));
    const current = rows.get(key);
    this.#check(change, current);
    if (change.kind === 'remove') {
      rows.delete(key);
      return '';
    }
    this.#writes += 1;
    const version = `W/"${this.#writes}"`;
    const isMerged = change.kind === 'merge' || change.kind === 'amend';
    const values: RowValues = isMerged ? { ...current?.values, ...change.row.values } : { ...change.row.values };
    rows.set(key, { ...change.row, values, version });
    return version;
  }

  #check(change: RowChange, current: StoredRow | undefined): void {
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

function only(row: StoredRow, properties: readonly string[] | undefined): StoredRow {
  if (!properties) return row;
  return { ...row, values: Object.fromEntries(Object.entries(row.values).filter(([name]) => properties.includes(name))) };
}
