// Cursors: a link that carries everything about the next page, so that the tenant keeps none and a restart loses none.
// Like the real one it names a backend, dies after half an hour and may be bound to anchor or cookie (differences.md).
import type { InstantMs } from '../world/types.ts';
import { errors } from './exchange-error.ts';
import type { Paging } from './switches.ts';

export interface Cursor {
  readonly tenantId: string;
  readonly appId: string;
  readonly cmdlet: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Position of the next row. */
  readonly from: number;
  /** Rows given since the result size was last reached. */
  readonly given: number;
  /** The anchor and cookie of the page before. */
  readonly anchor: string;
  readonly cookie: string;
  readonly expiresMs: InstantMs;
}

/** What a continuation brings along. */
export interface Companions {
  readonly anchor: string;
  readonly cookie: string;
}

/** The name of the server that an anchor leads to. */
export function backendFor(anchor: string): string {
  let sum = 0;
  for (const character of anchor) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return `DB9PR05MB${String(1000 + (sum % 8))}`;
}

export function encodeCursor(cursor: Cursor): string {
  return `${backendFor(cursor.anchor)}.${Buffer.from(JSON.stringify(cursor)).toString('base64url')}`;
}

function decodeCursor(token: string): Cursor | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(token.slice(token.indexOf('.') + 1), 'base64url').toString());
    return typeof value === 'object' && value !== null && 'cmdlet' in value && 'from' in value ? (value as Cursor) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Reads a cursor back, refusing a stranger's, an expired one, and one without the companions that `paging` asks for. */
export function openCursor(
  token: string,
  asker: Pick<Cursor, 'tenantId' | 'appId'>,
  companions: Companions,
  paging: Paging,
  wireMs: InstantMs,
): Cursor {
  const cursor = decodeCursor(token);
  const isOwn = cursor?.tenantId === asker.tenantId && cursor.appId === asker.appId;
  if (!cursor || !isOwn || cursor.expiresMs <= wireMs || paging === 'never') throw errors.pagination();
  checkCompanions(cursor, companions, paging);
  return cursor;
}

/** Refuses a continuation that lacks what binds it to the page before. */
export function checkCompanions(cursor: Cursor, { anchor, cookie }: Companions, paging: Paging): void {
  const isSameAnchor = anchor.toLowerCase() === cursor.anchor.toLowerCase();
  const isMissing = (paging === 'anchor' && anchor === '') || (paging === 'cookie' && cookie !== cursor.cookie);
  if (isMissing || ((paging === 'same-anchor' || paging === 'anchor') && !isSameAnchor)) throw errors.pagination();
}

/** Rows that a caller prefers in a page; blanks and further preferences are no matter. */
export function preferredPageSize(prefer: string, most: number): number {
  const [, size] = /odata\.maxpagesize\s*=\s*(\d+)/i.exec(prefer) ?? [];
  return Math.max(1, Math.min(most, size === undefined ? most : Number(size)));
}
