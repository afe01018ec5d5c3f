// The first step of every activity of an installation: whether there is still something to do, and for which connector. The record decides, never
// the instance (design, law 4).
import type { Connector } from '../domain/connector.ts';
import type { Installation } from '../domain/installation.ts';
import { INSTALLATION_WORKFLOW, instanceOfInstallation } from '../domain/installation.ts';
import type { InstallationOver, InstallationTask } from '../domain/installation-task.ts';
import { parseOrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';
import type { Versioned } from '../domain/store-page.ts';
import { endInstallation } from './end-installation.ts';
import { refuseTask } from './refuse-task.ts';

export type JoinNeeds = Pick<Ports, 'connectors' | 'installations' | 'statusMessages' | 'refusals' | 'workflows' | 'clock' | 'log'>;

export type JoinedInstallation =
  | { readonly kind: 'go'; readonly installation: Versioned<Installation>; readonly connector: Connector }
  | { readonly kind: 'over'; readonly reason: InstallationOver };

const GENERATION = /^[1-9]\d{0,8}$/;

/** The installation and its connector, or why there is nothing to do. */
export async function joinInstallation(needs: JoinNeeds, task: InstallationTask): Promise<JoinedInstallation> {
  const organization = parseOrganizationId(task.organization);
  const generation = GENERATION.test(task.generation) ? Number(task.generation) : undefined;
  if (organization === undefined || generation === undefined) return turnAway(needs, task, 'missing');
  const installation = await needs.installations.get({ organization, generation });
  if (!installation) return turnAway(needs, task, 'missing');
  if (task.instance !== instanceOfInstallation(installation.value)) return turnAway(needs, task, 'superseded');
  if (installation.value.state === 'removed') return { kind: 'over', reason: 'removed' };
  const connector = (await needs.connectors.get(organization))?.value;
  if (connector?.generation === generation) return { kind: 'go', installation, connector };
  await endInstallation(needs, installation.value, 'connector-removed');
  return { kind: 'over', reason: 'removed' };
}

async function turnAway(needs: JoinNeeds, task: InstallationTask, reason: 'missing' | 'superseded'): Promise<JoinedInstallation> {
  await refuseTask(needs, { ...task, workflow: INSTALLATION_WORKFLOW, reason });
  return { kind: 'over', reason };
}
