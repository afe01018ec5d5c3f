import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import { aFunction, startSite, until } from './site-under-test.ts';
import type { SiteUnderTest } from './site-under-test.ts';

const ALL = ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'];
const echo = (): ReturnType<typeof aFunction>[] => [aFunction('echo', { route: 'echo/{*rest}', methods: ALL })];

/** Sends raw bytes and collects what comes back until the server closes or `isEnough`. */
async function speak(site: SiteUnderTest, text: string, isEnough: (received: string) => boolean): Promise<string> {
  const socket = connect(site.front.port, 'localhost');
  let received = '';
  let isClosed = false;
  socket.on('data', (part) => (received += part.toString()));
  socket.on('close', () => (isClosed = true));
  socket.write(text);
  await until('the answer', () => isClosed || isEnough(received));
  socket.destroy();
  return received;
}

suite('requests to a function', () => {
  test('header names arrive in lower case, repeated ones joined, cookies by semicolon, empty ones kept', async (t) => {
    const site = await startSite(t, { functions: echo() });

    await site.send('GET', '/api/echo', { headers: { 'X-One': ['a', 'b'], 'x-empty': '', cookie: ['a=1', 'b=2'] } });

    const { nullableHeaders } = site.lastRequest();
    assert.deepEqual(nullableHeaders['x-one'], { value: 'a,b' });
    assert.deepEqual(nullableHeaders['x-empty'], { value: '' });
    assert.deepEqual(nullableHeaders['cookie'], { value: 'a=1; b=2' });
  });

  test('the URL has the Host header and the path as sent; forwarded headers change nothing', async (t) => {
    const site = await startSite(t, { functions: echo() });

    await site.send('GET', '/api/echo/a%20b?x=1&x=2', {
      headers: { host: 'probe.example:8080', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'other' },
    });

    assert.equal(site.lastRequest().url, 'http://probe.example:8080/api/echo/a%20b?x=1&x=2');
    assert.deepEqual(site.lastRequest().nullableQuery, { x: { value: '1,2' } });
    assert.deepEqual(site.lastRequest().nullableParams, { rest: { value: 'a b' } });
  });

  for (const host of ['a b', 'evil/path', 'user@host', 'host?x', '']) {
    test(`the Host header '${host}' is a bad request`, async (t) => {
      const site = await startSite(t, { functions: echo() });

      const answer = await speak(site, `GET /api/echo HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`, () => false);

      assert.match(answer, /^HTTP\/1\.1 400 /);
      assert.equal(site.invocations.length, 0);
    });
  }

  test('a whole URL as the request target is taken apart', async (t) => {
    const site = await startSite(t, { functions: echo() });

    await speak(site, 'GET http://proxied.example/api/echo/x HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n', () => false);

    assert.equal(site.lastRequest().url, 'http://proxied.example/api/echo/x');
  });

  test('a binary body arrives byte for byte', async (t) => {
    const site = await startSite(t, { functions: echo() });
    const body = Buffer.from(Array.from({ length: 256 }, (_, index) => index));

    await site.send('POST', '/api/echo', { body });

    assert.deepEqual(Buffer.from(site.lastRequest().body?.bytes ?? []), body);
  });

  test('a DELETE keeps its body, GET and HEAD lose it, an empty POST has none', async (t) => {
    const site = await startSite(t, { functions: echo() });
    const seen: Record<string, string> = {};

    for (const [method, body] of [
      ['DELETE', 'x'],
      ['GET', 'x'],
      ['HEAD', 'x'],
      ['POST', ''],
    ] as const) {
      await site.send(method, '/api/echo', { body });
      seen[method] = Buffer.from(site.lastRequest().body?.bytes ?? []).toString();
    }

    assert.deepEqual(seen, { DELETE: 'x', GET: '', HEAD: '', POST: '' });
  });

  test('a chunked body is delivered, and the log says once that the real host would not', async (t) => {
    const site = await startSite(t, { functions: echo() });

    await site.send('POST', '/api/echo', { body: 'in chunks', chunked: true });
    await site.send('POST', '/api/echo', { body: 'again', chunked: true });

    assert.equal(Buffer.from(site.lastRequest().body?.bytes ?? []).toString(), 'again');
    assert.equal(site.logged.filter(({ level, message }) => level === 'warning' && message.includes('in chunks')).length, 1);
  });

  for (const chunked of [false, true]) {
    test(`a body beyond the limit is 413 and no function runs (${chunked ? 'found while reading' : 'declared'})`, async (t) => {
      const site = await startSite(t, { functions: echo(), settings: { FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '10' } });

      const tooLarge = await site.send('POST', '/api/echo', { body: 'x'.repeat(11), chunked });
      const justRight = await site.send('POST', '/api/echo', { body: 'x'.repeat(10), chunked });

      assert.deepEqual([tooLarge.status, justRight.status], [413, 200]);
      assert.equal(site.invocations.length, 1);
    });
  }

  test('a limit that is no number stops serving and says what to write', async (t) => {
    await assert.rejects(
      startSite(t, { settings: { FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: 'lots' } }),
      /FUNCTIONS_REQUEST_BODY_SIZE_LIMIT is 'lots'; write a number of bytes/,
    );
  });

  test('a body that waits to be asked for is asked for, unless the answer is no', async (t) => {
    const site = await startSite(t, { functions: echo(), settings: { FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '10' } });
    const head = (path: string, length: number): string =>
      `POST ${path} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`;

    const wanted = await speak(site, head('/api/echo', 5), (received) => received.includes('\r\n\r\n'));
    const tooLarge = await speak(site, head('/api/echo', 11), () => false);
    const nowhere = await speak(site, head('/api/nothing', 5), () => false);

    assert.match(wanted, /^HTTP\/1\.1 100 Continue/);
    assert.match(tooLarge, /^HTTP\/1\.1 413 [^]*Connection: close/i);
    assert.match(nowhere, /^HTTP\/1\.1 404 [^]*Connection: close/i);
  });

  test('principal headers a client sends are taken away, in any case of their names', async (t) => {
    const site = await startSite(t, { functions: echo() });

    await site.send('GET', '/api/echo', {
      headers: {
        'X-MS-CLIENT-PRINCIPAL': 'e30=',
        'x-Ms-Client-Principal-Id': '1',
        'x-ms-client-principal-new': '2',
        'x-ms-token-aad-access-token': 't',
        'x-ms-clientele': 'kept',
      },
    });

    const names = Object.keys(site.lastRequest().nullableHeaders).filter((name) => name.startsWith('x-ms-'));
    assert.deepEqual(names, ['x-ms-clientele']);
  });

  test('principal headers pass where the host is told to trust them', async (t) => {
    const site = await startSite(t, { functions: echo(), trustPrincipalHeaders: true });

    await site.send('GET', '/api/echo', { headers: { 'x-ms-client-principal': 'e30=' } });

    assert.deepEqual(site.lastRequest().nullableHeaders['x-ms-client-principal'], { value: 'e30=' });
  });

  test('a client that goes away while sending is noted at debug level and nothing runs', async (t) => {
    const site = await startSite(t, { functions: echo() });
    const socket = connect(site.front.port, 'localhost');
    socket.write('POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nonly this');
    await until('the connection', () => !socket.connecting);

    socket.destroy();

    await until('the log line', () => site.logged.some(({ message }) => message.includes('went away while its request was read')));
    assert.deepEqual(new Set(site.logged.map(({ level }) => level)), new Set(['debug']));
    assert.equal(site.invocations.length, 0);
    assert.equal((await site.send('GET', '/api/echo')).status, 200);
  });
});
