// Several reads in one request, `$batch`: ten at a time, each with its own outcome and its own next pages.
// Only reads: when a batch is lost on the way nobody knows which of its items ran. Source: reference "$batch" (2.14).
import { AppError } from '../../domain/errors.ts';
import type { Instant } from '../../domain/instant.ts';
import { isObject } from '../row-reader.ts';
import type { JsonObject } from '../row-reader.ts';
import { isTruncated, readEnvelope } from './answer.ts';
import type { Answer } from './answer.ts';
import { failureOfAnswer, failureOfUnreadable } from './exchange-errors.ts';
import type { Failure } from './exchange-errors.ts';
import { trustedOrigin } from './trusted-host.ts';
import type { ExchangeEndpoint } from './trusted-host.ts';

/** The rows of one item, or why there are none. */
export type BatchResult = { readonly rows: readonly unknown[] } | { readonly error: AppError };

/** One item on its way: where it goes next and what it has collected. */
interface Item {
  readonly index: number;
  readonly label: string;
  readonly body: unknown;
  url: string | undefined;
  readonly rows: unknown[];
  attempts: number;
}

export interface BatchRequestItem {
  readonly label: string;
  readonly body: unknown;
}

/** One item as it is sent; `url` is undefined for the first page. */
export interface SentItem {
  readonly id: string;
  readonly label: string;
  readonly body: unknown;
  readonly url: string | undefined;
}

export interface BatchOptions {
  readonly endpoint: ExchangeEndpoint;
  /** Sends up to ten items and hands back the answers by id. */
  readonly send: (items: readonly SentItem[]) => Promise<ReadonlyMap<string, Answer>>;
  readonly wait: (delayMs: number) => Promise<void>;
  /** An item that asks for a longer wait fails instead. */
  readonly longestWaitMs: number;
  readonly now: () => Instant;
  readonly onThrottled: () => void;
}

const ITEMS_PER_BATCH = 10;
const MAX_PAGES = 50;
const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 30_000;

/** The results in the order of the items; an item that fails does not spoil the others. */
export async function runBatch(requested: readonly BatchRequestItem[], options: BatchOptions): Promise<readonly BatchResult[]> {
  const results: BatchResult[] = [];
  let open: Item[] = requested.map((item, index) => ({ ...item, index, url: undefined, rows: [], attempts: 0 }));
  while (open.length > 0) {
    const batch = open.slice(0, ITEMS_PER_BATCH);
    const answers = await options.send(
      batch.map((item) => ({ id: String(item.index), label: item.label, body: item.body, url: item.url })),
    );
    const again: Item[] = [];
    let delayMs = 0;
    for (const item of batch) {
      const step = advance(item, answers.get(String(item.index)), options);
      if ('result' in step) results[item.index] = step.result;
      else again.push(item);
      if ('delayMs' in step) delayMs = Math.max(delayMs, step.delayMs);
    }
    if (delayMs > 0) await options.wait(delayMs);
    open = [...again, ...open.slice(ITEMS_PER_BATCH)];
  }
  return results;
}

type Step = { readonly result: BatchResult } | { readonly delayMs: number } | { readonly next: true };

function advance(item: Item, answer: Answer | undefined, options: BatchOptions): Step {
  item.attempts += 1;
  if (answer === undefined) return afterFailure(item, lost(item.label), options);
  if (answer.status < 200 || answer.status > 299) return afterFailure(item, failureOfAnswer(item.label, answer, options.now()), options);
  const envelope = readEnvelope(answer.json);
  const isHole = envelope?.lacksRows === true && (item.url !== undefined || envelope.nextLink !== undefined);
  if (envelope === undefined || isHole) return afterFailure(item, failureOfUnreadable(item.label, answer), options);
  if (isTruncated(envelope))
    return { result: { error: new AppError('exchange.incomplete', { request: item.label, reason: 'truncated' }) } };
  item.rows.push(...envelope.rows);
  if (envelope.nextLink === undefined) return { result: { rows: item.rows } };
  return continueAt(item, envelope.nextLink, options.endpoint);
}

function continueAt(item: Item, nextLink: string, endpoint: ExchangeEndpoint): Step {
  const url = URL.canParse(nextLink) ? new URL(nextLink) : undefined;
  if (url === undefined || trustedOrigin(endpoint, url) === undefined) {
    return { result: { error: new AppError('exchange.unexpected', { request: item.label, reason: 'foreign-link' }) } };
  }
  if (nextLink === item.url || item.attempts > MAX_PAGES) {
    return { result: { error: new AppError('exchange.incomplete', { request: item.label, reason: 'a page came twice' }) } };
  }
  item.url = nextLink;
  return { next: true };
}

function afterFailure(item: Item, failure: Failure, options: BatchOptions): Step {
  const { error, attempts } = failure;
  if (error.kind === 'throttled') options.onThrottled();
  if (item.attempts >= attempts) return { result: { error } };
  const { retryAfterSeconds } = error.details;
  const backOffMs = Math.min(FIRST_WAIT_MS * 2 ** (item.attempts - 1), LONGEST_WAIT_MS);
  const delayMs = retryAfterSeconds === undefined ? backOffMs : retryAfterSeconds * 1000;
  return delayMs > options.longestWaitMs ? { result: { error } } : { delayMs };
}

function lost(request: string): Failure {
  return { error: new AppError('exchange.unexpected', { request, reason: 'no answer in the batch' }), mayHaveRun: true, attempts: 2 };
}

/** The answers in a batch's body by the id of their item; undefined when the body is none of a batch. */
export function readBatchAnswers(json: JsonObject | undefined): ReadonlyMap<string, Answer> | undefined {
  const responses = json?.['responses'];
  if (!Array.isArray(responses)) return undefined;
  const answers = new Map<string, Answer>();
  for (const response of responses) {
    if (isObject(response) && (typeof response['id'] === 'string' || typeof response['id'] === 'number')) {
      answers.set(String(response['id']), answerOf(response));
    }
  }
  return answers;
}

function answerOf(response: JsonObject): Answer {
  const { status, headers, body } = response;
  const json = isObject(body) ? body : undefined;
  const fields = new Map(Object.entries(isObject(headers) ? headers : {}).map(([name, value]) => [name.toLowerCase(), value]));
  const header = (name: string): string | undefined => {
    const value = fields.get(name.toLowerCase());
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  };
  // An item without a status is judged by its body alone.
  const known = typeof status === 'number' ? status : json !== undefined && !('error' in json) ? 200 : 400;
  return { status: known, header, text: typeof body === 'string' ? body : '', json };
}
