// The directory on Microsoft Graph keeps the promises of its port: the real client, over https, against the simulated tenant.
import assert from 'node:assert/strict';
import { createGraphDirectory } from '../../src/adapters/graph/graph-directory.ts';
import { startGraph } from '../adapters/graph/graph-fixture.ts';
import { TENANT } from '../adapters/graph/tenant-fixture.ts';
import { directoryContract } from './directory.ts';
import type { DirectoryScene } from './directory.ts';

async function makeScene(): Promise<DirectoryScene> {
  const { world, graph, options } = await startGraph({ mailboxes: 12 });
  graph.switches.deltaPageSize = 5;
  const organization = world.organization(TENANT);
  assert.ok(organization);
  const { directory } = organization;
  const userIds = [...directory.users()].slice(0, 5).map(({ id }) => id);
  const [first = '', second = '', third = ''] = userIds;
  directory.updateUser(first, { managerId: second });
  directory.updateUser(second, { managerId: third });
  directory.updateUser(third, { managerId: null });
  const groups = [...directory.groups()];
  const [groupId = '', nestedId = '', emptyGroupId = ''] = ['Sales', 'Field Sales', 'Nobody Yet'].map(
    (name) => groups.find(({ displayName }) => displayName === name)?.id,
  );
  directory.addMember(groupId, { kind: 'user', id: first });
  directory.addMember(nestedId, { kind: 'user', id: second });
  return {
    directory: createGraphDirectory(options),
    userIds,
    groupId,
    groupName: 'Sales',
    emptyGroupId,
    deviceCount: [...directory.managedDevices()].length,
    rename: (id, displayName) => directory.updateUser(id, { displayName }),
    disable: (id) => directory.updateUser(id, { accountEnabled: false }),
    setManager: (id, managerId) => directory.updateUser(id, { managerId: managerId ?? null }),
    remove: (id) => directory.deleteUser(id),
    expireCursors: () => (graph.switches.deltaGeneration += 1),
    setIntune: (isLicensed) => void (isLicensed ? graph.switches.withoutIntune.clear() : graph.switches.withoutIntune.add(TENANT)),
  };
}

directoryContract('graph', makeScene);
