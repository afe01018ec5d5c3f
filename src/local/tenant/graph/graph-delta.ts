// Changes of users as the simulated Graph tells them: first all of them, then what changed since a token; tokens grow old.
// https://learn.microsoft.com/graph/delta-query-overview and https://learn.microsoft.com/graph/api/user-delta
import type { User } from '../world/types.ts';
import { failures, GraphFailure } from './graph-context.ts';
import type { GraphAnswer, GraphContext } from './graph-context.ts';
import { checkOptions, linkTo, openToken, optionOf, sealToken } from './graph-pages.ts';
import { userFields, userRow } from './graph-users.ts';

export interface DeltaSwitches {
  /** Tokens of an earlier generation are too old. */
  deltaGeneration: number;
  /** How that is said: both forms occur. */
  expiredDeltaAnswer: 'gone' | 'bad-request';
  deltaPageSize: number;
}

/** Directory tokens live for seven days. */
const LIFETIME_MS = 7 * 86_400_000;

/** Where a read stands: `whole` tells all users from a position on, `changes` those changed in (from, until]. */
interface Position {
  readonly mode: 'whole' | 'changes';
  readonly from: number;
  /** Sequence of changes that the read goes up to. */
  readonly until: number;
  readonly skip: number;
  readonly generation: number;
  readonly atMs: number;
}

/** GET /users/delta */
export function userDelta(context: GraphContext, switches: DeltaSwitches): GraphAnswer {
  const { query, organization } = context;
  checkOptions(query, ['$select', '$skiptoken', '$deltatoken']);
  const fields = userFields(query, ['manager']);
  const { directory } = organization;
  const nowMs = context.world.clock.wireNow();
  const start = { from: 0, until: directory.changeSequence, skip: 0, generation: switches.deltaGeneration, atMs: nowMs };
  const next = optionOf(query, '$skiptoken');
  const delta = optionOf(query, '$deltatoken');
  if (delta === 'latest') return page(context, [], '$deltatoken', { ...start, mode: 'changes', from: start.until });
  let position: Position = { ...start, mode: 'whole' };
  if (next !== undefined) position = readPosition(next, switches, nowMs, context);
  else if (delta !== undefined) position = { ...readPosition(delta, switches, nowMs, context), until: start.until, skip: 0 };

  const size = switches.deltaPageSize;
  const rows =
    position.mode === 'whole' ? wholeRows(context, fields, position.skip, size + 1) : changedRows(context, fields, position, size + 1);
  if (rows.length > size) return page(context, rows.slice(0, size), '$skiptoken', { ...position, skip: position.skip + size });
  return page(context, rows, '$deltatoken', { ...start, mode: 'changes', from: position.until });
}

function page(context: GraphContext, value: readonly unknown[], name: '$skiptoken' | '$deltatoken', position: Position): GraphAnswer {
  const link = { [name === '$skiptoken' ? '@odata.nextLink' : '@odata.deltaLink']: linkTo(context, name, sealToken(position)) };
  return { status: 200, body: { '@odata.context': `${context.origin}/v1.0/$metadata#users`, ...link, value } };
}

function readPosition(token: string, switches: DeltaSwitches, nowMs: number, context: GraphContext): Position {
  const { mode, from, until, skip, generation, atMs } = openToken(token);
  const numbers = [from, until, skip, generation, atMs].map(Number);
  if ((mode !== 'whole' && mode !== 'changes') || numbers.some(Number.isNaN))
    throw failures.badRequest('The provided delta token is not valid.');
  const [fromNumber = 0, untilNumber = 0, skipNumber = 0, generationNumber = 0, atNumber = 0] = numbers;
  if (generationNumber !== switches.deltaGeneration || nowMs - atNumber > LIFETIME_MS) throw expired(switches, context);
  return { mode, from: fromNumber, until: untilNumber, skip: skipNumber, generation: generationNumber, atMs: atNumber };
}

function expired(switches: DeltaSwitches, { origin, path }: GraphContext): GraphFailure {
  const text = 'The sync state generation is not found; it may have expired. Start over without a token.';
  if (switches.expiredDeltaAnswer === 'bad-request') return new GraphFailure(400, 'syncStateNotFound', text);
  return new GraphFailure(410, 'syncStateNotFound', text, { location: `${origin}/v1.0/${path}?$deltatoken=` });
}

function wholeRows(context: GraphContext, fields: readonly string[], skip: number, count: number): unknown[] {
  const rows: unknown[] = [];
  for (const user of context.organization.directory.users(skip)) {
    rows.push(changedRow(user, fields, true));
    if (rows.length === count) break;
  }
  return rows;
}

/** Each user once, as it is now, in the order of the last change. */
function changedRows(context: GraphContext, fields: readonly string[], { from, until, skip }: Position, count: number): unknown[] {
  const { directory } = context.organization;
  const ids = new Set<string>();
  for (const change of directory.changesAfter(from)) {
    if (change.sequence > until) break;
    if (change.kind !== 'user') continue;
    ids.delete(change.id);
    ids.add(change.id);
  }
  return [...ids].slice(skip, skip + count).map((id) => {
    const user = directory.user(id);
    return user ? changedRow(user, fields, false) : { id, '@removed': { reason: 'changed' } };
  });
}

/** With `manager` selected, the manager is told as a change of a relation; of a user without one, a first read says nothing. */
function changedRow(user: User, fields: readonly string[], isFirst: boolean): Record<string, unknown> {
  const row = userRow(user, fields.includes('id') ? fields : [...fields, 'id']);
  if (!fields.includes('manager') || (isFirst && user.managerId === null)) return row;
  const manager = user.managerId === null ? [] : [{ '@odata.type': '#microsoft.graph.user', id: user.managerId }];
  return { ...row, 'manager@delta': manager };
}
