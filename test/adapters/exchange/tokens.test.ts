// When a token is asked for, kept, renewed and given up.
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { AppError } from '../../../src/domain/errors.ts';
import { createExchangeStage } from '../../support/exchange-scene.ts';
import { envelope } from '../../support/exchange-server.ts';

const stage = await createExchangeStage('tokens');
const server = await stage.start();

beforeEach(() => {
  server.seen.length = 0;
});

const sentTokens = (): (string | undefined)[] => server.seen.map(({ headers }) => headers.authorization);

describe('the token', () => {
  test('is asked for once, for the scope of the cloud, and used until shortly before it ends', async () => {
    const { exchange, tokenRequests, clock } = stage.scene(server);
    server.answer(() => ({ body: envelope([]) }));

    await exchange.listAccessRules();
    await exchange.listAccessRules();
    clock.set('2026-11-24T19:56:00.000Z');
    await exchange.listAccessRules();

    assert.deepEqual(
      tokenRequests.map(({ scope }) => scope),
      ['https://outlook.office365.com/.default', 'https://outlook.office365.com/.default'],
    );
    assert.deepEqual(sentTokens(), ['Bearer token-1', 'Bearer token-1', 'Bearer token-2']);
  });

  test('that is refused is renewed once, by claims that no kept token fulfils', async () => {
    const { exchange, tokenRequests, waits } = stage.scene(server);
    server.answer((_, index) => (index === 0 ? { status: 401 } : { body: envelope([]) }));

    await exchange.listAccessRules();

    assert.deepEqual(sentTokens(), ['Bearer token-1', 'Bearer token-2']);
    assert.deepEqual(JSON.parse(tokenRequests[1]?.claims ?? ''), {
      access_token: { nbf: { essential: true, value: String(Date.parse('2026-11-24T08:00:00Z') / 1000) } },
    });
    assert.deepEqual(waits, []);
  });

  test('is renewed with the claims of the challenge when there is one', async () => {
    const { exchange, tokenRequests } = stage.scene(server);
    const claims = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}';
    const challenge = `Bearer realm="", error="insufficient_claims", claims="${Buffer.from(claims).toString('base64')}"`;
    server.answer((_, index) => (index === 0 ? { status: 401, headers: { 'WWW-Authenticate': challenge } } : { body: envelope([]) }));

    await exchange.listAccessRules();

    assert.equal(tokenRequests[1]?.claims, claims);
  });

  test('of a credential that can forget is renewed by letting it forget', async () => {
    const asked: (string | undefined)[] = [];
    let forgotten = 0;
    const credential = {
      getToken: (_: string | string[], how: { claims?: string } = {}) => {
        asked.push(how.claims);
        return Promise.resolve({ token: `kept-${forgotten}`, expiresOnTimestamp: Date.parse('2026-11-25T00:00:00Z') });
      },
      renew: () => void (forgotten += 1),
    };
    const { exchange } = stage.scene(server, { credential });
    server.answer((_, index) => (index === 0 ? { status: 401 } : { body: envelope([]) }));

    await exchange.listAccessRules();

    assert.deepEqual(sentTokens(), ['Bearer kept-0', 'Bearer kept-1']);
    assert.deepEqual(asked, [undefined, undefined]);
  });

  test('is asked for once by calls that start together, and renewed once when they are refused together', async () => {
    const { exchange, tokenRequests } = stage.scene(server);
    server.answer(({ headers }) => (headers.authorization === 'Bearer token-1' ? { status: 401 } : { body: envelope([]) }));

    await Promise.all([exchange.listAccessRules(), exchange.listDeviceClasses(), exchange.listPolicies()]);

    assert.equal(tokenRequests.length, 2);
    assert.equal(server.seen.length, 6);
  });

  test('that takes too long to get does not hold up a call that is cancelled', async () => {
    const cancel = new AbortController();
    const reason = new Error('enough');
    const credential = {
      getToken: () => {
        queueMicrotask(() => cancel.abort(reason));
        return new Promise<never>(() => undefined);
      },
    };
    const { exchange } = stage.scene(server, { credential });

    const call = exchange.listAccessRules({ signal: cancel.signal });

    await assert.rejects(call, reason);
  });

  for (const [minutes, requests] of [
    [1, 1],
    [10, 2],
  ] as const) {
    test(`of ${minutes} minutes is ${requests === 1 ? 'not ' : ''}renewed after a refusal without a reason`, async () => {
      const { exchange, clock } = stage.scene(server);
      server.answer(() => ({ body: envelope([]) }));
      await exchange.listAccessRules();
      server.seen.length = 0;
      server.answer(() => ({ status: 403, body: Buffer.alloc(336) }));
      clock.set(`2026-11-24T08:${String(minutes).padStart(2, '0')}:00.000Z`);

      const call = exchange.listAccessRules();

      await assert.rejects(call, { code: 'exchange.denied' });
      assert.equal(server.seen.length, requests);
    });
  }

  test('is renewed for a write, too, which then runs once', async () => {
    const { exchange } = stage.scene(server);
    server.answer((_, index) => (index === 0 ? { status: 401 } : { body: envelope([]) }));

    await exchange.setAccessRuleLevel('3f0c5a52-1111-4222-8333-944455556000', 'Block');

    assert.equal(server.seen.length, 2);
  });

  test('that cannot be got ends the call with the credential’s own error, and nothing is sent', async () => {
    const denied = new AppError('identity.denied', { resource: 'https://outlook.office365.com' });
    const { exchange } = stage.scene(server, { credential: { getToken: () => Promise.reject(denied) } });

    const call = exchange.listAccessRules();

    await assert.rejects(call, denied);
    assert.equal(server.seen.length, 0);
  });

  test('that a foreign credential does not give is unavailable', async () => {
    const { exchange } = stage.scene(server, { credential: { getToken: () => Promise.resolve(null) } });

    const call = exchange.listAccessRules();

    await assert.rejects(call, { code: 'identity.unavailable' });
  });
});
