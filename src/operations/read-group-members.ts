// Who is in the groups that collections name, as the directory tells it now: handed on member by member, and kept as a digest for the next time.
import type { Connector } from '../domain/connector.ts';
import { AppError } from '../domain/errors.ts';
import { createMemberDigest } from '../domain/member-digest.ts';
import type { Ports } from '../domain/ports.ts';

export interface GroupMembers {
  /** Groups that the directory did not tell: nothing may be concluded of these. */
  readonly unread: ReadonlySet<string>;
  /** A digest of the members of each of the others. */
  readonly members: Readonly<Record<string, string>>;
}

/** Tells who is in which of the groups, by its place in the list, and answers a digest of each and those that cannot be read. */
export async function readGroupMembers(
  { connections, log }: Pick<Ports, 'connections' | 'log'>,
  connector: Connector,
  groups: readonly string[],
  tell: (id: string, place: number) => void = () => undefined,
): Promise<GroupMembers> {
  const unread = new Set<string>();
  const members: Record<string, string> = {};
  const directory = groups.length > 0 ? connections.directory(connector) : undefined;
  for (const [place, group] of groups.entries()) {
    const digest = createMemberDigest();
    const add = (id: string): void => {
      tell(id, place);
      digest.add(id);
    };
    try {
      for await (const page of directory?.groupMembers(group) ?? []) page.forEach(add);
    } catch (error) {
      // A group that is not there any more has no members.
      const isMissing = error instanceof AppError && error.code === 'group.missing';
      if (!isMissing) {
        log.warn('owner-facts.group-not-read', { organization: connector.organization, group, error });
        unread.add(group);
        continue;
      }
    }
    members[group] = digest.text();
  }
  return { unread, members };
}
