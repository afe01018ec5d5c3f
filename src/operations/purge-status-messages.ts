// Removes status messages that have been kept long enough, and tells the audit.
import { RULES, toAppError } from '../domain/errors.ts';
import { addMs } from '../domain/instant.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';
import { KEEP_STATUS_MESSAGE_DAYS } from '../domain/status-message.ts';
import { purgeEntry } from './purge-entry.ts';

type Needs = Pick<Ports, 'connectors' | 'statusMessages' | 'auditOutbox' | 'clock' | 'ids' | 'log'>;

const DAY_MS = 24 * 60 * 60_000;

/** Removes the messages of every organization that are older than so many days; answers how many. One that fails keeps no other from being done. */
export async function purgeStatusMessages(needs: Needs, keepDays: number = KEEP_STATUS_MESSAGE_DAYS): Promise<number> {
  let purged = 0;
  for (const { value } of await needs.connectors.list()) {
    const { organization } = value;
    try {
      purged += await purge(needs, organization, keepDays);
    } catch (thrown) {
      const error = toAppError(thrown);
      needs.log[RULES[error.kind].logLevel]('status-messages.not-purged', { organization, code: error.code, error });
    }
  }
  return purged;
}

async function purge(needs: Needs, organization: OrganizationId, keepDays: number): Promise<number> {
  const before = addMs(needs.clock.now(), -keepDays * DAY_MS);
  const count = await needs.statusMessages.purge(organization, before);
  if (count > 0) await needs.auditOutbox.add(purgeEntry(needs, organization, { subject: 'messages', before, count }));
  return count;
}
