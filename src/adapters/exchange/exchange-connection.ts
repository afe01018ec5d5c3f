// One request to Exchange, followed to where it is answered: token, redirects, cookies, the regional host once learnt, one log line a request.
// It renews a refused token once; it does not wait or repeat a failure (see exchange-call.ts).
import type { ExchangeCallOptions } from '../../domain/exchange-port.ts';
import { msBetween } from '../../domain/instant.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Clock, Ids, Log } from '../../domain/ports.ts';
import { readAnswer } from './answer.ts';
import type { Answer } from './answer.ts';
import type { CookieJar } from './cookie-jar.ts';
import { failureOfRedirect, failureOfWire } from './exchange-errors.ts';
import type { Failure } from './exchange-errors.ts';
import type { TokenSource } from './exchange-token.ts';
import { connectionHeaders } from './request-headers.ts';
import { trustedOrigin } from './trusted-host.ts';
import type { ExchangeEndpoint } from './trusted-host.ts';
import type { Wire, WireResult } from './wire.ts';

/** A request, wherever it ends up being answered. */
export interface ExchangeRequest {
  /** The cmdlet or route, for errors and the log. */
  readonly label: string;
  readonly method: 'GET' | 'POST';
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Made for each sending: a batch carries the Authorization header in its items, and the origin in their addresses. */
  readonly body?: (sending: { readonly authorization: string; readonly origin: string }) => string;
  readonly isWrite: boolean;
  readonly timeLimitMs: number;
  readonly cookies: CookieJar;
  /** Further facts for the log. */
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly options: ExchangeCallOptions;
}

/** The answer or why there is none, and the origin that was asked last. */
export type Outcome = { readonly origin: string } & ({ readonly answer: Answer } | { readonly failure: Failure });

export interface ConnectionOptions {
  readonly endpoint: ExchangeEndpoint;
  readonly wire: Wire;
  readonly tokens: TokenSource;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

const MAX_REDIRECTS = 5;
// A token older than this may lack a role that was granted since.
const STALE_TOKEN_MS = 5 * 60_000;

type Sent = { readonly answer: Answer } | { readonly failure: Failure };

/** The way to one organization's Exchange. */
export class ExchangeConnection {
  readonly #options: ConnectionOptions;
  readonly #frontDoor: string;
  #regional: string | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#frontDoor = new URL(options.endpoint.exchange).origin;
  }

  /** Where to send a new request: the regional host that Exchange named last, else the front door. */
  get origin(): string {
    return this.#regional ?? this.#frontDoor;
  }

  /** Forgets a regional host that fails. */
  drop(origin: string): void {
    if (this.#regional === origin) this.#regional = undefined;
  }

  /** Sends the request to `origin` and on to wherever Exchange redirects it. */
  async send(request: ExchangeRequest, origin: string, attempt: number): Promise<Outcome> {
    const { tokens } = this.#options;
    const { signal } = request.options;
    let token = await tokens.get(signal);
    let target = origin;
    let isRenewed = false;
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      let sent = await this.#sendOnce(request, target, token, attempt);
      if ('answer' in sent && !isRenewed && this.#deservesNewToken(sent.answer)) {
        isRenewed = true;
        token = await tokens.renew(token, sent.answer.header('www-authenticate'), signal);
        sent = await this.#sendOnce(request, target, token, attempt);
      }
      if ('failure' in sent) return { ...sent, origin: target };
      const { answer } = sent;
      if (answer.status < 300 || answer.status > 399) return { answer, origin: target };
      const next = this.#redirectTarget(request, answer, target);
      if (next === undefined) return { failure: failureOfRedirect(request.label, answer.status, locationOf(answer)), origin: target };
      this.#regional = next === this.#frontDoor ? undefined : next;
      target = next;
    }
    return { failure: failureOfRedirect(request.label, 302, target), origin: target };
  }

  async #sendOnce(request: ExchangeRequest, origin: string, token: string, attempt: number): Promise<Sent> {
    const { wire, ids, clock } = this.#options;
    const authorization = `Bearer ${token}`;
    const cookie = request.cookies.header(origin);
    const requestId = ids.next();
    const startedAt = clock.now();
    const { signal, usage } = request.options;
    signal?.throwIfAborted();
    if (usage) usage.requests += 1;
    const result = await wire.send({
      method: request.method,
      url: `${origin}${request.path}`,
      headers: {
        ...request.headers,
        ...connectionHeaders,
        Authorization: authorization,
        'client-request-id': requestId,
        ...(cookie !== undefined && { Cookie: cookie }),
      },
      ...(request.body && { body: request.body({ authorization, origin }) }),
      timeLimitMs: request.timeLimitMs,
      ...(signal && { signal }),
      usesOwnConnection: request.isWrite,
    });
    this.#note(request, { origin, requestId, startedAt, attempt }, result);
    if ('failure' in result) return { failure: failureOfWire(request.label, result.failure) };
    request.cookies.store(origin, result.answer.setCookies);
    return { answer: readAnswer(result.answer) };
  }

  #note(
    request: ExchangeRequest,
    sent: { origin: string; requestId: string; startedAt: Instant; attempt: number },
    result: WireResult,
  ): void {
    const { clock, log } = this.#options;
    const outcome =
      'answer' in result
        ? { status: result.answer.status, serverRequestId: result.answer.header('request-id') }
        : { status: 0, reason: result.failure.reason };
    log.info('exchange.called', {
      log: 'EasDisc',
      cmdlet: request.label,
      ...outcome,
      durationMs: msBetween(sent.startedAt, clock.now()),
      requestId: sent.requestId,
      attempt: sent.attempt,
      site: new URL(sent.origin).host,
      ...request.facts,
    });
  }

  /** A refusal without a reason may come from a token that was issued before the role was granted. */
  #deservesNewToken(answer: Answer): boolean {
    if (answer.status === 401) return true;
    const isOpaque = answer.status === 403 && answer.json === undefined;
    return isOpaque && (this.#options.tokens.ageMs() ?? 0) > STALE_TOKEN_MS;
  }

  /** Where to ask again, if the redirect only names another host of Exchange for the same request. */
  #redirectTarget(request: ExchangeRequest, answer: Answer, origin: string): string | undefined {
    const location = locationOf(answer);
    if (![301, 302, 307, 308].includes(answer.status) || !URL.canParse(location, origin)) return undefined;
    const target = new URL(location, origin);
    const asked = new URL(request.path, origin);
    if (target.pathname.toLowerCase() !== asked.pathname.toLowerCase()) return undefined;
    return trustedOrigin(this.#options.endpoint, target);
  }
}

function locationOf(answer: Answer): string {
  return answer.header('location') ?? '';
}
