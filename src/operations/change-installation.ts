// Changes the record of an installation that its own activities, people and the watchdog change at the same time.
import type { AuditEntry } from '../domain/audit.ts';
import { AppError } from '../domain/errors.ts';
import type { Installation, InstallationKey } from '../domain/installation.ts';
import type { Ports } from '../domain/ports.ts';

const ATTEMPTS = 10;

/** The record before and after a change; the same twice when nothing was changed. */
export interface ChangedInstallation {
  readonly before: Installation;
  readonly after: Installation;
}

/** Keeps what `change` makes of the installation as it is now, again when another writer was faster. Undefined when there is none. */
export async function changeInstallation(
  { installations }: Pick<Ports, 'installations'>,
  key: InstallationKey,
  change: (installation: Installation) => Installation,
  entries: readonly AuditEntry[] = [],
): Promise<ChangedInstallation | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const current = await installations.get(key);
    if (!current) return undefined;
    const before = current.value;
    const after = change(before);
    if (after === before) return { before, after };
    try {
      await installations.save(after, current.version, entries);
      return { before, after };
    } catch (error) {
      const wasOvertaken = error instanceof AppError && error.code === 'store.stale';
      if (!wasOvertaken || attempt === ATTEMPTS) throw error;
    }
  }
}
