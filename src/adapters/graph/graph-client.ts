// A call to Microsoft Graph until its final answer: what may be repeated is repeated, waits that Graph asks for are kept, a refused token is
// renewed once. Which calls there are, graph-directory.ts and graph-mail.ts know.
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../domain/errors.ts';
import { isPassing, isThrottling, toGraphError } from './graph-errors.ts';
import type { GraphRefusal } from './graph-errors.ts';
import { createGraphTransport } from './graph-transport.ts';
import type { GraphCall, GraphOutcome, GraphTransport, GraphTransportOptions } from './graph-transport.ts';

export interface GraphClientOptions extends GraphTransportOptions {
  /** Waits between repeats; rejects when the signal aborts. */
  readonly pause?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

export interface GraphClient extends Pick<GraphTransport, 'ownLink'> {
  /** Makes the call; throws only when no final answer could be had. */
  call(call: GraphCall): Promise<GraphOutcome>;
  /** Waits as long as a refusal asks for; false when that is too long or was done too often. */
  waitFor(refusal: Pick<GraphRefusal, 'retryAfterSeconds'>, attempt: number, signal: AbortSignal | undefined): Promise<boolean>;
}

const MAX_ATTEMPTS = 4;
const FIRST_PAUSE_SECONDS = 1;
/** Longer waits are left to the workflow, which can wait without holding an activity. */
const LONGEST_PAUSE_SECONDS = 30;

const pauseInFact = (ms: number, signal: AbortSignal | undefined): Promise<void> => sleep(ms, undefined, signal ? { signal } : {});

/** A client for the Graph of one organization. */
export function createGraphClient(options: GraphClientOptions): GraphClient {
  const { credential, pause = pauseInFact } = options;
  const transport = createGraphTransport(options);

  const waitFor: GraphClient['waitFor'] = async ({ retryAfterSeconds }, attempt, signal) => {
    const seconds = retryAfterSeconds ?? FIRST_PAUSE_SECONDS * 2 ** (attempt - 1);
    if (attempt >= MAX_ATTEMPTS || seconds > LONGEST_PAUSE_SECONDS) return false;
    await pause(seconds * 1000, signal);
    return true;
  };

  /** The final outcome, or undefined when the call is to be made once more. */
  async function tryOnce(wanted: GraphCall, attempt: number): Promise<GraphOutcome | undefined> {
    const outcome = await transport.send(wanted, attempt);
    if ('lost' in outcome) {
      if (wanted.isRepeatable && (await waitFor({ retryAfterSeconds: undefined }, attempt, wanted.signal))) return undefined;
      throw new AppError('graph.unavailable', { request: wanted.request, ...doubtOf(wanted) }, { cause: outcome.lost });
    }
    if (outcome.isOk || !isPassing(outcome.refusal)) return outcome;
    const isUntouched = isThrottling(outcome.refusal);
    if (isUntouched && wanted.usage) wanted.usage.throttled += 1;
    if ((wanted.isRepeatable || isUntouched) && (await waitFor(outcome.refusal, attempt, wanted.signal))) return undefined;
    throw toGraphError(outcome.refusal, wanted.request, isUntouched ? {} : doubtOf(wanted));
  }

  async function call(wanted: GraphCall): Promise<GraphOutcome> {
    for (let attempt = 1, isRenewed = false; ; attempt += 1) {
      wanted.signal?.throwIfAborted();
      const outcome = await tryOnce(wanted, attempt);
      if (!outcome) continue;
      if (isRenewed || outcome.isOk || outcome.refusal.status !== 401) return outcome;
      credential.renew();
      isRenewed = true;
    }
  }

  return { call, waitFor, ownLink: (link, request) => transport.ownLink(link, request) };
}

function doubtOf(call: GraphCall): { isSent?: 'unknown' } {
  return call.isRepeatable ? {} : { isSent: 'unknown' };
}
