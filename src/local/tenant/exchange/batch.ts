// $batch: up to ten InvokeCommands in one request, carried out one after the other, each paying its own price, answered in another order.
// As recorded from a public client: item URLs end in a bare ?, headers are inside the items, ids are any text.
import type { TenantAnswer } from '../server/route.ts';
import { authorize } from './authorize.ts';
import { faultContextOf, suffer, type ExchangeContext, type ExchangeRequest } from './exchange-context.ts';
import { exchangeAnswer } from './envelope.ts';
import { invoke } from './invoke.ts';
import { badRequest, readInvocation } from './invocation.ts';

interface BatchItem {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly url?: unknown;
  readonly headers?: unknown;
  readonly body?: unknown;
}

/** Answers a whole batch. */
export async function answerBatch(context: ExchangeContext, exchangeRequest: ExchangeRequest): Promise<TenantAnswer> {
  const { request, organization } = exchangeRequest;
  const authorized = await authorize(context, organization, request.headers.authorization ?? '');
  if ('refusal' in authorized) return authorized.refusal;
  const struck = await suffer(context, context.faults.take('batch', faultContextOf(context, exchangeRequest)), request.signal);
  if (struck) return struck;
  const items = readItems(request.body);
  if (!items) return badRequest('The batch has no list of requests.');
  const most = context.switches().batchLimit;
  if (items.length > most) return badRequest(`The batch has ${items.length} requests; the limit is ${most}.`);
  const responses: string[] = [];
  for (const item of items) responses.unshift(await answerItem(context, exchangeRequest, item));
  return exchangeAnswer(200, `{"responses":[${responses.join(',')}]}`);
}

function readItems(body: Buffer): readonly BatchItem[] | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    const requests: unknown = typeof value === 'object' && value !== null && 'requests' in value ? value.requests : undefined;
    return Array.isArray(requests) ? (requests as BatchItem[]) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Header names of an item in lower case; its Authorization stands back behind the batch's own when it is missing. */
function headersOf(item: BatchItem, outer: ExchangeRequest['request']['headers']): Record<string, string> {
  const own = typeof item.headers === 'object' && item.headers !== null ? Object.entries(item.headers) : [];
  const headers = Object.fromEntries(own.map(([name, value]) => [name.toLowerCase(), String(value)]));
  return { authorization: outer.authorization ?? '', cookie: outer.cookie ?? '', ...headers };
}

async function answerItem(context: ExchangeContext, outer: ExchangeRequest, item: BatchItem): Promise<string> {
  const answer = await itemAnswer(context, outer, item);
  const headers = { 'Content-Type': 'application/json', ...pick(answer, 'retry-after', 'Retry-After') };
  const text = answer.body?.toString() ?? '';
  // What is no JSON (NUL bytes, HTML) can only stand in a batch as a text.
  const body = /^\s*[{[]/.test(text) ? text : JSON.stringify(text);
  return `{"id":${JSON.stringify(item.id ?? null)},"status":${answer.status},"headers":${JSON.stringify(headers)},"body":${body}}`;
}

function pick(answer: TenantAnswer, name: string, shown: string): Record<string, string> {
  const value = answer.headers?.[name];
  return typeof value === 'string' ? { [shown]: value } : {};
}

async function itemAnswer(context: ExchangeContext, outer: ExchangeRequest, item: BatchItem): Promise<TenantAnswer> {
  const { request, organization } = outer;
  const url = typeof item.url === 'string' && URL.canParse(item.url, request.origin) ? new URL(item.url, request.origin) : undefined;
  const isInvoke = url && /^\/adminapi\/beta\/[^/]+\/invokecommand$/i.test(url.pathname);
  if (!isInvoke) return badRequest('The request of a batch is not an InvokeCommand.');
  const headers = headersOf(item, request.headers);
  const authorized = await authorize(context, organization, headers['authorization'] ?? '');
  if ('refusal' in authorized) return authorized.refusal;
  const body = item.body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(item.body));
  const target = `${url.pathname}${url.search}`;
  const inner = { ...request, method: 'POST', target, path: url.pathname, query: url.searchParams, headers, body };
  const read = readInvocation(context, { route: 'batch', request: inner, organization }, authorized.caller, true);
  return 'refusal' in read ? read.refusal : invoke(context, read.invocation);
}
