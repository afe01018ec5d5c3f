// A refusal in normal work makes the findings of the installation doubtful: it is checked again at the next visit of the watchdog, within
// five minutes. One line for whoever meets a refusal, on any path: it never fails and starts nothing itself.
import type { ErrorCode } from '../domain/errors.ts';
import { isCheckWorthwhile, isRefusal, withRetry } from '../domain/installation.ts';
import { parseOrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';
import { changeInstallation } from './change-installation.ts';

type Needs = Pick<Ports, 'connectors' | 'installations' | 'clock' | 'log'>;

/** Asks for a check if `code` says that Exchange, Graph or Entra refuse the connector of that organization, and none was made shortly before. */
export async function noteRefusal(needs: Needs, organization: string, code: ErrorCode): Promise<void> {
  const id = isRefusal(code) ? parseOrganizationId(organization) : undefined;
  if (id === undefined) return;
  try {
    const connector = (await needs.connectors.get(id))?.value;
    if (!connector) return;
    const now = needs.clock.now();
    const changed = await changeInstallation(needs, connector, (current) =>
      isCheckWorthwhile(current, now) ? { ...withRetry(current, 'refusal', now), wakesAt: now } : current,
    );
    if (changed && changed.before !== changed.after) {
      needs.log.info('installation.check-wanted', { component: 'SMS_EXCHANGE_CONNECTOR', log: 'SiteComp', organization: id, code });
    }
  } catch (error) {
    needs.log.warn('installation.refusal-not-noted', { organization: id, code, error });
  }
}
