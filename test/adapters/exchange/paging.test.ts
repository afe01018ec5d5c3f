// Lists come whole or not at all, whatever the server does between the pages.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { collect, createExchangeStage, organization } from '../../support/exchange-scene.ts';
import { cursorExpired, envelope } from '../../support/exchange-server.ts';
import type { Reply, Script, Seen } from '../../support/exchange-server.ts';

const guidOf = (index: number): string => `3f0c5a52-1111-4222-8333-${String(index).padStart(12, '0')}`;
const route = `/adminapi/beta/${organization}/InvokeCommand`;

/** Pages of `pageSize` rows, the number of the page in the cursor. */
function pagesOf(total: number, pageSize: number, origin: () => string): Script {
  return (seen) => {
    const page = pageNumber(seen);
    const rows = Array.from({ length: total }, (_, index) => ({ Guid: guidOf(index) })).slice(page * pageSize, (page + 1) * pageSize);
    const isLast = (page + 1) * pageSize >= total;
    return { body: envelope(rows, isLast ? {} : { '@odata.nextLink': `${origin()}${route}?%24skiptoken=backend1.page${page + 1}` }) };
  };
}

function pageNumber({ path }: Seen): number {
  return Number(/page(\d+)/.exec(path)?.[1] ?? 0);
}

const stage = await createExchangeStage('paging');
const server = await stage.start();

describe('a list of Exchange', () => {
  test('is read to its last page, each page asked for with the same body, anchor and Prefer', async () => {
    const { exchange } = stage.scene(server);
    server.seen.length = 0;
    server.answer(pagesOf(7, 3, () => server.origin));

    const devices = await collect(exchange.listDevices({}));

    assert.deepEqual(
      devices.map(({ guid }) => guid),
      Array.from({ length: 7 }, (_, index) => guidOf(index)),
    );
    assert.equal(server.seen.length, 3);
    for (const name of ['x-anchormailbox', 'prefer', 'authorization']) {
      assert.equal(new Set(server.seen.map(({ headers }) => headers[name])).size, 1);
    }
    assert.ok(server.seen.every(({ method, parameters }) => method === 'POST' && parameters['ResultSize'] === 'Unlimited'));
    assert.equal(new Set(server.seen.map(({ headers }) => headers['client-request-id'])).size, 3);
  });

  test('brings back every cookie that its pages set, and no cookie of another list', async () => {
    const { exchange } = stage.scene(server);
    server.seen.length = 0;
    const script = pagesOf(4, 2, () => server.origin);
    server.answer((seen, index) => ({
      ...script(seen, index),
      headers: { 'Set-Cookie': ['exchangecookie=backend1; path=/; secure', 'ClientId=AB=; expires=Thu, 31 Dec 2026 00:00:00 GMT'] },
    }));

    await collect(exchange.listDevices({}));
    await collect(exchange.listDevices({}));

    assert.deepEqual(
      server.seen.map(({ headers }) => headers.cookie),
      [undefined, 'exchangecookie=backend1; ClientId=AB=', undefined, 'exchangecookie=backend1; ClientId=AB='],
    );
  });

  test('is read on by GET where the server answers a next page to nothing else', async () => {
    const { exchange } = stage.scene(server);
    server.seen.length = 0;
    const script = pagesOf(6, 2, () => server.origin);
    server.answer((seen, index) => (pageNumber(seen) > 0 && seen.method === 'POST' ? { status: 405 } : script(seen, index)));

    const devices = await collect(exchange.listDevices({}));

    assert.equal(devices.length, 6);
    assert.deepEqual(
      server.seen.map(({ method }) => method),
      ['POST', 'POST', 'GET', 'GET'],
    );
    assert.equal(server.seen[2]?.text, '');
  });

  test('is whole when it comes in one answer', async () => {
    const { exchange } = stage.scene(server);
    server.answer(pagesOf(3000, 3000, () => server.origin));

    const devices = await collect(exchange.listDevices({}));

    assert.equal(devices.length, 3000);
  });

  for (const nextLink of [null, '', '  ']) {
    test(`ends at a next link of ${JSON.stringify(nextLink)} that comes a second time, too`, async () => {
      const { exchange } = stage.scene(server);
      server.seen.length = 0;
      server.answer(() => ({ body: envelope([{ Guid: guidOf(1) }], { '@odata.nextLink': nextLink }) }));

      const devices = await collect(exchange.listDevices({}));

      assert.equal(devices.length, 1);
      assert.equal(server.seen.length, 2);
    });

    test(`goes on after a next link of ${JSON.stringify(nextLink)} that was a slip`, async () => {
      const { exchange } = stage.scene(server);
      const script = pagesOf(6, 2, () => server.origin);
      let slips = 1;
      server.answer((seen, index) => {
        const reply = script(seen, index);
        return slips-- > 0 ? { body: { ...(reply?.body as object), '@odata.nextLink': nextLink } } : reply;
      });

      const devices = await collect(exchange.listDevices({}));

      assert.equal(devices.length, 6);
    });
  }

  test('begins again, once, when its cursor has expired, and says so on the first page', async () => {
    const { exchange, lines } = stage.scene(server);
    const script = pagesOf(6, 2, () => server.origin);
    let refusals = 0;
    server.answer((seen, index) => {
      if (pageNumber(seen) !== 1 || refusals > 0) return script(seen, index);
      refusals += 1;
      return { status: 400, body: cursorExpired };
    });

    const starts: boolean[] = [];
    const rows: string[] = [];
    for await (const page of exchange.listDevices({})) {
      starts.push(page.startsOver);
      rows.push(...page.rows.map(({ guid }) => guid));
    }

    assert.deepEqual(starts, [false, true, false, false]);
    assert.equal(new Set(rows).size, 6);
    assert.ok(lines.some(({ event, level }) => event === 'exchange.read-begins-again' && level === 'warn'));
  });

  test('is a failed read when its cursor expires again', async () => {
    const { exchange } = stage.scene(server);
    const script = pagesOf(6, 2, () => server.origin);
    server.answer((seen, index) => (pageNumber(seen) === 1 ? { status: 400, body: cursorExpired } : script(seen, index)));

    const read = collect(exchange.listDevices({}));

    await assert.rejects(read, { code: 'exchange.incomplete' });
  });

  const moreResults =
    'There are more results available than are currently displayed. To view them, increase the value for the ResultSize parameter.';

  test('is a failed read when its last page warns that there is more', async () => {
    const { exchange } = stage.scene(server);
    server.answer(() => ({ body: envelope([{ Guid: guidOf(1) }], { '@adminapi.warnings': [moreResults] }) }));

    const read = collect(exchange.listDevices({}));

    await assert.rejects(read, { code: 'exchange.incomplete' });
  });

  test('is whole when the warning comes with a link to the rest', async () => {
    const { exchange } = stage.scene(server);
    const script = pagesOf(4, 2, () => server.origin);
    server.answer((seen, index) => {
      const reply = script(seen, index);
      return pageNumber(seen) === 0 ? { body: { ...(reply?.body as object), '@adminapi.warnings': [moreResults] } } : reply;
    });

    const devices = await collect(exchange.listDevices({}));

    assert.equal(devices.length, 4);
  });

  const faulty: Record<string, (page: number) => Reply> = {
    'a page leads back to itself': () => ({
      body: envelope([{ Guid: guidOf(1) }], { '@odata.nextLink': `${server.origin}${route}?page1` }),
    }),
    'the same rows come under new cursors for ever': (page) => ({
      body: envelope([{ Guid: guidOf(1) }, { Guid: guidOf(2) }], { '@odata.nextLink': `${server.origin}${route}?page${page + 1}` }),
    }),
    'empty pages never end': (page) => ({ body: envelope([], { '@odata.nextLink': `${server.origin}${route}?page${page + 1}` }) }),
  };
  for (const [what, reply] of Object.entries(faulty)) {
    test(`is a failed read when ${what}`, async () => {
      const { exchange } = stage.scene(server);
      server.answer((seen) => reply(pageNumber(seen)));

      const read = collect(exchange.listDevices({}));

      await assert.rejects(read, { code: 'exchange.incomplete' });
    });
  }

  const unreadable: Record<string, unknown> = {
    'an object that is no envelope': {},
    'rows that are no list': envelope('none'),
    'a next link that is no text': envelope([], { '@odata.nextLink': 7 }),
    'an error under a status of success': { error: { code: 'x', message: 'y' }, value: [] },
    'errors beside the rows': envelope([], { '@adminapi.errors': ['one mailbox could not be read'] }),
    'a page of HTML': '<html><body>Sign in</body></html>',
    nothing: '',
  };
  for (const [what, body] of Object.entries(unreadable)) {
    test(`is a failed read when the answer is ${what}, and not a list without rows`, async () => {
      const { exchange } = stage.scene(server);
      server.seen.length = 0;
      server.answer(() => ({ body }));

      const read = collect(exchange.listDevices({}));

      await assert.rejects(read, { code: 'exchange.unexpected' });
      assert.equal(server.seen.length, 3);
    });
  }

  for (const value of [null, undefined]) {
    test(`is asked again for a page in the middle whose rows are ${String(value)}`, async () => {
      const { exchange } = stage.scene(server);
      const script = pagesOf(6, 2, () => server.origin);
      let spoiled = 0;
      server.answer((seen, index) => {
        const reply = script(seen, index);
        if (pageNumber(seen) !== 1 || spoiled > 0) return reply;
        spoiled += 1;
        return { body: { ...(reply?.body as object), value } };
      });

      const devices = await collect(exchange.listDevices({}));

      assert.equal(devices.length, 6);
    });

    test(`has no rows when Exchange says ${String(value)} for them`, async () => {
      const { exchange } = stage.scene(server);
      server.answer(() => ({ body: envelope(value) }));

      const devices = await collect(exchange.listDevices({}));

      assert.deepEqual(devices, []);
    });
  }

  for (const nextLink of [null, '']) {
    test(`is a failed read when a link of ${JSON.stringify(nextLink)} follows a page as long as the one before`, async () => {
      const { exchange } = stage.scene(server);
      const script = pagesOf(7, 2, () => server.origin);
      server.answer((seen, index) => {
        const reply = script(seen, index);
        return pageNumber(seen) === 1 ? { body: { ...(reply?.body as object), '@odata.nextLink': nextLink } } : reply;
      });

      const read = collect(exchange.listDevices({}));

      await assert.rejects(read, { code: 'exchange.incomplete' });
    });
  }

  test('counts rows that carry no id', async () => {
    const { exchange } = stage.scene(server);
    server.answer(() => ({ body: envelope([{ Guid: guidOf(1) }, { DeviceId: 'x' }, null, 'row', { Guid: 'none' }]) }));

    const counts: number[][] = [];
    for await (const { rows, unidentified } of exchange.listDevices({})) counts.push([rows.length, unidentified]);

    assert.deepEqual(counts, [[1, 4]]);
  });

  test('stops asking when nobody reads on', async () => {
    const { exchange } = stage.scene(server);
    server.seen.length = 0;
    server.answer(pagesOf(10, 2, () => server.origin));

    const count = await exchange.countDevices({}, 4);

    assert.deepEqual(count, { count: 4, isExact: false });
    assert.equal(server.seen.length, 2);
    assert.match(server.seen[0]?.path ?? '', /\?\$select=Guid$/);
  });
});
