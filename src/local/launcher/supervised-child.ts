// Keeps a child process alive: one that ends by itself is started again after a pause, until it keeps ending too quickly.
import { createBackoff } from '../backoff.ts';
import type { Child, Ending } from './child.ts';

export interface SupervisionOptions {
  readonly start: () => Child;
  /** It ended by itself and is started again after the pause. */
  readonly onRestart: (ending: Ending, pauseMs: number) => void;
  /** It ended quickly too many times, or in a way `mayRestart` rules out: it stays down. */
  readonly onGiveUp: (ending: Ending) => void;
  /** Whether this ending may be followed by a new start; always, when absent. */
  readonly mayRestart?: (ending: Ending) => boolean;
  /** An end within this time of the start is a quick one. */
  readonly quickMs?: number;
  readonly maxQuickEnds?: number;
  readonly firstPauseMs?: number;
}

export interface SupervisedChild {
  /** The process that runs now; undefined in a pause and after the end. */
  readonly child: Child | undefined;
  /** Ends the present process in good order and starts a new one. */
  restart(boundMs: number): Promise<void>;
  stop(boundMs: number): Promise<void>;
}

const LONGEST_PAUSE_MS = 10_000;

/** Starts the child and watches over it. */
export function superviseChild(options: SupervisionOptions): SupervisedChild {
  const { quickMs = 10_000, maxQuickEnds = 5, firstPauseMs = 250 } = options;
  const backoff = createBackoff(firstPauseMs, LONGEST_PAUSE_MS);
  let quickEnds = 0;
  let current: Child | undefined;
  let pause: NodeJS.Timeout | undefined;
  let isStopped = false;

  function start(): void {
    const child = options.start();
    current = child;
    void watch(child, performance.now());
  }

  async function watch(child: Child, startedMs: number): Promise<void> {
    const ending = await child.ended;
    if (current !== child) return;
    current = undefined;
    // What it started itself must not live on beside its successor.
    child.kill();
    if (performance.now() - startedMs >= quickMs) {
      quickEnds = 0;
      backoff.reset();
    } else {
      quickEnds += 1;
    }
    if (quickEnds >= maxQuickEnds || options.mayRestart?.(ending) === false) {
      isStopped = true;
      options.onGiveUp(ending);
      return;
    }
    const pauseMs = backoff.next();
    options.onRestart(ending, pauseMs);
    pause = setTimeout(start, pauseMs);
  }

  async function end(boundMs: number): Promise<void> {
    clearTimeout(pause);
    const child = current;
    current = undefined;
    await child?.stop(boundMs);
  }

  start();
  return {
    get child() {
      return current;
    },
    async restart(boundMs) {
      if (isStopped) return;
      await end(boundMs);
      if (!isStopped) start();
    },
    async stop(boundMs) {
      isStopped = true;
      await end(boundMs);
    },
  };
}
