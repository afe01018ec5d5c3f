// Counts what runs, so that a held clock knows when it may go on.

export interface RunCounter {
  /** Runs and counts; the result or error is passed on. */
  count<T>(run: () => Promise<T>): Promise<T>;
  readonly isBusy: boolean;
  idle(): Promise<void>;
}

export function createRunCounter(): RunCounter {
  let running = 0;
  let onIdle: (() => void)[] = [];
  return {
    async count<T>(run: () => Promise<T>): Promise<T> {
      running += 1;
      try {
        return await run();
      } finally {
        running -= 1;
        if (running === 0) for (const callback of onIdle.splice(0)) callback();
      }
    },
    get isBusy(): boolean {
      return running > 0;
    },
    idle: (): Promise<void> => (running === 0 ? Promise.resolve() : new Promise((resolve) => (onIdle = [...onIdle, resolve]))),
  };
}
