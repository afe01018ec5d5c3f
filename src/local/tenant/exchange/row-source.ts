// The rows of one answer, by position, so that a page is made when it is asked for and nothing else is kept.
import { rowJson, selectColumns, type Column } from './columns.ts';

/** One page of rows as JSON objects; `next` is where the following page begins, undefined when there is none. */
interface RowPage {
  readonly rows: readonly string[];
  readonly next: number | undefined;
}

export interface RowSource {
  page(from: number, limit: number, select: readonly string[]): RowPage;
}

/** What a source reads: `read` answers undefined for a position that holds no (matching) row. */
export interface Positions<Row> {
  readonly columns: readonly Column<Row>[];
  readonly extent: number;
  read(position: number): Row | undefined;
  /** Whether there is a row at all, where that is cheaper to tell than to read it. */
  has?(position: number): boolean;
}

/** Pages over positions. The search for the next row is part of a page, because the last page carries no link. */
export function rowSource<Row>(positions: Positions<Row>): RowSource {
  const has = (position: number): boolean => (positions.has ? positions.has(position) : positions.read(position) !== undefined);
  return {
    page(from, limit, select) {
      const columns = selectColumns(positions.columns, select);
      const rows: string[] = [];
      let position = from;
      for (; position < positions.extent && rows.length < limit; position += 1) {
        if (positions.has && !positions.has(position)) continue;
        const row = positions.read(position);
        if (row !== undefined) rows.push(rowJson(columns, row));
      }
      while (position < positions.extent && !has(position)) position += 1;
      return { rows, next: position < positions.extent ? position : undefined };
    },
  };
}

/** A source over a list that is at hand. */
export function listSource<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): RowSource {
  return rowSource({ columns, extent: rows.length, read: (position) => rows[position] });
}
