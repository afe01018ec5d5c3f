// The watchdog of installations (design, law 5): starts instances that should be there and are not, nudges those whose record asks for a check,
// and begins the daily check. The record decides; what an instance says of itself only tells whether it is there.
import type { Connector } from '../domain/connector.ts';
import { toAppError } from '../domain/errors.ts';
import { instanceOfInstallation, isOpenInstallation, newInstallation, RETRY_EVENT, START_MS } from '../domain/installation.ts';
import type { Installation } from '../domain/installation.ts';
import { addMs } from '../domain/instant.ts';
import type { Ports } from '../domain/ports.ts';
import type { Versioned } from '../domain/store-page.ts';
import { beginInstallation, startInstallation } from './begin-installation.ts';
import { endInstallation } from './end-installation.ts';

type Needs = Pick<Ports, 'connectors' | 'installations' | 'statusMessages' | 'workflows' | 'clock' | 'log'>;

/** In one go; the next tick takes the rest. */
const MOST_STARTS = 500;

/** Looks after all installations; answers how many instances were started or nudged. */
export async function watchInstallations(needs: Needs): Promise<number> {
  const connectors = (await needs.connectors.list()).map(({ value }) => value);
  await endOrphans(needs, connectors);
  let moved = 0;
  for (const connector of connectors) {
    if (moved === MOST_STARTS) break;
    if (await attend(needs, connector)) moved += 1;
  }
  return moved;
}

/** Installations whose connector is gone, or was never kept because whoever added it was interrupted. */
async function endOrphans(needs: Needs, connectors: readonly Connector[]): Promise<void> {
  const generations = new Map(connectors.map(({ organization, generation }) => [organization, generation]));
  for (const { value } of await needs.installations.listOpen()) {
    const isKept = generations.get(value.organization) === value.generation;
    // One that is being added right now has its connector in a moment.
    if (!isKept && needs.clock.now() > value.wakesAt) await endOrphan(needs, value);
  }
}

async function endOrphan(needs: Needs, installation: Installation): Promise<void> {
  try {
    const current = (await needs.connectors.get(installation.organization))?.value;
    if (current?.generation === installation.generation) return;
    await endInstallation(needs, installation, installation.attempts === 0 ? 'connector-not-added' : 'connector-removed');
  } catch (error) {
    needs.log.warn('installation.not-ended', { ...factsOf(installation), code: toAppError(error).code, error });
  }
}

/** Whether an instance was started or nudged. One that cannot be looked after now keeps nobody from looking after the others. */
async function attend(needs: Needs, connector: Connector): Promise<boolean> {
  try {
    const kept = await needs.installations.get(connector);
    if (!kept || kept.value.state === 'removed') return await install(needs, connector, kept);
    const now = needs.clock.now();
    if (!isOpenInstallation(kept.value, now)) return false;
    const instance = instanceOfInstallation(kept.value);
    const state = await needs.workflows.state(instance);
    const isSilent = now > kept.value.wakesAt;
    if (state !== 'running') return await restart(needs, kept);
    // The event that should have woken it was lost, or it hangs: first it is nudged, and ended if that did not help either.
    if (kept.value.retryRequestedAt !== undefined && !isSilent) {
      await needs.workflows.nudge(instance, RETRY_EVENT);
      return true;
    }
    if (!isSilent) return false;
    await needs.workflows.terminate(instance, 'It is silent for longer than it promised.');
    return await restart(needs, kept);
  } catch (error) {
    const { organization, generation } = connector;
    needs.log.warn('installation.not-watched', { ...factsOf({ organization, generation }), code: toAppError(error).code, error });
    return false;
  }
}

/** A connector without an installation: from before there were any, or whoever added it was interrupted for long. */
async function install(needs: Needs, connector: Connector, removed: Versioned<Installation> | undefined): Promise<boolean> {
  const installation = newInstallation(connector, needs.clock.now());
  await (removed ? needs.installations.save(installation, removed.version) : needs.installations.add(installation));
  await beginInstallation(needs, installation);
  return true;
}

/** Of two watchdogs the one that is overtaken does nothing. */
async function restart(needs: Needs, { value, version }: Versioned<Installation>): Promise<boolean> {
  const wakesAt = addMs(needs.clock.now(), START_MS);
  await needs.installations.save({ ...value, wakesAt }, version);
  if (value.attempts === 0) await beginInstallation(needs, value);
  else await startInstallation(needs, value);
  needs.log.info('installation.started', factsOf(value));
  return true;
}

function factsOf({ organization, generation }: Pick<Installation, 'organization' | 'generation'>): Readonly<Record<string, unknown>> {
  return { component: 'SMS_EXCHANGE_CONNECTOR', log: 'SiteComp', organization, generation };
}
