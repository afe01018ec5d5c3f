// The loopback listener for the durable client, and the routes behind it where the recorded cases do not look.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { join } from 'node:path';
import { listenRpc, type RpcServer } from '../../../../src/local/host/durable/rpc-server.ts';
import { tempDirectory } from '../../../support/temp-directory.ts';
import { startHub, type HubUnderTest } from './hub-under-test.ts';

const folder = tempDirectory('rpc-server');
let hub: HubUnderTest;
let rpc: RpcServer;

before(async () => {
  hub = await startHub({ data: join(folder, 'data') });
  rpc = await listenRpc();
});

after(async () => {
  await rpc.stop();
  await hub.stop();
});

/** A request with exactly these headers; gives the status. */
function ask(url: string, method: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    outgoing.once('error', reject).end();
  });
}

test('until the hub serves, callers are asked to come again', async () => {
  const status = await ask(`${rpc.baseUrl}instances/x`, 'GET');

  assert.equal(status, 503);
});

test('a second listener takes another port, on this machine only', () => {
  assert.match(rpc.baseUrl, /^http:\/\/127\.0\.0\.1:\d+\/durabletask\/$/);
});

test('web pages and foreign names do not reach it', async () => {
  const answered: string[] = [];
  rpc.serve(
    ({ method }) => {
      answered.push(method);
      return Promise.resolve({ status: 202 });
    },
    () => undefined,
  );

  const statuses = [
    await ask(`${rpc.baseUrl}orchestrators/x`, 'POST'),
    await ask(`${rpc.baseUrl}orchestrators/x`, 'POST', { origin: 'https://example.org' }),
    await ask(`${rpc.baseUrl}orchestrators/x`, 'POST', { host: 'rebound.example.org' }),
  ];

  assert.deepEqual(statuses, [202, 403, 403]);
  assert.deepEqual(answered, ['POST']);
});

test('a handler that fails is answered with 500 and reported', async () => {
  const errors: string[] = [];
  rpc.serve(
    () => Promise.reject(new Error('boom')),
    (error) => void errors.push((error as Error).message),
  );

  const status = await ask(`${rpc.baseUrl}instances/x`, 'GET');

  assert.deepEqual([status, errors], [500, ['boom']]);
});

const ROUTES: { name: string; method: string; path: string; status: number }[] = [
  { name: 'a badly encoded id', method: 'GET', path: 'instances/%E0%A4%A', status: 404 },
  { name: 'a NUL in an id', method: 'POST', path: 'orchestrators/echoes/a%00b', status: 404 },
  { name: 'a slash in an id', method: 'GET', path: 'instances/a%2Fb', status: 404 },
  { name: 'another task hub', method: 'GET', path: 'instances?taskHub=Elsewhere', status: 404 },
  { name: 'its own task hub in any case', method: 'GET', path: `instances?taskHub=${'HubTests'.toLowerCase()}`, status: 200 },
  { name: 'a wrong method', method: 'PUT', path: 'instances/x', status: 404 },
  { name: 'a path in another case', method: 'GET', path: 'INSTANCES/', status: 200 },
];

for (const { name, method, path, status } of ROUTES) {
  test(`${name} is answered with ${status}`, async () => {
    const actual = await ask(`${hub.host.url}/runtime/webhooks/durabletask/${path}`, method);

    assert.equal(actual, status);
  });
}
