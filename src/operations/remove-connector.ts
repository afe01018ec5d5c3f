// Removes the connector of an organization and ends its installation. Runs that go on end by themselves, because they find no connector of their generation;
// devices, runs and annotations stay as history. In Exchange nothing is undone: the answer says what stays there.
import type { Caller } from '../domain/caller.ts';
import type { Connector } from '../domain/connector.ts';
import { AppError } from '../domain/errors.ts';
import type { LeftInExchange } from '../domain/left-in-exchange.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { OrganizationObservation } from '../domain/organization-store-port.ts';
import type { Ports } from '../domain/ports.ts';
import { requireMatch } from '../domain/precondition.ts';
import type { Precondition } from '../domain/precondition.ts';
import { endInstallation } from './end-installation.ts';
import { entriesFor } from './entries-for.ts';
import { retryStale } from './retry-stale.ts';

type Needs = Pick<Ports, 'connectors' | 'installations' | 'organizations' | 'statusMessages' | 'workflows' | 'clock' | 'ids' | 'log'>;

/** Which connector, and who wants it removed. */
export interface ConnectorRemoval {
  readonly organization: OrganizationId;
  readonly caller: Caller;
  readonly precondition: Precondition;
}

/** Removes the connector if the caller named its present version. */
export async function removeConnector(needs: Needs, ask: ConnectorRemoval): Promise<LeftInExchange> {
  const { organization, precondition } = ask;
  const left = leftOf(await needs.organizations.get(organization));
  const removed = await retryStale(precondition, async () => {
    const current = await needs.connectors.get(organization);
    if (!current) throw new AppError('organization.missing');
    requireMatch(precondition, current.version);
    const details = { generation: current.value.generation };
    const entries = entriesFor(needs, ask, { type: 'connector.removed', subject: organization, details });
    await needs.connectors.remove(organization, current.version, entries);
    return current.value;
  });
  await end(needs, removed);
  return left;
}

async function end(needs: Needs, connector: Connector): Promise<void> {
  try {
    await endInstallation(needs, connector, 'connector-removed');
  } catch (error) {
    // The connector is gone, so its caller has to hear that; its instance finds out at its next step, and the watchdog ends what is left.
    needs.log.warn('connector.installation-not-ended', { organization: connector.organization, error });
  }
}

function leftOf(observation: OrganizationObservation | undefined): LeftInExchange {
  const { accessRules, policies } = observation ?? {};
  return { ...(accessRules && { accessRules: accessRules.length }), ...(policies && { policies: policies.length }) };
}
