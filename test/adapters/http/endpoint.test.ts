// The wrapper of every HTTP function: answers, problem answers, the time limit and what is logged, with the library's own objects.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import azureFunctions from '@azure/functions';
import type { HttpResponse as Response, InvocationContext as Context } from '@azure/functions';
import { endpoint } from '../../../src/adapters/http/endpoint.ts';
import type { HttpCallHandler } from '../../../src/adapters/http/endpoint.ts';
import { json } from '../../../src/adapters/http/json.ts';
import { jsonLog } from '../../../src/adapters/logging/json-log.ts';
import { randomIds } from '../../../src/adapters/random-ids.ts';
import { systemClock } from '../../../src/adapters/system-clock.ts';
import { AppError } from '../../../src/domain/errors.ts';
import type { Ports } from '../../../src/domain/ports.ts';

const { HttpRequest, HttpResponse, InvocationContext } = azureFunctions;

interface Entry {
  level: string;
  event: string;
  code?: string;
  message?: string;
  details?: Record<string, unknown>;
  error?: { message: string; stack: string; cause?: { message: string } };
}

interface Exchange {
  answer: Response;
  log: Entry[];
}

// The wrapper itself needs no more of them.
const portsFor = (context: Context): Ports =>
  ({ clock: systemClock, ids: randomIds, log: jsonLog(context, 'debug') }) as Partial<Ports> as Ports;

async function exchange(handler: HttpCallHandler, limitMs?: number): Promise<Exchange> {
  const log: Entry[] = [];
  const context = new InvocationContext({
    invocationId: 'i-1',
    functionName: 'test',
    logHandler: (_, ...args) => void log.push(JSON.parse(args.join(' ')) as Entry),
  });
  const wrapped = endpoint(handler, portsFor, limitMs);
  const init = await wrapped(new HttpRequest({ method: 'GET', url: 'http://localhost/api/test' }), context);
  return { answer: new HttpResponse(init), log };
}

const fails = (error: unknown): HttpCallHandler =>
  async function handler() {
    throw error;
  };

test('an answer gets the request id and may neither be cached nor sniffed', async () => {
  const { answer, log } = await exchange(async ({ request }) => json(200, { method: request.method }));

  assert.deepEqual(Object.fromEntries(answer.headers), {
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'content-type': 'application/json',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-request-id': 'i-1',
  });
  assert.deepEqual(await answer.json(), { method: 'GET' });
  assert.deepEqual(log, []);
});

test('a page of ours may state its own policy', async () => {
  const policy = "default-src 'self'";

  const { answer } = await exchange(async () => ({ body: 'x', headers: { 'content-security-policy': policy } }));

  assert.equal(answer.headers.get('content-security-policy'), policy);
});

test('an error that says where what is meant can be found says so in a header', async () => {
  const { answer } = await exchange(fails(new AppError('run.already-running', { run: 'r-1', location: '/api/runs/r-1' })));

  assert.deepEqual([answer.status, answer.headers.get('location')], [409, '/api/runs/r-1']);
});

test('a handler may allow caching', async () => {
  const { answer } = await exchange(async () => ({ body: 'x', headers: new Headers({ 'Cache-Control': 'private, max-age=60' }) }));

  assert.equal(answer.headers.get('cache-control'), 'private, max-age=60');
});

test('an AppError becomes a problem answer with its code, and is logged at the level of its kind', async () => {
  const { answer, log } = await exchange(fails(new AppError('role.missing', { permission: 'Collection.Read', caller: 'c-1' })));

  assert.equal(answer.status, 403);
  assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  assert.deepEqual(await answer.json(), {
    type: 'about:blank',
    title: 'Forbidden',
    status: 403,
    detail: 'This needs the permission Collection.Read. Ask an administrator for a role that includes it.',
    code: 'role.missing',
    requestId: 'i-1',
  });
  assert.deepEqual(log, [
    {
      event: 'http.refused',
      level: 'info',
      code: 'role.missing',
      message: 'This needs the permission Collection.Read. Ask an administrator for a role that includes it.',
      details: { permission: 'Collection.Read', caller: 'c-1' },
    },
  ]);
});

test('the faults of a body are in the answer', async () => {
  const faults = [{ pointer: '#/reason', detail: 'Missing.' }];

  const { answer } = await exchange(fails(new AppError('body.invalid', { problem: 'one field is wrong', faults })));

  const body = (await answer.json()) as { errors: unknown };
  assert.equal(answer.status, 400);
  assert.deepEqual(body.errors, faults);
});

test('a throttled request says in whole seconds when to come again', async () => {
  const { answer } = await exchange(fails(new AppError('exchange.throttled', { retryAfterSeconds: 11.2 })));

  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get('retry-after'), '12');
});

test('an unknown caller is told how to sign in', async () => {
  const { answer } = await exchange(fails(new AppError('caller.unknown')));

  assert.equal(answer.status, 401);
  assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
});

test('an unexpected error is 500 without a word about it; the log has message and stack', async () => {
  const { answer, log } = await exchange(fails(new TypeError('secret thing is undefined')));

  const text = await answer.text();
  assert.equal(answer.status, 500);
  assert.match(text, /"code":"internal","requestId":"i-1"/);
  assert.doesNotMatch(text, /secret thing|endpoint\.test/);
  assert.deepEqual([log[0]?.level, log[0]?.event], ['error', 'http.failed']);
  assert.equal(log[0]?.error?.cause?.message, 'secret thing is undefined');
});

test('a handler that throws at once or throws no error at all is answered too', async () => {
  const atOnce = await exchange(() => {
    throw new AppError('route.missing', { method: 'GET' });
  });
  const nothing = await exchange(fails(undefined));

  assert.equal(atOnce.answer.status, 404);
  assert.equal(nothing.answer.status, 500);
});

test('an answer that takes too long is 503, and the handler is told to stop', async () => {
  let reason: unknown;

  const { answer, log } = await exchange(
    ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason;
          reject(signal.reason as Error);
        });
      }),
    5,
  );

  assert.equal(answer.status, 503);
  assert.equal(((await answer.json()) as { code: string }).code, 'request.timed-out');
  assert.ok(reason instanceof AppError);
  assert.deepEqual(
    log.map(({ level, event }) => ({ level, event })),
    [{ level: 'warn', event: 'http.failed' }],
  );
});

test('a failure after the time limit is not lost', async () => {
  const late = Promise.withResolvers<never>();

  const { answer, log } = await exchange(() => late.promise, 5);
  late.reject(new Error('too late'));
  await new Promise(setImmediate);

  assert.equal(answer.status, 503);
  assert.deepEqual(
    log.map(({ event, error }) => [event, error?.message.slice(0, 10)]),
    [
      ['http.failed', 'The answer'],
      ['http.failed-after-limit', 'too late'],
    ],
  );
});

test('the time limit of a fast answer keeps nothing alive', async () => {
  const before = process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

  await exchange(async () => json(200, {}));

  const after = process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
  assert.equal(after, before);
});
