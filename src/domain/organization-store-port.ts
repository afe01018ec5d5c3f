// Where what a full run read about the organization itself is kept: facts, access settings, rules, policies.
import type { AccessSettings } from './access.ts';
import type { AccessRule } from './access-rule.ts';
import type { Instant } from './instant.ts';
import type { OrganizationFacts, OrganizationId } from './organization.ts';
import type { MailboxPolicy } from './policy.ts';

/** The organization as it was last read. A part that could not be read, because the connector lacks the right to, is left out. */
export interface OrganizationObservation {
  readonly facts?: OrganizationFacts;
  readonly accessSettings?: AccessSettings;
  readonly accessRules?: readonly AccessRule[];
  readonly policies?: readonly MailboxPolicy[];
  readonly observedAt: Instant;
}

export interface OrganizationStore {
  get(organization: OrganizationId): Promise<OrganizationObservation | undefined>;
  keep(organization: OrganizationId, observation: OrganizationObservation): Promise<void>;
  remove(organization: OrganizationId): Promise<void>;
}
