// The directory in memory keeps the promises of its port.
import { MemoryDirectory } from '../../src/adapters/memory/directory.ts';
import type { DirectoryUser } from '../../src/domain/directory-port.ts';
import { directoryContract } from './directory.ts';
import type { DirectoryScene } from './directory.ts';

const userIds = Array.from({ length: 5 }, (_, index) => `00000000-0000-4000-8000-0000000000a${index}`);
const [first = '', second = '', third = ''] = userIds;
const groupId = '00000000-0000-4000-8000-0000000000b0';
const nestedId = '00000000-0000-4000-8000-0000000000b1';
const emptyGroupId = '00000000-0000-4000-8000-0000000000b2';

async function makeScene(): Promise<DirectoryScene> {
  const directory = new MemoryDirectory();
  const people = new Map<string, DirectoryUser>();
  const put = (person: DirectoryUser): void => {
    people.set(person.id, person);
    directory.putUser(person);
  };
  for (const [index, id] of userIds.entries())
    put({ id, userPrincipalName: `user${index}@contoso.example`, displayName: `User ${index}`, isEnabled: true });
  directory.setManager(first, second);
  directory.setManager(second, third);
  directory.putGroup({ id: groupId, displayName: 'Sales', members: [first, nestedId] });
  directory.putGroup({ id: nestedId, displayName: 'Field Sales', members: [second, first, groupId] });
  directory.putGroup({ id: emptyGroupId, displayName: 'Nobody', members: [] });
  for (const [index, userId] of userIds.entries())
    directory.putManagedDevice({ id: `device-${index}`, userId, easDeviceId: `EAS${index}` });
  const change = (id: string, changes: Partial<DirectoryUser>): void => put({ id, ...people.get(id), ...changes });
  return {
    directory,
    userIds,
    groupId,
    groupName: 'Sales',
    emptyGroupId,
    deviceCount: userIds.length,
    rename: (id, displayName) => change(id, { displayName }),
    disable: (id) => change(id, { isEnabled: false }),
    setManager: (id, managerId) => directory.setManager(id, managerId),
    remove: (id) => directory.removeUser(id),
    expireCursors: () => directory.expireCursors(),
    setIntune: (isLicensed) => directory.setIntune(isLicensed),
  };
}

directoryContract('memory', makeScene);
