// Writing while more is read: what of that shows from outside.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryTable } from '../../../src/adapters/memory/memory-table.ts';
import { createObservationWriter } from '../../../src/adapters/tables/observation-writer.ts';
import type { ObservedKind } from '../../../src/adapters/tables/observation-writer.ts';
import type { Table } from '../../../src/adapters/tables/row.ts';
import { AppError } from '../../../src/domain/errors.ts';

interface Thing {
  readonly id: string;
  readonly text: string;
}

const kind: ObservedKind<Thing> = {
  idOf: ({ id }) => id,
  keyOf: (id) => ({ partition: 'things', row: id }),
  fingerprintOf: ({ text }) => text,
  storedPrint: ({ values }) => values['print'] ?? '',
  rowOf: ({ id, text }, print) => ({ partition: 'things', row: id, values: { text, print } }),
  lookupsOf: ({ id }) => [{ kind: 'set', row: { partition: 'lookups', row: id, values: { id } } }],
};

/** Enough that a writer begins to write. */
const MANY = Array.from({ length: 3200 }, (_, index): Thing => ({ id: String(index).padStart(4, '0'), text: 'one' }));

/** A table in memory whose transactions begin with `before`. */
function aTable(before: () => Promise<void>): Table {
  const table = createMemoryTable('things', 1000);
  return {
    name: table.name,
    get: (key) => table.get(key),
    pages: (query) => table.pages(query),
    write: (change) => table.write(change),
    async transact(changes) {
      await before();
      return table.transact(changes);
    },
  };
}

function aWriter(table: Table) {
  const lookups = createMemoryTable('lookups', 1000);
  return createObservationWriter<Thing>({
    table,
    lookups,
    kind,
    comparison: { fingerprintOf: () => undefined },
    read: () => (async function* nothing() {})(),
    digits: 24,
  });
}

async function textsIn(table: Table): Promise<Map<string, string | undefined>> {
  const texts = new Map<string, string | undefined>();
  for await (const { rows } of table.pages({ partition: 'things' })) for (const { row, values } of rows) texts.set(row, values['text']);
  return texts;
}

test('more can be added while storage writes, and nothing is written twice at a time', async () => {
  const gate = Promise.withResolvers<void>();
  let asked = 0;
  const table = aTable(async () => {
    asked += 1;
    await gate.promise;
  });
  const writer = aWriter(table);

  await writer.add(MANY);
  await writer.add(MANY.slice(0, 10).map(({ id }) => ({ id, text: 'two' })));
  const isFull = writer.add(MANY.map(({ id }) => ({ id: `more ${id}`, text: 'one' })));
  const first = await Promise.race([isFull.then(() => 'added'), new Promise((resolve) => setImmediate(() => resolve('waits')))]);
  const askedBefore = asked;
  gate.resolve();
  await isFull;
  const counts = await writer.finish();

  assert.equal(first, 'waits');
  assert.ok(askedBefore > 0 && askedBefore <= 32);
  const texts = await textsIn(table);
  assert.deepEqual([counts.added, counts.changed, texts.size], [6400, 10, 6400]);
  // What was read later is what is stored, though the earlier was under way.
  assert.deepEqual(
    MANY.slice(0, 11).map(({ id }) => texts.get(id)),
    [...Array.from({ length: 10 }, () => 'two'), 'one'],
  );
});

test('a failure while more is read is told by the end at the latest', async () => {
  const writer = aWriter(
    aTable(async () => {
      throw new AppError('store.unavailable', { request: 'x' });
    }),
  );

  await writer.add(MANY);
  await writer.add([{ id: 'late', text: 'one' }]);

  await assert.rejects(writer.finish(), { code: 'store.unavailable' });
});
