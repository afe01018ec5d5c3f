// The client of one organization's Exchange: cmdlets through InvokeCommand, long lists page by page, batches, the list of allowed cmdlets.
// It knows the wire, not what rows mean (…-rows.ts) nor what the connector wants (the ports, exchange-devices.ts and the like).
// The route is the undocumented back end of the Exchange Online PowerShell module: expect drift.
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../domain/errors.ts';
import type { ExchangeCallOptions } from '../../domain/exchange-port.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { Clock, Ids, Log } from '../../domain/ports.ts';
import { isObject } from '../row-reader.ts';
import { readEnvelope } from './answer.ts';
import type { Answer, Envelope } from './answer.ts';
import { bodyOf, isRead } from './cmdlet-parameters.ts';
import type { CmdletCall } from './cmdlet-parameters.ts';
import { createCookieJar } from './cookie-jar.ts';
import type { CookieJar } from './cookie-jar.ts';
import { readBatchAnswers, runBatch } from './exchange-batch.ts';
import type { BatchResult, SentItem } from './exchange-batch.ts';
import { createCaller } from './exchange-call.ts';
import type { Called, ExchangeCaller, Wait } from './exchange-call.ts';
import { ExchangeConnection } from './exchange-connection.ts';
import type { ExchangeRequest } from './exchange-connection.ts';
import { failureOfUnreadable } from './exchange-errors.ts';
import type { Failure } from './exchange-errors.ts';
import { createTokenSource } from './exchange-token.ts';
import type { ExchangeCredential } from './exchange-token.ts';
import { readPages } from './paged-read.ts';
import type { PageAddress, RawPage } from './paged-read.ts';
import { PAGE_SIZE, requestHeaders } from './request-headers.ts';
import type { ExchangeEndpoint } from './trusted-host.ts';
import { createWire } from './wire.ts';

export interface ExchangeClientOptions {
  readonly organization: OrganizationId;
  readonly endpoint: ExchangeEndpoint;
  readonly credential: ExchangeCredential;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  /** How long one request may take; Exchange itself ends a cmdlet after 15 minutes. */
  readonly timeLimitMs?: number;
  /** How long one call may wait in all between its attempts. Shorter than the life of a cursor, so that no pause outlives one. */
  readonly waitBudgetMs?: number;
  readonly wait?: Wait;
  /** A certificate authority to trust instead of the usual ones, in PEM: for tests. */
  readonly ca?: string;
}

const TIME_LIMIT_MS = 100_000;
const WAIT_BUDGET_MS = 60_000;
// The module whose list of cmdlets is asked for; the service answers for any version it knows.
const MODULE_VERSION = '3.9.2';

type Reading<T> = { readonly value: T } | { readonly failure: Failure };

/** The client of one organization. It opens no connection before the first call. */
export class ExchangeClient {
  readonly #options: ExchangeClientOptions;
  readonly #caller: ExchangeCaller;
  readonly #wait: Wait;
  readonly #waitBudgetMs: number;
  readonly #base: string;

  constructor(options: ExchangeClientOptions) {
    const { endpoint, clock, ids, log } = options;
    const tokens = createTokenSource(options.credential, endpoint.exchangeScope, clock);
    const wire = createWire(options.ca === undefined ? {} : { ca: options.ca });
    this.#options = options;
    this.#wait = options.wait ?? ((delayMs, signal) => delay(delayMs, undefined, signal && { signal }));
    this.#waitBudgetMs = options.waitBudgetMs ?? WAIT_BUDGET_MS;
    this.#base = `/adminapi/beta/${options.organization}`;
    this.#caller = createCaller({
      connection: new ExchangeConnection({ endpoint, wire, tokens, clock, ids, log }),
      frontDoor: new URL(endpoint.exchange).origin,
      clock,
      log,
      wait: this.#wait,
      waitBudgetMs: this.#waitBudgetMs,
    });
  }

  /** Runs a cmdlet that changes something. */
  async write(call: CmdletCall, options: ExchangeCallOptions): Promise<void> {
    await this.#caller.call(this.#requestOf(call, options), (answer) => readWritten(call.cmdlet, answer));
  }

  /** The rows of one answer, for an object asked for by its id: more rows than asked for say that Exchange ignored the id. */
  async lookUp(call: CmdletCall, options: ExchangeCallOptions): Promise<readonly unknown[]> {
    const { value } = await this.#caller.call(this.#requestOf(call, options), (answer) => readRows(call.cmdlet, answer));
    return value.rows;
  }

  /** All rows of a list, page by page. */
  pages(call: CmdletCall, options: ExchangeCallOptions): AsyncIterable<RawPage> {
    const { endpoint, log } = this.#options;
    const firstPath = this.#requestOf(call, options).path;
    return readPages({ label: call.cmdlet, firstPath, endpoint, log, begin: () => this.#pageFetcher(this.#requestOf(call, options)) });
  }

  /** All rows of a list that is known to be short. */
  async readAll(call: CmdletCall, options: ExchangeCallOptions): Promise<readonly unknown[]> {
    let rows: unknown[] = [];
    for await (const page of this.pages(call, options)) rows = page.startsOver ? [...page.rows] : rows.concat(page.rows);
    return rows;
  }

  /** Several reads in few requests, in order. */
  batch(calls: readonly CmdletCall[], options: ExchangeCallOptions): Promise<readonly BatchResult[]> {
    const cookies = createCookieJar();
    const items = calls.map((call) => ({ label: call.cmdlet, body: bodyOf(call) }));
    return runBatch(items, {
      endpoint: this.#options.endpoint,
      send: (sent) => this.#sendBatch(sent, cookies, options),
      wait: (delayMs) => this.#wait(delayMs, options.signal),
      longestWaitMs: this.#waitBudgetMs,
      now: () => this.#options.clock.now(),
      onThrottled: () => {
        if (options.usage) options.usage.throttled += 1;
      },
    });
  }

  /** The cmdlets our credential may run, in lower case; undefined when Exchange does not say. */
  async allowedCmdlets(options: ExchangeCallOptions): Promise<ReadonlySet<string> | undefined> {
    const label = 'EXOModuleFile';
    const path = `/adminapi/v1.0/${this.#options.organization}/${label}?Version=${MODULE_VERSION}`;
    const request = this.#request(label, path, options, { method: 'GET', headers: { CommandName: '*' } });
    const { value } = await this.#caller.call(request, (answer) => readRows(label, answer));
    return cmdletsOf(value.rows[0]);
  }

  #requestOf(call: CmdletCall, options: ExchangeCallOptions): ExchangeRequest {
    const body = JSON.stringify(bodyOf(call));
    const path = `${this.#base}/InvokeCommand${selectOf(call)}`;
    return this.#request(call.cmdlet, path, options, { method: 'POST', body: () => body, isWrite: !isRead(call.cmdlet) });
  }

  #request(
    label: string,
    path: string,
    options: ExchangeCallOptions,
    { headers, ...rest }: Pick<ExchangeRequest, 'method'> & Partial<ExchangeRequest>,
  ): ExchangeRequest {
    return {
      label,
      path,
      headers: { ...requestHeaders(this.#options.organization, label), ...headers },
      isWrite: false,
      timeLimitMs: this.#options.timeLimitMs ?? TIME_LIMIT_MS,
      cookies: createCookieJar(),
      options,
      ...rest,
    };
  }

  /** Fetches the pages of one chain: the same cookies throughout, and by GET once a next page is not answered to POST. */
  #pageFetcher(first: ExchangeRequest): (address: PageAddress) => Promise<Called<Envelope>> {
    const doubts = new Set<string>();
    let isGet = false;
    const fetchPage = ({ path, origin, page }: PageAddress): Promise<Called<Envelope>> => {
      const { body, ...rest } = first;
      const request: ExchangeRequest = { ...rest, path, facts: { page }, ...(isGet ? { method: 'GET' } : body && { body }) };
      return this.#caller.call(request, (answer) => readPage({ label: first.label, path, page, doubts }, answer), origin);
    };
    return async (address) => {
      try {
        return await fetchPage(address);
      } catch (error) {
        if (address.page === 1 || isGet || !isMethodRefusal(error)) throw error;
        isGet = true;
        return await fetchPage(address);
      }
    };
  }

  async #sendBatch(sent: readonly SentItem[], cookies: CookieJar, options: ExchangeCallOptions): Promise<ReadonlyMap<string, Answer>> {
    const label = '$batch';
    const itemOf = (item: SentItem, authorization: string, origin: string) => ({
      id: item.id,
      method: 'POST',
      url: item.url ?? `${origin}${this.#base}/InvokeCommand`,
      headers: { ...requestHeaders(this.#options.organization, item.label), Authorization: authorization },
      body: item.body,
    });
    const request = this.#request(label, `${this.#base}/${label}`, options, {
      method: 'POST',
      headers: { Prefer: `odata.maxpagesize=${PAGE_SIZE};odata.continue-on-error` },
      body: ({ authorization, origin }) => JSON.stringify({ requests: sent.map((item) => itemOf(item, authorization, origin)) }),
      cookies,
      facts: { items: sent.length },
    });
    return (await this.#caller.call(request, readBatch)).value;
  }
}

function isMethodRefusal(error: unknown): boolean {
  return error instanceof AppError && error.code === 'exchange.unexpected' && error.details['status'] === 405;
}

function selectOf({ columns }: CmdletCall): string {
  return columns === undefined ? '' : `?$select=${columns.join(',')}`;
}

function readRows(label: string, answer: Answer): Reading<Envelope> {
  const envelope = readEnvelope(answer.json);
  return envelope === undefined ? { failure: failureOfUnreadable(label, answer) } : { value: envelope };
}

interface PageInDoubt {
  readonly label: string;
  readonly path: string;
  readonly page: number;
  /** Pages that were asked for again because of their link. */
  readonly doubts: Set<string>;
}

/**
 * Two answers could hide that a list goes on. Rows that are left out may be all there is, but as one page of several they are a hole.
 * A blank link may be the end, but Exchange usually leaves it out there: the page is asked for once more before that is believed.
 */
function readPage({ label, path, page, doubts }: PageInDoubt, answer: Answer): Reading<Envelope> {
  const reading = readRows(label, answer);
  if ('failure' in reading) return reading;
  const { lacksRows, nextLink, isLinkBlank } = reading.value;
  const isHole = lacksRows && (page > 1 || nextLink !== undefined);
  const isNewDoubt = isLinkBlank && !doubts.has(path);
  if (isNewDoubt) doubts.add(path);
  return isHole || isNewDoubt ? { failure: failureOfUnreadable(label, answer) } : reading;
}

/** A write may be answered with nothing at all; anything that is there must be a success. */
function readWritten(label: string, answer: Answer): Reading<true> {
  const isDone = answer.text.trim() === '' || readEnvelope(answer.json) !== undefined;
  return isDone ? { value: true } : { failure: failureOfUnreadable(label, answer) };
}

function readBatch(answer: Answer): Reading<ReadonlyMap<string, Answer>> {
  const answers = readBatchAnswers(answer.json);
  return answers === undefined ? { failure: failureOfUnreadable('$batch', answer) } : { value: answers };
}

function cmdletsOf(row: unknown): ReadonlySet<string> | undefined {
  const names = isObject(row) ? row['exportedCmdlets'] : undefined;
  if (typeof names !== 'string' || names.trim() === '') return undefined;
  return new Set(names.split(',').map((name) => name.trim().toLowerCase()));
}
