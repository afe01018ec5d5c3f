// One call of Azure Storage with bounded repeats: what may be repeated is, what is missing is made, and what nobody knows is settled.
// The repeats of the SDK are off wherever this is used: they cannot tell a write that may have run from one that did not.
import { setTimeout as sleep } from 'node:timers/promises';
import { toStorageFault } from './storage-fault.ts';
import type { StorageFault } from './storage-fault.ts';

export type Work<T> = (signal: AbortSignal) => Promise<T>;
/** Decides what became of a write that may have run; answers its result or throws. */
export type Settle<T> = (fault: StorageFault) => Promise<T>;

/** How patient a caller is. */
export interface Patience {
  /** How long one request may take; left out, 10 s. */
  readonly timeLimitMs?: number;
  /** Waits between attempts; rejects when the signal is aborted. Left out, real time passes. */
  readonly wait?: (delayMs: number, signal: AbortSignal | undefined) => Promise<void>;
  /** From 0 up to 1, to keep several waiters out of step; left out, Math.random. */
  readonly random?: () => number;
}

export interface CallerOptions extends Patience {
  /** The table or the container. */
  readonly record: string;
  /** Makes it. */
  readonly make: Work<unknown>;
}

/** Repeats what may be repeated; when a write may have run and cannot be, `settle` says what became of it. */
export type RepeatedCall = <T>(request: string, work: Work<T>, signal: AbortSignal | undefined, settle?: Settle<T>) => Promise<T>;

const TIME_LIMIT_MS = 10_000;
const ATTEMPTS = 5;
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 10_000;

/** Calls of one table or container. */
export function createRepeatedCall(options: CallerOptions): RepeatedCall {
  const { record, make, timeLimitMs = TIME_LIMIT_MS, random = Math.random, wait = pause } = options;

  function limited(signal: AbortSignal | undefined): AbortSignal {
    const limit = AbortSignal.timeout(timeLimitMs);
    return signal ? AbortSignal.any([signal, limit]) : limit;
  }

  async function waitBefore(attempt: number, fault: StorageFault, signal: AbortSignal | undefined): Promise<void> {
    const ownMs = FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.5 + random());
    await wait(Math.min(fault.retryAfterMs ?? ownMs, LONGEST_WAIT_MS), signal);
  }

  async function call<T>(request: string, work: Work<T>, signal: AbortSignal | undefined, settle?: Settle<T>): Promise<T> {
    let mayHaveRun = false;
    let isMade = false;
    for (let attempt = 1; ; attempt += 1) {
      signal?.throwIfAborted();
      try {
        return await work(limited(signal));
      } catch (thrown) {
        signal?.throwIfAborted();
        const fault = toStorageFault(thrown, request, record);
        mayHaveRun ||= fault.mayHaveRun;
        if (fault.isPlaceMissing && !isMade) {
          isMade = true;
          await call(`making ${record}`, make, signal);
          continue;
        }
        if (fault.isPassing && attempt < ATTEMPTS) await waitBefore(attempt, fault, signal);
        else if (settle && mayHaveRun) return await settle(fault);
        else throw fault.error;
      }
    }
  }

  return call;
}

async function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(delayMs, undefined, signal ? { signal } : {});
}
