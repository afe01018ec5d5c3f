import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { loadHostKeys } from '../../../../src/local/host/http/keys.ts';
import { jsonAnswer } from '../../../../src/local/host/http/plain-http.ts';
import type { MountedRoute } from '../../../../src/local/host/http/plain-http.ts';
import { aFunction, anAnswer, ENFORCED_KEYS, startSite, temporaryDirectory } from './site-under-test.ts';
import type { SendOptions } from './site-under-test.ts';

const withKey = (key: string): SendOptions => ({ headers: { 'x-functions-key': key } });

function durableLike(): MountedRoute {
  return {
    prefix: '/runtime/webhooks/durabletask',
    access: 'system',
    handle: (request, path) => Promise.resolve(jsonAnswer(200, { path, query: [...request.query] })),
  };
}

suite('keys of functions', () => {
  const functions = (): ReturnType<typeof aFunction>[] =>
    ['anonymous', 'function', 'admin'].map((authLevel) =>
      aFunction(authLevel, { authLevel, methods: ['GET'], route: `level/${authLevel}` }),
    );

  /** Level, query, header, status. */
  const table: [string, string, string | undefined, number][] = [
    ['anonymous', '', undefined, 200],
    ['anonymous', '', 'wrong', 200],
    ['function', '', undefined, 401],
    ['function', '', 'wrong', 401],
    ['function', '', 'function-key', 200],
    ['function', '', 'master-key', 200],
    ['function', '', 'system-key', 401],
    ['function', '?code=function-key', undefined, 200],
    ['function', '?code=function-key', 'wrong', 401],
    ['function', '?code=wrong', 'function-key', 200],
    ['admin', '', undefined, 401],
    ['admin', '', 'function-key', 401],
    ['admin', '', 'master-key', 200],
    ['admin', '?code=master-key', undefined, 200],
  ];
  for (const [level, query, header, status] of table) {
    test(`authLevel ${level} with header ${header ?? 'absent'} and query '${query}' is ${status}`, async (t) => {
      const site = await startSite(t, { functions: functions(), keys: ENFORCED_KEYS, run: () => anAnswer({ body: 'in' }) });

      const answer = await site.send('GET', `/api/level/${level}${query}`, header === undefined ? {} : withKey(header));

      assert.deepEqual([answer.status, answer.text, answer.headers['www-authenticate']], [status, status === 200 ? 'in' : '', undefined]);
    });
  }

  test('with keys off every function is open', async (t) => {
    const site = await startSite(t, { functions: functions() });

    assert.equal((await site.send('GET', '/api/level/admin')).status, 200);
  });

  test('a wrong method is 404 before the key is looked at', async (t) => {
    const site = await startSite(t, { functions: functions(), keys: ENFORCED_KEYS });

    assert.equal((await site.send('POST', '/api/level/function')).status, 404);
  });
});

suite('keys of the host’s own routes', () => {
  /** Path, key, status. */
  const table: [string, string | undefined, number][] = [
    ['/runtime/webhooks/durabletask/instances/1', undefined, 401],
    ['/runtime/webhooks/durabletask/instances/1', 'wrong', 401],
    ['/runtime/webhooks/durabletask/instances/1', 'function-key', 403],
    ['/runtime/webhooks/durabletask/instances/1', 'system-key', 200],
    ['/runtime/webhooks/durabletask/instances/1', 'master-key', 200],
    ['/admin/host/status', undefined, 401],
    ['/admin/host/status', 'function-key', 403],
    ['/admin/host/status', 'system-key', 403],
    ['/admin/host/status', 'master-key', 200],
    ['/admin/host/status?code=master-key', undefined, 200],
    ['/admin/host/ping', undefined, 200],
  ];
  for (const [path, key, status] of table) {
    test(`${path} with the key ${key ?? 'absent'} is ${status}`, async (t) => {
      const site = await startSite(t, { keys: ENFORCED_KEYS, mounted: [durableLike()] });

      const answer = await site.send('GET', path, key === undefined ? {} : withKey(key));

      assert.deepEqual([answer.status, answer.headers['www-authenticate']], [status, status === 401 ? 'Bearer' : undefined]);
    });
  }

  test('a mounted route gets what follows its prefix, still encoded, whatever the case of the prefix', async (t) => {
    const site = await startSite(t, { mounted: [durableLike()] });

    const answer = await site.send('GET', '/Runtime/WebHooks/DurableTask/instances/A%2Fb?x=1');

    assert.deepEqual(JSON.parse(answer.text), { path: 'instances/A%2Fb', query: [['x', '1']] });
  });

  test('a mounted route that fails is 500, and the log has the reason', async (t) => {
    const route: MountedRoute = { prefix: '/broken', access: 'master', handle: () => Promise.reject(new Error('no such table')) };
    const site = await startSite(t, { mounted: [route] });

    const answer = await site.send('GET', '/broken');

    assert.deepEqual([answer.status, answer.text], [500, '']);
    assert.match(
      site.logged.find(({ level }) => level === 'error')?.message ?? '',
      /GET \/broken failed in the host: Error: no such table/,
    );
  });
});

suite('the key file', () => {
  test('keys are made once, random and readable by this user alone', (t) => {
    const directory = join(temporaryDirectory(t), 'made', 'on demand');

    const first = loadHostKeys(directory, { enforce: false });
    const second = loadHostKeys(directory, { enforce: true });

    assert.deepEqual(second, { ...first, enforce: true });
    assert.equal(new Set([first.master, first.function, first.system]).size, 3);
    assert.ok(first.master.length >= 40);
    assert.equal(statSync(join(directory, 'keys.json')).mode & 0o777, 0o600);
  });

  test('given keys replace stored ones without being written down', (t) => {
    const directory = temporaryDirectory(t);

    const keys = loadHostKeys(directory, { enforce: true, master: 'given-master', function: 'given-function' });

    assert.deepEqual([keys.master, keys.function], ['given-master', 'given-function']);
    assert.doesNotMatch(readFileSync(join(directory, 'keys.json'), 'utf8'), /given/);
  });

  for (const text of ['{"master":"a"', '{"master":"a","function":"b"}', 'null', '{"master":"","function":"b","system":"c"}']) {
    test(`a key file that holds ${text} is an error that names the file and the cure`, (t) => {
      const directory = temporaryDirectory(t);
      writeFileSync(join(directory, 'keys.json'), text);

      assert.throws(() => loadHostKeys(directory, { enforce: true }), /keys\.json does not hold the host's keys.*delete it/);
    });
  }
});
