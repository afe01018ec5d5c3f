import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { createMemoryTable } from '../../../src/adapters/memory/memory-table.ts';
import { keyOf } from '../../../src/adapters/tables/keys.ts';
import type { RowValues, Table } from '../../../src/adapters/tables/row.ts';
import { createStores } from '../../../src/adapters/tables/stores.ts';
import type { Stores } from '../../../src/adapters/tables/stores.ts';
import { defaultConnectorSettings } from '../../../src/domain/connector.ts';
import { parseDeviceGuid, parseMailboxGuid } from '../../../src/domain/device-identity.ts';
import { parseOrganizationId } from '../../../src/domain/organization.ts';
import { noCounts, runIdOf } from '../../../src/domain/run.ts';

const T0 = '2026-03-01T06:00:00.000Z';
const organization = present(parseOrganizationId('aaaaaaaa-0000-4000-8000-000000000001'));
const guid = present(parseDeviceGuid('bbbbbbbb-0000-4000-8000-000000000002'));
const mailbox = present(parseMailboxGuid('cccccccc-0000-4000-8000-000000000003'));

let tables: Map<string, Table>;
let stores: Stores;

function present<T>(value: T | undefined): T {
  assert.notEqual(value, undefined);
  return value as T;
}

beforeEach(() => {
  tables = new Map();
  const open = (name: string): Table => {
    const table = createMemoryTable(name);
    tables.set(name, table);
    return table;
  };
  stores = createStores(open, { now: () => T0 });
});

async function collect<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(...page);
  return found;
}

/** Writes a row as a release that knew only the first forms did. */
async function writeOld(table: string, partition: string, row: string, documents: object, values: RowValues = {}): Promise<void> {
  const packed = Object.entries(documents).map(([name, value]) => ({ [name]: JSON.stringify(value), [`${name}_form`]: '1.1' }));
  await present(tables.get(table)).write({ kind: 'insert', row: { partition, row, values: Object.assign({}, ...packed, values) } });
}

async function writeOldDevice(more: object = {}): Promise<void> {
  const device = { guid, deviceId: 'ApplDNQX', deviceType: 'iPhone' };
  const owner = { kind: 'mailbox', mailbox };
  const times = { observedAt: T0, firstSeenAt: T0, goneAt: '', fingerprint: '0123456789abcdef01234567' };
  await writeOld('Devices', keyOf(organization, 'b'), `o|${guid}`, { device, owner, ...more }, times);
}

test('a device without short properties is known by its documents, and is written in the present form when it is read again', async () => {
  const managed = { id: 'm1', compliance: 'compliant' };
  await writeOldDevice({ scope: { isInScope: false, reason: 'inactive' }, managed });
  const list = async () => collect(stores.devices.known(organization, 'b'));

  const [before] = await list();
  const writer = stores.devices.writer(organization, { fingerprintOf: () => present(before).fingerprint });
  await writer.add([
    { device: { guid, deviceId: 'ApplDNQX', deviceType: 'iPhone' }, owner: { kind: 'mailbox', mailbox }, observedAt: T0, managed },
  ]);
  const counts = await writer.finish();
  const [after] = await list();
  const record = await stores.devices.get(organization, guid);

  assert.deepEqual([before?.scope, before?.isGone, counts.changed], ['inactive', false, 1]);
  assert.deepEqual([after?.scope, record?.managed, record?.scope], ['inactive', managed, { isInScope: false, reason: 'inactive' }]);
  assert.notEqual(after?.fingerprint, before?.fingerprint);
});

test('the freshness of a device without short properties is read from its documents', async () => {
  const statistics = { facts: { guid, deviceWipe: {}, accountWipe: {} }, readAt: '2026-03-01T05:00:00.000Z' };
  await writeOldDevice({ statistics, scope: { isInScope: false, reason: 'outside' } });

  const fresh = await collect(stores.devices.freshness(organization, 'b'));

  assert.deepEqual(fresh, [{ id: guid, mailbox, observedAt: T0, isOutside: true, readAt: '2026-03-01T05:00:00.000Z' }]);
});

test('a connector of an older form gets the settings it did not know, and is kept in the present form when it changes', async () => {
  const { cloud, credential, schedule, scope } = defaultConnectorSettings;
  const decided = { organization, generation: 1, cloud, credential, schedule, scope, statisticsParallel: 5 };
  const connector = { ...decided, createdAt: T0, changedAt: T0, changedBy: 'admin' };
  await writeOld('Connectors', keyOf(organization), 'connector', { connector });
  await writeOld('Connectors', keyOf(organization), 'discovery-state', { state: { watermark: T0, heldRunId: 'r' } });

  const read = present(await stores.connectors.get(organization));
  await stores.connectors.change({ ...read.value, keepGoneDays: 30 }, read.version);
  const changed = await stores.connectors.list();
  const row = await present(tables.get('Connectors')).get({ partition: keyOf(organization), row: 'connector' });

  assert.deepEqual(read.value, { ...defaultConnectorSettings, ...connector });
  assert.deepEqual(
    changed.map(({ value }) => value.keepGoneDays),
    [30],
  );
  assert.equal(row?.values['connector_form'], '2.1');
  assert.deepEqual((await stores.connectors.discoveryState(organization))?.value, { watermark: T0 });
});

test('a run of an older form belongs to the first connector and is overdue', async () => {
  const id = runIdOf(T0, 'abcdefghijkl');
  const run = { id, organization, kind: 'full', state: 'running', startedAt: T0, startedBy: 'schedule', counts: noCounts, completeness: 0 };
  await writeOld(
    'Runs',
    keyOf(organization),
    `run|${T0.replaceAll(/\d/g, (digit) => String(9 - Number(digit))).replaceAll(':', '.')}|${id}`,
    { run },
  );

  const read = await stores.runs.get(organization, id);

  assert.deepEqual(read?.value, { ...run, restarts: 0, generation: 1, wakesAt: T0 });
});
