// The Refusals port: what one process tells the audit of refusals. The same refusal is told once a minute, and only so many different ones are;
// the rest is counted and told in one event, so that who floods the app fills neither the audit nor the time of those who ask rightly.
import { auditEntry } from '../../domain/audit.ts';
import type { AuditOutbox, Refusals } from '../../domain/audit-port.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Clock, Ids, Log } from '../../domain/ports.ts';

/** How many refusals a process tells of one by one within a minute. */
const MOST_TOLD = 60;
const MINUTE_MS = 60_000;
const MINUTE = 'yyyy-mm-ddThh:mm'.length;

export interface RefusalsOptions {
  readonly outbox: Pick<AuditOutbox, 'add'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  /** Does something later; left out, in real time, and without keeping the process alive. */
  readonly later?: (work: () => Promise<void>, delayMs: number) => void;
}

/** Refusals told by this process. */
export function createRefusals(options: RefusalsOptions): Refusals {
  const { outbox, clock, later = inRealTime } = options;
  let minute = '';
  const told = new Set<string>();
  let counted: { readonly since: Instant; count: number } | undefined;

  async function tellCounted(): Promise<void> {
    const flood = counted;
    counted = undefined;
    if (flood) await tellFlood(options, flood);
  }

  function count(now: Instant): void {
    if (counted) {
      counted.count += 1;
      return;
    }
    counted = { since: now, count: 1 };
    later(tellCounted, MINUTE_MS);
  }

  return {
    async tell(key, entry) {
      const now = clock.now();
      if (now.slice(0, MINUTE) !== minute) {
        minute = now.slice(0, MINUTE);
        told.clear();
      }
      if (told.has(key)) return;
      if (told.size >= MOST_TOLD) {
        count(now);
        return;
      }
      told.add(key);
      try {
        await outbox.add(await entry());
      } catch (error) {
        // The next of the same kind tries again.
        told.delete(key);
        throw error;
      }
    },
  };
}

async function tellFlood(
  { outbox, clock, ids, log }: RefusalsOptions,
  { since, count }: { readonly since: Instant; readonly count: number },
): Promise<void> {
  const time = clock.now();
  const fact = { type: 'access.flooded', subject: 'all', details: { count, since, until: time } } as const;
  const actor = { kind: 'system', component: 'api' } as const;
  log.warn('audit.refusals-counted', { count, since });
  try {
    await outbox.add(auditEntry(fact, { id: ids.next(), chain: 'deployment', time, actor }));
  } catch (error) {
    log.error('audit.refusals-not-told', { count, since, error });
  }
}

function inRealTime(work: () => Promise<void>, delayMs: number): void {
  setTimeout(() => void work(), delayMs).unref();
}
