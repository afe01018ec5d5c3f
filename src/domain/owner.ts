// Whose a device is, and whether the connector's settings cover it: what follows from the mailbox that it belongs to.
import type { DiscoveryScope } from './connector.ts';
import type { EntraObjectId, MailboxGuid } from './device-identity.ts';
import type { DeviceOwner, DeviceScope } from './device-record.ts';
import type { KnownDevice, OwnerEntry } from './discovery-files-port.ts';
import type { MailboxAccess, Recipient } from './mailbox.ts';

type Addresses = Pick<Recipient, 'emailAddresses' | 'primarySmtpAddress'>;

/** A mailbox as far as its devices need to know it. */
export interface OwningMailbox extends Addresses {
  readonly guid: MailboxGuid;
  readonly entraObjectId?: EntraObjectId;
}

/** The mailbox as owner of its devices. */
export function ownerOf({ guid, entraObjectId, primarySmtpAddress }: OwningMailbox): DeviceOwner & { readonly kind: 'mailbox' } {
  const userName = primarySmtpAddress?.split('@')[0];
  return {
    kind: 'mailbox',
    mailbox: guid,
    ...(entraObjectId !== undefined && { user: entraObjectId }),
    ...(userName !== undefined && userName !== '' && { userName }),
  };
}

/** The entry by which the devices of a mailbox find it; undefined when the mailbox has no distinguished name to be found by. */
export function ownerEntryOf(mailbox: MailboxAccess, isInScope: boolean): OwnerEntry | undefined {
  const { distinguishedName } = mailbox;
  if (distinguishedName === undefined) return undefined;
  const { kind: _, ...owner } = ownerOf(mailbox);
  return { distinguishedName, ...owner, isInScope };
}

/** Whether a mailbox is covered. `members` are the users in the groups of a scope that names groups. */
export function isCovered(scope: DiscoveryScope, mailbox: Omit<OwningMailbox, 'guid'>, members: ReadonlySet<string>): boolean {
  if (scope.kind === 'everything') return true;
  if (scope.kind === 'groups') return mailbox.entraObjectId !== undefined && members.has(mailbox.entraObjectId);
  const wanted = new Set(scope.domains.map((domain) => domain.toLowerCase()));
  return domainsOf(mailbox).some((domain) => wanted.has(domain));
}

/** The domains of all mail addresses, in lower case. */
function domainsOf({ primarySmtpAddress, emailAddresses = [] }: Addresses): readonly string[] {
  const others = emailAddresses.filter((entry) => /^smtp:/i.test(entry));
  return [primarySmtpAddress ?? '', ...others].map((address) => address.slice(address.lastIndexOf('@') + 1).toLowerCase());
}

/**
 * The scope to write with an observation; undefined leaves what is stored, because a device that is covered
 * may be ignored as inactive all the same, which reading a list cannot tell.
 */
export function scopeToWrite(isInScope: boolean, known: KnownDevice['scope'] | undefined): DeviceScope | undefined {
  if (!isInScope) return { isInScope: false, reason: 'outside' };
  return known === 'outside' ? { isInScope: true } : undefined;
}
