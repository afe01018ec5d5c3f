// A mailbox: its personal device lists, switches and policy, and the addresses by which it is known.
// Fields: https://learn.microsoft.com/powershell/module/exchangepowershell/get-casmailbox
import type { EntraObjectId, MailboxGuid } from './device-identity.ts';

/** The access side of a mailbox. What Exchange does not say is left out: an absent list is unknown, not empty. */
export interface MailboxAccess {
  readonly guid: MailboxGuid;
  /** The user in Microsoft Entra: the key to the directory. */
  readonly entraObjectId?: EntraObjectId;
  readonly name?: string;
  readonly displayName?: string;
  readonly distinguishedName?: string;
  readonly primarySmtpAddress?: string;
  /** With their prefix: `SMTP:` is the primary one, `smtp:` another. */
  readonly emailAddresses?: readonly string[];
  readonly activeSyncEnabled?: boolean;
  readonly allowedDeviceIds?: readonly string[];
  readonly blockedDeviceIds?: readonly string[];
  /** Name or distinguished name of the policy; absent also when the organization's default applies. */
  readonly policy?: string;
  readonly isPolicyDefaulted?: boolean;
  readonly suppressReadReceipt?: boolean;
  readonly outlookMobileEnabled?: boolean;
  readonly owaForDevicesEnabled?: boolean;
  readonly universalOutlookEnabled?: boolean;
  /** Can be stale. */
  readonly hasDevicePartnership?: boolean;
}

/** Which mailboxes to list: by the letters and digits with which the display name starts, without regard to case. */
export interface MailboxQuery {
  readonly displayNamePrefix?: string;
  /** The display name starts with none of these. A mailbox without a display name starts with nothing. */
  readonly displayNameWithout?: readonly string[];
}

/** Switches of a mailbox that can be changed; what is absent stays. */
export interface MailboxSwitches {
  readonly activeSyncEnabled?: boolean;
  readonly outlookMobileEnabled?: boolean;
  readonly owaForDevicesEnabled?: boolean;
  readonly universalOutlookEnabled?: boolean;
}

/** Anything that can receive mail. What Exchange does not say is left out. */
export interface Recipient {
  readonly guid?: string;
  readonly entraObjectId?: EntraObjectId;
  readonly name?: string;
  readonly displayName?: string;
  readonly alias?: string;
  readonly distinguishedName?: string;
  readonly primarySmtpAddress?: string;
  /** With their prefix, as in MailboxAccess. */
  readonly emailAddresses?: readonly string[];
  /** For instance `UserMailbox`, `MailUniversalSecurityGroup`. */
  readonly recipientType?: string;
  /** For instance `SharedMailbox`; finer than the type. */
  readonly recipientTypeDetails?: string;
}

/** By what a recipient is looked for; each is matched exactly, without case. */
export type RecipientKey =
  | { readonly by: 'address'; readonly address: string }
  | { readonly by: 'name'; readonly name: string }
  | { readonly by: 'distinguished-name'; readonly distinguishedName: string }
  | { readonly by: 'object'; readonly id: MailboxGuid | EntraObjectId };

/** A mailbox as such: its kind and its account. What Exchange does not say is left out. */
export interface Mailbox extends Recipient {
  readonly userPrincipalName?: string;
  readonly isAccountDisabled?: boolean;
}

/** Whether `address` is one of the recipient's mail addresses. */
export function hasAddress(recipient: Pick<Recipient, 'emailAddresses' | 'primarySmtpAddress'>, address: string): boolean {
  const wanted = address.toLowerCase();
  if (recipient.primarySmtpAddress?.toLowerCase() === wanted) return true;
  return recipient.emailAddresses?.some((entry) => entry.toLowerCase() === `smtp:${wanted}`) ?? false;
}
