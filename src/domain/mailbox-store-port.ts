// Where mailboxes are kept, as their access side was last read. People never edit these rows.
import type { MailboxGuid } from './device-identity.ts';
import type { Instant } from './instant.ts';
import type { MailboxAccess } from './mailbox.ts';
import type { OrganizationId } from './organization.ts';
import type { Comparison, ObservationWriter, PartitionDigit } from './store-page.ts';

/** A mailbox as it was read. */
export interface MailboxObservation {
  readonly mailbox: MailboxAccess;
  readonly observedAt: Instant;
}

export interface MailboxStore {
  get(organization: OrganizationId, id: MailboxGuid): Promise<MailboxObservation | undefined>;
  writer(organization: OrganizationId, comparison: Comparison): ObservationWriter<MailboxObservation>;
  /** All mailboxes of one partition, in the order of their ids, page by page. */
  pages(organization: OrganizationId, partition: PartitionDigit): AsyncIterable<readonly MailboxObservation[]>;
  /** The mailboxes that have this distinguished name, compared without case: one, or several while a renamed one is not read again. */
  withDistinguishedName(organization: OrganizationId, name: string): Promise<readonly MailboxObservation[]>;
  remove(organization: OrganizationId, ids: readonly MailboxGuid[]): Promise<void>;
  /** Writes the lookups that are missing and removes those that none of the mailboxes bears out. */
  rebuildLookups(organization: OrganizationId): Promise<{ readonly written: number; readonly removed: number }>;
  removeAll(organization: OrganizationId): Promise<void>;
}
