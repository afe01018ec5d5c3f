// Puts the host's clock under the app: `Date` in the worker shows the host's time, also while that is held.
// Only Date moves: setTimeout and process.hrtime stay real, as an app's short waits should.
import type { ClockState } from '../protocol.ts';

const RealDate = Date;
let state: ClockState = { kind: 'running', offsetMs: 0 };

function now(): number {
  return state.kind === 'held' ? state.nowMs : RealDate.now() + state.offsetMs;
}

/** Replaces the global Date once the clock differs from real time. */
export function setWorkerClock(next: ClockState): void {
  state = next;
  if (globalThis.Date !== RealDate || (next.kind === 'running' && next.offsetMs === 0)) return;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args: unknown[], newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget === globalThis.Date ? target : newTarget) as Date,
    apply: () => new RealDate(now()).toString(),
    get: (target, key, receiver) => (key === 'now' ? now : Reflect.get(target, key, receiver)),
  });
}
