// Accepts what a held run found missing: the run goes on and marks those devices gone. It reads nothing anew (design, law 2).
import type { Caller } from '../domain/caller.ts';
import { AppError } from '../domain/errors.ts';
import { addMs } from '../domain/instant.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';
import { instanceOfRun, workflowOf } from '../domain/run.ts';
import type { Run } from '../domain/run.ts';
import { START_MS } from './begin-run.ts';
import { changeRun } from './change-run.ts';
import { entriesFor } from './entries-for.ts';

type Needs = Pick<Ports, 'connectors' | 'runs' | 'workflows' | 'clock' | 'ids' | 'log'>;

/**
 * Records who accepted and sets the run going; `run.not-held` for any run but the one that waits, `run.superseded` where a full run that began
 * or completed later knows better. To accept again changes nothing.
 */
export async function acceptRun(needs: Needs, organization: OrganizationId, id: string, caller: Caller): Promise<Run> {
  const { connectors, runs, clock } = needs;
  const { held, lastFull } = (await connectors.discoveryState(organization))?.value ?? {};
  const isFullRunning = (await runs.running(organization, 'full')) !== undefined;
  const accept = (current: Run): Run => {
    if (current.state !== 'held') throw new AppError('run.not-held');
    if (current.acceptedBy !== undefined) return current;
    const isOlder = lastFull !== undefined && current.endedAt !== undefined && lastFull.endedAt > current.endedAt;
    if (isFullRunning || isOlder) throw new AppError('run.superseded');
    if (held?.runId !== id) throw new AppError('run.not-held');
    // A new instance: the one that held the run may not have ended yet, and a start under its name would be lost.
    const restarts = current.restarts + 1;
    return { ...current, acceptedBy: caller.objectId, restarts, wakesAt: addMs(clock.now(), START_MS) };
  };
  const run = await changeRun(needs, organization, id, accept, ({ missing }) =>
    entriesFor(needs, { organization, caller }, { type: 'run.accepted', subject: id, details: { missing } }),
  );
  await start(needs, run);
  return run;
}

async function start({ workflows, log }: Needs, run: Run): Promise<void> {
  const { organization, id, kind } = run;
  try {
    await workflows.start(workflowOf(kind), instanceOfRun(run), { organization, run: id });
  } catch (error) {
    // It is accepted, and its caller has to hear that: the watchdog starts what has no instance.
    log.warn('run.start-delayed', { component: 'SMS_EXCHANGE_CONNECTOR', log: 'EasDisc', organization, run: id, error });
  }
}
