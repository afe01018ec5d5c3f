// One request to Microsoft Graph through @microsoft/microsoft-graph-client, which is loaded when the first is sent: address, token, time limit, log.
// The library builds and sends requests; its own repeats and redirects are left out, because they neither stop when asked nor tell a read from a
// mail. What to do with the outcome, graph-client.ts knows.
import type { AuthenticationProvider, Client, Context, Middleware } from '@microsoft/microsoft-graph-client';
import type { CloudEndpoints } from '../../domain/cloud.ts';
import type { DirectoryUsage } from '../../domain/directory-port.ts';
import { AppError } from '../../domain/errors.ts';
import { msBetween } from '../../domain/instant.ts';
import type { Clock, Log } from '../../domain/ports.ts';
import type { ConnectorCredential } from '../identity/credential.ts';
import { toRefusal, unexpected } from './graph-errors.ts';
import type { GraphRefusal } from './graph-errors.ts';
import { readRetryAfter } from '../retry-after.ts';

export interface GraphTransportOptions {
  readonly endpoints: Pick<CloudEndpoints, 'graph' | 'graphScope'>;
  readonly credential: ConnectorCredential;
  readonly clock: Clock;
  readonly log: Log;
}

/** What is to be sent. */
export interface GraphCall {
  /** The call without ids, for errors and the log: `GET /users/{id}`. */
  readonly request: string;
  /** Path with query below the version, or a link that Graph gave. */
  readonly path: string;
  readonly post?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether a second run after an unclear first one does no harm. */
  readonly isRepeatable: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly usage?: DirectoryUsage | undefined;
}

/** A success with its parsed body (undefined when empty), or what Graph refused. */
export type GraphOutcome = { readonly isOk: true; readonly body: unknown } | { readonly isOk: false; readonly refusal: GraphRefusal };

/** A request that got no answer: nobody knows whether Graph acted. */
interface GraphLoss {
  readonly lost: unknown;
}

export interface GraphTransport {
  send(call: GraphCall, attempt: number): Promise<GraphOutcome | GraphLoss>;
  /** The link itself when it leads to this Graph; anything else is the error `graph.unexpected`, for a token would follow it. */
  ownLink(link: string, request: string): string;
}

interface Loaded {
  readonly sdk: typeof import('@microsoft/microsoft-graph-client');
  readonly client: Client;
}

const VERSION = 'v1.0';
/** Four attempts with their pauses must fit into an activity. */
const TIME_LIMIT_MS = 30_000;

/** The way to the Graph of one organization. */
export function createGraphTransport({ endpoints, credential, clock, log }: GraphTransportOptions): GraphTransport {
  const base = baseOf(endpoints.graph);
  let loading: Promise<Loaded> | undefined;

  async function send(call: GraphCall, attempt: number): Promise<GraphOutcome | GraphLoss> {
    const { sdk, client } = await (loading ??= load(base));
    const { token } = await credential.getToken(`${endpoints.graphScope}/.default`, call.signal ? { abortSignal: call.signal } : {});
    const builder = client
      .api(call.path)
      .headers({ accept: 'application/json', ...call.headers })
      .options({ redirect: 'error', signal: withTimeLimit(call.signal) })
      .middlewareOptions([new sdk.AuthenticationHandlerOptions(providerOf(token))])
      .responseType(sdk.ResponseType.RAW);
    const startedAt = clock.now();
    const note = (status: number, graphRequestId?: string): void =>
      log.info('graph.called', { request: call.request, status, graphRequestId, attempt, durationMs: msBetween(startedAt, clock.now()) });
    if (call.usage) call.usage.requests += 1;
    try {
      const response: Response = await (call.post === undefined ? builder.get() : builder.post(call.post));
      const text = await response.text();
      const requestId = response.headers.get('request-id') ?? undefined;
      note(response.status, requestId);
      if (response.ok) return { isOk: true, body: parseBody(text, call.request) };
      const retryAfterSeconds = readRetryAfter(response.headers.get('retry-after'), '', clock.now());
      return { isOk: false, refusal: toRefusal(response.status, parseLoosely(text), retryAfterSeconds, requestId) };
    } catch (error) {
      if (error instanceof AppError) throw error;
      call.signal?.throwIfAborted();
      note(0);
      return { lost: originOf(error) };
    }
  }

  function ownLink(link: string, request: string): string {
    const url = URL.canParse(link) ? new URL(link) : undefined;
    const isOwn = url?.origin === base.origin && url.username === '' && url.password === '' && url.pathname.startsWith(`/${VERSION}/`);
    if (!url || !isOwn) throw unexpected(request, `a link to ${url?.host ?? 'no address'} instead of ${base.host}`);
    return url.href;
  }

  return { send, ownLink };
}

function withTimeLimit(signal: AbortSignal | undefined): AbortSignal {
  const limit = AbortSignal.timeout(TIME_LIMIT_MS);
  return signal ? AbortSignal.any([signal, limit]) : limit;
}

function baseOf(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'https:' && url.username === '' && url.pathname === '/') return url;
  throw new AppError('settings.invalid', { problems: `The Graph address '${address}' must be https:// and a host.` });
}

async function load(base: URL): Promise<Loaded> {
  const sdk = await import('@microsoft/microsoft-graph-client');
  const http = new sdk.HTTPMessageHandler();
  const sender: Middleware = {
    async execute(context: Context) {
      try {
        await http.execute(context);
      } catch (error) {
        // The library passes on only its own errors as they are; of any other it keeps no more than the text.
        const kept = new sdk.GraphClientError('The request was lost.');
        kept.customError = error;
        throw kept;
      }
    },
  };
  const middleware = [new sdk.AuthenticationHandler(providerOf('')), new sdk.TelemetryHandler(), sender];
  const client = sdk.Client.initWithMiddleware({
    baseUrl: `${base.origin}/`,
    defaultVersion: VERSION,
    middleware,
    // Any other host than those of Microsoft's clouds gets the token only when it is listed, by name without port.
    customHosts: new Set([base.hostname]),
  });
  return { sdk, client };
}

function providerOf(token: string): AuthenticationProvider {
  return { getAccessToken: async () => token };
}

/** What `fetch` threw, out of the wrapping that the library left on. */
function originOf(error: unknown): unknown {
  return error instanceof Error && 'customError' in error && error.customError !== undefined ? error.customError : error;
}

function parseBody(text: string, request: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unexpected(request, 'a body that is not JSON', error);
  }
}

function parseLoosely(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A refusal may come from a proxy in any form; its status is what counts.
    return undefined;
  }
}
