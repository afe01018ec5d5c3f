// Where status messages are kept: only ever added, listed newest first, and removed when they have been kept long enough.
import type { Instant } from './instant.ts';
import type { OrganizationId } from './organization.ts';
import type { StatusFilter, StatusMessage } from './status-message.ts';
import type { ScanPage } from './store-page.ts';

/** Which part of the list. */
export interface StatusListAsk {
  readonly filter: StatusFilter;
  readonly top: number;
  readonly continuation?: string;
  readonly signal?: AbortSignal;
}

export interface StatusMessageStore {
  /** Keeps the message; false when one of the same organization, moment and id is there already, which stays as it is. */
  add(message: StatusMessage): Promise<boolean>;
  /** Newest first; bounded, so that it may find nothing and yet not be at the end. */
  list(organization: OrganizationId, ask: StatusListAsk): Promise<ScanPage<StatusMessage>>;
  /** Removes the organization's messages from before that time; answers how many. */
  purge(organization: OrganizationId, before: Instant): Promise<number>;
}
