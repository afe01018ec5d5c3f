// Query options and pages of the simulated Graph. Only the options that are understood are accepted, so that a typing error is not answered in silence.
// https://learn.microsoft.com/graph/query-parameters and https://learn.microsoft.com/graph/paging
import { failures } from './graph-context.ts';
import type { GraphAnswer, GraphContext } from './graph-context.ts';

/** What a call may say in its query besides the token of a page. */
export function checkOptions(query: URLSearchParams, allowed: readonly string[]): void {
  for (const name of query.keys()) {
    if (!allowed.includes(name.toLowerCase()))
      throw failures.unsupportedQuery(`The query option '${name}' is not supported on this resource.`);
  }
}

/** The value of an option, whose name may come in any case. */
export function optionOf(query: URLSearchParams, name: string): string | undefined {
  for (const [key, value] of query) if (key.toLowerCase() === name) return value;
  return undefined;
}

/** The page size asked for. */
export function topOf(query: URLSearchParams, { standard, most }: { standard: number; most: number }): number {
  const text = optionOf(query, '$top');
  if (text === undefined) return standard;
  const top = /^\d+$/.test(text) ? Number(text) : 0;
  if (top < 1 || top > most) throw failures.badRequest(`Invalid page size specified: '${text}'. Must be between 1 and ${most} inclusive.`);
  return top;
}

/** The fields asked for, all of them known; `standard` when none are named. */
export function selectOf(query: URLSearchParams, known: readonly string[], standard: readonly string[]): string[] {
  const text = optionOf(query, '$select');
  if (text === undefined || text === '') return [...standard];
  return text.split(',').map((name) => {
    const field = known.find((one) => one.toLowerCase() === name.trim().toLowerCase());
    if (field === undefined) throw failures.badRequest(`Could not find a property named '${name.trim()}' on this type.`);
    return field;
  });
}

/** A row with only these fields, in their order. */
export function pick(row: Readonly<Record<string, unknown>>, fields: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(fields.filter((field) => field in row).map((field) => [field, row[field]]));
}

/** An opaque token that carries what the next page needs. */
export function sealToken(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** What a token carries; a token that is none of ours is refused. */
export function openToken(token: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {
    // Refused below, like a token that carries something else.
  }
  throw failures.badRequest('The provided skip or delta token is not valid.');
}

/** A link to the same call with another token. */
export function linkTo({ origin, path, query }: Pick<GraphContext, 'origin' | 'path' | 'query'>, name: string, token: string): string {
  const kept = [...query].filter(([key]) => !['$skiptoken', '$deltatoken'].includes(key.toLowerCase()));
  const options = [...kept, [name, token]].map(([key, value]) => `${key}=${encodeURIComponent(value ?? '')}`);
  return `${origin}/v1.0/${path.split('/').map(encodeURIComponent).join('/')}?${options.join('&')}`;
}

/** One page of a list whose rows are made on demand, with the link to the next. */
export function pageAnswer<Row>(
  context: GraphContext,
  { top, list, present }: { top: number; list: () => Iterable<Row>; present: (row: Row) => unknown },
): GraphAnswer {
  const token = optionOf(context.query, '$skiptoken');
  const from = token === undefined ? 0 : Number(openToken(token)['from']);
  if (!Number.isSafeInteger(from) || from < 0) throw failures.badRequest('The provided skip token is not valid.');
  const name = `${context.organization.organization.tenantId} ${context.path.toLowerCase()}`;
  const { rows, hasMore } = context.lists.page(name, from, top, list);
  const next = hasMore ? { '@odata.nextLink': linkTo(context, '$skiptoken', sealToken({ from: from + top })) } : {};
  return { status: 200, body: { '@odata.context': `${context.origin}/v1.0/$metadata#${context.path}`, ...next, value: rows.map(present) } };
}
