import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline';
import type { PipelineResponse } from '@azure/core-rest-pipeline';
import * as fc from 'fast-check';
import { randomIds } from '../../../src/adapters/random-ids.ts';
import { readBatchAnswer } from '../../../src/adapters/tables/batch-request.ts';
import { keyOf } from '../../../src/adapters/tables/keys.ts';
import type { BatchChange, StoredRow } from '../../../src/adapters/tables/row.ts';
import { createTable } from '../../../src/adapters/tables/table.ts';
import { startTestAzurite } from '../../contracts/test-azurite.ts';

const azurite = await startTestAzurite('batch');
const table = createTable({ account: { connectionString: azurite.connectionString }, name: 'batch', ids: randomIds });

async function all(partition: string): Promise<StoredRow[]> {
  const rows: StoredRow[] = [];
  for await (const page of table.pages({ partition })) rows.push(...page.rows);
  return rows;
}

function answer(status: number, body: string): PipelineResponse {
  const request = createPipelineRequest({ url: 'http://127.0.0.1/$batch' });
  return { status, headers: createHttpHeaders(), request, bodyAsText: body };
}

const part = (lines: string): string => `--changesetresponse_1\r\nContent-Type: application/http\r\n\r\n${lines}\r\n`;
const whole = (...parts: readonly string[]): string => `--batchresponse_1\r\n\r\n${parts.map(part).join('')}--changesetresponse_1--\r\n`;

test('a transaction writes any key and any text as they are, and answers the version of each row', async () => {
  let partitions = 0;
  const key = fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }).map((name) => keyOf("o'clock", name));
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }).filter((value) => value.isWellFormed() && !value.includes('\0')),
    fc.constantFrom('', '\r\n--changeset_x--\r\n', '{"odata.error":1}', '"', '\\', 'ETag: W/"x"'),
  );
  const rows = fc.uniqueArray(fc.record({ row: key, value: text }), { selector: ({ row }) => row, minLength: 1, maxLength: 12 });

  await fc.assert(
    fc.asyncProperty(rows, async (given) => {
      partitions += 1;
      const partition = keyOf('texts', String(partitions));
      const kinds = ['insert', 'set', 'merge'] as const;
      const changes = given.map(({ row, value }, index): BatchChange => ({
        kind: kinds[index % 3] ?? 'set',
        row: { partition, row, values: { value } },
      }));

      const versions = await table.transact(changes);

      const stored = new Map((await all(partition)).map((each) => [each.row, each]));
      assert.deepEqual(
        given.map(({ row }) => [row, stored.get(row)?.values, stored.get(row)?.version]),
        given.map(({ row, value }, index) => [row, { value }, versions[index]]),
      );
    }),
    { numRuns: 40 },
  );
});

test('all kinds of changes go in one transaction: removed rows have no version, and a refused one undoes the others', async () => {
  const row = (id: string, values: Record<string, string> = {}) => ({ partition: 'kinds', row: id, values });
  const [version = ''] = await table.transact([
    { kind: 'insert', row: row('replaced', { n: '0', old: 'x' }) },
    { kind: 'insert', row: row('amended', { n: '0', old: 'x' }) },
    { kind: 'insert', row: row('removed') },
  ]);

  const versions = await table.transact([
    { kind: 'replace', row: row('replaced', { n: '1' }), version },
    { kind: 'amend', row: row('amended', { n: '1' }) },
    { kind: 'remove', key: row('removed') },
  ]);
  const refused = [
    table.transact([
      { kind: 'set', row: row('new') },
      { kind: 'insert', row: row('amended') },
    ]),
    table.transact([
      { kind: 'set', row: row('new') },
      { kind: 'replace', row: row('replaced'), version },
    ]),
    table.transact([
      { kind: 'set', row: row('new') },
      { kind: 'amend', row: row('absent') },
    ]),
  ];
  const codes = (await Promise.allSettled(refused)).map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'written'));

  const stored = await all('kinds');
  assert.deepEqual(codes, ['store.exists', 'store.stale', 'store.missing']);
  assert.deepEqual(
    stored.map((each) => [each.row, each.values]),
    [
      ['amended', { n: '1', old: 'x' }],
      ['replaced', { n: '1' }],
    ],
  );
  assert.deepEqual(versions, [stored[1]?.version, stored[0]?.version, '']);
});

test('a row is removed in a transaction by its version, and stays with everything else when it has another one', async () => {
  const row = (id: string, values: Record<string, string> = {}) => ({ partition: 'versions', row: id, values });
  const first = await table.write({ kind: 'insert', row: row('a', { n: '0' }) });
  const second = await table.write({ kind: 'replace', row: row('a', { n: '1' }), version: first });

  const stale = table.transact([
    { kind: 'remove', key: row('a'), version: first },
    { kind: 'insert', row: row('told') },
  ]);
  await assert.rejects(stale, { code: 'store.stale' });
  const kept = await all('versions');
  await table.transact([
    { kind: 'remove', key: row('a'), version: second },
    { kind: 'insert', row: row('told') },
  ]);

  const left = await all('versions');
  assert.deepEqual(
    [kept, left].map((rows) => rows.map((each) => each.row)),
    [['a'], ['told']],
  );
});

test('an answer that tells of fewer changes than were asked for counts as lost', () => {
  const body = whole('HTTP/1.1 204 No Content\r\nETag: W/"1"\r\n\r\n', 'HTTP/1.1 204 No Content\r\n\r\n');

  assert.deepEqual(readBatchAnswer(answer(202, body), 2), ['W/"1"', '']);
  assert.throws(() => readBatchAnswer(answer(202, body), 3), { code: 'PARSE_ERROR', statusCode: 202 });
  assert.throws(() => readBatchAnswer(answer(202, '<html>'), 1), { code: 'PARSE_ERROR' });
  assert.throws(() => readBatchAnswer(answer(202, ''), 1), { code: 'PARSE_ERROR' });
});

test('a refusal carries the status and the code of the service, wherever it says so', () => {
  const error = '{"odata.error":{"code":"EntityAlreadyExists","message":{"lang":"en-US","value":"0:Exists."}}}';

  assert.throws(() => readBatchAnswer(answer(202, whole(`HTTP/1.1 409 Conflict\r\n\r\n${error}`)), 2), {
    statusCode: 409,
    code: 'EntityAlreadyExists',
    message: '0:Exists.',
  });
  assert.throws(() => readBatchAnswer(answer(503, error), 2), { statusCode: 503, code: 'EntityAlreadyExists' });
  assert.throws(() => readBatchAnswer(answer(502, '<html>Bad Gateway</html>'), 2), { statusCode: 502, code: undefined });
});
