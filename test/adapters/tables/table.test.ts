// The table over real storage, through a proxy that fails as the service and the network do.
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { randomIds } from '../../../src/adapters/random-ids.ts';
import type { BatchChange, StoredRow, Table } from '../../../src/adapters/tables/row.ts';
import { createTable } from '../../../src/adapters/tables/table.ts';
import { writeAll, writeEach } from '../../../src/adapters/tables/transactions.ts';
import { AppError } from '../../../src/domain/errors.ts';
import { startTestAzurite } from '../../contracts/test-azurite.ts';
import { startStorageProxy } from '../../support/storage-proxy.ts';
import type { Fate, ProxiedRequest } from '../../support/storage-proxy.ts';

const azurite = await startTestAzurite('table');
const proxy = await startStorageProxy(azurite.connectionString);
after(() => proxy.close());

const waits: number[] = [];
let tables = 0;
let table: Table;

function openTable(connectionString: string, name: string, timeLimitMs = 400): Table {
  const wait = async (delayMs: number, signal: AbortSignal | undefined): Promise<void> => {
    signal?.throwIfAborted();
    waits.push(delayMs);
  };
  return createTable({ account: { connectionString }, name, ids: randomIds, wait, random: () => 0.5, timeLimitMs });
}

beforeEach(() => {
  proxy.judge(() => undefined);
  proxy.seen.length = 0;
  waits.length = 0;
  tables += 1;
  table = openTable(proxy.connectionString, `table${tables}`);
});

const row = (id: string, values: Record<string, string> = {}) => ({ partition: 'p', row: id, values });
const insert = (id: string, values?: Record<string, string>): BatchChange => ({ kind: 'insert', row: row(id, values) });
const isMaking = ({ method, path }: ProxiedRequest): boolean => method === 'POST' && path.endsWith('/Tables');

/** Lets these fates befall the first requests that are no making of the table and fit. */
function befall(fates: readonly Fate[], fits: (request: ProxiedRequest) => boolean = () => true): void {
  const left = [...fates];
  proxy.judge((request) => (!isMaking(request) && fits(request) ? left.shift() : undefined));
}

async function all(of: Table = table): Promise<StoredRow[]> {
  const rows: StoredRow[] = [];
  for await (const page of of.pages({ partition: 'p' })) rows.push(...page.rows);
  return rows;
}

const isWrite = ({ method }: ProxiedRequest): boolean => method !== 'GET';
const busy: Fate = { kind: 'refuse', status: 503, code: 'ServerBusy' };

test('the table is made when it is first needed, by a read or a write', async () => {
  const nothing = await table.get({ partition: 'p', row: 'a' });
  await table.write(insert('a', { name: 'Ayşe' }));
  const found = await table.get({ partition: 'p', row: 'a' });

  assert.equal(nothing, undefined);
  assert.deepEqual(found?.values, { name: 'Ayşe' });
  assert.equal(proxy.seen.filter(isMaking).length, 1);
});

test('a row is new once, and is replaced, amended and removed by its version', async () => {
  const first = await table.write(insert('a', { name: 'Alice', note: 'n' }));
  const second = await table.write({ kind: 'amend', row: row('a', { note: '' }), version: first });
  const merged = await table.get({ partition: 'p', row: 'a' });

  await assert.rejects(table.write(insert('a')), { code: 'store.exists' });
  await assert.rejects(table.write({ kind: 'replace', row: row('a'), version: first }), { code: 'store.stale' });
  await assert.rejects(table.write({ kind: 'amend', row: row('b') }), { code: 'store.missing' });
  await assert.rejects(table.write({ kind: 'replace', row: row('b'), version: first }), { code: 'store.stale' });
  await assert.rejects(table.write({ kind: 'remove', key: row('a'), version: first }), { code: 'store.stale' });
  const third = await table.write({ kind: 'replace', row: row('a', { name: 'Bob' }), version: second });
  const replaced = await table.get({ partition: 'p', row: 'a' });
  await table.write({ kind: 'remove', key: row('a'), version: third });
  await table.write({ kind: 'remove', key: row('a') });

  assert.deepEqual(merged, { partition: 'p', row: 'a', version: second, values: { name: 'Alice', note: '' } });
  assert.deepEqual(replaced?.values, { name: 'Bob' });
  assert.deepEqual(await all(), []);
});

test('a busy storage is asked again after the time it names, and given up after five attempts', async () => {
  await table.write(insert('a'));
  befall([{ kind: 'refuse', status: 503, code: 'ServerBusy', retryAfterSeconds: 3 }, busy]);
  const found = await table.get({ partition: 'p', row: 'a' });
  const waited = waits.splice(0);
  befall(Array.from({ length: 5 }, () => busy));

  const refused = table.write(insert('b'));

  await assert.rejects(refused, { code: 'store.busy' });
  assert.equal(found?.row, 'a');
  assert.deepEqual(waited, [3000, 400]);
  assert.deepEqual(waits, [200, 400, 800, 1600]);
  assert.deepEqual(
    (await all()).map((each) => each.row),
    ['a'],
  );
});

for (const fate of [
  { kind: 'cut-before' },
  { kind: 'cut-within' },
  { kind: 'cut-after' },
  { kind: 'silence' },
  { kind: 'refuse-afterwards', status: 500, code: 'OperationTimedOut' },
  { kind: 'refuse', status: 503, code: 'ServiceUnavailable' },
] satisfies Fate[]) {
  test(`a write is carried out once when the request meets: ${fate.kind}`, async () => {
    const start = await table.write(insert('a', { n: '0' }));
    befall([fate], isWrite);
    const created = await table.write(insert('b', { n: '1' }));
    befall([fate], isWrite);
    const replaced = await table.write({ kind: 'replace', row: row('a', { n: '2' }), version: start });
    befall([fate], isWrite);
    await table.write({ kind: 'remove', key: row('b'), version: created });
    befall([fate], isWrite);
    const versions = await table.transact([insert('c', { n: '3' }), { kind: 'replace', row: row('a', { n: '4' }), version: replaced }]);

    const rows = await all();

    assert.deepEqual(
      rows.map((each) => [each.row, each.values, each.version]),
      [
        ['a', { n: '4' }, versions[1]],
        ['c', { n: '3' }, versions[0]],
      ],
    );
  });
}

test('a conflict with somebody else is told apart from a conflict with our own lost write', async () => {
  const start = await table.write(insert('a', { n: '0' }));
  const other = openTable(azurite.connectionString, table.name);
  await other.write({ kind: 'replace', row: row('a', { n: 'theirs' }), version: start });
  const ours = { kind: 'replace', row: row('a', { n: 'ours' }), version: start } as const;

  await assert.rejects(table.write(ours), { code: 'store.stale' });
  befall([busy], isWrite);
  await assert.rejects(table.write(ours), { code: 'store.stale' });
  // Ours may have been there before theirs: only the caller can find out.
  befall([{ kind: 'cut-before' }], isWrite);
  await assert.rejects(table.write(ours), { code: 'store.outcome-unknown' });
  befall([{ kind: 'cut-before' }], isWrite);
  await assert.rejects(table.write(insert('a')), { code: 'store.exists' });

  assert.deepEqual((await table.get({ partition: 'p', row: 'a' }))?.values, { n: 'theirs' });
});

test('a write that arrives after it was given up and repeated does nothing twice', async () => {
  const start = await table.write(insert('a', { n: '0' }));
  const { promise: release, resolve } = Promise.withResolvers<void>();
  const { promise: lateStatus, resolve: arrived } = Promise.withResolvers<number>();
  befall([{ kind: 'late', release, arrived }], isWrite);

  const version = await table.write({ kind: 'replace', row: row('a', { n: '1' }), version: start });
  await openTable(azurite.connectionString, table.name).write({ kind: 'replace', row: row('a', { n: '2' }), version });
  resolve();
  const status = await lateStatus;

  assert.equal(status, 412);
  assert.deepEqual((await table.get({ partition: 'p', row: 'a' }))?.values, { n: '2' });
});

test('when nobody can tell whether a write was carried out, the error says so', async () => {
  await table.write(insert('a'));
  befall(Array.from({ length: 20 }, () => ({ kind: 'cut-before' }) as const));

  const lost = table.write(insert('b'));

  await assert.rejects(
    lost,
    (error) => error instanceof AppError && error.code === 'store.outcome-unknown' && error.details['record'] === table.name,
  );
});

test('a caller who stops waiting gets no further attempt', async () => {
  await table.write(insert('a'));
  const stop = new AbortController();
  proxy.judge(() => {
    stop.abort();
    return { kind: 'silence' };
  });
  proxy.seen.length = 0;

  const stopped = table.get({ partition: 'p', row: 'a' }, { signal: stop.signal });

  await assert.rejects(stopped, { name: 'AbortError' });
  assert.equal(proxy.seen.length, 1);
});

test('a refused identity is named as such and not tried again', async () => {
  await table.write(insert('a'));
  befall([{ kind: 'refuse', status: 403, code: 'AuthorizationPermissionMismatch' }]);

  await assert.rejects(table.get({ partition: 'p', row: 'a' }), { code: 'store.denied', message: /data roles for tables/ });

  assert.deepEqual(waits, []);
});

test('a list goes on after empty pages and repeats a lost page, and nothing is missing or doubled', async () => {
  const ids = Array.from({ length: 25 }, (_, index) => `r${String(index).padStart(2, '0')}`);
  await writeAll(
    table,
    ids.map((id) => insert(id)),
  );
  const fates: (Fate | undefined)[] = [
    { kind: 'empty-page' },
    undefined,
    busy,
    { kind: 'cut-within' },
    { kind: 'empty-page' },
    { kind: 'empty-page' },
    undefined,
    { kind: 'silence' },
  ];
  proxy.judge(() => fates.shift());
  const sizes: number[] = [];
  const found: string[] = [];

  for await (const { rows } of table.pages({ partition: 'p', rows: { from: 'r03', before: 'r21' }, pageSize: 5 })) {
    sizes.push(rows.length);
    found.push(...rows.map((each) => each.row));
  }

  assert.deepEqual(found, ids.slice(3, 21));
  assert.deepEqual(sizes, [0, 5, 0, 0, 5, 5, 3]);
});

test('a list can go on from any page, after any key, and read single properties', async () => {
  await writeAll(
    table,
    ['a', 'b', 'c', 'd'].map((id) => insert(id, { id, more: 'x' })),
  );
  const { value: page } = await table.pages({ partition: 'p', pageSize: 2 })[Symbol.asyncIterator]().next();
  const read = async (query: object): Promise<unknown[]> => {
    const rows: unknown[] = [];
    for await (const next of table.pages({ partition: 'p', ...query })) rows.push(...next.rows.map(({ values }) => values));
    return rows;
  };

  const rest = await read({ pageSize: 2, continuation: page?.continuation });
  const later = await read({ after: 'b', properties: ['id'] });

  assert.deepEqual(rest, [
    { id: 'c', more: 'x' },
    { id: 'd', more: 'x' },
  ]);
  assert.deepEqual(later, [{ id: 'c' }, { id: 'd' }]);
});

test('many changes go in full transactions, none of them above the limits of the service', async () => {
  const small = Array.from({ length: 250 }, (_, index) => insert(`small${index}`, { n: String(index) }));
  const large = Array.from({ length: 12 }, (_, index) =>
    insert(`large${index}`, Object.fromEntries(Array.from({ length: 13 }, (__, part) => [`p${part}`, '"'.repeat(20_000)]))),
  );

  const patient = openTable(proxy.connectionString, table.name, 30_000);
  await patient.get({ partition: 'p', row: 'a' });

  await writeAll(patient, [...small, ...large]);

  const batches = proxy.seen.filter(({ path }) => path.endsWith('$batch'));
  assert.equal((await all()).length, 262);
  assert.deepEqual(
    batches.filter(({ body }) => Buffer.byteLength(body) > 4 * 1024 * 1024),
    [],
  );
  assert.equal(batches.length, 4);
});

test('a lost answer of a large write leaves every row once', async () => {
  befall([busy, { kind: 'cut-after' }, { kind: 'silence' }, { kind: 'refuse-afterwards', status: 500, code: 'InternalError' }], isWrite);

  await writeAll(
    table,
    Array.from({ length: 350 }, (_, index) => ({ kind: 'merge', row: row(`r${index}`, { n: String(index) }) }) as const),
  );

  const rows = await all();
  assert.equal(rows.length, 350);
  assert.deepEqual(
    rows.filter((each) => each.row !== `r${each.values['n']}`),
    [],
  );
});

test('where one row of a transaction is refused, the others are written all the same', async () => {
  await writeAll(
    table,
    ['a', 'b', 'd'].map((id) => insert(id)),
  );
  const changes = ['a', 'b', 'c', 'd'].map((id) => ({ kind: 'amend', row: row(id, { seen: 'yes' }) }) as const);

  const refused = await writeEach(table, changes, (error) => error instanceof AppError && error.code === 'store.missing');

  assert.deepEqual(
    refused.map(({ change }) => change),
    [changes[2]],
  );
  assert.deepEqual(
    (await all()).map(({ values }) => values),
    [{ seen: 'yes' }, { seen: 'yes' }, { seen: 'yes' }],
  );
});

test('two writers of one row lose no update in a thousand, though one in eight requests fails on its way', async () => {
  await table.write(insert('a', { 0: '0', 1: '0' }));
  const direct = openTable(azurite.connectionString, table.name);
  const fates: Fate[] = [
    busy,
    { kind: 'cut-after' },
    { kind: 'cut-before' },
    { kind: 'refuse-afterwards', status: 500, code: 'InternalError' },
  ];
  let requests = 0;
  proxy.judge(() => ((requests += 1) % 8 === 0 ? fates[(requests / 8) % fates.length] : undefined));

  // Each writer counts in its own property of the shared row: a lost update of either would show in the other's.
  async function count(writer: string, of: Table): Promise<void> {
    for (let done = 0; done < 500;) {
      const stored = await of.get({ partition: 'p', row: 'a' });
      const counted = Number(stored?.values[writer]);
      // After an unknown outcome the row itself tells how far we are.
      done = counted;
      if (!stored || done === 500) return;
      try {
        await of.write({ kind: 'replace', row: row('a', { ...stored.values, [writer]: String(counted + 1) }), version: stored.version });
      } catch (error) {
        if (!(error instanceof AppError) || !['store.stale', 'store.outcome-unknown'].includes(error.code)) throw error;
      }
    }
  }
  await Promise.all([count('0', table), count('1', direct)]);

  assert.deepEqual((await direct.get({ partition: 'p', row: 'a' }))?.values, { 0: '500', 1: '500' });
});
