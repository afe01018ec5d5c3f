// The recordings of test/recordings, and the world that each of their cases supposes.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultName } from '../../../src/local/tenant/faults.ts';
import type { World } from '../../../src/local/tenant/world/world.ts';
import { firstOrganization, heldWorld, type Json } from './tenant-under-test.ts';

export interface Exchange {
  readonly case: string;
  readonly call: number;
  readonly seq: number;
  readonly request: {
    readonly method: string;
    readonly host: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Json;
  };
  readonly response: { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: Json };
}

export interface Recording {
  readonly name: string;
  readonly rowKeys: readonly (readonly string[])[];
  /** The exchanges of each call, in order. */
  readonly calls: readonly (readonly Exchange[])[];
}

const DIRECTORY = join(import.meta.dirname, '../../recordings');

export function readRecordings(): Recording[] {
  return readdirSync(DIRECTORY)
    .filter((file) => file.endsWith('.json'))
    .map((file) => {
      const { rowKeys, exchanges } = JSON.parse(readFileSync(join(DIRECTORY, file), 'utf8'));
      const calls = new Map<number, Exchange[]>();
      for (const exchange of exchanges as Exchange[]) calls.set(exchange.call, [...(calls.get(exchange.call) ?? []), exchange]);
      return { name: file.replace('.json', ''), rowKeys, calls: [...calls.values()] };
    });
}

/** The fault behind a case, where it is not of the same name. */
const OTHER_NAMES: Readonly<Record<string, FaultName>> = {
  'redirect-302-modulefile': 'redirect-302',
  'redirect-302-batch': 'redirect-302',
  'modulefile-probe-302': 'redirect-302-port-446',
};

/** Cases that the tenant must answer with nothing armed. */
const NORMAL =
  /^(list-3-pages|list-select|list-truncation-warning|list-empty|stats-|casmailbox-(add|block|add-remove|no-change-warning)$|clear-account-only|remove-device|modulefile|modulefile-probe-no-redirect|batch-3|batch-pages|batch-12)/;

export function faultOf(name: string): FaultName | undefined {
  if (OTHER_NAMES[name]) return OTHER_NAMES[name];
  return NORMAL.test(name) ? undefined : (name as FaultName);
}

const DEVICES: Readonly<Record<string, number>> = {
  'list-select': 4,
  'list-truncation-warning': 4,
  'list-empty': 0,
  'stats-mailbox': 2,
  'stats-odata-function': 1,
  'batch-3': 1,
  'batch-pages': 4,
  'list-page2-429': 4,
  'list-affinity-anchor': 4,
  'list-affinity-cookie': 4,
  'list-page2-expired': 7,
};

/** Rows in a page of the recorded server. */
export function pageSizeOf(name: string): number {
  return { 'list-truncation-warning': 2, 'batch-pages': 2 }[name] ?? 3;
}

/** Jane's mailbox with the case's phones, and the twelve users of the long batch. */
export function recordedWorld(name: string): World {
  const world = heldWorld({ organizations: [{ name: 'contoso', mailboxes: 0 }] });
  const { tenantId } = firstOrganization(world).organization;
  const guid = '11111111-2222-3333-4444-555555555555';
  const jane = { alias: 'jane', displayName: 'Jane Doe', guid };
  const others = ['x', ...Array.from({ length: 12 }, (_, position) => `user${position + 1}`)];
  world.commit(tenantId, [{ kind: 'mailbox.add', mailbox: jane }]);
  for (const alias of others) world.commit(tenantId, [{ kind: 'mailbox.add', mailbox: { alias, displayName: alias } }]);
  for (let position = 0; position < (DEVICES[name] ?? (name === 'list-3-pages' ? 7 : 1)); position += 1)
    addPhone(world, tenantId, position);
  return world;
}

function addPhone(world: World, tenantId: string, position: number): void {
  const deviceId = `ApplDNQX${1000 + position}`;
  const strings = {
    deviceId,
    deviceType: 'iPhone',
    deviceModel: 'iPhone14C3',
    deviceOs: 'iOS 17.4 21E219',
    clientType: 'EAS',
    clientVersion: '16.1',
  };
  const guid = `3f0c5a52-1111-4222-8333-94445555${6000 + position}`;
  world.commit(tenantId, [{ kind: 'device.add', mailbox: 0, guid, facts: { ...strings, objectName: `iPhone§${deviceId}` } }]);
}
