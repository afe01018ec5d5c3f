import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { aFunction, anAnswer, startSite } from './site-under-test.ts';

const APP = 'http://app.example:3000';
const PREFLIGHT = { origin: APP, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'x-one, content-type' };

suite('CORS', () => {
  test('without configuration nothing is added and a preflight is an ordinary OPTIONS', async (t) => {
    const site = await startSite(t, { functions: [aFunction('fn')] });

    const preflight = await site.send('OPTIONS', '/api/fn', { headers: PREFLIGHT });
    const actual = await site.send('GET', '/api/fn', { headers: { origin: APP } });

    assert.deepEqual([preflight.status, actual.status, actual.headers['access-control-allow-origin']], [404, 200, undefined]);
  });

  test('a listed origin is named, gets credentials, and its preflight is answered for it', async (t) => {
    const site = await startSite(t, { functions: [aFunction('fn')], cors: { origins: [`${APP}/`], credentials: true } });

    const preflight = await site.send('OPTIONS', '/api/fn', { headers: PREFLIGHT });
    const actual = await site.send('GET', '/api/fn', { headers: { origin: APP } });

    assert.deepEqual(
      [
        preflight.status,
        preflight.headers['access-control-allow-origin'],
        preflight.headers['access-control-allow-methods'],
        preflight.headers['access-control-allow-headers'],
      ],
      [204, APP, 'PUT', 'x-one, content-type'],
    );
    assert.deepEqual(
      [actual.status, actual.headers['access-control-allow-origin'], actual.headers['access-control-allow-credentials']],
      [200, APP, 'true'],
    );
    assert.equal(site.invocations.length, 1);
  });

  test('another origin gets no permission, and caches are told that answers differ', async (t) => {
    const site = await startSite(t, {
      functions: [aFunction('fn')],
      cors: { origins: [APP], credentials: true },
      run: () => anAnswer({ headers: { vary: 'Accept' } }),
    });

    const preflight = await site.send('OPTIONS', '/api/fn', { headers: { ...PREFLIGHT, origin: 'http://evil.example' } });
    const actual = await site.send('GET', '/api/fn', { headers: { origin: 'http://evil.example' } });

    assert.deepEqual(
      [preflight.status, preflight.headers['access-control-allow-origin'], preflight.headers['access-control-allow-methods']],
      [204, undefined, undefined],
    );
    assert.deepEqual([actual.headers['access-control-allow-origin'], actual.headers['vary']], [undefined, 'Origin, Accept']);
  });

  test('a star opens to everybody, but never with credentials', async (t) => {
    const site = await startSite(t, { functions: [aFunction('fn')], cors: { origins: ['*'], credentials: true } });

    const answer = await site.send('GET', '/api/fn', { headers: { origin: 'http://any.example' } });

    assert.deepEqual([answer.headers['access-control-allow-origin'], answer.headers['access-control-allow-credentials']], ['*', undefined]);
  });

  test('the admin routes are never opened to other origins', async (t) => {
    const site = await startSite(t, { cors: { origins: ['*'], credentials: false } });

    const answer = await site.send('GET', '/admin/host/status', { headers: { origin: APP } });

    assert.deepEqual([answer.status, answer.headers['access-control-allow-origin']], [200, undefined]);
  });
});
