// What becomes of an activity that was asked for by an instance of which no record knows: it was started by hand, or its message was forged.
// It is turned away in any case; here that is told to the audit, the same refusal once a minute, so that nobody can fill it.
import { auditEntry } from '../domain/audit.ts';
import type { AuditEntry } from '../domain/audit.ts';
import { parseOrganizationId } from '../domain/organization.ts';
import { auditChainOf } from './tell-refusal.ts';
import type { RefusalNeeds } from './tell-refusal.ts';

/** Who asked, and why it was turned away. */
export interface RefusedTask {
  readonly organization: string;
  readonly instance: string;
  readonly workflow: string;
  readonly reason: string;
}

const LONGEST_ID = 200;

/** Tells of it; never fails. */
export async function refuseTask(needs: RefusalNeeds, task: RefusedTask): Promise<void> {
  const { instance, workflow, reason } = task;
  const organization = parseOrganizationId(task.organization);
  const facts = { workflow, reason, ...(organization !== undefined && { organization }) };
  needs.log.warn('workflow.refused', facts);
  const key = ['refused', workflow, reason, organization ?? '', instance].join(' ').slice(0, LONGEST_ID);
  try {
    await needs.refusals.tell(key, () => entryOf(needs, task));
  } catch (error) {
    needs.log.warn('audit.refusal-not-told', { ...facts, error });
  }
}

async function entryOf(needs: RefusalNeeds, { organization, instance, workflow, reason }: RefusedTask): Promise<AuditEntry> {
  const time = needs.clock.now();
  const minute = time.slice(0, 'yyyy-mm-ddThh:mm'.length);
  const id = ['refused', minute, workflow, reason, instance].join(' ').slice(0, LONGEST_ID);
  const chain = await auditChainOf(needs, organization);
  return auditEntry(
    { type: 'workflow.refused', subject: instance, details: { workflow, reason } },
    { id, chain, time, actor: { kind: 'unknown' } },
  );
}
