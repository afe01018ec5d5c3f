// Where users are kept, as the directory last told them. People never edit these rows.
import type { DirectoryUser } from './directory-port.ts';
import type { Instant } from './instant.ts';
import type { OrganizationId } from './organization.ts';
import type { Comparison, ObservationWriter, PartitionDigit } from './store-page.ts';

/** A user as it was read, with the manager's id where there is one. */
export interface UserObservation {
  readonly user: DirectoryUser;
  readonly managerId?: string;
  readonly observedAt: Instant;
}

export interface UserStore {
  get(organization: OrganizationId, id: string): Promise<UserObservation | undefined>;
  writer(organization: OrganizationId, comparison: Comparison): ObservationWriter<UserObservation>;
  /** All users of one partition, in the order of their ids, page by page. */
  pages(organization: OrganizationId, partition: PartitionDigit): AsyncIterable<readonly UserObservation[]>;
  /** The users of this user principal name, compared without case: one, or several while a renamed one is not read again. */
  withUserPrincipalName(organization: OrganizationId, name: string): Promise<readonly UserObservation[]>;
  remove(organization: OrganizationId, ids: readonly string[]): Promise<void>;
  /** Writes the lookups that are missing and removes those that none of the users bears out. */
  rebuildLookups(organization: OrganizationId): Promise<{ readonly written: number; readonly removed: number }>;
  removeAll(organization: OrganizationId): Promise<void>;
}
