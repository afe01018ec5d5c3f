// One run with its live progress.
import { AppError } from '../domain/errors.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';
import { addCounts, noCounts } from '../domain/run.ts';
import type { Run, RunCounts } from '../domain/run.ts';

export interface DescribedRun {
  readonly run: Run;
  /** While it goes on: what its parts have reported, together. Afterwards the run's own counts. */
  readonly progress: RunCounts;
}

/** The run; `run.missing` when there is none of that id in the organization. */
export async function describeRun({ runs }: Pick<Ports, 'runs'>, organization: OrganizationId, id: string): Promise<DescribedRun> {
  const run = (await runs.get(organization, id))?.value;
  if (!run) throw new AppError('run.missing');
  if (run.state !== 'running') return { run, progress: run.counts };
  const parts = await runs.parts(organization, id);
  return { run, progress: parts.map(({ counts }) => counts).reduce(addCounts, noCounts) };
}
