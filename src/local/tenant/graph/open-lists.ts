// Lists that are being read page by page, kept open between two pages: without this, every page of a long list would make all rows before it anew.
// Only a shortcut: a page asked for twice, or after many other lists, is found by counting from the start.

interface OpenList<Row> {
  readonly rows: Iterator<Row>;
  /** Rows taken out of the iterator that belong to the next page. */
  readonly ahead: readonly Row[];
}

export interface OpenLists {
  /** The page of `top` rows at `from` of the list called `name`, and whether there are more. */
  page<Row>(name: string, from: number, top: number, start: () => Iterable<Row>): { readonly rows: Row[]; readonly hasMore: boolean };
}

const MOST_OPEN = 8;

/** No list open yet. */
export function createOpenLists(): OpenLists {
  const open = new Map<string, OpenList<unknown>>();
  return {
    page<Row>(name: string, from: number, top: number, start: () => Iterable<Row>) {
      const key = `${from} ${name}`;
      // The name says what the rows are: they are of the kind that was put there.
      const list = (open.get(key) ?? openAt(start, from)) as OpenList<Row>;
      open.delete(key);
      const rows = [...list.ahead];
      for (let next = list.rows.next(); !next.done; next = list.rows.next()) {
        rows.push(next.value);
        if (rows.length > top) break;
      }
      const ahead = rows.splice(top);
      if (ahead.length === 0) return { rows, hasMore: false };
      open.set(`${from + top} ${name}`, { rows: list.rows, ahead });
      const [oldest] = open.keys();
      if (open.size > MOST_OPEN && oldest !== undefined) open.delete(oldest);
      return { rows, hasMore: true };
    },
  };
}

function openAt<Row>(start: () => Iterable<Row>, from: number): OpenList<Row> {
  const rows = start()[Symbol.iterator]();
  for (let position = 0; position < from && !rows.next().done; position += 1);
  return { rows, ahead: [] };
}
