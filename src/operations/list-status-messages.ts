// The status messages of an organization, newest first.
import type { OrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';
import type { StatusMessage } from '../domain/status-message.ts';
import type { StatusListAsk } from '../domain/status-message-store-port.ts';
import type { ScanPage } from '../domain/store-page.ts';

/** A page of those that fit the filter; it may be empty and yet not be the last. */
export function listStatusMessages(
  { statusMessages }: Pick<Ports, 'statusMessages'>,
  organization: OrganizationId,
  ask: StatusListAsk,
): Promise<ScanPage<StatusMessage>> {
  return statusMessages.list(organization, ask);
}
