import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { findFreePorts } from '../../../src/local/launcher/free-ports.ts';
import { waitForHealth } from '../../../src/local/launcher/wait-for-health.ts';

async function aServer(t: TestContext, listener: RequestListener, port = 0): Promise<string> {
  const server = createServer(listener).listen(port, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/health`;
}

test('It waits through refusals until the app says it is ready, and gives what the app said', async (t) => {
  let asked = 0;
  const url = await aServer(t, (request, response) => {
    asked += 1;
    response.writeHead(asked < 3 ? 503 : 200).end(JSON.stringify({ ready: asked >= 3, at: request.url }));
  });

  const health = await waitForHealth(url);

  assert.deepEqual(health, { ready: true, at: '/api/health' });
  assert.equal(asked, 3);
});

test('It waits for a server that is not there yet', async (t) => {
  const [port = 0] = await findFreePorts(1);
  const waiting = waitForHealth(`http://127.0.0.1:${port}/api/health`);

  await aServer(t, (_, response) => response.end('{"ready":true}'), port);
  const health = await waiting;

  assert.deepEqual(health, { ready: true });
});

test('After the bound it says what was answered last', async (t) => {
  const url = await aServer(t, (_, response) => response.writeHead(503).end('{"ready":false,"why":"storage"}'));

  const waiting = waitForHealth(url, { boundMs: 0 });

  await assert.rejects(waiting, { message: `${url} was not ready within 0 s; its last answer: 503 {"ready":false,"why":"storage"}` });
});

test('An answer that is not JSON is no health', async (t) => {
  const url = await aServer(t, (_, response) => response.end('<html>'));

  const waiting = waitForHealth(url, { boundMs: 0 });

  await assert.rejects(waiting, /is not valid JSON/);
});

test('A signal ends the wait with its reason, also while an answer is outstanding', async (t) => {
  const asked = Promise.withResolvers<void>();
  const url = await aServer(t, () => asked.resolve());
  const over = new AbortController();
  const waiting = waitForHealth(url, { signal: over.signal });
  await asked.promise;

  over.abort(new Error('the host has ended'));

  await assert.rejects(waiting, { message: 'the host has ended' });
});
