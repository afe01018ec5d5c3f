// Who asks, by bearer token: every way in which a token can be wrong, and what a good one says. Tokens come from the simulated Entra or are forged here.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { base64url, exportSPKI, generateKeyPair, importJWK, SignJWT, UnsecuredJWT } from 'jose';
import type { JWTPayload } from 'jose';
import { createCallers } from '../../../src/adapters/identity/caller.ts';
import type { Caller, Callers } from '../../../src/domain/caller.ts';
import { addMs } from '../../../src/domain/instant.ts';
import { personId } from '../../../src/local/host/auth/people.ts';
import { keepingLog } from '../graph/graph-fixture.ts';
import type { LogEntry } from '../graph/graph-fixture.ts';
import { AUDIENCE, OTHER_TENANT, startTenant, TENANT } from '../graph/tenant-fixture.ts';
import type { TenantFixture } from '../graph/tenant-fixture.ts';

interface Scene {
  readonly tenant: TenantFixture;
  readonly callers: Callers;
  readonly log: LogEntry[];
  readonly time: { now: string };
  /** Keys were asked for so often. */
  readonly keyRequests: () => number;
}

async function startScene(): Promise<Scene> {
  const tenant = await startTenant();
  const log: LogEntry[] = [];
  const time = { now: new Date().toISOString() };
  const callers = createCallers({
    audiences: [AUDIENCE],
    isAllowedTenant: (id) => id === TENANT,
    authority: tenant.origin,
    isPlatformSignInOn: true,
    clock: { now: () => time.now },
    log: keepingLog(log),
  });
  return { tenant, callers, log, time, keyRequests: () => tenant.arrived.filter(({ target }) => target.includes('/keys')).length };
}

function identify(callers: Callers, token: string, more: Record<string, string> = {}): Promise<Caller> {
  return callers.identify(new Headers({ authorization: `Bearer ${token}`, ...more }));
}

async function refuses(callers: Callers, token: string, reason: string): Promise<void> {
  await assert.rejects(identify(callers, token), (error: Error & { code?: string; details?: Record<string, unknown> }) => {
    assert.deepEqual({ code: error.code, details: error.details }, { code: 'caller.unknown', details: { reason } });
    assert.equal(error.cause, undefined);
    return true;
  });
}

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** Claims of a good token for alice. */
function claims(more: JWTPayload = {}): JWTPayload {
  return {
    iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
    aud: AUDIENCE,
    tid: TENANT,
    oid: personId('alice'),
    azp: 'client',
    scp: 'user_impersonation',
    iat: nowSeconds(),
    nbf: nowSeconds(),
    exp: nowSeconds() + 600,
    ver: '2.0',
    ...more,
  };
}

describe('a good token', () => {
  test('of version 2 names its person with roles, groups and language', async () => {
    const { tenant, callers } = await startScene();
    const { token } = await tenant.entra.issueUserToken({ tenantId: TENANT, user: 'chloe' });

    const caller = await identify(callers, token);

    const { groups, ...rest } = caller;
    assert.deepEqual(rest, {
      tenantId: TENANT,
      objectId: personId('chloe'),
      kind: 'user',
      name: 'Chloé Lefèvre',
      roles: [],
      areGroupsComplete: true,
      language: 'fr-FR',
      via: 'token',
    });
    assert.ok(groups.length > 0);
  });

  test('of version 1 is as good, with its own issuer', async () => {
    const { tenant, callers } = await startScene();
    const { token } = await tenant.entra.issueUserToken({ tenantId: TENANT, user: 'admin', version: '1.0' });

    const caller = await identify(callers, token);

    assert.equal(caller.objectId, personId('admin'));
    assert.deepEqual(caller.roles, ['FullAdministrator']);
    assert.ok(tenant.arrived.some(({ target }) => target === `/${TENANT}/.well-known/openid-configuration`));
  });

  test('of an application is told from a person, even without a word about its type', async () => {
    const { tenant, callers } = await startScene();
    const { appId, objectId } = tenant.application();
    const application = { azp: appId, oid: objectId, sub: objectId };

    const plain = await identify(callers, await tenant.keys.sign({ ...claims(application), scp: undefined, roles: ['Ticket.Write'] }));
    const typed = await identify(callers, await tenant.keys.sign({ ...claims(application), scp: undefined, idtyp: 'app' }));
    const odd = await identify(callers, await tenant.keys.sign({ ...claims(application), idtyp: 'app' }));

    assert.deepEqual([plain.kind, typed.kind, odd.kind], ['application', 'application', 'application']);
    assert.deepEqual(plain.roles, ['Ticket.Write']);
  });

  test('that leaves out groups for want of room says so', async () => {
    const { tenant, callers } = await startScene();
    tenant.entra.switches.maxGroupsInToken = 0;
    const { token } = await tenant.entra.issueUserToken({ tenantId: TENANT, user: 'alice' });

    const caller = await identify(callers, token);

    assert.deepEqual([caller.groups, caller.areGroupsComplete], [[], false]);
    assert.equal((await identify(callers, await tenant.keys.sign(claims({ hasgroups: true })))).areGroupsComplete, false);
  });

  test('may be a little early or late, for clocks differ', async () => {
    const { tenant, callers, time } = await startScene();
    const { token } = await tenant.entra.issueUserToken({ tenantId: TENANT, user: 'alice', lifetimeSeconds: 60 });

    time.now = addMs(time.now, 60_000 + 290_000);

    assert.equal((await identify(callers, token)).objectId, personId('alice'));
  });

  test('wins over a sign-in that came along', async () => {
    const { tenant, callers } = await startScene();
    const { token } = await tenant.entra.issueUserToken({ tenantId: TENANT, user: 'alice' });
    const signIn = {
      auth_typ: 'aad',
      claims: [
        { typ: 'tid', val: TENANT },
        { typ: 'oid', val: personId('admin') },
      ],
    };
    const principal = Buffer.from(JSON.stringify(signIn)).toString('base64');

    const caller = await identify(callers, token, { 'x-ms-client-principal': principal });

    assert.equal(caller.objectId, personId('alice'));
  });
});

describe('a token is refused', () => {
  test('of another tenant, without a question to Entra', async () => {
    const { tenant, callers } = await startScene();
    const [stranger] = tenant.world.organization(OTHER_TENANT)?.directory.users() ?? [];
    const { token } = await tenant.entra.issueUserToken({ tenantId: OTHER_TENANT, user: stranger?.id ?? '' });

    await refuses(callers, token, 'wrong-tenant');
    await refuses(callers, await tenant.keys.sign(claims({ tid: undefined })), 'wrong-tenant');

    assert.deepEqual(tenant.arrived, []);
  });

  test('for another audience, or of another issuer', async () => {
    const { tenant, callers } = await startScene();
    const other = await tenant.entra.issueUserToken({ tenantId: TENANT, user: 'alice', audience: 'https://graph.microsoft.com' });

    await refuses(callers, other.token, 'wrong-audience');
    await refuses(
      callers,
      await tenant.keys.sign(claims({ iss: `https://login.microsoftonline.com/${OTHER_TENANT}/v2.0` })),
      'wrong-issuer',
    );
    await refuses(callers, await tenant.keys.sign(claims({ iss: `https://sts.windows.net/${TENANT}/` })), 'wrong-issuer');
    await refuses(callers, await tenant.keys.sign(claims({ ver: '1.0' })), 'wrong-issuer');
  });

  test('when it is over, or has not begun', async () => {
    const { tenant, callers, time } = await startScene();
    const { token } = await tenant.entra.issueUserToken({ tenantId: TENANT, user: 'alice', lifetimeSeconds: 60 });
    const early = await tenant.keys.sign(claims({ nbf: nowSeconds() + 900, exp: nowSeconds() + 1800 }));

    await refuses(callers, early, 'not-yet-valid');
    time.now = addMs(time.now, 60_000 + 301_000);

    await refuses(callers, token, 'expired');
  });

  test('without a signature, or signed with a secret that everybody can read', async () => {
    const { tenant, callers } = await startScene();
    const [jwk] = tenant.keys.published().keys;
    const publicKey = await importJWK({ ...jwk }, 'RS256', { extractable: true });
    const secret = new TextEncoder().encode(await exportSPKI(publicKey as CryptoKeyLike));
    const header = { alg: 'HS256', kid: jwk?.kid ?? '' };

    await refuses(callers, new UnsecuredJWT(claims()).encode(), 'wrong-algorithm');
    await refuses(callers, await new SignJWT(claims()).setProtectedHeader(header).sign(secret), 'wrong-algorithm');
    assert.deepEqual(tenant.arrived, []);
    await refuses(callers, `${base64url.encode('{"alg":"RS256"}')}.${base64url.encode(JSON.stringify(claims()))}.`, 'bad-signature');
  });

  test('signed with another key, under its own name or under that of a good one', async () => {
    const { tenant, callers } = await startScene();
    const { privateKey } = await generateKeyPair('RS256');
    const forge = (kid: string): Promise<string> => new SignJWT(claims()).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey);

    await refuses(callers, await forge(tenant.keys.published().keys[0]?.kid ?? ''), 'bad-signature');
    await refuses(callers, await forge('made-up'), 'unknown-key');
    const ps256 = await generateKeyPair('PS256');
    await refuses(callers, await new SignJWT(claims()).setProtectedHeader({ alg: 'PS256' }).sign(ps256.privateKey), 'wrong-algorithm');
  });

  test('when a part of it was changed', async () => {
    const { tenant, callers } = await startScene();
    const { token } = await tenant.entra.issueUserToken({ tenantId: TENANT, user: 'alice' });
    const [head = '', , signature = ''] = token.split('.');

    await refuses(callers, `${head}.${base64url.encode(JSON.stringify(claims({ oid: personId('admin') })))}.${signature}`, 'bad-signature');
  });

  test('that is an id token: it proves a sign-in to a client, not a permission', async () => {
    const { tenant, callers } = await startScene();

    await refuses(callers, await tenant.keys.sign(claims({ azp: undefined, scp: undefined, nonce: 'n' })), 'not-an-access-token');
    await refuses(callers, await tenant.keys.sign(claims({ azp: undefined })), 'not-an-access-token');
  });

  test('that leaves out what decisions rest on', async () => {
    const { tenant, callers } = await startScene();

    for (const name of ['oid', 'exp', 'nbf', 'aud', 'iss']) {
      await refuses(callers, await tenant.keys.sign(claims({ [name]: undefined })), 'claim-missing');
    }
    await refuses(callers, await tenant.keys.sign({ ...claims(), oid: 7 }), 'claim-missing');
  });

  test('in any form that is none', async () => {
    const { callers } = await startScene();

    for (const token of ['', 'x', 'a.b', 'a.b.c', 'a.b.c.d', '..', 'a b.c.d', `${'a'.repeat(70_000)}.b.c`])
      await refuses(callers, token, 'malformed');
    await assert.rejects(callers.identify(new Headers({ authorization: 'Basic dXNlcjpwYXNz' })), { code: 'caller.unknown' });
    await assert.rejects(callers.identify(new Headers({ authorization: '' })), { code: 'caller.unknown' });
  });
});

type CryptoKeyLike = Parameters<typeof exportSPKI>[0];

describe('signing keys', () => {
  test('are asked for once for many callers at a time, and kept', async () => {
    const { tenant, callers, keyRequests } = await startScene();
    const { token } = await tenant.entra.issueUserToken({ tenantId: TENANT, user: 'alice' });

    await Promise.all([identify(callers, token), identify(callers, token), identify(callers, token)]);
    await identify(callers, token);

    assert.equal(keyRequests(), 1);
  });

  test('are asked for again when a token names a new one, but not for every made-up name', async () => {
    const { tenant, callers, time, keyRequests } = await startScene();
    const first = await tenant.entra.issueUserToken({ tenantId: TENANT, user: 'alice' });
    await identify(callers, first.token);
    await tenant.keys.rotate();
    const second = await tenant.entra.issueUserToken({ tenantId: TENANT, user: 'bob' });
    await refuses(callers, second.token, 'unknown-key');
    time.now = addMs(time.now, 60_000);

    const caller = await identify(callers, second.token);

    assert.equal(caller.objectId, personId('bob'));
    assert.equal((await identify(callers, first.token)).objectId, personId('alice'));
    assert.equal(keyRequests(), 2);
    const { privateKey } = await generateKeyPair('RS256');
    for (const kid of ['a', 'b', 'c']) {
      await refuses(callers, await new SignJWT(claims()).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey), 'unknown-key');
    }
    assert.equal(keyRequests(), 2);
  });

  test('that were withdrawn are no longer trusted after the next renewal', async () => {
    const { tenant, callers, time } = await startScene();
    const { token } = await tenant.entra.issueUserToken({ tenantId: TENANT, user: 'alice', lifetimeSeconds: 100_000 });
    await identify(callers, token);
    await tenant.keys.rotate({ withdraw: true });
    assert.equal((await identify(callers, token)).objectId, personId('alice'));

    time.now = addMs(time.now, 12 * 3_600_000);

    await refuses(callers, token, 'unknown-key');
  });

  test('serve on while Entra is away, though not for ever', async () => {
    const { tenant, callers, time, log } = await startScene();
    const { token } = await tenant.entra.issueUserToken({ tenantId: TENANT, user: 'alice', lifetimeSeconds: 1_000_000 });
    await identify(callers, token);
    tenant.entra.switches.areKeysDown = true;
    time.now = addMs(time.now, 13 * 3_600_000);

    const caller = await identify(callers, token);
    time.now = addMs(time.now, 36 * 3_600_000);

    assert.equal(caller.objectId, personId('alice'));
    await assert.rejects(identify(callers, token), { code: 'caller.unverifiable' });
    assert.deepEqual([...new Set(log.map(({ level, event }) => `${level} ${event}`))], ['warn identity.keys-unavailable']);
    tenant.entra.switches.areKeysDown = false;
    time.now = addMs(time.now, 5_000);
    assert.equal((await identify(callers, token)).objectId, personId('alice'));
  });

  test('that cannot be had are a fault of the service, not of the caller, and are not asked for at every request', async () => {
    const { tenant, callers } = await startScene();
    const { token } = await tenant.entra.issueUserToken({ tenantId: TENANT, user: 'alice' });
    tenant.entra.switches.areKeysDown = true;

    for (const _ of [1, 2, 3]) await assert.rejects(identify(callers, token), { code: 'caller.unverifiable' });

    assert.equal(tenant.arrived.length, 1);
  });

  test('never make a token appear in the log', async () => {
    const { tenant, callers, log } = await startScene();
    const { token } = await tenant.entra.issueUserToken({ tenantId: TENANT, user: 'alice' });
    tenant.entra.switches.areKeysDown = true;
    await assert.rejects(identify(callers, token), { code: 'caller.unverifiable' });

    const text = JSON.stringify(log.map(({ event, fields }) => ({ event, fields, error: String(fields['error']) })));

    assert.ok(log.length > 0);
    assert.ok(!text.includes(token) && !text.includes(token.split('.')[1] ?? 'payload'));
  });
});
