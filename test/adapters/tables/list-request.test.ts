import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline';
import type { PipelineResponse } from '@azure/core-rest-pipeline';
import { TableClient } from '@azure/data-tables';
import { randomIds } from '../../../src/adapters/random-ids.ts';
import { keyOf } from '../../../src/adapters/tables/keys.ts';
import { listQuery, readListAnswer } from '../../../src/adapters/tables/list-request.ts';
import type { StoredRow } from '../../../src/adapters/tables/row.ts';
import { createTable } from '../../../src/adapters/tables/table.ts';
import { startTestAzurite } from '../../contracts/test-azurite.ts';

const azurite = await startTestAzurite('lists');
const table = createTable({ account: { connectionString: azurite.connectionString }, name: 'lists', ids: randomIds });

function answer(status: number, body: object | undefined, headers: Record<string, string> = {}): PipelineResponse {
  const request = createPipelineRequest({ url: 'http://127.0.0.1/lists()' });
  const texts = body && { bodyAsText: JSON.stringify(body), parsedBody: body };
  return { status, headers: createHttpHeaders(headers), request, ...texts };
}

test('a list shows the texts of a row and its version, and nothing that another program wrote into it', async () => {
  const key = { partition: keyOf("o'clock"), row: keyOf("it's", '?&#') };
  const version = await table.write({ kind: 'set', row: { ...key, values: { text: 'a "b" ü', empty: '', Timestampless: 'x' } } });
  const client = TableClient.fromConnectionString(azurite.connectionString, 'lists', { allowInsecureConnection: true });
  const foreign = {
    count: 7,
    long: 7n,
    when: new Date(0),
    flag: true,
    bytes: new Uint8Array([1]),
    id: { type: 'Guid', value: randomIds.next() },
  };
  await client.upsertEntity({ partitionKey: key.partition, rowKey: key.row, ...foreign }, 'Merge');

  const rows: StoredRow[] = [];
  for await (const page of table.pages({ partition: key.partition })) rows.push(...page.rows);

  assert.deepEqual(
    rows.map(({ partition, row, values }) => ({ partition, row, values })),
    [{ ...key, values: { text: 'a "b" ü', empty: '', Timestampless: 'x' } }],
  );
  assert.match(rows[0]?.version ?? '', /^W\/"/);
  assert.notEqual(rows[0]?.version, version);
});

test('a list goes on where the answer said', () => {
  const headers = { 'x-ms-continuation-nextpartitionkey': '1!8!cGFydA--', 'x-ms-continuation-nextrowkey': '1!4!cm93' };

  const { continuation = '' } = readListAnswer(answer(200, { value: [] }, headers), 'writer');

  assert.equal(
    listQuery({ continuation, pageSize: 9, properties: ['a', 'b'] }),
    '()?$top=9&$select=PartitionKey%2CRowKey%2Ca%2Cb&NextPartitionKey=1!8!cGFydA--&NextRowKey=1!4!cm93',
  );
  assert.equal(readListAnswer(answer(200, { value: [] }), 'writer').continuation, undefined);
});

test('a place that no list gave is refused before anything is sent', () => {
  for (const continuation of ['', 'x', '{}', '[1]', 'null', '["', '0']) {
    assert.throws(() => listQuery({ continuation }), { code: 'store.unexpected' });
  }
});

test('an answer without a list counts as cut, and a refusal keeps its code', () => {
  const refused = { 'odata.error': { code: 'TableNotFound', message: { value: 'no table' } } };

  assert.throws(() => readListAnswer(answer(200, {}), 'writer'), { code: 'PARSE_ERROR' });
  assert.throws(() => readListAnswer(answer(200, undefined), 'writer'), { code: 'PARSE_ERROR' });
  assert.throws(() => readListAnswer(answer(404, refused), 'writer'), { code: 'TableNotFound', statusCode: 404, message: 'no table' });
});
