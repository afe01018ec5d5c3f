// The Directory port on Microsoft Graph. Each list follows Graph's links to the end, or throws.
// Calls and permissions: User.Read.All, GroupMember.Read.All, DeviceManagementManagedDevices.Read.All (https://learn.microsoft.com/graph/permissions-reference).
import type { Directory, DirectoryCallOptions, DirectoryUser } from '../../domain/directory-port.ts';
import { AppError } from '../../domain/errors.ts';
import { callInBatches } from './graph-batch.ts';
import { createGraphClient } from './graph-client.ts';
import type { GraphClient, GraphClientOptions } from './graph-client.ts';
import type { GraphCall, GraphOutcome } from './graph-transport.ts';
import { readUserChanges } from './graph-delta.ts';
import { toGraphError } from './graph-errors.ts';
import { pagesOf } from './graph-pages.ts';
import { DEVICE_FIELDS, readGroup, readId, readIds, readManagedDevice, readUser, USER_FIELDS } from './graph-rows.ts';

/** Casts in a path count as advanced queries: https://learn.microsoft.com/graph/aad-advanced-queries */
const ADVANCED = { ConsistencyLevel: 'eventual' };
/** https://learn.microsoft.com/graph/api/directoryobject-checkmembergroups */
const MAX_CHECKED_GROUPS = 20;

/** The directory of the organization whose credential this is. */
export function createGraphDirectory(options: GraphClientOptions): Directory {
  const client = createGraphClient(options);
  const batching = { client, clock: options.clock };

  return {
    async *users(how) {
      const first = { ...reading('GET /users', how), path: `/users?$select=${USER_FIELDS}&$top=999` };
      for await (const page of pagesOf(client, first)) yield page.rows.map((row) => readUser(row, first.request));
    },

    async usersById(ids, how) {
      const asked = reading('GET /users/{id}', how);
      const parts = unique(ids).map((id) => ({ path: `/users/${encodeURIComponent(id)}?$select=${USER_FIELDS}` }));
      const outcomes = await callInBatches(batching, asked, parts);
      return outcomes.map((outcome) => foundUser(outcome, asked.request)).filter((user) => user !== undefined);
    },

    userChanges: (cursor, how) => readUserChanges(client, cursor, reading('GET /users/delta', how)),

    async managersOf(ids, how) {
      const asked = reading('GET /users/{id}/manager', how);
      const users = unique(ids);
      const parts = users.map((id) => ({ path: `/users/${encodeURIComponent(id)}/manager?$select=${USER_FIELDS}` }));
      const outcomes = await callInBatches(batching, asked, parts);
      const managers = new Map<string, DirectoryUser>();
      for (const [index, outcome] of outcomes.entries()) {
        const manager = foundUser(outcome, asked.request);
        const user = users[index];
        if (manager && user !== undefined) managers.set(user, manager);
      }
      return managers;
    },

    async group(id, how) {
      const asked = reading('GET /groups/{id}', how);
      const outcome = await client.call({ ...asked, path: `/groups/${encodeURIComponent(id)}?$select=id,displayName` });
      return isMissing(outcome) ? undefined : readGroup(bodyOf(outcome, asked.request), asked.request);
    },

    groupMembers: (id, how) => readGroupMembers(client, id, how),

    async groupsAmong(objectId, groupIds, how) {
      const asked = reading('POST /directoryObjects/{id}/checkMemberGroups', how);
      const path = `/directoryObjects/${encodeURIComponent(objectId)}/checkMemberGroups`;
      const parts = chunksOf(unique(groupIds), MAX_CHECKED_GROUPS).map((groups) => ({ path, post: { groupIds: groups } }));
      const outcomes = await callInBatches(batching, asked, parts);
      return outcomes.flatMap((outcome) => (isMissing(outcome) ? [] : readIds(bodyOf(outcome, asked.request), asked.request)));
    },

    async *managedDevices(how) {
      const first = {
        ...reading('GET /deviceManagement/managedDevices', how),
        path: `/deviceManagement/managedDevices?$select=${DEVICE_FIELDS}`,
      };
      for await (const page of pagesOf(client, first)) yield page.rows.map((row) => readManagedDevice(row, first.request));
    },
  };
}

async function* readGroupMembers(
  client: GraphClient,
  id: string,
  how: DirectoryCallOptions | undefined,
): AsyncGenerator<readonly string[]> {
  const asked = reading('GET /groups/{id}/transitiveMembers', how);
  const path = `/groups/${encodeURIComponent(id)}/transitiveMembers/microsoft.graph.user?$count=true&$select=id&$top=999`;
  const missing = (): AppError => new AppError('group.missing', { group: id });
  for await (const page of pagesOf(client, { ...asked, path, headers: ADVANCED }, missing))
    yield page.rows.map((row) => readId(row, asked.request));
}

type Reading = Pick<GraphCall, 'request' | 'signal' | 'usage'> & { readonly isRepeatable: true };

function reading(request: string, how: DirectoryCallOptions = {}): Reading {
  return { request, isRepeatable: true, signal: how.signal, usage: how.usage };
}

function isMissing(outcome: GraphOutcome): boolean {
  return !outcome.isOk && outcome.refusal.status === 404;
}

function bodyOf(outcome: GraphOutcome, request: string): unknown {
  if (outcome.isOk) return outcome.body;
  throw toGraphError(outcome.refusal, request);
}

function foundUser(outcome: GraphOutcome, request: string): DirectoryUser | undefined {
  return isMissing(outcome) ? undefined : readUser(bodyOf(outcome, request), request);
}

function unique(ids: readonly string[]): string[] {
  return [...new Set(ids.map((id) => id.toLowerCase()))];
}

function chunksOf(ids: readonly string[], size: number): string[][] {
  return Array.from({ length: Math.ceil(ids.length / size) }, (_, index) => ids.slice(index * size, (index + 1) * size));
}
