// Callers in memory keep the promises of their port.
import { createMemoryCallers } from '../../src/adapters/memory/callers.ts';
import type { Caller } from '../../src/domain/caller.ts';
import { callersContract } from './callers.ts';

const alice: Caller = {
  tenantId: '2c5bea94-2f8b-4a3d-9a6f-6a2f9a1d0c11',
  objectId: '11111111-1111-4111-8111-111111111111',
  kind: 'user',
  name: 'Alice',
  roles: [],
  groups: [],
  areGroupsComplete: true,
  via: 'token',
};

callersContract('memory', async () => ({ callers: createMemoryCallers(new Map([['alice', alice]])), token: 'alice', ...alice }));
