// Changes of users since a cursor, by Graph's delta query; starts over by itself when the cursor is too old.
// https://learn.microsoft.com/graph/delta-query-users. A cursor is Graph's link with a mark of what kind of read it belongs to.
import type { DirectoryChangePage } from '../../domain/directory-port.ts';
import type { GraphClient } from './graph-client.ts';
import type { GraphCall } from './graph-transport.ts';
import { isExpiredCursor, toGraphError, unexpected } from './graph-errors.ts';
import { readChange, readPage, USER_FIELDS } from './graph-rows.ts';

/** Delta queries take no page size; `manager` comes as `manager@delta`. */
const FIRST = `/users/delta?$select=${USER_FIELDS},manager`;

interface Position {
  readonly isWhole: boolean;
  readonly path: string;
}

const START: Position = { isWhole: true, path: FIRST };

/** The pages of one read; see Directory.userChanges. */
export async function* readUserChanges(
  client: GraphClient,
  cursor: string | undefined,
  asked: Omit<GraphCall, 'path'>,
): AsyncGenerator<DirectoryChangePage> {
  let position: Position | undefined = cursor === undefined ? START : parse(cursor, client, asked.request);
  let hasStartedOver = false;
  const seen = new Set<string>();
  while (position) {
    const outcome = await client.call({ ...asked, path: position.path });
    if (!outcome.isOk) {
      // A token that is refused at the very start, or again, is not old: something else is wrong.
      if (hasStartedOver || position === START || !isExpiredCursor(outcome.refusal)) throw toGraphError(outcome.refusal, asked.request);
      hasStartedOver = true;
      position = START;
      continue;
    }
    const page = readPage(outcome.body, asked.request);
    const link = page.nextLink ?? page.deltaLink;
    if (link === undefined) throw unexpected(asked.request, 'a page without a link to go on');
    const path = client.ownLink(link, asked.request);
    const isLast = page.nextLink === undefined;
    if (!isLast && seen.has(path)) throw unexpected(asked.request, 'a link to a page that was read already');
    seen.add(path);
    const { isWhole }: Position = position;
    yield {
      changes: page.rows.map((row) => readChange(row, asked.request)),
      cursor: format({ isWhole: isWhole && !isLast, path }),
      isLast,
      isWhole,
    };
    position = isLast ? undefined : { isWhole, path };
  }
}

function format({ isWhole, path }: Position): string {
  return `${isWhole ? 'whole' : 'changes'} ${path}`;
}

/** A cursor that was kept for long, or was tampered with, must not lead a token elsewhere. */
function parse(cursor: string, client: GraphClient, request: string): Position {
  const [, kind, link] = /^(whole|changes) (\S+)$/.exec(cursor) ?? [];
  if (link === undefined) throw unexpected(request, 'a cursor that is none of ours');
  return { isWhole: kind === 'whole', path: client.ownLink(link, request) };
}
