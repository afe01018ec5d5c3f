// The limits `extensions.http.maxConcurrentRequests` and `maxOutstandingRequests` of host.json: so many run, the rest waits, beyond that 429.
// Source: azure-functions-host HttpRequestQueue and HttpThrottleMiddleware; both are unlimited by default.

export interface RequestQueue {
  /** Runs the work when its turn comes; undefined, without running it, when too many are outstanding. */
  run<T>(work: () => Promise<T>): Promise<T | undefined>;
}

function limitOf(config: Readonly<Record<string, unknown>>, name: string): number {
  const value = config[name];
  if (value === undefined || value === null || value === -1) return Infinity;
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
  throw new Error(`host.json: extensions.http.${name} is ${JSON.stringify(value)}; write a positive whole number, or -1 for no limit.`);
}

/** A queue with the limits of host.json's `extensions.http`. */
export function createRequestQueue(httpConfig: Readonly<Record<string, unknown>>): RequestQueue {
  const concurrent = limitOf(httpConfig, 'maxConcurrentRequests');
  const outstanding = limitOf(httpConfig, 'maxOutstandingRequests');
  const waiting: (() => void)[] = [];
  let running = 0;

  async function takeTurn(): Promise<void> {
    if (running < concurrent) {
      running += 1;
      return;
    }
    // Whoever ends hands its place over, so `running` does not change.
    await new Promise<void>((resolve) => void waiting.push(resolve));
  }

  function endTurn(): void {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }

  return {
    async run(work) {
      if (running + waiting.length >= outstanding) return undefined;
      await takeTurn();
      try {
        return await work();
      } finally {
        endTurn();
      }
    },
  };
}
