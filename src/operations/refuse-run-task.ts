// An activity of a run that was turned away: was it late, or was it made up? An instance that was superseded, or whose run has ended, is one that
// the run once had; any other was started by hand, or its message was forged, and that is told to the audit.
import { parseOrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';
import { wasInstanceOfRun } from '../domain/run.ts';
import type { RunTask } from '../domain/run-task.ts';
import { refuseTask } from './refuse-task.ts';
import type { RefusalNeeds } from './tell-refusal.ts';

type Needs = RefusalNeeds & Pick<Ports, 'runs'>;

/** Tells of the task if no run ever had that instance; never fails. */
export async function refuseRunTask(needs: Needs, task: RunTask, activity: string): Promise<void> {
  const { organization, instance, run: id } = task;
  try {
    const known = parseOrganizationId(organization);
    const run = known && (await needs.runs.get(known, id));
    if (run && wasInstanceOfRun(run.value, instance)) return;
    await refuseTask(needs, { organization, instance, workflow: activity, reason: run ? 'superseded' : 'missing' });
  } catch (error) {
    needs.log.warn('audit.refusal-not-told', { workflow: activity, error });
  }
}
