// The tenants whose people and applications may ask: the home tenant, and every organization that has a connector. Kept for a minute, because
// every request asks.
import { msBetween } from './domain/instant.ts';
import type { Instant } from './domain/instant.ts';
import type { Ports } from './domain/ports.ts';

export interface KnownTenants {
  /** Reads which organizations have a connector, if that was long ago. */
  refresh(): Promise<void>;
  has(tenantId: string): boolean;
}

type Needs = Pick<Ports, 'connectors' | 'clock' | 'log'>;

const KEEP_MS = 60_000;

/** Tenants known to this deployment; while storage does not answer, those that were known before. */
export function createKnownTenants({ connectors, clock, log }: Needs, homeTenantId: string | undefined): KnownTenants {
  let known: ReadonlySet<string> = new Set();
  let readAt: Instant | undefined;
  let reading: Promise<void> | undefined;

  async function read(): Promise<void> {
    try {
      known = new Set((await connectors.list()).map(({ value }) => value.organization));
      readAt = clock.now();
    } catch (error) {
      log.warn('caller.tenants-not-read', { error });
    } finally {
      reading = undefined;
    }
  }

  return {
    async refresh() {
      if (readAt !== undefined && msBetween(readAt, clock.now()) < KEEP_MS) return;
      reading ??= read();
      await reading;
    },
    has: (tenantId) => tenantId === homeTenantId || known.has(tenantId),
  };
}
