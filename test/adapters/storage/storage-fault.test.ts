import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { randomIds } from '../../../src/adapters/random-ids.ts';
import type { Table } from '../../../src/adapters/tables/row.ts';
import { createTable } from '../../../src/adapters/tables/table.ts';
import { startStorageProxy } from '../../support/storage-proxy.ts';

// Nothing stands behind this proxy: every answer is its own.
const proxy = await startStorageProxy(
  'DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=bm8ga2V5;TableEndpoint=http://127.0.0.1:1/devstoreaccount1;',
);
after(() => proxy.close());

const wait = async (): Promise<void> => undefined;
const table = createTable({ account: { connectionString: proxy.connectionString }, name: 'people', ids: randomIds, wait });
const row = { partition: 'p', row: 'r', values: {} };

function openWith(getToken: () => Promise<{ token: string; expiresOnTimestamp: number }>): Table {
  const account = { tableEndpoint: 'https://127.0.0.1:1', credential: { getToken } };
  return createTable({ account, name: 'people', ids: randomIds, wait });
}

test('each refusal of the service has its code', async () => {
  const cases = [
    [400, 'InvalidInput', 'store.unexpected'],
    [401, 'InvalidAuthenticationInfo', 'store.denied'],
    [403, 'AuthenticationFailed', 'store.denied'],
    [404, 'ResourceNotFound', 'store.missing'],
    [408, 'RequestTimeout', 'store.unavailable'],
    [409, 'EntityAlreadyExists', 'store.exists'],
    [409, 'TableBeingDeleted', 'store.unavailable'],
    [412, 'UpdateConditionNotSatisfied', 'store.stale'],
    [413, 'RequestBodyTooLarge', 'store.too-large'],
    [429, 'TooManyRequests', 'store.busy'],
    [500, 'InternalError', 'store.unavailable'],
    [503, 'ServerBusy', 'store.busy'],
  ] as const;
  for (const [status, code, expected] of cases) {
    proxy.judge(() => ({ kind: 'refuse', status, code }));

    const single = table.write({ kind: 'amend', row });
    const batch = table.transact([{ kind: 'amend', row }]);

    await assert.rejects(single, { code: expected }, `${status} ${code}`);
    await assert.rejects(batch, { code: expected }, `${status} ${code} of a transaction`);
  }
});

test('a credential without a token and a storage out of reach are told apart', async () => {
  const unavailable = Object.assign(new Error('No managed identity endpoint found'), { name: 'CredentialUnavailableError' });

  const without = openWith(async () => {
    throw unavailable;
  });
  const outOfReach = openWith(async () => ({ token: 'token', expiresOnTimestamp: Number.MAX_SAFE_INTEGER }));

  await assert.rejects(without.get(row), { code: 'identity.unavailable' });
  await assert.rejects(outOfReach.get(row), { code: 'store.unavailable' });
  // No connection was made, so nothing can have been written.
  await assert.rejects(outOfReach.write({ kind: 'insert', row }), { code: 'store.unavailable' });
});
