// Every read of the directory port as one cheap try each, for the diagnosis of a connection.
import type { ConnectionRead } from '../domain/diagnosis.ts';
import type { Directory } from '../domain/directory-port.ts';
import { AppError } from '../domain/errors.ts';
import { takeFirst } from './take-first.ts';

/** An id that no object has. */
const NOBODY = 'ffffffff-ffff-4fff-bfff-ffffffffffff';

const USERS = 'User.Read.All';
const GROUPS = 'GroupMember.Read.All';
const DEVICES = 'DeviceManagementManagedDevices.Read.All';

type How = { readonly signal?: AbortSignal };

/** All reads; the list of users comes first and gives the others their sample. */
export function listGraphReads(directory: Directory): readonly ConnectionRead[] {
  let user = NOBODY;
  const read = (
    ability: ConnectionRead['ability'],
    permission: string,
    check: string,
    run: (how: How) => Promise<string>,
  ): ConnectionRead => ({
    check,
    ability,
    permission,
    run: (signal) => run(signal ? { signal } : {}),
  });
  return [
    read('directory.read', USERS, 'List of users', async (how) => {
      const page = (await takeFirst(directory.users(how))) ?? [];
      user = page[0]?.id ?? NOBODY;
      return `${page.length} on the first page`;
    }),
    read('directory.read', USERS, 'One user', async (how) => {
      const found = await directory.usersById([user], how);
      return found.length > 0 ? 'read' : 'allowed; there is none to read';
    }),
    read('directory.read', USERS, 'Changes of users', async (how) => {
      const page = await takeFirst(directory.userChanges(undefined, how));
      return `${page?.changes.length ?? 0} on the first page`;
    }),
    read('directory.read', USERS, 'Managers', async (how) => ((await directory.managersOf([user], how)).size > 0 ? 'read' : 'allowed')),
    read('groups.read', GROUPS, 'One group', async (how) => ((await directory.group(NOBODY, how)) ? 'read' : 'allowed')),
    read('groups.read', GROUPS, 'Members of a group', (how) => membersOfNobody(directory, how)),
    read('groups.read', GROUPS, 'Groups of a user', async (how) => {
      await directory.groupsAmong(user, [NOBODY], how);
      return 'allowed';
    }),
    read('managed-devices.read', DEVICES, 'Devices in Intune', (how) => managedDevices(directory, how)),
  ];
}

/** "No such group" comes only to those who may look. */
async function membersOfNobody(directory: Directory, how: How): Promise<string> {
  try {
    await takeFirst(directory.groupMembers(NOBODY, how));
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'group.missing')) throw error;
  }
  return 'allowed';
}

async function managedDevices(directory: Directory, how: How): Promise<string> {
  try {
    const page = await takeFirst(directory.managedDevices(how));
    return `${page?.length ?? 0} on the first page`;
  } catch (error) {
    if (error instanceof AppError && error.code === 'intune.unlicensed') return 'no Intune: nothing to add to devices';
    throw error;
  }
}
