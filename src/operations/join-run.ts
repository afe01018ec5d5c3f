// The first step of every activity of a run: is this run still to be worked on, and by this instance? The record decides (design, law 4).
// It changes nothing. What an activity does afterwards has to be safe to repeat, because the record can change right after it was read.
import type { Connector } from '../domain/connector.ts';
import { parseOrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';
import { instanceOfRun } from '../domain/run.ts';
import type { Run } from '../domain/run.ts';
import type { RunOver, RunTask } from '../domain/run-task.ts';
import type { Versioned } from '../domain/store-page.ts';

export type JoinNeeds = Pick<Ports, 'runs' | 'connectors'>;

/** The run and its connector as they are now, or why there is nothing more to do. */
export type JoinedRun =
  | { readonly kind: 'go'; readonly run: Versioned<Run>; readonly connector: Connector }
  | { readonly kind: 'over'; readonly reason: RunOver };

/** Answers `over` for a run that is unknown or has ended, for an instance that the record does not name, for a stop, and for a connector that is gone. */
export async function joinRun(needs: JoinNeeds, task: RunTask): Promise<JoinedRun> {
  const organization = parseOrganizationId(task.organization);
  const run = organization && (await needs.runs.get(organization, task.run));
  if (!organization || !run) return over('missing');
  if (!isOpenRun(run.value)) return over('ended');
  if (task.instance !== instanceOfRun(run.value)) return over('superseded');
  if (run.value.stopRequestedBy !== undefined) return over('stop-requested');
  const connector = (await needs.connectors.get(organization))?.value;
  if (connector?.generation !== run.value.generation) return over('connector-removed');
  return { kind: 'go', run, connector };
}

/** Whether there is still work to do for a run: it goes on, or it was held and has been accepted. */
export function isOpenRun({ state, acceptedBy }: Pick<Run, 'state' | 'acceptedBy'>): boolean {
  return state === 'running' || (state === 'held' && acceptedBy !== undefined);
}

function over(reason: RunOver): JoinedRun {
  return { kind: 'over', reason };
}
