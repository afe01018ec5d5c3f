// Reads the sixteen partitions of an organization in order, for a list with filters: a bounded number of rows, for a bounded time.
// It may answer nothing and say where to go on. https://learn.microsoft.com/rest/api/storageservices/query-timeout-and-pagination
import { AppError } from '../../domain/errors.ts';
import { msBetween } from '../../domain/instant.ts';
import type { Clock } from '../../domain/ports.ts';
import { partitionDigits } from '../../domain/store-page.ts';
import type { ScanPage, ScanRequest } from '../../domain/store-page.ts';
import type { RowPage, RowQuery, StoredRow, Table } from './row.ts';

export interface ScanOptions<T> {
  readonly table: Table;
  readonly clock: Clock;
  readonly partitionOf: (digit: string) => string;
  readonly rowPrefix: string;
  /** What storage can leave out; the request's own test decides. */
  readonly filter?: string;
  readonly read: (row: StoredRow) => T;
}

const MOST_ROWS = 5000;
const LONGEST_MS = 1000;
const PAGE_SIZE = 1000;
const SMALL_PAGE = 100;

/** Where a scan stands: in which partition, after which row or at which page of the service. */
interface Position {
  readonly digit: string;
  readonly after?: string;
  readonly token?: string;
}

/** The next values that match, from where the request says. */
export async function scanPartitions<T>(options: ScanOptions<T>, request: ScanRequest<T>): Promise<ScanPage<T>> {
  const startedAt = options.clock.now();
  const values: T[] = [];
  let scanned = 0;
  let position: Position | undefined = request.continuation === undefined ? { digit: '0' } : readPosition(request.continuation);
  const isOver = (): boolean =>
    values.length >= request.top || scanned >= MOST_ROWS || msBetween(startedAt, options.clock.now()) >= LONGEST_MS;

  // One page at least: else a slow start would never get anywhere.
  do {
    // A list without filters is answered by as many rows as it asks for; where those do not do, the rest is read in large pages.
    const size = scanned === 0 ? Math.max(request.top, SMALL_PAGE) : PAGE_SIZE;
    const page: RowPage = await nextPage(options, request, position, Math.min(size, PAGE_SIZE, MOST_ROWS - scanned));
    let last: StoredRow | undefined;
    for (const row of page.rows) {
      last = row;
      scanned += 1;
      const value = options.read(row);
      if (request.matches(value)) values.push(value);
      if (values.length >= request.top) break;
    }
    const isWhole = last === page.rows.at(-1);
    position = isWhole && page.continuation === undefined ? after(position) : following(position, page, last);
  } while (position && !isOver());
  return { values, scanned, ...(position && { continuation: JSON.stringify(position) }) };
}

function after({ digit }: Position): Position | undefined {
  const next = partitionDigits[partitionDigits.findIndex((each) => each === digit) + 1];
  return next === undefined ? undefined : { digit: next };
}

/** After the last row that was looked at; an empty page leaves only the service's token. */
function following({ digit, after: earlier }: Position, page: RowPage, last: StoredRow | undefined): Position {
  if (last) return { digit, after: last.row };
  return { digit, ...(earlier !== undefined && { after: earlier }), ...(page.continuation !== undefined && { token: page.continuation }) };
}

async function nextPage<T>(options: ScanOptions<T>, request: ScanRequest<T>, position: Position, pageSize: number): Promise<RowPage> {
  const { digit, after: afterRow, token } = position;
  const query: RowQuery = {
    partition: options.partitionOf(digit),
    rows: { from: options.rowPrefix, before: `${options.rowPrefix}g` },
    pageSize,
    ...(options.filter !== undefined && { filter: options.filter }),
    ...(afterRow !== undefined && { after: afterRow }),
    ...(token !== undefined && { continuation: token }),
    ...(request.signal && { signal: request.signal }),
  };
  for await (const page of options.table.pages(query)) return page;
  return { rows: [] };
}

function readPosition(text: string): Position {
  try {
    const position: Position = JSON.parse(text);
    if (partitionDigits.some((digit) => digit === position.digit)) return position;
  } catch {
    // Told below: what is no JSON is no position either.
  }
  throw new AppError('store.unexpected', {
    request: 'going on with a list',
    problem: 'the place to go on from is not one that a list gave',
  });
}
