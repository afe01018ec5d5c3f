// Ends the installation of a connector that is gone, or that was never kept. From then on its instance is turned away by the record.
import { instanceOfInstallation, withoutConnector } from '../domain/installation.ts';
import type { InstallationKey } from '../domain/installation.ts';
import type { Ports } from '../domain/ports.ts';
import { changeInstallation } from './change-installation.ts';
import { noteStatusMessage } from './record-status-message.ts';

type Needs = Pick<Ports, 'installations' | 'statusMessages' | 'workflows' | 'clock' | 'log'>;

/** Why it ends: there was a connector, or there never was one. */
type Ending = 'connector-removed' | 'connector-not-added';

/** Ends it, once: who ends it again changes nothing. Ending the instance only saves time, so a failure there is none here. */
export async function endInstallation(needs: Needs, key: InstallationKey, ending: Ending): Promise<void> {
  const { organization, generation } = key;
  const changed = await changeInstallation(needs, key, (installation) =>
    installation.state === 'removed' ? installation : withoutConnector(installation),
  );
  if (!changed || changed.before === changed.after) return;
  if (ending === 'connector-not-added') return;
  const related = { kind: 'installation', id: String(generation) } as const;
  const occasion = { organization, at: needs.clock.now(), id: `removed-${generation}`, related };
  await noteStatusMessage(needs, { name: 'connectorRemoved', inserts: { generation } }, occasion);
  try {
    await needs.workflows.terminate(instanceOfInstallation(key), 'The connector was removed.');
  } catch (error) {
    needs.log.warn('installation.not-terminated', { organization, generation, error });
  }
}
