import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { randomUUID } from 'node:crypto';
import { randomIds } from '../../../src/adapters/random-ids.ts';
import { scanPartitions } from '../../../src/adapters/tables/bounded-scan.ts';
import { createMemoryTable } from '../../../src/adapters/memory/memory-table.ts';
import type { Table } from '../../../src/adapters/tables/row.ts';
import { createTable } from '../../../src/adapters/tables/table.ts';
import { writeAll } from '../../../src/adapters/tables/transactions.ts';
import { addMs } from '../../../src/domain/instant.ts';
import type { ScanPage, ScanRequest } from '../../../src/domain/store-page.ts';
import { startTestAzurite } from '../../contracts/test-azurite.ts';
import { startStorageProxy } from '../../support/storage-proxy.ts';

const azurite = await startTestAzurite('scan');
const proxy = await startStorageProxy(azurite.connectionString);
after(() => proxy.close());

async function fill(table: Table, ids: readonly string[]): Promise<void> {
  await writeAll(
    table,
    ids.map((id) => ({ kind: 'set', row: { partition: id.charAt(0), row: id, values: {} } })),
  );
}

/** A scan under a clock that goes on by `stepMs` at each look. */
function scan(table: Table, stepMs: number, request: Partial<ScanRequest<string>>): Promise<ScanPage<string>> {
  let now = '2026-03-01T06:00:00.000Z';
  const clock = { now: () => (now = addMs(now, stepMs)) };
  const partitionOf = (digit: string): string => digit;
  return scanPartitions(
    { table, clock, partitionOf, rowPrefix: '', read: ({ row }) => row },
    { matches: () => true, top: 100, ...request },
  );
}

test('a scan that meets nothing but empty pages until its time is over goes on behind them', async () => {
  const table = createTable({ account: { connectionString: proxy.connectionString }, name: 'scanned', ids: randomIds });
  const ids = Array.from({ length: 40 }, () => randomUUID()).toSorted();
  await fill(table, ids);
  let requests = 0;
  proxy.judge(() => ((requests += 1) % 3 === 0 ? undefined : { kind: 'empty-page' }));
  const found: string[] = [];
  const pages: ScanPage<string>[] = [];
  let continuation: string | undefined;

  do {
    const page = await scan(table, 600, continuation === undefined ? {} : { continuation });
    found.push(...page.values);
    pages.push(page);
    ({ continuation } = page);
  } while (continuation !== undefined);

  assert.deepEqual(found, ids);
  assert.ok(pages.some(({ values, continuation: next }) => values.length === 0 && next !== undefined));
  assert.equal(
    pages.reduce((sum, { scanned }) => sum + scanned, 0),
    ids.length,
  );
});

test('a scan stops after five thousand rows and says so', async () => {
  const table = createMemoryTable('scanned', 1000);
  const ids = Array.from({ length: 5600 }, () => randomUUID()).toSorted();
  await fill(table, ids);

  const first = await scan(table, 0, { matches: () => false });
  const second = await scan(table, 0, {
    matches: (id) => id === ids.at(-1),
    ...(first.continuation !== undefined && { continuation: first.continuation }),
  });

  assert.deepEqual([first.values, first.scanned], [[], 5000]);
  assert.deepEqual(second, { values: [ids.at(-1)], scanned: 600 });
});
