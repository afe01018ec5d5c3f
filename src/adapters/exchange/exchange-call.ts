// A request repeated as long as that is safe and may help: reads after throttling and outages, writes only when they certainly did not run.
// A write that may have run ends as `exchange.outcome-unknown`: only a fresh read can tell, and only the caller knows what to read.
import { AppError } from '../../domain/errors.ts';
import type { Clock, Log } from '../../domain/ports.ts';
import type { Answer } from './answer.ts';
import type { ExchangeConnection, ExchangeRequest } from './exchange-connection.ts';
import { failureOfAnswer } from './exchange-errors.ts';
import type { Failure } from './exchange-errors.ts';

/** Waits; rejects with the signal's reason when it is aborted. */
export type Wait = (delayMs: number, signal: AbortSignal | undefined) => Promise<void>;

/** What was made of an answer, and the origin it came from. */
export interface Called<T> {
  readonly value: T;
  readonly origin: string;
}

export interface ExchangeCaller {
  /**
   * Sends the request until `read` finds a value in a successful answer. `read` answers a failure for one it cannot read.
   * `origin`: where a cursor lives; left out, the request goes where Exchange last said.
   */
  call<T>(
    request: ExchangeRequest,
    read: (answer: Answer) => { readonly value: T } | { readonly failure: Failure },
    origin?: string,
  ): Promise<Called<T>>;
}

export interface CallerOptions {
  readonly connection: ExchangeConnection;
  readonly frontDoor: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly wait: Wait;
  /** How long one call may wait in all between its attempts. */
  readonly waitBudgetMs: number;
}

const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 30_000;

/** Calls over a connection. */
export function createCaller({ connection, frontDoor, clock, log, wait, waitBudgetMs }: CallerOptions): ExchangeCaller {
  async function call<T>(
    request: ExchangeRequest,
    read: (answer: Answer) => { readonly value: T } | { readonly failure: Failure },
    origin = connection.origin,
  ): Promise<Called<T>> {
    const { signal, usage } = request.options;
    let target = origin;
    let waitedMs = 0;
    for (let attempt = 1; ; attempt += 1) {
      signal?.throwIfAborted();
      const outcome = await connection.send(request, target, attempt);
      const result = 'failure' in outcome ? outcome : readOutcome(request, outcome.answer, read);
      if ('value' in result) return { value: result.value, origin: outcome.origin };
      const { failure } = result;
      if (usage && failure.error.kind === 'throttled') usage.throttled += 1;
      const isHostAtFault = outcome.origin !== frontDoor && isFaultOfHost(failure);
      if (isHostAtFault) leave(outcome.origin, failure);
      if (failure.error.code === 'exchange.denied') noteDenied(request, failure);
      giveUpUnlessRepeatable(request, failure, attempt);
      // Another host may answer at once; the same one is given time.
      const delayMs = isHostAtFault && attempt === 1 ? 0 : delayBefore(failure, attempt);
      waitedMs += delayMs;
      if (waitedMs > waitBudgetMs) throw failure.error;
      if (delayMs > 0) await wait(delayMs, signal);
      target = isHostAtFault ? frontDoor : outcome.origin;
    }
  }

  function readOutcome<T>(
    request: ExchangeRequest,
    answer: Answer,
    read: (answer: Answer) => { readonly value: T } | { readonly failure: Failure },
  ): { readonly value: T } | { readonly failure: Failure } {
    const isSuccess = answer.status >= 200 && answer.status < 300;
    return isSuccess ? read(answer) : { failure: failureOfAnswer(request.label, answer, clock.now()) };
  }

  /** Forgets a regional host: the front door knows where the organization is now. */
  function leave(origin: string, { error }: Failure): void {
    connection.drop(origin);
    const site = new URL(origin).host;
    log.warn(`Failed to open runspace for site ${site}`, { log: 'EasDisc', site, code: error.code, status: error.details['status'] });
  }

  /** The classic line for a right that is missing. */
  function noteDenied(request: ExchangeRequest, { error }: Failure): void {
    const { status, refusal } = error.details;
    log.warn(`Invoking cmdlet ${request.label} failed`, { log: 'EasDisc', cmdlet: request.label, code: error.code, status, refusal });
  }

  return { call };
}

/** An outage, not the end of a cmdlet nor of our patience. */
function isFaultOfHost({ error }: Failure): boolean {
  const { exceptionType, reason } = error.details;
  return error.code === 'exchange.unavailable' && exceptionType === undefined && reason !== 'aborted';
}

function giveUpUnlessRepeatable(request: ExchangeRequest, failure: Failure, attempt: number): void {
  if (request.isWrite && failure.mayHaveRun) throw outcomeUnknown(failure);
  request.options.signal?.throwIfAborted();
  if (attempt >= failure.attempts) throw failure.error;
}

function outcomeUnknown({ error }: Failure): AppError {
  return new AppError('exchange.outcome-unknown', { ...error.details, after: error.code }, { cause: error });
}

function delayBefore({ error }: Failure, attempt: number): number {
  const { retryAfterSeconds } = error.details;
  return retryAfterSeconds === undefined ? Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS) : retryAfterSeconds * 1000;
}
