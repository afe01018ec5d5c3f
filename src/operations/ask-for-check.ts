// Lets an installation be checked now. The wish stands in the record; the event only saves the time until somebody looks there.
import type { AuditEntry } from '../domain/audit.ts';
import { instanceOfInstallation, RETRY_EVENT, withRetry } from '../domain/installation.ts';
import type { Installation, InstallationKey } from '../domain/installation.ts';
import type { Ports } from '../domain/ports.ts';
import { startInstallation } from './begin-installation.ts';
import { changeInstallation } from './change-installation.ts';

export type CheckNeeds = Pick<Ports, 'installations' | 'workflows' | 'clock' | 'log'>;

/** Who wants it, and what is told to the audit with it. */
export interface CheckAsk {
  readonly by: string;
  readonly entries?: readonly AuditEntry[];
}

/** Keeps the wish and wakes the instance; undefined when there is no such installation or it is removed. */
export async function askForCheck(
  needs: CheckNeeds,
  key: InstallationKey,
  { by, entries = [] }: CheckAsk,
): Promise<Installation | undefined> {
  const now = needs.clock.now();
  const wish = (current: Installation): Installation => (current.state === 'removed' ? current : withRetry(current, by, now));
  const changed = await changeInstallation(needs, key, wish, entries);
  if (!changed || changed.after.state === 'removed') return undefined;
  await wake(needs, changed.after);
  return changed.after;
}

/** Starts the instance if there is none, and nudges the one that waits. What is lost here the watchdog makes up for. */
async function wake(needs: CheckNeeds, installation: Installation): Promise<void> {
  const { organization, generation } = installation;
  try {
    await startInstallation(needs, installation);
    await needs.workflows.nudge(instanceOfInstallation(installation), RETRY_EVENT);
  } catch (error) {
    needs.log.warn('installation.nudge-lost', { component: 'SMS_EXCHANGE_CONNECTOR', log: 'SiteComp', organization, generation, error });
  }
}
