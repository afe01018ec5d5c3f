// Asks for a run to stop: it ends at its next step, as failed. What it wrote stays, because it was observed.
import type { Caller } from '../domain/caller.ts';
import { AppError } from '../domain/errors.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';
import type { Run } from '../domain/run.ts';
import { changeRun } from './change-run.ts';
import { entriesFor } from './entries-for.ts';

type Needs = Pick<Ports, 'runs' | 'clock' | 'ids'>;

/** Records the wish and answers the run; `run.ended` for a run that has ended. To ask again changes nothing. */
export async function stopRun(needs: Needs, organization: OrganizationId, id: string, caller: Caller): Promise<Run> {
  return changeRun(
    needs,
    organization,
    id,
    (run) => {
      if (run.state !== 'running') throw new AppError('run.ended');
      return run.stopRequestedBy === undefined ? { ...run, stopRequestedBy: caller.objectId } : run;
    },
    ({ kind }) => entriesFor(needs, { organization, caller }, { type: 'run.stop-requested', subject: id, details: { kind } }),
  );
}
