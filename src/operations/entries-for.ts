// What is told of a change that somebody asked for: kept with the change itself, in its transaction.
import { actorOf, auditEntry } from '../domain/audit.ts';
import type { AuditEntry, AuditFact } from '../domain/audit.ts';
import type { Caller } from '../domain/caller.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';

/** Who changes something, and where. */
interface Change {
  readonly organization: OrganizationId;
  readonly caller: Caller;
}

/** The event of the change, with the caller as its actor. */
export function entriesFor(
  { ids, clock }: Pick<Ports, 'ids' | 'clock'>,
  { organization, caller }: Change,
  fact: AuditFact,
): readonly AuditEntry[] {
  return [auditEntry(fact, { id: ids.next(), chain: organization, time: clock.now(), ...actorOf(caller) })];
}
