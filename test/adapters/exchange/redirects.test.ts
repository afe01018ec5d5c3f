// Where requests, and with them our token, go: redirects, regional hosts that fail, links to elsewhere.
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { collect, createExchangeStage, organization } from '../../support/exchange-scene.ts';
import { envelope } from '../../support/exchange-server.ts';

const guid = '3f0c5a52-1111-4222-8333-944455556000';
const route = `/adminapi/beta/${organization}/InvokeCommand`;
const stage = await createExchangeStage('redirects');
const server = await stage.start();
const foreign = await stage.start();
const gone = await stage.start();
await gone.close();

beforeEach(() => {
  server.seen.length = 0;
  foreign.seen.length = 0;
});

const isRegional = (host: string | undefined): boolean => host?.startsWith('127.0.0.1') ?? false;

describe('a redirect', () => {
  for (const status of [301, 302, 307, 308]) {
    test(`with ${status} to a regional host is followed with method, body and token, and the host is kept for later calls`, async () => {
      const { exchange } = stage.scene(server);
      server.answer(({ headers }) =>
        isRegional(headers.host)
          ? { body: envelope([{ Guid: guid }]) }
          : { status, headers: { Location: `${server.regionalOrigin}${route}` } },
      );

      await collect(exchange.listDevices({}));
      await collect(exchange.listDevices({}));

      assert.deepEqual(
        server.seen.map(({ headers }) => isRegional(headers.host)),
        [false, true, true],
      );
      assert.ok(server.seen.every(({ method, cmdlet }) => method === 'POST' && cmdlet === 'Get-MobileDevice'));
      assert.equal(new Set(server.seen.map(({ headers }) => headers.authorization)).size, 1);
    });
  }

  test('that names the internal port is followed on the public one', async () => {
    const { exchange } = stage.scene(server, { endpoint: endpointAt(server.origin, ['.localhost', '127.0.0.1']) });
    server.answer(() => ({ status: 302, headers: { Location: `https://localhost:446${route}` } }));

    const read = collect(exchange.listDevices({}));

    // The public port of this server is its own: it redirects to itself until the client has had enough.
    await assert.rejects(read, { code: 'exchange.unexpected' });
    assert.equal(server.seen.length, 6);
  });

  const refused: Record<string, () => string> = {
    'a foreign host': () => `${foreign.origin}${route}`,
    'plain http': () => `http://localhost:${server.port}${route}`,
    'a host with a user name in front': () => `https://localhost:${server.port}@localhost:${foreign.port}${route}`,
    'another path': () => `${server.regionalOrigin}/owa/auth/logon.aspx`,
    'no address at all': () => 'https://',
    nowhere: () => '',
  };
  for (const [where, location] of Object.entries(refused)) {
    test(`to ${where} is not followed`, async () => {
      const { exchange } = stage.scene(server);
      foreign.answer(() => ({ body: envelope([{ Guid: guid }]) }));
      server.answer(() => ({ status: 302, headers: { Location: location() } }));

      const read = collect(exchange.listDevices({}));

      await assert.rejects(read, { code: 'exchange.unexpected' });
      assert.equal(server.seen.length, 1);
      assert.equal(foreign.seen.length, 0);
    });
  }

  test('of a write is followed, for nothing has been carried out yet', async () => {
    const { client } = stage.scene(server);
    server.answer(({ headers }) =>
      isRegional(headers.host) ? { body: envelope([]) } : { status: 307, headers: { Location: `${server.regionalOrigin}${route}` } },
    );

    await client.write({ cmdlet: 'Remove-MobileDevice', parameters: { Identity: guid, Confirm: false } }, {});

    assert.deepEqual(
      server.seen.map(({ headers }) => isRegional(headers.host)),
      [false, true],
    );
  });
});

function endpointAt(origin: string, exchangeHostSuffixes: readonly string[]) {
  return { exchange: origin, exchangeScope: 'https://outlook.office365.com', exchangeHostSuffixes };
}

describe('a regional host that fails', () => {
  const failures = { 'does not answer': undefined, 'is out of service': 503 };
  for (const [what, status] of Object.entries(failures)) {
    test(`is dropped when it ${what}: the front door is asked again, with the classic warning`, async () => {
      const { exchange, lines, waits } = stage.scene(server, { hosts: [`localhost:${gone.port}`] });
      const regional = status === undefined ? gone.origin : server.regionalOrigin;
      let redirects = 1;
      server.answer(({ headers }) => {
        if (isRegional(headers.host)) return { status: status ?? 200 };
        if (redirects === 0) return { body: envelope([{ Guid: guid }]) };
        redirects -= 1;
        return { status: 302, headers: { Location: `${regional}${route}` } };
      });

      const devices = await collect(exchange.listDevices({}));

      assert.equal(devices.length, 1);
      assert.deepEqual(waits, []);
      const warning = lines.find(({ level }) => level === 'warn');
      assert.equal(warning?.event, `Failed to open runspace for site ${new URL(regional).host}`);
      assert.equal(warning?.fields['log'], 'EasDisc');
    });
  }

  test('is tried no more often than any other, when the front door names it again and again', async () => {
    const { exchange, waits } = stage.scene(server, { hosts: [`localhost:${gone.port}`] });
    server.answer(() => ({ status: 302, headers: { Location: `${gone.origin}${route}` } }));

    const read = collect(exchange.listDevices({}));

    await assert.rejects(read, { code: 'exchange.unavailable' });
    assert.equal(server.seen.length, 5);
    assert.equal(waits.length, 3);
  });

  test('does not end a write that never reached it', async () => {
    const { client } = stage.scene(server, { hosts: [`localhost:${gone.port}`] });
    let redirects = 1;
    server.answer(() => {
      redirects -= 1;
      return redirects === 0 ? { status: 302, headers: { Location: `${gone.origin}${route}` } } : { body: envelope([]) };
    });

    await client.write({ cmdlet: 'Remove-MobileDevice', parameters: { Identity: guid, Confirm: false } }, {});

    assert.equal(server.seen.length, 2);
  });
});

describe('a link to the next page', () => {
  const refused: Record<string, () => string> = {
    'to a foreign host': () => `${foreign.origin}${route}?%24skiptoken=x`,
    'over plain http': () => `http://localhost:${server.port}${route}?%24skiptoken=x`,
    'to another service of the same host': () => `${server.origin}/owa/?%24skiptoken=x`,
    'without a host': () => `${route}?%24skiptoken=x`,
  };
  for (const [where, link] of Object.entries(refused)) {
    test(`${where} fails the read and is never asked`, async () => {
      const { exchange } = stage.scene(server);
      foreign.answer(() => ({ body: envelope([{ Guid: guid }]) }));
      server.answer(() => ({ body: envelope([{ Guid: guid }], { '@odata.nextLink': link() }) }));

      const read = collect(exchange.listDevices({}));

      await assert.rejects(read, { code: 'exchange.unexpected' });
      assert.equal(server.seen.length, 1);
      assert.equal(foreign.seen.length, 0);
    });
  }

  test('inside a batch fails that item alone', async () => {
    const { exchange } = stage.scene(server);
    server.answer(({ items }) => ({
      body: {
        responses: items.map(({ id }) => ({
          id,
          status: 200,
          body: id === '0' ? envelope([], { '@odata.nextLink': `${foreign.origin}${route}` }) : envelope([{ Guid: guid }]),
        })),
      },
    }));

    const [first, second] = await exchange.statisticsOfMailboxes([guid as never, guid as never]);

    assert.ok(first && 'error' in first && first.error.code === 'exchange.unexpected');
    assert.ok(second && 'statistics' in second && second.statistics?.length === 1);
    assert.equal(foreign.seen.length, 0);
  });
});
