// What Exchange's refusals become: codes, details, repeats, and what is said in the log. Bodies as public clients recorded them.
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, test } from 'node:test';
import { AppError } from '../../../src/domain/errors.ts';
import { collect, createExchangeStage } from '../../support/exchange-scene.ts';
import { envelope, notFound, refusal } from '../../support/exchange-server.ts';
import type { Reply } from '../../support/exchange-server.ts';

const guid = '3f0c5a52-1111-4222-8333-944455556000';
const stage = await createExchangeStage('refusals');
const server = await stage.start();

beforeEach(() => {
  server.seen.length = 0;
});

async function failureOf(run: () => Promise<unknown>): Promise<AppError> {
  const thrown = await run().then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof AppError);
  return thrown;
}

const type = 'Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException';
const text = "The operation couldn't be performed because object 'no-such-device' couldn't be found on 'DC01.contoso.example'.";
const said = "The operation couldn't be performed because object 'no-such-device' couldn't be found.";
const withDetail = (message: string) => ({ error: { code: 'BadRequest', message: 'Invalid Operation', details: [{ message }] } });

describe('the text and type of a fault', () => {
  const forms: Record<string, [unknown, { exceptionType?: string; answer: string }]> = {
    'in details and inner error': [refusal(type, text), { exceptionType: type, answer: said }],
    'in details alone': [withDetail(`Ex6F9304|${type}|${text}`), { exceptionType: type, answer: said }],
    'in details that begin with a bar': [withDetail(`|${type}|${text}`), { exceptionType: type, answer: said }],
    'with bars of its own': [
      withDetail(`Ex6F9304|${type}|Value 'a|b' is not valid.`),
      { exceptionType: type, answer: "Value 'a|b' is not valid." },
    ],
    'with a bar and no type': [withDetail('either this|or that'), { answer: 'either this|or that' }],
    'in details as JSON': [
      withDetail(JSON.stringify({ Message: text, TypeName: type, InnerError: null })),
      { exceptionType: type, answer: said },
    ],
    'in an inner error spelled otherwise': [
      { error: { innerError: { internalException: { message: text, type } } } },
      { exceptionType: type, answer: said },
    ],
    'in the first of two details': [
      { error: { details: [{ message: 'Ex1|T.One|first' }, { message: 'Ex2|T.Two|second' }] } },
      { exceptionType: 'T.One', answer: 'first' },
    ],
    'in the message when nothing else says more': [{ error: { message: 'Error executing cmdlet' } }, { answer: 'Error executing cmdlet' }],
    'in plain text': ['Something is wrong', { answer: 'Something is wrong' }],
  };
  for (const [where, [body, expected]] of Object.entries(forms)) {
    test(`are found ${where}`, async () => {
      const { exchange } = stage.scene(server);
      server.answer(() => ({ status: 400, body }));

      const { details } = await failureOf(() => exchange.listAccessRules());

      assert.deepEqual({ exceptionType: details['exceptionType'], answer: details['answer'] }, { exceptionType: undefined, ...expected });
    });
  }

  test('are nothing where the body is of another form, without a crash', async () => {
    const { exchange } = stage.scene(server);
    for (const body of [
      { error: null },
      { error: [] },
      { error: { details: 'x', innererror: 7 } },
      { error: { details: [null] } },
      '{"error":',
      '[]',
    ]) {
      server.answer(() => ({ status: 400, body }));

      const error = await failureOf(() => exchange.listAccessRules());

      assert.equal(error.code, 'exchange.bad-parameter');
    }
  });
});

describe('a refusal', () => {
  const forbidden = { error: { code: 'Forbidden', message: 'User is not allowed to call Get-ActiveSyncDeviceAccessRule' } };
  const roleText = 'The parameter X is not present in the role definition of the current user.';
  const scenario = "The role assigned to application 11111111-2222-3333-4444-555555555555 isn't supported in this scenario.";
  const cases: Record<string, [Reply, string, Record<string, unknown>, number]> = {
    '401 without a body': [{ status: 401 }, 'exchange.unauthenticated', {}, 2],
    '403 in JSON': [{ status: 403, body: forbidden }, 'exchange.denied', { refusal: 'cmdlet' }, 1],
    '403 of NULs': [{ status: 403, body: Buffer.alloc(336) }, 'exchange.denied', { refusal: 'opaque' }, 1],
    '403 of NULs labelled gzip': [
      { status: 403, headers: { 'Content-Encoding': 'gzip' }, body: Buffer.alloc(336) },
      'exchange.denied',
      { refusal: 'opaque' },
      1,
    ],
    '403 of gzipped NULs': [
      { status: 403, headers: { 'Content-Encoding': 'gzip' }, body: gzipSync(Buffer.alloc(4096)) },
      'exchange.denied',
      { refusal: 'opaque' },
      1,
    ],
    '403 of broken gzip': [
      { status: 403, body: gzipSync(Buffer.alloc(4096)).subarray(0, 20) },
      'exchange.denied',
      { refusal: 'opaque' },
      1,
    ],
    '403 with diagnostics': [
      { status: 403, headers: { 'x-ms-diagnostics': '2000001;reason="The token is not accepted."' } },
      'exchange.denied',
      { refusal: 'stated', diagnostics: '2000001;reason="The token is not accepted."' },
      1,
    ],
    'of a parameter by role': [{ status: 400, body: refusal('X.RbacException', roleText) }, 'exchange.denied', { refusal: 'cmdlet' }, 1],
    'of the directory role': [{ status: 400, body: refusal('', scenario) }, 'exchange.denied', { refusal: 'directory-role' }, 1],
    'not found, 400': [{ status: 400, body: notFound }, 'exchange.missing', {}, 1],
    'not found, 404': [{ status: 404, body: notFound }, 'exchange.missing', {}, 1],
    'not found, 500': [{ status: 500, body: notFound }, 'exchange.missing', {}, 1],
    'of an unknown route': [{ status: 404, body: '<html></html>' }, 'exchange.unexpected', {}, 1],
    'of a method': [{ status: 405 }, 'exchange.unexpected', {}, 1],
    'of something that exists': [
      { status: 400, body: refusal('Microsoft.Exchange.Data.Directory.ADObjectAlreadyExistsException', 'It exists.') },
      'exchange.exists',
      {},
      1,
    ],
    'of an ambiguous name': [
      {
        status: 400,
        body: refusal('X.ManagementObjectAmbiguousException', "The operation couldn't be performed because 'x' matches multiple entries."),
      },
      'exchange.bad-parameter',
      { reason: 'ambiguous' },
      1,
    ],
    'of parameters': [
      { status: 400, body: refusal('X.CommandInvocation.AmbiguousParameterSetException', 'Parameter set cannot be resolved.') },
      'exchange.bad-parameter',
      {},
      1,
    ],
    'of an enum value': [
      { status: 400, body: refusal('X.ParameterTransformationException', 'Cannot convert value "Al" to type AccessLevel.') },
      'exchange.bad-parameter',
      {},
      1,
    ],
    '429 for ever': [{ status: 429 }, 'exchange.throttled', {}, 5],
    '400 in words of throttling': [
      { status: 400, body: 'You have reached the maximum number of concurrent requests per tenant. Please wait and try again.' },
      'exchange.throttled',
      {},
      5,
    ],
    '408 for ever': [{ status: 408 }, 'exchange.unavailable', {}, 5],
    '502 of HTML for ever': [{ status: 502, body: '<html><body>Bad Gateway</body></html>' }, 'exchange.unavailable', {}, 5],
    '503 for ever': [{ status: 503 }, 'exchange.unavailable', {}, 5],
    '504 for ever': [{ status: 504 }, 'exchange.unavailable', {}, 5],
    '500 for ever': [{ status: 500, body: refusal('X.Unknown', 'It broke.', 'InternalServerError') }, 'exchange.unavailable', {}, 3],
    'of a passing kind for ever': [
      { status: 400, body: refusal('Microsoft.Exchange.Data.Directory.DCOverloadedException', 'The domain controller is overloaded.') },
      'exchange.unavailable',
      {},
      3,
    ],
    'of JSON cut off for ever': [{ body: '{"@odata.context":"x","value":[{"Guid":' }, 'exchange.unexpected', { reason: 'unreadable' }, 3],
    'of a connection cut in the body': [
      { body: envelope([{ Guid: guid }]), fate: 'cut' },
      'exchange.unavailable',
      { reason: 'connection' },
      5,
    ],
    'of a connection that is reset': [{ fate: 'reset' }, 'exchange.unavailable', { reason: 'connection' }, 5],
  };
  for (const [what, [reply, code, details, requests]] of Object.entries(cases)) {
    test(`${what} is ${code} after ${requests} request${requests === 1 ? '' : 's'}`, async () => {
      const { exchange } = stage.scene(server);
      server.answer(() => reply);

      const error = await failureOf(() => exchange.listAccessRules());

      assert.equal(error.code, code);
      assert.deepEqual({ ...error.details, ...details }, error.details);
      assert.equal(error.details['request'], 'Get-ActiveSyncDeviceAccessRule');
      assert.ok(error.cause instanceof Error);
      assert.equal(server.seen.length, requests);
    });
  }

  test('never names the server that found nothing', async () => {
    const { exchange } = stage.scene(server);
    server.answer(() => ({ status: 400, body: refusal('X', "Not on 'DC01.contoso.example'.") }));

    const error = await failureOf(() => exchange.listAccessRules());

    assert.ok(!JSON.stringify([error.details, String(error.cause)]).includes('DC01'));
  });

  test('of a right says so in the classic words', async () => {
    const { exchange, lines } = stage.scene(server);
    server.answer(() => ({ status: 403, body: forbidden }));

    await failureOf(() => exchange.listAccessRules());

    assert.ok(lines.some(({ event, level }) => level === 'warn' && event === 'Invoking cmdlet Get-ActiveSyncDeviceAccessRule failed'));
  });
});

describe('a throttled read', () => {
  const hints: Record<string, [Reply, number]> = {
    'as long as seconds say': [{ status: 429, headers: { 'Retry-After': '17' } }, 17_000],
    'until a date': [{ status: 429, headers: { 'Retry-After': 'Tue, 24 Nov 2026 08:00:21 GMT' } }, 21_000],
    'not at all after a date that is past': [{ status: 429, headers: { 'Retry-After': 'Tue, 24 Nov 2026 07:00:00 GMT' } }, 0],
    'as long as a header in prose says': [{ status: 429, headers: { 'Retry-After': 'wait 9 seconds' } }, 9000],
    'as long as the body says': [{ status: 429, body: 'Server busy. Please retry after 12 seconds.' }, 12_000],
    'two seconds when nothing says': [{ status: 429, headers: { 'Retry-After': 'soon' } }, 2000],
    'as long as an unavailable service says': [{ status: 503, headers: { 'Retry-After': '5' } }, 5000],
  };
  for (const [how, [reply, waitMs]] of Object.entries(hints)) {
    test(`waits ${how}`, async () => {
      const { exchange, waits } = stage.scene(server);
      server.answer((_, index) => (index === 0 ? reply : { body: envelope([]) }));

      await exchange.listAccessRules();

      assert.deepEqual(waits, waitMs === 0 ? [] : [waitMs]);
    });
  }

  test('waits longer each time, and counts what it cost', async () => {
    const { exchange, waits } = stage.scene(server);
    server.answer(() => ({ status: 429 }));
    const usage = { requests: 0, throttled: 0 };

    const error = await failureOf(() => exchange.listAccessRules({ usage }));

    assert.equal(error.code, 'exchange.throttled');
    assert.deepEqual(waits, [2000, 4000, 8000, 16_000]);
    assert.deepEqual(usage, { requests: 5, throttled: 5 });
  });

  test('gives up at once when it should wait longer than it may, and hands on how long', async () => {
    const { exchange, waits } = stage.scene(server);
    server.answer(() => ({ status: 429, headers: { 'Retry-After': '300' } }));

    const error = await failureOf(() => exchange.listAccessRules());

    assert.equal(error.details.retryAfterSeconds, 300);
    assert.deepEqual(waits, []);
    assert.equal(server.seen.length, 1);
  });

  test('goes on with the same page and cookies', async () => {
    const { exchange } = stage.scene(server);
    const link = `${server.origin}/adminapi/beta/x/InvokeCommand?%24skiptoken=p2`;
    const replies: Reply[] = [
      { body: envelope([{ Guid: guid }], { '@odata.nextLink': link }), headers: { 'Set-Cookie': 'backend=1; path=/' } },
      { status: 429 },
      { body: envelope([{ Guid: guid.replace('6000', '6001') }]) },
    ];
    server.answer((_, index) => replies[index]);

    const devices = await collect(exchange.listDevices({}));

    assert.equal(devices.length, 2);
    assert.deepEqual(
      server.seen.slice(1).map(({ headers, path }) => [headers.cookie, path.endsWith('skiptoken=p2')]),
      [
        ['backend=1', true],
        ['backend=1', true],
      ],
    );
  });
});

describe('the log', () => {
  test('has one line for each request, with cmdlet, status, duration, request id and attempt', async () => {
    const { exchange, lines } = stage.scene(server);
    server.answer((_, index) =>
      index === 0
        ? { status: 503, headers: { 'request-id': 'server-1' } }
        : { body: envelope([{ Guid: guid, UserDisplayName: 'Jane Doe' }]) },
    );

    await collect(exchange.listDevices({}));

    const calls = lines.filter(({ event }) => event === 'exchange.called').map(({ fields }) => fields);
    assert.deepEqual(
      calls.map(({ cmdlet, status, durationMs, attempt, serverRequestId }) => ({ cmdlet, status, durationMs, attempt, serverRequestId })),
      [
        { cmdlet: 'Get-MobileDevice', status: 503, durationMs: 0, attempt: 1, serverRequestId: 'server-1' },
        { cmdlet: 'Get-MobileDevice', status: 200, durationMs: 0, attempt: 2, serverRequestId: undefined },
      ],
    );
    assert.deepEqual(
      calls.map(({ requestId }) => requestId),
      server.seen.map(({ headers }) => headers['client-request-id']),
    );
  });

  test('holds no token and nothing of the rows or parameters', async () => {
    const { exchange, lines } = stage.scene(server);
    server.answer(() => ({ body: envelope([{ Guid: guid, UserDisplayName: 'Jane Doe' }]) }));

    await exchange.findRecipients({ by: 'address', address: 'jane@contoso.example' });
    await exchange.statisticsOfMailboxes([guid as never]).catch(() => undefined);

    const logged = JSON.stringify(lines);
    assert.ok(lines.length > 1);
    assert.doesNotMatch(logged, /token-1|Jane|jane/);
  });
});
