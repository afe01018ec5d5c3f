// What the directory says about the owner of a device, kept with the device so that collections can be told from its row alone.
// Nobody but the directory's administrators can change it: that is why collections that limit rights test nothing else (collection-rule.ts).
import type { EntraObjectId } from './device-identity.ts';
import type { DirectoryUser } from './directory-port.ts';
import type { DeviceRecord, OwnerFacts } from './device-record.ts';

/** The facts of a user who is in these groups. */
export function ownerFactsOf(id: EntraObjectId, user: DirectoryUser, groups: readonly string[]): OwnerFacts {
  return { user: id, ...sharedFactsOf(user), groups: groups.toSorted() };
}

/** What many users have in common. */
export function sharedFactsOf({ department, mail, userPrincipalName }: DirectoryUser): Pick<OwnerFacts, 'department' | 'domain'> {
  const domain = domainIn(mail) ?? domainIn(userPrincipalName);
  return { ...(department !== undefined && { department }), ...(domain !== undefined && { domain }) };
}

/** What follows the last `@`; guests have addresses of other organizations in front of it. */
function domainIn(address: string | undefined): string | undefined {
  const domain = address?.slice(address.lastIndexOf('@') + 1).toLowerCase();
  return domain === undefined || domain === '' || !address?.includes('@') ? undefined : domain;
}

/** The user whom Exchange shows as the owner of the device; undefined when it is not known who that is. */
export function ownerOf({ owner }: Pick<DeviceRecord, 'owner'>): EntraObjectId | undefined {
  return owner.kind === 'mailbox' ? owner.user : undefined;
}

/** What is known of the device's present owner. */
export function factsOfOwner({ owner, ownerFacts }: Pick<DeviceRecord, 'owner' | 'ownerFacts'>): OwnerFacts | undefined {
  return ownerFacts !== undefined && ownerFacts.user === ownerOf({ owner }) ? ownerFacts : undefined;
}

/** Whether nothing would have to be written to make the one of the other. */
export function areSameFacts(a: OwnerFacts | undefined, b: OwnerFacts | undefined): boolean {
  if (!a || !b) return a === b;
  const isSameUser = a.user === b.user && a.department === b.department && a.domain === b.domain;
  return isSameUser && a.groups.length === b.groups.length && a.groups.every((group, index) => group === b.groups[index]);
}
