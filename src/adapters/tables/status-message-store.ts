// The StatusMessageStore port on one table, a partition an organization: rows `message|<newest first>|<id>`, so that a list is a range and
// an age is a place in it. What filters test stands in properties of its own, which storage can compare.
import { AppError } from '../../domain/errors.ts';
import { msBetween } from '../../domain/instant.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { Clock } from '../../domain/ports.ts';
import { matchesStatus } from '../../domain/status-message.ts';
import type { StatusFilter, StatusMessage } from '../../domain/status-message.ts';
import type { StatusListAsk, StatusMessageStore } from '../../domain/status-message-store-port.ts';
import type { ScanPage } from '../../domain/store-page.ts';
import { createDocument } from './document.ts';
import { keyOf, keySegment, keysBelow, newestFirst } from './keys.ts';
import type { KeyRange } from './keys.ts';
import type { Row, RowQuery, StoredRow, Table } from './row.ts';
import { writeEach } from './transactions.ts';

const MESSAGE = 'message';
const MOST_ROWS = 5000;
const LONGEST_MS = 1000;
const PAGE_SIZE = 1000;

const messageDocument = createDocument<StatusMessage>('message');
const hasCode = (error: unknown, code: string): boolean => error instanceof AppError && error.code === code;

/** Status messages kept in a table. */
export function createStatusMessageStore(table: Table, clock: Clock): StatusMessageStore {
  return {
    async add(message) {
      try {
        await table.write({ kind: 'insert', row: rowOf(message) });
        return true;
      } catch (error) {
        if (hasCode(error, 'store.exists')) return false;
        throw error;
      }
    },

    list: (organization, ask) => list(table, clock, organization, ask),

    async purge(organization, before) {
      let purged = 0;
      // Keys of older messages are higher; the moment itself is kept.
      const rows = { from: `${keyOf(MESSAGE)}|${newestFirst(before)}}`, before: keysBelow(MESSAGE).before };
      for await (const page of table.pages({ partition: keyOf(organization), rows, properties: [] })) {
        const removals = page.rows.map(({ partition, row }) => ({ kind: 'remove', key: { partition, row } }) as const);
        await writeEach(table, removals, (error) => hasCode(error, 'store.missing'));
        purged += removals.length;
      }
      return purged;
    },
  };
}

/** Where a list stands: after which row, or at which page of the service when that was empty. */
interface Position {
  readonly after?: string;
  readonly token?: string;
}

async function list(table: Table, clock: Clock, organization: OrganizationId, ask: StatusListAsk): Promise<ScanPage<StatusMessage>> {
  const { filter, top, continuation, signal } = ask;
  const startedAt = clock.now();
  const values: StatusMessage[] = [];
  let scanned = 0;
  const start = continuation === undefined ? {} : readPosition(continuation);
  const condition = conditionOf(filter);
  const query: RowQuery = {
    partition: keyOf(organization),
    rows: rangeOf(filter),
    pageSize: Math.min(PAGE_SIZE, top + 1),
    ...(condition !== undefined && { filter: condition }),
    ...(start.after !== undefined && { after: start.after }),
    ...(start.token !== undefined && { continuation: start.token }),
    ...(signal && { signal }),
  };
  let position: Position = start;
  for await (const page of table.pages(query)) {
    for (const row of page.rows) {
      if (values.length === top) return { values, scanned, continuation: JSON.stringify(position) };
      scanned += 1;
      position = { after: row.row };
      const message = readMessage(row);
      if (matchesStatus(message, filter)) values.push(message);
    }
    if (page.rows.length === 0 && page.continuation !== undefined) position = { ...position, token: page.continuation };
    const isOver = scanned >= MOST_ROWS || msBetween(startedAt, clock.now()) >= LONGEST_MS;
    if (isOver && page.continuation !== undefined) return { values, scanned, continuation: JSON.stringify(position) };
  }
  return { values, scanned };
}

/** Newer messages have lower keys: a list begins with the last moment before `to` and ends with `from`. */
function rangeOf({ from, to }: StatusFilter): KeyRange {
  const all = keysBelow(MESSAGE);
  const prefix = keyOf(MESSAGE);
  return {
    from: to === undefined ? all.from : `${prefix}|${newestFirst(to)}}`,
    before: from === undefined ? all.before : `${prefix}|${newestFirst(from)}}`,
  };
}

function conditionOf({ severity, component, number }: StatusFilter): string | undefined {
  const conditions = [
    severity && `severity eq '${severity}'`,
    component && `component eq '${component}'`,
    number !== undefined && `number eq '${number}'`,
  ].filter((text) => typeof text === 'string');
  return conditions.length === 0 ? undefined : conditions.join(' and ');
}

function readPosition(text: string): Position {
  try {
    const position: Position = JSON.parse(text);
    if (typeof position.after === 'string' || typeof position.token === 'string') return position;
  } catch {
    // Told below: what is no JSON is no position either.
  }
  throw new AppError('store.unexpected', {
    request: 'going on with a list',
    problem: 'the place to go on from is not one that a list gave',
  });
}

function rowOf(message: StatusMessage): Row {
  const { organization, at, id, severity, component, number } = message;
  return {
    partition: keyOf(organization),
    row: `${keyOf(MESSAGE)}|${newestFirst(at)}|${keySegment(id)}`,
    values: { ...messageDocument.pack(message), severity, component, number: String(number) },
  };
}

function readMessage({ values }: StoredRow): StatusMessage {
  const message = messageDocument.unpack(values);
  if (!message) throw new AppError('store.unexpected', { request: 'reading a status message', problem: 'a row holds no message' });
  return message;
}
