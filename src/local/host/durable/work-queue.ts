// A queue in memory of work that is stored elsewhere: at most `limit` items run at once, one of a key at a time.
// A key that is added while it runs is run again afterwards.

export interface WorkQueueOptions<T> {
  limit: number;
  key: (item: T) => string;
  run: (item: T) => Promise<void>;
  onError: (error: unknown, item: T) => void;
}

export interface WorkQueue<T> {
  add(item: T): void;
  readonly isBusy: boolean;
  idle(): Promise<void>;
  /** Begins to run what was added. */
  open(): void;
  /** Starts nothing more and waits for what runs. */
  close(): Promise<void>;
}

export function createWorkQueue<T>({ limit, key, run, onError }: WorkQueueOptions<T>): WorkQueue<T> {
  const waiting = new Map<string, T>();
  const running = new Map<string, T | undefined>();
  let isOpen = false;
  let onIdle: (() => void)[] = [];

  const isBusy = (): boolean => running.size > 0 || (isOpen && waiting.size > 0);

  async function runOne(id: string, item: T): Promise<void> {
    try {
      await run(item);
    } catch (error) {
      onError(error, item);
    }
    const again = running.get(id);
    running.delete(id);
    if (again !== undefined) waiting.set(id, again);
    pump();
  }

  function pump(): void {
    for (const [id, item] of waiting) {
      if (!isOpen || running.size >= limit) break;
      waiting.delete(id);
      running.set(id, undefined);
      void runOne(id, item);
    }
    if (isBusy()) return;
    const callbacks = onIdle;
    onIdle = [];
    for (const callback of callbacks) callback();
  }

  const idle = (): Promise<void> => (isBusy() ? new Promise((resolve) => onIdle.push(resolve)) : Promise.resolve());

  return {
    add(item) {
      const id = key(item);
      if (running.has(id)) running.set(id, item);
      else {
        waiting.set(id, item);
        if (isOpen) pump();
      }
    },
    get isBusy() {
      return isBusy();
    },
    idle,
    open() {
      isOpen = true;
      pump();
    },
    async close() {
      isOpen = false;
      await idle();
    },
  };
}
