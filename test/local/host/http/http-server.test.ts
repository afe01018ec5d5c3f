import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import { listenHttp } from '../../../../src/local/host/http/http-server.ts';
import type { InvocationResult } from '../../../../src/local/host/protocol.ts';
import { aFunction, anAnswer, send, startSite, until } from './site-under-test.ts';

suite('the HTTP front', () => {
  test('answers 503 with a hint to come again until it serves', async (t) => {
    const front = await listenHttp({ port: 0, hostname: 'localhost' });
    t.after(() => front.stop());

    const answer = await send(front.url, 'GET', '/api/fn');

    assert.deepEqual([answer.status, answer.text, answer.headers['retry-after']], [503, 'Function host is not running.', '1']);
  });

  test('a port in use is an error that names it and the cure', async (t) => {
    const first = await listenHttp({ port: 0, hostname: 'localhost' });
    t.after(() => first.stop());

    const second = listenHttp({ port: first.port, hostname: 'localhost' });

    await assert.rejects(second, new RegExp(`port ${first.port} of localhost: it is already in use\\..*--port`));
  });

  test('an address that means all is shown as one that can be opened', async (t) => {
    const front = await listenHttp({ port: 0, hostname: '0.0.0.0' });
    t.after(() => front.stop());

    assert.equal(front.url, `http://localhost:${front.port}`);
  });

  test('requests are handled side by side', async (t) => {
    const { promise, resolve } = Promise.withResolvers<InvocationResult>();
    const site = await startSite(t, { functions: [aFunction('fn')], run: () => promise });

    const answers = Promise.all(Array.from({ length: 5 }, () => site.send('GET', '/api/fn')));
    await until('all five', () => site.invocations.length === 5);
    resolve(anAnswer());

    assert.deepEqual(
      (await answers).map(({ status }) => status),
      [200, 200, 200, 200, 200],
    );
  });

  test('one connection serves many requests, also after an unread body', async (t) => {
    const site = await startSite(t, { functions: [aFunction('fn')] });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => agent.destroy());

    const statuses: number[] = [];
    for (const [method, path] of [
      ['POST', '/api/nothing'],
      ['POST', '/api/fn'],
      ['GET', '/api/fn'],
    ] as const) {
      statuses.push((await send(site.front.url, method, path, { body: 'x'.repeat(100_000) }, agent)).status);
    }

    assert.deepEqual(statuses, [404, 200, 200]);
    assert.equal(Object.values(agent.freeSockets).flat().length, 1);
  });

  test('stop lets a running request end, refuses new ones and closes idle connections', async (t) => {
    const { promise, resolve } = Promise.withResolvers<InvocationResult>();
    const site = await startSite(t, { functions: [aFunction('fn')], run: () => promise });
    const agent = new Agent({ keepAlive: true });
    t.after(() => agent.destroy());
    await send(site.front.url, 'GET', '/nothing', {}, agent);
    const running = site.send('GET', '/api/fn');
    await until('the invocation', () => site.invocations.length === 1);

    const stopped = site.front.stop();
    const refused = site.send('GET', '/api/fn');
    await assert.rejects(refused, { code: 'ECONNREFUSED' });
    resolve(anAnswer({ body: 'done' }));
    const answer = await running;
    await stopped;

    assert.deepEqual([answer.text, answer.headers.connection], ['done', 'close']);
    await until('the idle connection to close', () => Object.values(agent.freeSockets).flat().length === 0);
  });

  test('stop waits no longer than the grace period for a request that does not end', async (t) => {
    const site = await startSite(t, { functions: [aFunction('fn')], run: () => new Promise(() => undefined), graceMs: 20 });
    const running = site.send('GET', '/api/fn');
    const rejection = assert.rejects(running, { code: 'ECONNRESET' });
    await until('the invocation', () => site.invocations.length === 1);

    await site.front.stop();

    await rejection;
  });

  test('stop does not wait for a connection that never sent a request', async (t) => {
    const site = await startSite(t, { graceMs: 60_000 });
    const socket = connect(site.front.port, 'localhost');
    let isClosed = false;
    socket.on('close', () => (isClosed = true));
    await until('the connection', () => !socket.connecting);

    await Promise.all([site.front.stop(), site.front.stop()]);

    await until('the end of the connection', () => isClosed);
  });
});

suite('the limits of host.json', () => {
  test('so many run, the rest waits its turn, and beyond the outstanding ones the answer is 429', async (t) => {
    const turns: (() => void)[] = [];
    const site = await startSite(t, {
      functions: [aFunction('fn')],
      http: { maxConcurrentRequests: 2, maxOutstandingRequests: 3 },
      run: () => new Promise((resolve) => void turns.push(() => resolve(anAnswer()))),
    });
    const first = [site.send('GET', '/api/fn'), site.send('GET', '/api/fn')];
    await until('two to run', () => site.invocations.length === 2);
    const others = [site.send('GET', '/api/fn'), site.send('GET', '/api/fn')];
    const refused = await Promise.race(others);

    const runningWhileFull = site.invocations.length;
    turns.shift()?.();
    await until('the waiting one to run', () => site.invocations.length === 3);
    turns.splice(0).forEach((end) => end());
    const answers = await Promise.all([...first, ...others]);

    assert.deepEqual([refused.status, runningWhileFull], [429, 2]);
    assert.equal(answers.filter(({ status }) => status === 200).length, 3);
    assert.equal(site.invocations.length, 3);
  });

  for (const value of [0, -2, 1.5, '5']) {
    test(`the limit ${JSON.stringify(value)} makes no sense and is named`, async (t) => {
      await assert.rejects(
        startSite(t, { http: { maxOutstandingRequests: value } }),
        /extensions\.http\.maxOutstandingRequests is .*-1 for no limit/,
      );
    });
  }
});
