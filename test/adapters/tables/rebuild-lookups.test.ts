import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { createMemoryTable } from '../../../src/adapters/memory/memory-table.ts';
import { removePartitions } from '../../../src/adapters/tables/remove-partitions.ts';
import type { Table } from '../../../src/adapters/tables/row.ts';
import { createStores } from '../../../src/adapters/tables/stores.ts';
import type { Stores } from '../../../src/adapters/tables/stores.ts';
import { keyOf } from '../../../src/adapters/tables/keys.ts';
import { parseDeviceGuid, parseEntraObjectId, parseMailboxGuid } from '../../../src/domain/device-identity.ts';
import type { DeviceObservation } from '../../../src/domain/device-record.ts';
import { parseOrganizationId } from '../../../src/domain/organization.ts';
import { partitionDigits } from '../../../src/domain/store-page.ts';

const observedAt = '2026-03-01T06:00:00.000Z';
const organization = present(parseOrganizationId(randomUUID()));
const mailbox = present(parseMailboxGuid(randomUUID()));

function present<T>(value: T | undefined): T {
  assert.notEqual(value, undefined);
  return value as T;
}

function open(): { stores: Stores; lookups: Table } {
  const tables = new Map<string, Table>();
  const stores = createStores(
    (name) => {
      const table = createMemoryTable(name);
      tables.set(name, table);
      return table;
    },
    { now: () => observedAt },
  );
  return { stores, lookups: present(tables.get('Lookups')) };
}

test('lookups that are lost are written again, and only those', async () => {
  const { stores, lookups } = open();
  const users = Array.from({ length: 20 }, () => present(parseEntraObjectId(randomUUID())));
  const observations = users.map((user): DeviceObservation => {
    const device = { guid: present(parseDeviceGuid(randomUUID())), deviceId: `of-${user}` };
    return { device, owner: { kind: 'mailbox', mailbox, user }, observedAt };
  });
  const writer = stores.devices.writer(organization, 'each');
  await writer.add(observations);
  await writer.finish();
  const people = stores.users.writer(organization, 'each');
  await people.add(users.map((id) => ({ user: { id, userPrincipalName: `${id}@contoso.example` }, observedAt })));
  await people.finish();
  await removePartitions(
    lookups,
    partitionDigits.slice(0, 8).map((digit) => keyOf(organization, digit)),
  );
  const findable = async (): Promise<number> => {
    const found = await Promise.all(users.map((user) => stores.devices.devicesOfUser(organization, user)));
    return found.flat().length;
  };
  const before = await findable();

  const first = await stores.devices.rebuildLookups(organization);
  const second = await stores.devices.rebuildLookups(organization);
  const ofUsers = await stores.users.rebuildLookups(organization);

  assert.ok(before < users.length && first.written > 0);
  assert.equal(await findable(), users.length);
  assert.deepEqual([first.removed, second, ofUsers.removed], [0, { written: 0, removed: 0 }, 0]);
});
