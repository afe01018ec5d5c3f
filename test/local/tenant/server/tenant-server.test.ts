import assert from 'node:assert/strict';
import { Agent, request } from 'node:https';
import { after, test } from 'node:test';
import { createAuthority } from '../../../../src/local/tenant/entra/authority.ts';
import type { TenantRequest, TenantRoute } from '../../../../src/local/tenant/server/route.ts';
import { createTenantServer, type TenantServer } from '../../../../src/local/tenant/server/tenant-server.ts';
import { tempDirectory } from '../../../support/temp-directory.ts';

const authority = await createAuthority(tempDirectory('server'));
const agent = new Agent({ ca: authority.caPem });
after(() => agent.destroy());

async function serving(answer: TenantRoute['answer'], errors: unknown[] = []): Promise<TenantServer> {
  const route: TenantRoute = { name: 'test', owns: (path) => path.startsWith('/mine'), answer };
  const server = createTenantServer({ ...authority, routes: [route], onError: (error) => void errors.push(error) });
  await server.start(0);
  after(() => server.stop());
  return server;
}

function send(
  origin: string,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: Buffer } = {},
): Promise<{ status: number; text: string }> {
  const { method = 'GET', headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const outgoing = request(`${origin}${path}`, { method, agent, headers, servername: 'localhost' }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.once('aborted', () => reject(new Error('aborted')));
      incoming.once('end', () => resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

test('a part is asked for the paths it owns, in any case, with everything that was sent', async () => {
  const seen: TenantRequest[] = [];
  const server = await serving((asked) => {
    seen.push(asked);
    return Promise.resolve({ status: 201, headers: { 'x-two': ['a', 'b'] }, body: 'done' });
  });

  const own = await send(server.origin, '/MINE/x?$select=A&b=1?2', {
    method: 'POST',
    headers: { host: 'outlook.office365.com', cookie: 'a=1' },
    body: Buffer.from('body'),
  });
  const foreign = await send(server.origin, '/other');

  assert.deepEqual([own.status, own.text, foreign.status], [201, 'done', 404]);
  const [{ origin, target, path, query, body, headers } = {} as TenantRequest] = seen;
  assert.deepEqual(
    [origin, target, path, query?.get('$select'), query?.get('b')],
    ['https://outlook.office365.com', '/MINE/x?$select=A&b=1?2', '/MINE/x', 'A', '1?2'],
  );
  assert.deepEqual([body?.toString(), headers?.cookie], ['body', 'a=1']);
});

test('it answers on both loopback names', async () => {
  const server = await serving(() => Promise.resolve({ status: 200, body: 'here' }));

  const answers = await Promise.all(['localhost', '127.0.0.1'].map((host) => send(server.origin.replace('localhost', host), '/mine')));

  assert.deepEqual(
    answers.map(({ text }) => text),
    ['here', 'here'],
  );
});

test('a port that is taken is named, with the cure', async () => {
  const first = await serving(() => Promise.resolve({ status: 200, body: '' }));
  const second = createTenantServer({ ...authority, routes: [], onError: () => undefined });

  await assert.rejects(second.start(Number(new URL(first.origin).port)), /Port \d+ is taken by another program.*--port/);
  await second.stop();
});

test('an error that nobody foresaw is a 500, and is told to whoever listens', async () => {
  const errors: unknown[] = [];
  const server = await serving(() => Promise.reject(new Error('oops')), errors);

  const answer = await send(server.origin, '/mine');

  assert.equal(answer.status, 500);
  assert.deepEqual(
    errors.map((error) => (error as Error).message),
    ['oops'],
  );
});

test('answers can be lost or cut off', async () => {
  const server = await serving(({ path }) =>
    Promise.resolve({ status: 200, body: 'x'.repeat(100_000), fate: path.endsWith('cut') ? 'cut' : 'reset' }),
  );

  await assert.rejects(send(server.origin, '/mine/reset'), /hang up|ECONNRESET/);
  await assert.rejects(send(server.origin, '/mine/cut'), /aborted|ECONNRESET/);
});

test('a body beyond 16 MiB is refused', async () => {
  const server = await serving(() => Promise.resolve({ status: 200, body: '' }));

  const answer = await send(server.origin, '/mine', { method: 'POST', body: Buffer.alloc(17 * 1024 * 1024) });

  assert.equal(answer.status, 413);
});

test('a caller who hangs up is noticed', async () => {
  let noticed: () => void = () => undefined;
  const hungUp = new Promise<void>((resolve) => (noticed = resolve));
  const server = await serving(
    ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          noticed();
          reject(signal.reason as Error);
        });
      }),
  );

  const outgoing = request(`${server.origin}/mine`, { agent }, () => undefined);
  outgoing.on('error', () => undefined);
  outgoing.end();
  outgoing.on('socket', (socket) => socket.once('secureConnect', () => setImmediate(() => outgoing.destroy())));

  await hungUp;
});
