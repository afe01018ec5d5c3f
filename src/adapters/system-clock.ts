// The Clock port over the machine's clock: the only place that asks what time it is.
import type { Clock } from '../domain/ports.ts';

/** The real present. */
export const systemClock: Clock = {
  now: () => new Date().toISOString(),
};
