// Starts the work on an open run anew, under a name of its own: the instance before is turned away by the record from then on.
import { AppError } from '../domain/errors.ts';
import { addMs } from '../domain/instant.ts';
import type { Ports } from '../domain/ports.ts';
import { instanceOfRun, workflowOf } from '../domain/run.ts';
import type { Run } from '../domain/run.ts';
import type { Versioned } from '../domain/store-page.ts';
import { START_MS } from './begin-run.ts';

type Needs = Pick<Ports, 'runs' | 'workflows' | 'clock'>;

/** Starts the run anew; false when somebody else changed it first, who then decides. */
export async function restartRun({ runs, workflows, clock }: Needs, { value: run, version }: Versioned<Run>): Promise<boolean> {
  const restarted: Run = { ...run, restarts: run.restarts + 1, wakesAt: addMs(clock.now(), START_MS) };
  try {
    await runs.save(restarted, version);
  } catch (error) {
    if (error instanceof AppError && error.code === 'store.stale') return false;
    throw error;
  }
  await workflows.terminate(instanceOfRun(run), 'The run is started anew.');
  const { organization, id: runId, kind } = restarted;
  await workflows.start(workflowOf(kind), instanceOfRun(restarted), { organization, run: runId });
  return true;
}
