// What is told of a purge: that records were removed because they had been kept long enough.
import { auditEntry } from '../domain/audit.ts';
import type { AuditChain, AuditEntry } from '../domain/audit.ts';
import type { Instant } from '../domain/instant.ts';
import type { Ports } from '../domain/ports.ts';

/** What was removed. */
export interface Purge {
  readonly subject: 'audit' | 'devices' | 'runs' | 'messages';
  /** What was older than that. */
  readonly before: Instant;
  readonly count: number;
  /** For the audit: the sequence of the last record removed. */
  readonly through?: number;
}

/** The event of a purge. */
export function purgeEntry({ clock, ids }: Pick<Ports, 'clock' | 'ids'>, chain: AuditChain, purge: Purge): AuditEntry {
  const { subject, before, count, through } = purge;
  const actor = { kind: 'system', component: 'housekeeping' } as const;
  const fact = { type: 'retention.purged', subject, details: { before, count, through } } as const;
  return auditEntry(fact, { id: ids.next(), chain, time: clock.now(), actor });
}
