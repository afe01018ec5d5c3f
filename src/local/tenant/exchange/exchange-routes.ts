// The simulated Exchange Online endpoint: which path is what, the price of admission, and the headers of every answer.
// The protocol is not documented: what is known of it comes from public clients. Where this is not the truth: differences.md.
import type { ExchangeRouteName } from '../fault-types.ts';
import type { TenantAnswer, TenantRequest, TenantRoute } from '../server/route.ts';
import { authorize } from './authorize.ts';
import { answerBatch } from './batch.ts';
import { faultContextOf, suffer, type ExchangeContext, type ExchangeRequest } from './exchange-context.ts';
import { exchangeAnswer } from './envelope.ts';
import { COOKIE, cookieFor, cookieOf, readInvocation } from './invocation.ts';
import { invoke } from './invoke.ts';
import { unauthorized } from './refusals.ts';

const PATH = /^\/adminapi\/(beta|v1\.0)\/([^/]+)\/(.+?)\/?$/i;
const STATISTICS = /^mailbox\('([^']*)'\)\/mobiledevice\/exchange\.getmobiledevicestatistics\(\)$/i;

/** What a path below the tenant asks for. */
function routeOf(version: string, rest: string): ExchangeRouteName | 'wrong-version' | undefined {
  const lower = rest.toLowerCase();
  if (lower === 'exomodulefile') return 'modulefile';
  if (lower === 'invokecommand') return version.toLowerCase() === 'beta' ? 'invoke' : 'wrong-version';
  if (lower === '$batch' || lower === '%24batch') return 'batch';
  return STATISTICS.test(rest) ? 'statistics' : undefined;
}

/** Exchange for every organization of the world. */
export function createExchangeRoutes(context: ExchangeContext): TenantRoute {
  return {
    name: 'exchange',
    owns: (path) => path.startsWith('/adminapi/'),
    async answer(request) {
      const answer = await answerRequest(context, request);
      return { ...answer, headers: { 'request-id': context.nextRequestId(), ...answer.headers } };
    },
  };
}

async function answerRequest(context: ExchangeContext, request: TenantRequest): Promise<TenantAnswer> {
  const [, version = '', tenant = '', rest = ''] = PATH.exec(request.path) ?? [];
  const route = routeOf(version, rest);
  if (route === undefined) return { status: 404, headers: { 'content-type': 'text/plain' }, body: 'Not Found' };
  if (route === 'wrong-version' || !isMethodRight(route, request)) return refuseMethod(request);
  const organization = context.world.organization(decodeSegment(tenant));
  if (!organization) return { status: 404, headers: { 'content-type': 'text/plain' }, body: 'Tenant not found' };
  const exchangeRequest = { route, request, organization };
  const struck = await suffer(context, context.faults.take('gate', faultContextOf(context, exchangeRequest)), request.signal);
  if (struck) return struck;
  const { tenantId } = organization.organization;
  const refused = context.load.enter(tenantId);
  if (refused) return refused;
  try {
    return withCookie(context, exchangeRequest, await answerRoute(context, exchangeRequest, rest));
  } finally {
    context.load.leave(tenantId);
  }
}

/** Who does not even bring a token hears of that first. */
function refuseMethod({ headers }: TenantRequest): TenantAnswer {
  return headers.authorization === undefined ? unauthorized() : { status: 405, headers: { allow: 'POST' }, body: '' };
}

/** What cannot be decoded names nothing. */
function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return segment;
    throw error;
  }
}

/** Continuations may be read by GET, as one public client does. */
function isMethodRight(route: ExchangeRouteName, { method, query }: TenantRequest): boolean {
  if (route === 'modulefile' || route === 'statistics') return method === 'GET';
  return method === 'POST' || (route === 'invoke' && method === 'GET' && query.has('$skiptoken'));
}

async function answerRoute(context: ExchangeContext, exchangeRequest: ExchangeRequest, rest: string): Promise<TenantAnswer> {
  const { route, request, organization } = exchangeRequest;
  if (route === 'batch') return answerBatch(context, exchangeRequest);
  const authorized = await authorize(context, organization, request.headers.authorization ?? '');
  if ('refusal' in authorized) return authorized.refusal;
  const { caller } = authorized;
  if (route === 'modulefile') {
    const row = { version: request.query.get('Version') ?? '3.9.2', exportedCmdlets: [...caller.cmdlets].join(',') };
    const body = { '@odata.context': `${endpointOf(request)}/$metadata#EXOModuleFile`, value: [row] };
    return exchangeAnswer(200, JSON.stringify(body));
  }
  if (route === 'statistics') return answerStatistics(context, exchangeRequest, authorized.caller, rest);
  const read = readInvocation(context, exchangeRequest, caller);
  return 'refusal' in read ? read.refusal : invoke(context, read.invocation);
}

function endpointOf({ origin, path }: TenantRequest): string {
  return `${origin}${path.split('/').slice(0, 4).join('/')}`;
}

/** The OData function: the cmdlet's rows in an envelope of their own. */
async function answerStatistics(
  context: ExchangeContext,
  exchangeRequest: ExchangeRequest,
  caller: Extract<Awaited<ReturnType<typeof authorize>>, { caller: unknown }>['caller'],
  rest: string,
): Promise<TenantAnswer> {
  const { request } = exchangeRequest;
  const key = STATISTICS.exec(rest)?.[1] ?? '';
  const isEncoded = /^true$/i.test(request.query.get('IsEncoded') ?? '');
  const mailbox = isEncoded ? Buffer.from(decodeSegment(key), 'base64').toString('utf8') : decodeSegment(key);
  const input = { CmdletInput: { CmdletName: 'Get-MobileDeviceStatistics', Parameters: { Mailbox: mailbox } } };
  const endpoint = `${request.path.split('/').slice(0, 4).join('/')}/InvokeCommand`;
  const inner = {
    ...request,
    method: 'POST',
    target: endpoint,
    path: endpoint,
    query: new URLSearchParams(),
    body: Buffer.from(JSON.stringify(input)),
  };
  const read = readInvocation(context, { ...exchangeRequest, request: inner }, caller);
  if ('refusal' in read) return read.refusal;
  const answer = await invoke(context, read.invocation);
  if (answer.status !== 200 || typeof answer.body !== 'string') return answer;
  return { ...answer, body: answer.body.replace('Exchange.GenericHashTable', 'Exchange.MobileDeviceStatistics') };
}

function withCookie(context: ExchangeContext, exchangeRequest: ExchangeRequest, answer: TenantAnswer): TenantAnswer {
  if (answer.status !== 200 || cookieOf(exchangeRequest.request.headers.cookie ?? '') !== undefined) return answer;
  const cookie = `${COOKIE}=${cookieFor(context, exchangeRequest)}; path=/; secure; HttpOnly`;
  return { ...answer, headers: { ...answer.headers, 'set-cookie': cookie } };
}
