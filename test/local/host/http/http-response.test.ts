import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import type { InvocationResult } from '../../../../src/local/host/protocol.ts';
import { aFunction, anAnswer, startSite, until } from './site-under-test.ts';
import type { Answer, SiteUnderTestOptions } from './site-under-test.ts';
import type { TestContext } from 'node:test';

/** What a caller gets when the function ends with `result`. */
async function answerTo(t: TestContext, result: InvocationResult, options: SiteUnderTestOptions = {}, method = 'GET'): Promise<Answer> {
  const functions = [aFunction('fn', { methods: ['GET', 'HEAD'] })];
  const site = await startSite(t, { functions, run: () => result, ...options });
  return site.send(method, '/api/fn');
}

suite('answers of a function', () => {
  for (const returnValue of [undefined, null, {}]) {
    test(`the result ${JSON.stringify(returnValue)} is 204 without body`, async (t) => {
      const answer = await answerTo(t, { ok: true, outputData: [], ...(returnValue === undefined ? {} : { returnValue }) });

      assert.deepEqual([answer.status, answer.text, answer.headers['content-length']], [204, '', undefined]);
    });
  }

  test('a failure is 500 without body', async (t) => {
    const answer = await answerTo(t, { ok: false, cause: 'thrown', error: { message: 'secret detail' } });

    assert.deepEqual([answer.status, answer.text, answer.headers['content-length']], [500, '', '0']);
  });

  test('status, headers and body are sent as given, and no content type is invented', async (t) => {
    const answer = await answerTo(t, anAnswer({ statusCode: '418', headers: { 'X-One': 'a, b', 'x-empty': '' }, body: 'é' }));

    assert.deepEqual([answer.status, answer.headers['x-one'], answer.headers['x-empty'], answer.text], [418, 'a, b', '', 'é']);
    assert.equal(answer.headers['content-type'], undefined);
  });

  for (const statusCode of ['204', '304']) {
    test(`${statusCode} loses its body`, async (t) => {
      const answer = await answerTo(t, anAnswer({ statusCode, body: 'lost' }));

      assert.deepEqual([answer.status, answer.text, answer.headers['content-length']], [Number(statusCode), '', undefined]);
    });
  }

  for (const statusCode of ['0', '199', '600', '1000', 'abc']) {
    test(`the status ${statusCode} cannot be sent: 500, and the log says why`, async (t) => {
      const functions = [aFunction('fn')];
      const site = await startSite(t, {
        functions,
        http: { customHeaders: { 'x-custom': '1' } },
        run: () => anAnswer({ statusCode, headers: { 'x-own': '1' } }),
      });

      const answer = await site.send('GET', '/api/fn');

      assert.deepEqual([answer.status, answer.text, answer.headers['x-own'], answer.headers['x-custom']], [500, '', undefined, '1']);
      assert.match(site.logged.find(({ level }) => level === 'error')?.message ?? '', /'fn' cannot be sent.*not between 200 and 599/);
    });
  }

  test('a header that HTTP forbids makes 500 instead of a broken answer', async (t) => {
    const answer = await answerTo(t, anAnswer({ headers: { 'x-bad': 'a\r\nset-cookie: evil=1' } }));

    assert.deepEqual([answer.status, answer.headers['set-cookie']], [500, undefined]);
  });

  test('a result that is no HTTP answer makes 500', async (t) => {
    const answer = await answerTo(t, { ok: true, returnValue: { string: 'text' }, outputData: [] });

    assert.equal(answer.status, 500);
  });

  test('headers about framing are the host’s own business', async (t) => {
    const headers = { 'content-length': '99', 'transfer-encoding': 'chunked', connection: 'upgrade' };

    const answer = await answerTo(t, anAnswer({ headers, body: 'four' }));

    assert.deepEqual([answer.text, answer.headers['content-length'], answer.headers['transfer-encoding']], ['four', '4', undefined]);
  });

  test('HEAD has the headers and neither body nor length', async (t) => {
    const answer = await answerTo(t, anAnswer({ headers: { 'content-type': 'text/plain' }, body: 'twelve bytes' }), {}, 'HEAD');

    assert.deepEqual(
      [answer.status, answer.headers['content-type'], answer.headers['content-length'], answer.text],
      [200, 'text/plain', undefined, ''],
    );
  });

  test('negotiation turns JSON into base64 text and refuses everything else', async (t) => {
    const json = await answerTo(
      t,
      anAnswer({ headers: { 'content-type': 'application/json' }, body: '{"a":1}', enableContentNegotiation: true }),
    );
    const text = await answerTo(
      t,
      anAnswer({ headers: { 'content-type': 'text/plain;charset=UTF-8' }, body: 'x', enableContentNegotiation: true }),
    );

    assert.deepEqual(
      [json.status, json.headers['content-type'], json.text],
      [200, 'application/json; charset=utf-8', `"${Buffer.from('{"a":1}').toString('base64')}"`],
    );
    assert.deepEqual([text.status, text.headers['content-type'], text.text], [406, 'text/plain;charset=UTF-8', '']);
  });

  test('custom headers of host.json are added where the function sets none', async (t) => {
    const http = { customHeaders: { 'x-frame-options': 'DENY', 'x-own': 'host' } };

    const answer = await answerTo(t, anAnswer({ headers: { 'x-own': 'function' } }), { http });

    assert.deepEqual([answer.headers['x-frame-options'], answer.headers['x-own']], ['DENY', 'function']);
  });

  test('a custom header that is no header stops serving and is named', async (t) => {
    await assert.rejects(startSite(t, { http: { customHeaders: { 'bad name': 'x' } } }), /customHeaders has 'bad name'/);
  });

  test('a client that leaves before the answer is noted at debug level, and the host goes on', async (t) => {
    const { promise, resolve } = Promise.withResolvers<InvocationResult>();
    const site = await startSite(t, { functions: [aFunction('fn')], run: () => promise });
    const socket = connect(site.front.port, 'localhost');
    socket.write('GET /api/fn HTTP/1.1\r\nHost: x\r\n\r\n');
    await until('the invocation', () => site.invocations.length === 1);

    socket.destroy();
    await until('the log line', () => site.logged.some(({ message }) => message.includes('went away before the answer')));
    resolve(anAnswer({ body: 'x'.repeat(1_000_000) }));

    assert.equal((await site.send('GET', '/api/fn')).status, 200);
    assert.ok(site.logged.every(({ level }) => level === 'debug'));
  });
});

suite('the root and unknown paths', () => {
  test('GET / shows the local host’s page, without scripts and with its own style alone', async (t) => {
    const site = await startSite(t, { functions: [aFunction('fn')] });

    const answer = await site.send('GET', '/');

    assert.deepEqual([answer.status, answer.headers['content-type']], [200, 'text/html']);
    assert.match(answer.text, /<html lang="en">[^]*local stand-in for the Azure Functions host[^]*4\.9\.9/);
    assert.match(
      answer.headers['content-security-policy']?.toString() ?? '',
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'/,
    );
  });

  test('the page can be switched off, and a function at the root takes its place', async (t) => {
    const off = await startSite(t, { settings: { AzureWebJobsDisableHomepage: 'True' } });
    const own = await startSite(t, {
      functions: [aFunction('fn', { route: '{*path}' })],
      http: { routePrefix: '' },
      run: () => anAnswer({ body: 'mine' }),
    });

    assert.equal((await off.send('GET', '/')).status, 204);
    assert.equal((await own.send('GET', '/')).text, 'mine');
  });

  test('unknown paths and wrong methods are 404 with nothing in them', async (t) => {
    const site = await startSite(t, { functions: [aFunction('fn')] });

    const answers = await Promise.all([
      site.send('GET', '/api'),
      site.send('GET', '/nothing'),
      site.send('PUT', '/api/fn'),
      site.send('POST', '/'),
    ]);

    assert.deepEqual(
      answers.map(({ status, text, headers }) => [status, text, headers['content-type']]),
      answers.map(() => [404, '', undefined]),
    );
  });
});
