// What may reach the log: plain bounded data without secrets, whatever it is given.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { toLogData } from '../../../src/adapters/logging/log-data.ts';

const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl';

test('any value becomes plain JSON data', () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withTypedArray: true, withSparseArray: true }), (value) => {
      const data = toLogData({ value });

      assert.deepEqual(JSON.parse(JSON.stringify(data)), JSON.parse(JSON.stringify(toLogData(data))));
    }),
  );
});

test('a token is hidden wherever it stands', () => {
  const error = new Error(`401 for ${TOKEN}`, { cause: new Error(`Authorization: Bearer ${TOKEN}`) });
  const places = {
    text: `sent ${TOKEN}.`,
    header: { authorization: 'Custom abcdefgh', 'X-Functions-Key': 'abcdefgh' },
    headers: [`Bearer ${'abcdefgh'.repeat(4)}`],
    accessToken: 'abcdefgh',
    client_secret: 'abcdefgh',
    address: `https://x.example/api/a?top=5&code=abcdefgh&sig=abcdefgh`,
    connection: 'AccountName=x;AccountKey=abcdefgh==;EndpointSuffix=core.windows.net',
    body: 'grant_type=client_credentials&client_secret=abcdefgh',
    error,
  };

  const text = JSON.stringify(toLogData(places));

  assert.doesNotMatch(text, /abcdefgh|eyJ/);
  assert.match(text, /top=5&code=\[hidden\]&sig=\[hidden\]/);
  assert.match(text, /AccountName=x;AccountKey=\[hidden\];EndpointSuffix/);
});

test('a token cut by the length limit does not show its beginning', () => {
  const long = `${'x'.repeat(3_990)} ${TOKEN}`;

  const text = JSON.stringify(toLogData({ long }));

  assert.doesNotMatch(text, /eyJ/);
});

test('what only looks like a secret is kept', () => {
  const fields = { code: 'store.stale', tokens: 3, statusCode: 404, key: 'org|a', rowKey: 'b', basic: 'Basic' };

  assert.deepEqual(toLogData(fields), fields);
});

test('of an error only known members are written: SDK errors carry their request with its headers', () => {
  const error = Object.assign(new Error('refused'), {
    statusCode: 403,
    request: { headers: { Authorization: 'x' } },
    response: { body: 'y' },
  });

  const { error: entry } = toLogData({ error }) as { error: Record<string, unknown> };

  assert.deepEqual(Object.keys(entry), ['name', 'statusCode', 'message', 'stack']);
});

test('the errors inside an AggregateError are written', () => {
  const error = new AggregateError([new Error('first'), new Error('second')], 'both failed');

  const { error: entry } = toLogData({ error }) as { error: { errors: { message: string }[] } };

  assert.deepEqual(
    entry.errors.map((inner) => inner.message),
    ['first', 'second'],
  );
});

test('cycles end, also through causes', () => {
  const ring: Record<string, unknown> = { name: 'ring' };
  ring['self'] = ring;
  const error = new Error('a');
  error.cause = new Error('b', { cause: error });

  const data = toLogData({ ring, error }) as { ring: unknown; error: { cause: { cause: unknown } } };

  assert.deepEqual(data.ring, { name: 'ring', self: '[circular]' });
  assert.equal(data.error.cause.cause, '[circular]');
});

test('depth, members, items and texts are bounded', () => {
  let deep: unknown = 'bottom';
  for (let level = 0; level < 10_000; level += 1) deep = { deep };
  const wide = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`m${index}`, index]));

  const text = JSON.stringify(
    toLogData({ deep, wide, list: Array(100_000).fill(1), long: 'x'.repeat(1_000_000), bytes: new Uint8Array(9) }),
  );

  assert.ok(text.length < 10_000, `${text.length} characters`);
  assert.match(text, /\[too deep\].*1000 members.*100000 items.*1000000 characters.*\[9 bytes\]/);
});

test('one object that cannot be read does not spoil the entry', () => {
  const hostile = {
    get trap(): string {
      throw new Error('no');
    },
  };
  const thrower = { toJSON: (): never => assert.fail('never') };

  const data = toLogData({ hostile, thrower, kept: 1 });

  assert.deepEqual(data, { hostile: '[unreadable: no]', thrower: '[unreadable: never]', kept: 1 });
});
