// Where events wait: in the partitions of what they tell of, found again by whoever sequences them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryTable } from '../../../src/adapters/memory/memory-table.ts';
import { createOutbox, outboxRow } from '../../../src/adapters/tables/outbox.ts';
import { outboxSources } from '../../../src/adapters/tables/outbox-sources.ts';
import { keyOf } from '../../../src/adapters/tables/keys.ts';
import type { Table } from '../../../src/adapters/tables/row.ts';
import type { AuditEntry } from '../../../src/domain/audit.ts';
import type { AuditOutbox } from '../../../src/domain/audit-port.ts';
import { addMs } from '../../../src/domain/instant.ts';
import { ALICE, aRun, entryAt } from '../../support/audit-scene.ts';
import { organization, START } from '../../support/discovery-scene.ts';

interface Places {
  readonly outbox: AuditOutbox;
  readonly table: (name: string) => Table;
}

function places(): Places {
  const opened = new Map<string, Table>();
  const table = (name: string): Table => {
    const found = opened.get(name) ?? createMemoryTable(name);
    opened.set(name, found);
    return found;
  };
  return { outbox: createOutbox(table('Audit'), outboxSources(table)), table };
}

const entry = (id: string, afterMs = 0): AuditEntry => entryAt(addMs(START, afterMs), id, aRun(id), ALICE);
const idsIn = async (outbox: AuditOutbox, most = 100): Promise<string[]> =>
  (await outbox.waiting(organization, most)).entries.map(({ event }) => event.id).toSorted();

test('events are found in every table and partition in which changes are made, and gone when they were removed', async () => {
  const { outbox, table } = places();
  await outbox.add(entry('told'));
  await table('Connectors').write(outboxRow(keyOf(organization), entry('connector')));
  await table('Access').write(outboxRow(keyOf(organization), entry('access')));
  await table('Runs').write(outboxRow(keyOf(organization), entry('run')));
  await table('Devices').write(outboxRow(keyOf(organization, '0'), entry('first')));
  await table('Devices').write(outboxRow(keyOf(organization, 'f'), entry('last')));
  await table('Devices').write({ kind: 'set', row: { partition: keyOf(organization, 'f'), row: 'o|device', values: {} } });

  const { entries } = await outbox.waiting(organization, 100);
  await outbox.remove(entries);
  await outbox.remove(entries);

  assert.deepEqual(entries.map(({ event }) => event.id).toSorted(), ['access', 'connector', 'first', 'last', 'run', 'told']);
  assert.deepEqual(entries[0]?.actorName, 'Alice Example');
  assert.deepEqual(await idsIn(outbox), []);
  assert.ok(await table('Devices').get({ partition: keyOf(organization, 'f'), row: 'o|device' }));
});

test('chains are found where the table is shared, also when nothing else names them', async () => {
  const { outbox, table } = places();
  await table('Connectors').write(outboxRow(keyOf(organization), entry('gone')));
  await table('Connectors').write({ kind: 'set', row: { partition: 'no organization', row: 'x|a', values: {} } });
  const deployment = { event: { ...entry('role').event, chain: 'deployment' } } as const;
  await table('Connectors').write(outboxRow('deployment', deployment));

  assert.deepEqual((await outbox.chains()).toSorted(), [organization, 'deployment']);
  assert.deepEqual(
    (await outbox.waiting('deployment', 10)).entries.map(({ event }) => event.id),
    ['role'],
  );
});

test('the oldest of a place come first, however many wait, and rows that cannot be read do not stand in their way', async () => {
  const { outbox, table } = places();
  for (let index = 0; index < 60; index += 1) await outbox.add(entry(`e${String(index).padStart(2, '0')}`, index));
  for (let index = 0; index < 40; index += 1) {
    const row = { partition: keyOf(organization), row: `x|1|${index}`, values: { entry_form: '1.1', entry: 'no JSON' } };
    await table('Audit').write({ kind: 'set', row });
  }

  const { entries, unreadable } = await outbox.waiting(organization, 20);

  assert.equal(entries[0]?.event.id, 'e00');
  assert.ok(entries.length >= 20 && entries.length < 60, `${entries.length} entries`);
  assert.equal(unreadable.length, 40);
});

test('an event of another chain is not recorded in this one', async () => {
  const { outbox, table } = places();
  const foreign = { ...entry('foreign'), event: { ...entry('foreign').event, chain: 'deployment' } } as const;
  await table('Runs').write(outboxRow(keyOf(organization), foreign));

  const { entries, unreadable } = await outbox.waiting(organization, 20);

  assert.deepEqual(entries, []);
  assert.deepEqual(
    unreadable.map(({ problem }) => problem),
    ['its event belongs to deployment'],
  );
});
