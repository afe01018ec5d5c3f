// A pause that can be cut short: by a message sent from this process, or by the host's stop.

export interface Pause {
  /** Waits `delayMs`, or not at all when it was woken since `prepare`. */
  wait(delayMs: number): Promise<void>;
  /** Forgets earlier wake-ups; called before the look that the next pause follows. */
  prepare(): void;
  wake(): void;
}

/** A pause in real time. */
export function createPause(): Pause {
  let isWoken = false;
  let finish: () => void = () => undefined;
  return {
    async wait(delayMs) {
      if (isWoken) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      finish = resolve;
      const timer = setTimeout(resolve, delayMs);
      await promise;
      clearTimeout(timer);
    },
    prepare() {
      isWoken = false;
    },
    wake() {
      isWoken = true;
      finish();
    },
  };
}
