// Changes what discovery remembers of an organization, which several activities do: each keeps its own part of it and nobody else's change is lost.
import type { DiscoveryState } from '../domain/connector.ts';
import type { ConnectorStore } from '../domain/connector-store-port.ts';
import { AppError } from '../domain/errors.ts';
import type { OrganizationId } from '../domain/organization.ts';

const ATTEMPTS = 5;

/** Keeps `change` of the state as it is then; where another writer is quicker, of what that one left. */
export async function changeDiscoveryState(
  connectors: ConnectorStore,
  organization: OrganizationId,
  change: (state: DiscoveryState) => DiscoveryState,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const kept = await connectors.discoveryState(organization);
    try {
      await connectors.keepDiscoveryState(organization, change(kept?.value ?? {}), kept?.version);
      return;
    } catch (error) {
      const isOvertaken = error instanceof AppError && (error.code === 'store.stale' || error.code === 'store.exists');
      if (!isOvertaken || attempt === ATTEMPTS) throw error;
    }
  }
}
