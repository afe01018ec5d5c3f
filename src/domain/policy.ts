// A mobile device mailbox policy as Exchange keeps it. One of them is the organization's default.
import type { ListEdit } from './access.ts';
import type { PolicySettingKey, PolicySettings } from './policy-settings.ts';

/** A policy. Settings that Exchange did not say, or said in an unknown form, are left out. */
export interface MailboxPolicy {
  readonly guid?: string;
  readonly name?: string;
  readonly distinguishedName?: string;
  readonly settings: PolicySettings;
  readonly changedAt?: string;
}

type ListKey = Extract<PolicySettingKey, 'approvedApplicationList' | 'unapprovedInRomApplicationList'>;

/** A change of a policy: what is absent stays; lists are edited, because Exchange cannot replace one by an empty list. */
export type PolicyChange = Omit<PolicySettings, ListKey> & { readonly [K in ListKey]?: ListEdit };
