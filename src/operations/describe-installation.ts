// How the installation of a connector stands.
import type { Connector } from '../domain/connector.ts';
import { newInstallation } from '../domain/installation.ts';
import type { Installation } from '../domain/installation.ts';
import type { Ports } from '../domain/ports.ts';

/** The installation as it is kept; of a connector that has none yet, one that has not begun: the watchdog begins it. */
export async function describeInstallation({ installations }: Pick<Ports, 'installations'>, connector: Connector): Promise<Installation> {
  const kept = await installations.get(connector);
  return kept && kept.value.state !== 'removed' ? kept.value : newInstallation(connector, connector.createdAt);
}
