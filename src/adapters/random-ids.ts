// The Ids port over the operating system's random numbers.
import { randomUUID } from 'node:crypto';
import type { Ids } from '../domain/ports.ts';

/** Random UUIDs (RFC 9562 version 4). */
export const randomIds: Ids = {
  next: () => randomUUID(),
};
