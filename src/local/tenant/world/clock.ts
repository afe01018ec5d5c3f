// The tenant's own time. It runs from a real clock, faster if asked, or is held and stepped; keeping it over restarts is clock-file.ts.
import type { InstantMs, TenantClock } from './types.ts';

/** What is kept of a clock over a restart. */
export interface ClockState {
  readonly nowMs: InstantMs;
  readonly wireMs: InstantMs;
  readonly speed: number;
  readonly held: boolean;
}

/** Faster than this, a tenant would live a century in a working day. */
const FASTEST = 100_000;

/** A clock that starts at `state`; `onChange` hears of every hold, run and step. */
export function createTenantClock(
  state: ClockState,
  realNow: () => number = Date.now,
  onChange: (state: ClockState) => void = () => undefined,
): TenantClock & { state(): ClockState } {
  let { nowMs, wireMs, speed, held } = state;
  let realMs = realNow();

  /** Brings the anchors to the present; a real clock that was set back counts as standing still. */
  function settle(): void {
    const real = realNow();
    const elapsed = Math.max(0, real - realMs);
    realMs = real;
    if (held) return;
    nowMs += elapsed * speed;
    wireMs += elapsed;
  }

  const snapshot = (): ClockState => ({ nowMs, wireMs, speed, held });

  function change(apply: () => void): void {
    settle();
    apply();
    onChange(snapshot());
  }

  return {
    now() {
      settle();
      return Math.floor(nowMs);
    },
    wireNow() {
      settle();
      return Math.floor(wireMs);
    },
    get held() {
      return held;
    },
    get speed() {
      return speed;
    },
    hold: () => change(() => void (held = true)),
    run(factor = speed) {
      if (!(factor > 0 && factor <= FASTEST)) throw new RangeError(`The speed must be above 0 and at most ${FASTEST}, not ${factor}`);
      change(() => {
        held = false;
        speed = factor;
      });
    },
    step(ms) {
      if (!(Number.isFinite(ms) && ms >= 0)) throw new RangeError(`The clock steps forward by milliseconds, not by ${ms}`);
      change(() => {
        nowMs += ms;
        wireMs += ms;
      });
    },
    state() {
      settle();
      return snapshot();
    },
  };
}
