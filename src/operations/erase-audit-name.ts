// Erases the name of a person from the audit, as the law may ask for. The person's events stay, by object id, and the chain stays valid,
// because names are no part of it. The erasure is itself an event.
import { auditEntry } from '../domain/audit.ts';
import type { Actor, AuditChain } from '../domain/audit.ts';
import type { Ports } from '../domain/ports.ts';

type Needs = Pick<Ports, 'audit' | 'clock' | 'ids'>;

export interface NameErasure {
  readonly tenant: string;
  readonly objectId: string;
  readonly reason: string;
  readonly by: Actor;
}

/** Erases the name, whether or not there is one: events that still wait do not bring it back, what the person does later does. */
export async function eraseAuditName({ audit, clock, ids }: Needs, chain: AuditChain, ask: NameErasure): Promise<void> {
  const { tenant, objectId, reason, by } = ask;
  const now = clock.now();
  const fact = { type: 'audit.name-erased', subject: `${tenant} ${objectId}`, details: { reason } } as const;
  const entry = auditEntry(fact, { id: ids.next(), chain, time: now, ...by });
  await audit.eraseName(chain, { tenant, objectId, seenAt: now, erasedAt: now }, entry);
}
