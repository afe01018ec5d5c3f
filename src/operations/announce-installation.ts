// What follows once when a connector is installed: the status message 1015 and the first full run. Both have names of their own, so that
// doing it again after an interruption tells and begins nothing twice; only then does the record say that it was done.
import type { Connector } from '../domain/connector.ts';
import type { Installation } from '../domain/installation.ts';
import { listFeatures } from '../domain/installation-check.ts';
import type { Ports } from '../domain/ports.ts';
import { scheduledRunIdOf } from '../domain/run.ts';
import { beginRun } from './begin-run.ts';
import { changeInstallation } from './change-installation.ts';
import { noteStatusMessage, recordStatusMessage } from './record-status-message.ts';

export type AnnounceNeeds = Pick<Ports, 'installations' | 'statusMessages' | 'runs' | 'workflows' | 'clock' | 'ids' | 'log'>;

/** Tells that the connector is installed and begins its first full run. */
export async function announceInstallation(needs: AnnounceNeeds, connector: Connector, installation: Installation): Promise<void> {
  const { organization, generation, attempts, missingFeatures, installedAt: at } = installation;
  if (at === undefined || installation.isAnnounced) return;
  const related = { kind: 'installation', id: String(generation) } as const;
  const occasion = { organization, at, related };
  await recordStatusMessage(needs, { name: 'installed', inserts: { attempts } }, { ...occasion, id: `installed-${generation}` });
  if (missingFeatures.length > 0) {
    const inserts = { features: listFeatures(missingFeatures) };
    await noteStatusMessage(needs, { name: 'featuresReduced', inserts }, { ...occasion, id: `reduced-${generation}` });
  }
  await beginFirstRun(needs, connector, installation);
  await changeInstallation(needs, installation, (current) => (current.isAnnounced ? current : { ...current, isAnnounced: true }));
}

async function beginFirstRun(
  needs: AnnounceNeeds,
  connector: Connector,
  { createdBy, organization, generation }: Installation,
): Promise<void> {
  try {
    // The id under which the schedule would begin it, so that a timer at the same moment does not begin another.
    const id = scheduledRunIdOf(connector.createdAt, 'full');
    await beginRun(needs, { connector, kind: 'full', startedBy: createdBy, id });
  } catch (error) {
    needs.log.warn('connector.first-run-not-begun', { organization, generation, error });
  }
}
