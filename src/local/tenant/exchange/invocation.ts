// Reads an InvokeCommand off the wire, liberally: header case, missing anchors, blanks in Prefer and bare question marks are no matter.
import type { TenantAnswer } from '../server/route.ts';
import type { Caller } from './cmdlet.ts';
import { faultContextOf, type ExchangeContext, type ExchangeRequest } from './exchange-context.ts';
import { exchangeAnswer } from './envelope.ts';
import type { Invocation } from './invoke.ts';

export const COOKIE = 'exchangecookie';

/** 400 for what cannot be read. */
export function badRequest(message: string): TenantAnswer {
  return exchangeAnswer(400, JSON.stringify({ error: { code: 'BadRequest', message } }));
}

/** The invocation in a request, or why there is none. */
export function readInvocation(
  context: ExchangeContext,
  exchangeRequest: ExchangeRequest,
  caller: Caller,
  isBatchItem = false,
): { readonly invocation: Invocation } | { readonly refusal: TenantAnswer } {
  const { request, organization } = exchangeRequest;
  const skipToken = request.query.get('$skiptoken');
  const input = readInput(request.body);
  if (input === 'unreadable') return { refusal: badRequest('The body is not an object with CmdletInput, CmdletName and Parameters.') };
  if (!input && skipToken === null) return { refusal: badRequest('The body is missing.') };
  const invocation: Invocation = {
    organization,
    caller,
    input,
    skipToken,
    select: (request.query.get('$select') ?? '').split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()])),
    prefer: header(request.headers['prefer']),
    anchor: header(request.headers['x-anchormailbox']),
    cookie: cookieOf(header(request.headers.cookie)) ?? '',
    newCookie: cookieFor(context, exchangeRequest),
    url: `${request.origin}${withoutSkipToken(request.target)}`,
    faultContext: faultContextOf(context, exchangeRequest),
    isBatchItem,
    signal: request.signal,
  };
  return { invocation };
}

/** Our cookie as a caller sent it back. */
export function cookieOf(cookies: string): string | undefined {
  return new RegExp(`(?:^|;)\\s*${COOKIE}=([^;\\s]+)`).exec(cookies)?.[1];
}

/** The cookie that a caller without one is given: it names the backend that its anchor leads to. */
export function cookieFor(context: ExchangeContext, { request, organization }: ExchangeRequest): string {
  const anchor = header(request.headers['x-anchormailbox']);
  return Buffer.from(`${context.world.seed}/${organization.organization.tenantId}/${anchor}`).toString('base64url').slice(-43);
}

function header(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : (value ?? []).join(', ');
}

function withoutSkipToken(target: string): string {
  const [path = '', query = ''] = target.split('?');
  const kept = query.split('&').filter((part) => part !== '' && !/^(%24|\$)skiptoken=/i.test(part));
  return kept.length > 0 ? `${path}?${kept.join('&')}` : path;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readInput(body: Buffer): Invocation['input'] | 'unreadable' {
  if (body.length === 0) return undefined;
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    const input = isObject(value) ? value['CmdletInput'] : undefined;
    if (!isObject(input) || typeof input['CmdletName'] !== 'string' || !isObject(input['Parameters'])) return 'unreadable';
    return { cmdlet: input['CmdletName'], parameters: input['Parameters'] };
  } catch (error) {
    if (error instanceof SyntaxError) return 'unreadable';
    throw error;
  }
}
