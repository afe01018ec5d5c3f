// The tenant's clock over restarts. No time later than the lease in the file is ever told, and a start begins at the lease or later:
// so time never goes back, whenever the process was killed. While it is down, a running tenant ages by real time.
import { createTenantClock, type ClockState } from '../world/clock.ts';
import type { InstantMs, TenantClock } from '../world/types.ts';
import { readKeptJson, writeKeptJson } from './kept-json.ts';

interface KeptClock extends ClockState {
  /** Real time at which this was written. */
  readonly realMs: number;
  readonly leaseMs: InstantMs;
  readonly wireLeaseMs: InstantMs;
}

/** How far ahead a lease reaches, in real time. */
const LEASE_MS = 5000;

/** How a fresh tenant's clock begins. */
export interface ClockOrder {
  readonly startMs: InstantMs;
  readonly speed: number;
  readonly held: boolean;
}

/** The clock kept in `path`, or a fresh one. `settle` writes the exact time down, for an orderly stop. */
export function openKeptClock(path: string, order: ClockOrder, realNow: () => number = Date.now): TenantClock & { settle(): void } {
  const kept = readKeptJson(path) as KeptClock | undefined;
  const state = kept ? resumed(kept, realNow()) : { nowMs: order.startMs, wireMs: order.startMs, speed: order.speed, held: order.held };
  let lease = { leaseMs: Number.NEGATIVE_INFINITY, wireLeaseMs: Number.NEGATIVE_INFINITY };

  function write(now: ClockState, aheadMs: number): void {
    const ahead = now.held ? 0 : aheadMs;
    lease = { leaseMs: now.nowMs + ahead * now.speed, wireLeaseMs: now.wireMs + ahead };
    writeKeptJson(path, { ...now, ...lease, realMs: realNow() } satisfies KeptClock);
  }

  const clock = createTenantClock(state, realNow, (now) => write(now, LEASE_MS));
  write(clock.state(), LEASE_MS);

  function within(told: InstantMs, limit: InstantMs): InstantMs {
    if (told > limit) write(clock.state(), LEASE_MS);
    return told;
  }

  return {
    now: () => within(clock.now(), lease.leaseMs),
    wireNow: () => within(clock.wireNow(), lease.wireLeaseMs),
    get held() {
      return clock.held;
    },
    get speed() {
      return clock.speed;
    },
    hold: () => clock.hold(),
    run: (speed) => clock.run(speed),
    step: (ms) => clock.step(ms),
    settle: () => write(clock.state(), 0),
  };
}

function resumed(kept: KeptClock, realMs: number): ClockState {
  const { speed, held } = kept;
  if (held) return { nowMs: kept.nowMs, wireMs: kept.wireMs, speed, held };
  const away = Math.max(0, realMs - kept.realMs);
  return { nowMs: Math.max(kept.leaseMs, kept.nowMs + away), wireMs: Math.max(kept.wireLeaseMs, kept.wireMs + away), speed, held };
}
