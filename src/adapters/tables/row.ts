// A row as stored: text properties below two keys, within the limits of Azure Tables. It knows no HTTP and no store.
// Limits: https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model#property-limitations
import { AppError } from '../../domain/errors.ts';
import type { KeyRange, RowKey } from './keys.ts';

/** The properties of a row. Only texts: they are the one type that every client reads back as it was written. */
export type RowValues = Readonly<Record<string, string>>;

/** A row to be written. */
export interface Row extends RowKey {
  readonly values: RowValues;
}

/** A row as it was read. */
export interface StoredRow extends Row {
  /** Changes with every write: its ETag. */
  readonly version: string;
}

/** One change of one row, alone or as part of a transaction. */
export type BatchChange =
  /** A new row; `store.exists` when there is one. */
  | { readonly kind: 'insert'; readonly row: Row }
  /** Replaces the row of that version; `store.stale` when it is another one by now. */
  | { readonly kind: 'replace'; readonly row: Row; readonly version: string }
  /** Makes the row or replaces it, whatever it was. */
  | { readonly kind: 'set'; readonly row: Row }
  /** Makes the row or writes these properties of it; the others stay. */
  | { readonly kind: 'merge'; readonly row: Row }
  /** Writes these properties of a row that is there; `store.missing` when it is not, `store.stale` when it has another version. */
  | { readonly kind: 'amend'; readonly row: Row; readonly version?: string }
  /** Removes the row; of that version, where one is named: `store.stale` when it is another one by now. */
  | { readonly kind: 'remove'; readonly key: RowKey; readonly version?: string };

/** Which rows to list: of one partition or, where a table is small, of all. */
export interface RowQuery {
  readonly partition?: string;
  readonly rows?: KeyRange;
  /** Only rows after this key. */
  readonly after?: string;
  /** Leaves out rows for which this OData condition does not hold. A table may ignore it, so whoever asks tests what comes. */
  readonly filter?: string;
  /** Only these properties. */
  readonly properties?: readonly string[];
  /** At most 1,000. */
  readonly pageSize?: number;
  /** Where an earlier page said to go on. */
  readonly continuation?: string;
  readonly signal?: AbortSignal;
}

/** Rows in the order of their keys. An empty page that says where to go on is not the end. */
export interface RowPage {
  readonly rows: readonly StoredRow[];
  readonly continuation?: string;
}

export interface RowCallOptions {
  readonly signal?: AbortSignal;
}

/** One table. The versions that writes answer are those of the rows they wrote, '' for removed ones. */
export interface Table {
  readonly name: string;
  get(key: RowKey, options?: RowCallOptions): Promise<StoredRow | undefined>;
  /** At least one page; ends when there is nothing more. */
  pages(query: RowQuery): AsyncIterable<RowPage>;
  /** A removal without a version succeeds also when the row is gone already. */
  write(change: BatchChange, options?: RowCallOptions): Promise<string>;
  /** All or nothing: at most 100 changes of different rows of one partition, 3.5 MiB in all. A row to remove has to be there. */
  transact(changes: readonly BatchChange[], options?: RowCallOptions): Promise<readonly string[]>;
}

/** 64 KiB of UTF-16, less some room. */
const LONGEST_VALUE = 32_000;
/** Of 255, two keys and a time are the service's, one is the mark that the client writes. */
const MOST_VALUES = 251;
const MOST_BYTES = 1024 * 1024;

/** Where a change is to happen. */
export function keyOfChange(change: BatchChange): RowKey {
  return change.kind === 'remove' ? change.key : change.row;
}

/** The row that a change writes; undefined when it removes one. */
export function rowOfChange(change: BatchChange): Row | undefined {
  return change.kind === 'remove' ? undefined : change.row;
}

/** Whether the change may be repeated blindly: a second run finds what the first one left, and does it again. */
export function isRepeatable(change: BatchChange): boolean {
  if (change.kind === 'set' || change.kind === 'merge') return true;
  return change.kind !== 'insert' && change.kind !== 'replace' && change.version === undefined;
}

/** Refuses a row that storage would refuse, before anything is sent. */
export function checkRow(table: string, { values }: Row): void {
  const refuse = (problem: string): AppError => new AppError('store.too-large', { record: table, problem });
  const { properties, characters } = extentOf(values);
  // Never less than the service counts: two bytes a character in names and values, some for each property, and the keys at their longest.
  const bytes = 4096 + 12 * properties + 2 * characters;
  if (properties > MOST_VALUES) throw refuse(`it has ${properties} properties, and ${MOST_VALUES} are allowed`);
  if (bytes > MOST_BYTES) throw refuse(`it takes ${bytes} bytes, and ${MOST_BYTES} are allowed`);
  for (const name in values) {
    const length = values[name]?.length ?? 0;
    if (length > LONGEST_VALUE) throw refuse(`its property ${name} has ${length} characters, and ${LONGEST_VALUE} are allowed`);
  }
}

/** How many properties there are, and how many characters their names and values have together. */
export function extentOf(values: RowValues): { readonly properties: number; readonly characters: number } {
  let properties = 0;
  let characters = 0;
  for (const name in values) {
    properties += 1;
    characters += name.length + (values[name]?.length ?? 0);
  }
  return { properties, characters };
}

/** The text in pieces that fit into one property each; no piece ends in the middle of a character. */
export function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  for (let start = 0; start === 0 || start < text.length;) {
    let end = Math.min(start + LONGEST_VALUE, text.length);
    if (end < text.length && /[\uD800-\uDBFF]/.test(text.charAt(end - 1))) end -= 1;
    pieces.push(text.slice(start, end));
    start = end === 0 ? 1 : end;
  }
  return pieces;
}
