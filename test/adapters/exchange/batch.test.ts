// Several reads in one request: every item ends with its own rows or its own error.
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { createExchangeStage, organization } from '../../support/exchange-scene.ts';
import { envelope, notFound } from '../../support/exchange-server.ts';
import type { SentItem } from '../../support/exchange-server.ts';

const stage = await createExchangeStage('batch');
const server = await stage.start();

const mailboxOf = (index: number): never => `11111111-2222-4333-8444-${String(index).padStart(12, '0')}` as never;
const deviceOf = (index: number): string => `3f0c5a52-1111-4222-8333-${String(index).padStart(12, '0')}`;
const mailboxes = (count: number): never[] => Array.from({ length: count }, (_, index) => mailboxOf(index));

const numberOf = ({ body }: SentItem): number => Number(String(body.CmdletInput?.Parameters['Mailbox']).slice(-12));
const answered = (item: SentItem): object => ({ id: item.id, status: 200, body: envelope([{ Guid: deviceOf(numberOf(item)) }]) });

beforeEach(() => {
  server.seen.length = 0;
});

describe('a batch', () => {
  test('asks ten at a time and matches the answers by id, in whatever order they come', async () => {
    const { exchange } = stage.scene(server);
    server.answer(({ items }) => ({ body: { responses: items.map(answered).toReversed() } }));

    const results = await exchange.statisticsOfMailboxes(mailboxes(12));

    assert.deepEqual(
      results.map((result) => [result.mailbox, 'statistics' in result && result.statistics?.map(({ guid }) => guid)]),
      mailboxes(12).map((mailbox, index) => [mailbox, [deviceOf(index)]]),
    );
    assert.deepEqual(
      server.seen.map(({ path, items }) => [path, items.length]),
      [
        [`/adminapi/beta/${organization}/$batch`, 10],
        [`/adminapi/beta/${organization}/$batch`, 2],
      ],
    );
  });

  test('repeats anchor, Prefer and token in every item', async () => {
    const { exchange } = stage.scene(server);
    server.answer(({ items }) => ({ body: { responses: items.map(answered) } }));

    await exchange.statisticsOfMailboxes(mailboxes(1));

    const [{ items, headers } = assert.fail()] = server.seen;
    const [item = assert.fail()] = items;
    assert.equal(item.url, `${server.origin}/adminapi/beta/${organization}/InvokeCommand`);
    assert.equal(item.headers['Authorization'], headers.authorization);
    assert.equal(item.headers['X-AnchorMailbox'], headers['x-anchormailbox']);
    assert.equal(item.headers['Prefer'], 'odata.maxpagesize=1000');
    assert.equal(headers['prefer'], 'odata.maxpagesize=1000;odata.continue-on-error');
    assert.deepEqual(item.body, { CmdletInput: { CmdletName: 'Get-MobileDeviceStatistics', Parameters: { Mailbox: mailboxOf(0) } } });
  });

  test('fetches the next pages of an item in later batches', async () => {
    const { exchange } = stage.scene(server);
    const link = `${server.origin}/adminapi/beta/x/InvokeCommand?%24skiptoken=p2`;
    server.answer(({ items }) => ({
      body: {
        responses: items.map((item) =>
          item.url === link
            ? { id: item.id, status: 200, body: envelope([{ Guid: deviceOf(99) }]) }
            : { id: item.id, status: 200, body: envelope([{ Guid: deviceOf(numberOf(item)) }], { '@odata.nextLink': link }) },
        ),
      },
    }));

    const [result] = await exchange.statisticsOfMailboxes(mailboxes(1));

    assert.ok(result && 'statistics' in result);
    assert.deepEqual(
      result.statistics?.map(({ guid }) => guid),
      [deviceOf(0), deviceOf(99)],
    );
  });

  test('repeats a throttled item alone, after the wait it asks for', async () => {
    const { exchange, waits } = stage.scene(server);
    server.answer(({ items }, index) => ({
      body: {
        responses: items.map((item) =>
          index === 0 && numberOf(item) === 1 ? { id: item.id, status: 429, headers: { 'Retry-After': '7' }, body: {} } : answered(item),
        ),
      },
    }));
    const usage = { requests: 0, throttled: 0 };

    const results = await exchange.statisticsOfMailboxes(mailboxes(3), { usage });

    assert.ok(results.every((result) => 'statistics' in result && result.statistics?.length === 1));
    assert.deepEqual(
      server.seen.map(({ items }) => items.length),
      [3, 1],
    );
    assert.deepEqual(waits, [7000]);
    assert.deepEqual(usage, { requests: 2, throttled: 1 });
  });

  test('gives each failing item its own error, and no mailbox no statistics', async () => {
    const { exchange } = stage.scene(server);
    const bodies = [
      { status: 400, body: notFound },
      { status: 403, body: { error: { code: 'Forbidden', message: 'User is not allowed to call it' } } },
      { status: 429, headers: { 'Retry-After': 900 }, body: {} },
      { body: { error: { code: 'BadRequest', message: 'odd' } } },
      { status: 200, body: 'text' },
      { status: 200, body: envelope([], { '@adminapi.warnings': ['There are more results available than are currently displayed.'] }) },
    ];
    server.answer(({ items }) => ({
      body: { responses: items.map((item) => ({ id: item.id, ...bodies[numberOf(item)] })) },
    }));

    const results = await exchange.statisticsOfMailboxes(mailboxes(6));

    assert.deepEqual(
      results.map((result) => ('error' in result ? result.error.code : result.statistics)),
      [undefined, 'exchange.denied', 'exchange.throttled', 'exchange.bad-parameter', 'exchange.unexpected', 'exchange.incomplete'],
    );
  });

  test('asks again for an item that got no answer, and then says so', async () => {
    const { exchange } = stage.scene(server);
    server.answer(({ items }) => ({ body: { responses: items.filter((item) => numberOf(item) !== 1).map(answered) } }));

    const results = await exchange.statisticsOfMailboxes(mailboxes(2));

    assert.deepEqual(
      results.map((result) => 'error' in result && result.error.code),
      [false, 'exchange.unexpected'],
    );
    assert.equal(server.seen.length, 2);
  });

  test('that is throttled as a whole is repeated as a whole', async () => {
    const { exchange, waits } = stage.scene(server);
    server.answer(({ items }, index) =>
      index === 0 ? { status: 429, headers: { 'Retry-After': '1' } } : { body: { responses: items.map(answered) } },
    );

    const results = await exchange.statisticsOfMailboxes(mailboxes(2));

    assert.equal(results.length, 2);
    assert.deepEqual(waits, [1000]);
  });

  test('that is refused as a whole fails', async () => {
    const { exchange } = stage.scene(server);
    server.answer(() => ({ status: 403, body: Buffer.alloc(336), headers: { 'Content-Encoding': 'gzip' } }));

    const batch = exchange.statisticsOfMailboxes(mailboxes(2));

    await assert.rejects(batch, { code: 'exchange.denied' });
  });

  test('of nothing sends nothing', async () => {
    const { exchange } = stage.scene(server);

    const results = await exchange.statisticsOfMailboxes([]);

    assert.deepEqual(results, []);
    assert.equal(server.seen.length, 0);
  });
});
