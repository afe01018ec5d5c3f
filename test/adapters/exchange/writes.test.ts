// A change is sent once. It is repeated only when it certainly did not run; when nobody can know, the caller is told so.
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { createExchangeStage } from '../../support/exchange-scene.ts';
import { envelope, notFound, refusal } from '../../support/exchange-server.ts';
import type { Reply } from '../../support/exchange-server.ts';

const device = '3f0c5a52-1111-4222-8333-944455556000' as never;
const mailbox = '11111111-2222-4333-8444-555555555555' as never;
const stage = await createExchangeStage('writes');
const server = await stage.start();
const gone = await stage.start();
await gone.close();

beforeEach(() => {
  server.seen.length = 0;
});

describe('a write', () => {
  const successes: Record<string, Reply> = {
    'an envelope without rows': { body: envelope([]) },
    '204': { status: 204 },
    'an empty body': { body: '' },
    'a warning that nothing was modified': {
      body: envelope([], {
        '@adminapi.warnings': ["The command completed successfully but no settings of 'Jane Doe' have been modified."],
      }),
    },
  };
  for (const [what, reply] of Object.entries(successes)) {
    test(`answered with ${what} is done and not sent again`, async () => {
      const { exchange } = stage.scene(server);
      server.answer(() => reply);

      await exchange.clearDevice(device, { accountOnly: true });

      assert.equal(server.seen.length, 1);
    });
  }

  const unknown: Record<string, Reply> = {
    'HTTP 500': { status: 500 },
    'HTTP 502': { status: 502, body: '<html></html>' },
    'HTTP 503': { status: 503, headers: { 'Retry-After': '1' } },
    'HTTP 504': { status: 504 },
    'HTTP 408': { status: 408 },
    'an exception that passes': { status: 400, body: refusal('X.StorageTransientException', 'The mailbox store is busy.') },
    'a page of HTML': { body: '<html></html>' },
    'errors beside the success': { body: envelope([], { '@adminapi.errors': ['something failed'] }) },
    'a body that is cut off': { body: envelope([]), fate: 'cut' },
    'a connection that is reset': { fate: 'reset' },
  };
  for (const [what, reply] of Object.entries(unknown)) {
    test(`answered with ${what} may have run: it is not sent again and the caller is told`, async () => {
      const { exchange, waits } = stage.scene(server);
      server.answer(() => reply);

      const write = exchange.clearDevice(device, { accountOnly: false });

      await assert.rejects(write, { code: 'exchange.outcome-unknown' });
      assert.equal(server.seen.length, 1);
      assert.deepEqual(waits, []);
    });
  }

  test('that takes too long may have run', async () => {
    const { exchange } = stage.scene(server, { timeLimitMs: 50 });
    server.answer(() => ({ fate: 'silent' }));

    const write = exchange.clearDevice(device, { accountOnly: false });

    await assert.rejects(write, { code: 'exchange.outcome-unknown' });
    assert.equal(server.seen.length, 1);
  });

  test('that is cancelled on its way may have run', async () => {
    const { exchange } = stage.scene(server);
    const cancel = new AbortController();
    server.answer(() => {
      cancel.abort();
      return { fate: 'silent' };
    });

    const write = exchange.clearDevice(device, { accountOnly: false }, { signal: cancel.signal });

    await assert.rejects(write, { code: 'exchange.outcome-unknown' });
  });

  test('that is cancelled before it is sent did not run', async () => {
    const { exchange } = stage.scene(server);
    const reason = new Error('enough');

    const write = exchange.clearDevice(device, { accountOnly: false }, { signal: AbortSignal.abort(reason) });

    await assert.rejects(write, reason);
    assert.equal(server.seen.length, 0);
  });

  test('that was throttled did not run and is sent again', async () => {
    const { exchange, waits } = stage.scene(server);
    server.answer((_, index) => (index < 2 ? { status: 429 } : { body: envelope([]) }));

    await exchange.editDeviceLists(mailbox, { allowed: { add: ['A1'] } });

    assert.equal(server.seen.length, 3);
    assert.deepEqual(waits, [2000, 4000]);
  });

  test('that found no server did not run', async () => {
    const { exchange } = stage.scene(gone);

    const write = exchange.clearDevice(device, { accountOnly: false });

    await assert.rejects(write, { code: 'exchange.unavailable' });
  });

  test('that is refused ends with the reason, not with an unknown outcome', async () => {
    const { exchange } = stage.scene(server);
    server.answer(() => ({ status: 500, body: notFound }));

    const write = exchange.clearDevice(device, { accountOnly: false });

    await assert.rejects(write, { code: 'exchange.missing' });
  });

  test('that removes what is gone already counts as done', async () => {
    const { exchange } = stage.scene(server);
    server.answer((_, index) => (index === 0 ? { body: envelope([]) } : { status: 400, body: notFound }));

    const outcomes = [await exchange.removeDevice(device), await exchange.removeDevice(device)];

    assert.deepEqual(outcomes, ['removed', 'missing']);
  });

  test('uses a connection of its own, so that a kept one cannot break under it', async () => {
    const { exchange } = stage.scene(server);
    server.answer(() => ({ body: envelope([]) }));

    await exchange.listAccessRules();
    await exchange.clearDevice(device, { accountOnly: false });

    assert.deepEqual(
      server.seen.map(({ headers }) => headers.connection),
      ['keep-alive', 'close'],
    );
  });
});

describe('a read', () => {
  test('that takes too long is tried twice', async () => {
    const { exchange } = stage.scene(server, { timeLimitMs: 50 });
    server.answer(() => ({ fate: 'silent' }));

    const read = exchange.listAccessRules();

    await assert.rejects(read, { code: 'exchange.unavailable' });
    assert.equal(server.seen.length, 2);
  });

  test('that is cancelled on its way ends with the reason, and is not repeated', async () => {
    const { exchange, lines } = stage.scene(server);
    const cancel = new AbortController();
    const reason = new Error('enough');
    server.answer(() => {
      cancel.abort(reason);
      return { fate: 'silent' };
    });

    const read = exchange.listAccessRules({ signal: cancel.signal });

    await assert.rejects(read, reason);
    assert.equal(server.seen.length, 1);
    assert.deepEqual(
      lines.filter(({ level }) => level === 'warn'),
      [],
    );
  });

  test('that is cancelled while it waits ends with the reason', async () => {
    const cancel = new AbortController();
    const reason = new Error('enough');
    const { exchange } = stage.scene(server, {
      wait: (_, signal) => {
        cancel.abort(reason);
        return new Promise((_resolve, reject) => (signal?.aborted ? reject(reason) : undefined));
      },
    });
    server.answer(() => ({ status: 429 }));

    const read = exchange.listAccessRules({ signal: cancel.signal });

    await assert.rejects(read, reason);
  });
});
