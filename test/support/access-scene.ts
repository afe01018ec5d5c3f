// Roles, assignments, collections, devices and a directory in memory, with a held clock: what the operations on access work with.
import { createMemberships } from '../../src/adapters/identity/memberships.ts';
import { MemoryDirectory } from '../../src/adapters/memory/directory.ts';
import { createMemoryTable } from '../../src/adapters/memory/memory-table.ts';
import { createOutbox } from '../../src/adapters/tables/outbox.ts';
import type { Table } from '../../src/adapters/tables/row.ts';
import { createStores } from '../../src/adapters/tables/stores.ts';
import type { Deployment } from '../../src/domain/authorization.ts';
import type { AuditOutbox } from '../../src/domain/audit-port.ts';
import type { Caller } from '../../src/domain/caller.ts';
import type { CollectionContent } from '../../src/domain/collection.ts';
import { defaultConnectorSettings } from '../../src/domain/connector.ts';
import type { Connector } from '../../src/domain/connector.ts';
import type { DeviceGuid, EntraObjectId } from '../../src/domain/device-identity.ts';
import type { DirectoryUser } from '../../src/domain/directory-port.ts';
import type { OrganizationId } from '../../src/domain/organization.ts';
import type { Log, Ports } from '../../src/domain/ports.ts';
import { AT, mailbox, organization, userIds } from './access-arbitraries.ts';
import { heldClock } from './discovery-scene.ts';
import type { HeldClock } from './discovery-scene.ts';

export interface AccessPorts extends Pick<
  Ports,
  'roles' | 'collections' | 'memberships' | 'deployment' | 'log' | 'ids' | 'devices' | 'users' | 'connectors' | 'connections'
> {
  readonly clock: HeldClock;
}

export interface AccessScene {
  readonly ports: AccessPorts;
  readonly directory: MemoryDirectory;
  readonly outbox: AuditOutbox;
  readonly connector: Connector;
  /** Every question that went to the directory. */
  readonly asked: string[];
  /** Lets every question fail with this, until it is told otherwise. */
  readonly fail: (error: Error | undefined) => void;
}

const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined, with: () => silent };

/** An organization with a connector, three users in the directory and as many stored; nobody has a role but by an app role. */
export async function accessScene(deployment: Deployment = {}): Promise<AccessScene> {
  const clock = heldClock(AT);
  const tables = new Map<string, Table>();
  const open = (name: string): Table => {
    const table = tables.get(name) ?? createMemoryTable(name);
    tables.set(name, table);
    return table;
  };
  const stores = createStores(open, clock);
  const memory = new MemoryDirectory();
  const asked: string[] = [];
  let failure: Error | undefined;
  const ask = (question: string): void => {
    asked.push(question);
    if (failure) throw failure;
  };
  const directory = Object.assign(Object.create(memory) as MemoryDirectory, {
    async groupsAmong(objectId: string, groups: readonly string[]) {
      ask(`groups of ${objectId}`);
      return memory.groupsAmong(objectId, groups);
    },
    async *groupMembers(id: string) {
      ask(`members of ${id}`);
      yield* memory.groupMembers(id);
    },
  });
  const connector: Connector = {
    ...defaultConnectorSettings,
    organization,
    generation: 1,
    createdAt: AT,
    changedAt: AT,
    changedBy: 'somebody',
  };
  await stores.connectors.add(connector);
  const nobody = (): never => {
    throw new Error('Only the directory may be asked here.');
  };
  const connections: AccessPorts['connections'] = { directory: () => directory, exchange: nobody, anew: nobody };
  let count = 0;
  const ids = { next: () => `00000000-0000-4000-8000-${String((count += 1)).padStart(12, '0')}` };
  const memberships = createMemberships({ connectors: stores.connectors, connections, clock });
  const ports: AccessPorts = { ...stores, clock, ids, log: silent, deployment, connections, memberships };
  const access = open('Access');
  const scene = {
    ports,
    directory: memory,
    outbox: createOutbox(access, [{ table: access }]),
    connector,
    asked,
    fail: (error: Error | undefined) => void (failure = error),
  };
  const departments = ['Sales', 'Sales', 'Marketing'];
  await keepUsers(
    scene,
    userIds.map((id, index) => ({ id, mail: `user${index}@contoso.example`, department: departments[index] ?? '' })),
  );
  return scene;
}

/** Keeps users as a read of the directory would. */
export async function keepUsers(
  { ports, directory }: Pick<AccessScene, 'ports' | 'directory'>,
  users: readonly DirectoryUser[],
): Promise<void> {
  const writer = ports.users.writer(organization, 'each');
  await writer.add(users.map((user) => ({ user, observedAt: AT })));
  await writer.finish();
  for (const user of users) directory.putUser(user);
}

/** Keeps devices as discovery would. */
export async function keepDevices(
  { devices }: Pick<AccessPorts, 'devices'>,
  owners: readonly (readonly [DeviceGuid, EntraObjectId | undefined])[],
): Promise<void> {
  const writer = devices.writer(organization, 'each');
  const observations = owners.map(([guid, user]) => ({
    device: { guid, model: 'iPhone 15' },
    owner: user === undefined ? ({ kind: 'unknown' } as const) : ({ kind: 'mailbox', mailbox, user } as const),
    observedAt: AT,
  }));
  await writer.add(observations);
  await writer.finish();
}

/** A person of the organization. */
export function aCaller(objectId: string, more: Partial<Caller> = {}): Caller {
  const tenantId: OrganizationId = organization;
  return { tenantId, objectId, kind: 'user', name: 'Somebody', roles: [], groups: [], areGroupsComplete: true, via: 'token', ...more };
}

/** What a collection says when only this is of interest. */
export function content(more: Partial<CollectionContent> = {}): CollectionContent {
  return { name: 'A collection', include: { devices: [], users: [] }, exclude: { devices: [], users: [] }, ...more };
}
