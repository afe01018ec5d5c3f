// Where installations are kept: one for each generation of an organization's connector, for ever, so that no generation is ever given twice.
import type { AuditEntry } from './audit.ts';
import type { Installation, InstallationKey } from './installation.ts';
import type { OrganizationId } from './organization.ts';
import type { Versioned } from './store-page.ts';

export interface InstallationStore {
  get(key: InstallationKey): Promise<Versioned<Installation> | undefined>;
  /** The generation of the newest installation; 0 when there was none. */
  latestGeneration(organization: OrganizationId): Promise<number>;
  /** Those of all organizations that are not removed. */
  listOpen(): Promise<readonly Versioned<Installation>[]>;
  /** Keeps a new one; `store.exists` when there is one of that generation. Answers its version. */
  add(installation: Installation): Promise<string>;
  /** Keeps it in place of that version, and lets the events wait for the audit, both or neither. `store.stale` when it is another one by now. */
  save(installation: Installation, version: string, entries?: readonly AuditEntry[]): Promise<string>;
}
