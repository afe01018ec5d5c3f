// The key that all instances of a deployment share: whoever comes first makes it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryTable } from '../../../src/adapters/memory/memory-table.ts';
import type { StoredRow } from '../../../src/adapters/tables/row.ts';
import { sharedKey } from '../../../src/adapters/tables/shared-key.ts';
import { AppError } from '../../../src/domain/errors.ts';

test('many who need the key at once all get the same, and so does who comes later', async () => {
  const table = createMemoryTable('Keys');

  const keys = await Promise.all(Array.from({ length: 10 }, () => sharedKey(table, 'seals')));
  const later = await sharedKey(table, 'seals');

  const texts = new Set([...keys, later].map((key) => Buffer.from(key).toString('hex')));
  assert.equal(texts.size, 1);
  assert.equal(later.length, 32);
});

test('another name and another table have other keys', async () => {
  const table = createMemoryTable('Keys');

  const keys = [await sharedKey(table, 'seals'), await sharedKey(table, 'other'), await sharedKey(createMemoryTable('Keys'), 'seals')];

  assert.equal(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size, 3);
});

test('a row that holds no key is named with the cure', async () => {
  const table = createMemoryTable('Keys');
  await sharedKey(table, 'seals');
  const pages = table.pages({})[Symbol.asyncIterator]();
  const { value } = await pages.next();
  const row: StoredRow = value.rows[0];
  await table.write({ kind: 'set', row: { partition: row.partition, row: row.row, values: { key: 'short' } } });

  await assert.rejects(sharedKey(table, 'seals'), (error) => error instanceof AppError && /remove the row/.test(error.message));
});

test('storage that fails is no reason to make up a key', async () => {
  const table = createMemoryTable('Keys');
  table.write = async () => {
    throw new AppError('store.unavailable', { request: 'x' });
  };

  await assert.rejects(sharedKey(table, 'seals'), { code: 'store.unavailable' });
});
