// Begins the installation of a connector that is kept: tells of it and starts the orchestration. May be repeated.
import { INSTALLATION_WORKFLOW, instanceOfInstallation } from '../domain/installation.ts';
import type { Installation } from '../domain/installation.ts';
import type { Ports } from '../domain/ports.ts';
import { noteStatusMessage } from './record-status-message.ts';

type Needs = Pick<Ports, 'statusMessages' | 'workflows' | 'log'>;

/** Flags the connector for installation. A start that fails is made up for by the watchdog: the record is kept, and that is what counts. */
export async function beginInstallation(needs: Needs, installation: Installation): Promise<void> {
  const { organization, generation, createdAt } = installation;
  const related = { kind: 'installation', id: String(generation) } as const;
  const occasion = { organization, at: createdAt, id: `flagged-${generation}`, related };
  await noteStatusMessage(needs, { name: 'flaggedForInstallation', inserts: { generation } }, occasion);
  try {
    await startInstallation(needs, installation);
  } catch (error) {
    needs.log.warn('installation.start-delayed', { component: 'SMS_EXCHANGE_CONNECTOR', log: 'SiteComp', organization, generation, error });
  }
}

/** Starts the instance that works on it; one that goes on already is success. */
export async function startInstallation(
  { workflows }: Pick<Ports, 'workflows'>,
  { organization, generation }: Pick<Installation, 'organization' | 'generation'>,
): Promise<void> {
  const instance = instanceOfInstallation({ organization, generation });
  await workflows.start(INSTALLATION_WORKFLOW, instance, { organization, generation: String(generation) });
}
