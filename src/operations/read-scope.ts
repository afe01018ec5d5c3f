// Which mailboxes the settings of a connector cover, as far as that takes reading: the members of the groups that a scope names.
import type { DiscoveryScope } from '../domain/connector.ts';
import type { Directory, DirectoryCallOptions } from '../domain/directory-port.ts';
import { isCovered } from '../domain/owner.ts';
import type { OwningMailbox } from '../domain/owner.ts';

/** Whether a mailbox is covered. */
export type CoverTest = (mailbox: Omit<OwningMailbox, 'guid'>) => boolean;

/** Reads the members of the scope's groups, nested ones included; the error `group.missing` when the directory has no such group. */
export async function readScope(directory: Directory, scope: DiscoveryScope, options: DirectoryCallOptions): Promise<CoverTest> {
  const members = new Set<string>();
  for (const group of scope.kind === 'groups' ? scope.groupIds : []) {
    for await (const page of directory.groupMembers(group, options)) for (const id of page) members.add(id.toLowerCase());
  }
  return (mailbox) => isCovered(scope, mailbox, members);
}
