// The host's only source of time. Running in development, held and stepped in tests.
import type { ClockState } from './protocol.ts';

export interface Alarm {
  cancel(): void;
}

export interface HostClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `run` once, as soon as the clock has reached `dueMs` (never before). */
  at(dueMs: number, run: () => void): Alarm;
  readonly state: ClockState;
}

/** setTimeout takes at most 2^31-1 ms: longer waits are chained. */
const LONGEST_TIMEOUT_MS = 2_147_483_647;

/** Real time. */
export function createRunningClock(offsetMs = 0): HostClock {
  const now = (): number => Date.now() + offsetMs;

  function at(dueMs: number, run: () => void): Alarm {
    let timeout: NodeJS.Timeout;
    const arm = (): void => {
      const waitMs = Math.max(0, Math.ceil(dueMs - now()));
      timeout = setTimeout(() => (now() >= dueMs ? run() : arm()), Math.min(waitMs, LONGEST_TIMEOUT_MS));
    };
    arm();
    return { cancel: () => clearTimeout(timeout) };
  }

  return { now, at, state: { kind: 'running', offsetMs } };
}

/** A view of `clock` whose time stands still where the clock itself was set back, until that has caught up. */
export function neverBack(clock: HostClock): HostClock {
  let latestMs = -Infinity;
  return {
    now: () => (latestMs = Math.max(latestMs, clock.now())),
    at: (dueMs, run) => clock.at(dueMs, run),
    get state() {
      return clock.state;
    },
  };
}

/** A clock that stands still until it is advanced: alarms fire in the order of their times. */
export interface HeldClock extends HostClock {
  /** Moves to `toMs`, stopping at every alarm on the way; `settle` is awaited after each stop so that the work it woke can set new alarms. */
  advanceTo(toMs: number, settle: () => Promise<void>): Promise<void>;
  /** The time of the next alarm, if there is one. */
  readonly nextAlarmMs: number | undefined;
  /** Calls `listener` at every move. */
  onChange(listener: () => void): void;
}

export function createHeldClock(startMs: number): HeldClock {
  const listeners: (() => void)[] = [];
  let nowMs = startMs;
  const alarms = new Set<{ dueMs: number; run: () => void }>();

  function earliest(): { dueMs: number; run: () => void } | undefined {
    let first: { dueMs: number; run: () => void } | undefined;
    for (const alarm of alarms) if (!first || alarm.dueMs < first.dueMs) first = alarm;
    return first;
  }

  function moveTo(toMs: number): void {
    nowMs = Math.max(nowMs, toMs);
    for (const listener of listeners) listener();
  }

  return {
    now: () => nowMs,
    at(dueMs, run) {
      const alarm = { dueMs, run };
      if (dueMs <= nowMs) setImmediate(() => alarms.delete(alarm) && run());
      alarms.add(alarm);
      return { cancel: () => void alarms.delete(alarm) };
    },
    async advanceTo(toMs, settle) {
      await settle();
      for (let next = earliest(); next && next.dueMs <= toMs; next = earliest()) {
        moveTo(next.dueMs);
        alarms.delete(next);
        next.run();
        await settle();
      }
      moveTo(toMs);
    },
    onChange: (listener) => void listeners.push(listener),
    get nextAlarmMs() {
      return earliest()?.dueMs;
    },
    get state(): ClockState {
      return { kind: 'held', nowMs };
    },
  };
}
