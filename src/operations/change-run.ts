// Changes the record of a run that its own activities change at the same time.
import type { AuditEntry } from '../domain/audit.ts';
import { AppError } from '../domain/errors.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Ports } from '../domain/ports.ts';
import type { Run } from '../domain/run.ts';

const ATTEMPTS = 10;

/** Keeps what `change` makes of the run as it is now, with what `tell` says of that, again when another writer was faster. `run.missing` when there is none. */
export async function changeRun(
  { runs }: Pick<Ports, 'runs'>,
  organization: OrganizationId,
  id: string,
  change: (run: Run) => Run,
  tell: (changed: Run) => readonly AuditEntry[] = () => [],
): Promise<Run> {
  for (let attempt = 1; ; attempt += 1) {
    const current = await runs.get(organization, id);
    if (!current) throw new AppError('run.missing');
    const changed = change(current.value);
    if (changed === current.value) return changed;
    try {
      await runs.save(changed, current.version, tell(changed));
      return changed;
    } catch (error) {
      const wasOvertaken = error instanceof AppError && error.code === 'store.stale';
      if (!wasOvertaken || attempt === ATTEMPTS) throw error;
    }
  }
}
