// Pauses between attempts that keep failing: short at first, doubling, blurred so that several waiters do not march in step.
// The figures are those of the WebJobs SDK (RandomizedExponentialBackoffStrategy), which the Functions host uses for queues and retries.

export interface Backoff {
  /** The pause before the next attempt, in whole milliseconds. */
  next(): number;
  /** Starts anew after a success. */
  reset(): void;
}

/** Half the width of the blur: a pause is off by at most a fifth. */
const BLUR = 0.2;

/** First pause `minimumMs`, then about twice as long each time, never longer than `maximumMs`. */
export function createBackoff(minimumMs: number, maximumMs: number, random: () => number = Math.random): Backoff {
  let attempts = 0;
  let isAtMaximum = false;
  return {
    next() {
      if (isAtMaximum) return maximumMs;
      const blurred = 1 - BLUR + 2 * BLUR * random();
      const pauseMs = Math.round(minimumMs + (attempts === 0 ? 0 : blurred * 2 ** (attempts - 1) * minimumMs));
      attempts += 1;
      isAtMaximum = pauseMs >= maximumMs;
      return Math.min(pauseMs, maximumMs);
    },
    reset() {
      attempts = 0;
      isAtMaximum = false;
    },
  };
}
