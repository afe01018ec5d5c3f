// The simulated Entra as a client on the wire sees it: refusals, documents, keys, tokens, and the managed-identity endpoint.
import assert from 'node:assert/strict';
import { stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { IDENTITY_PATH } from '../../../../src/local/tenant/entra/entra-routes.ts';
import { createTokenKeys } from '../../../../src/local/tenant/entra/token-keys.ts';
import { AUDIENCE, OTHER_TENANT, startTenant, TENANT } from '../../../adapters/graph/tenant-fixture.ts';
import type { TenantFixture } from '../../../adapters/graph/tenant-fixture.ts';
import { tempDirectory } from '../../../support/temp-directory.ts';

const EXCHANGE = 'https://outlook.office365.com/.default';

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function ask(tenant: TenantFixture, form: Record<string, string>, name: string = TENANT): Promise<Answer> {
  const response = await fetch(`${tenant.origin}/${name}/oauth2/v2.0/token`, { method: 'POST', body: new URLSearchParams(form) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function read(tenant: TenantFixture, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${tenant.origin}${path}`, { headers });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

function goodForm(tenant: TenantFixture): Record<string, string> {
  const { appId, secrets } = tenant.application();
  return { grant_type: 'client_credentials', client_id: appId, client_secret: secrets[0] ?? '', scope: EXCHANGE };
}

describe('the token endpoint', () => {
  test('gives a token in the form of OAuth 2.0, for the tenant by id and by domain', async () => {
    const tenant = await startTenant();

    for (const name of [TENANT, TENANT.toUpperCase(), 'contoso.example', 'contoso.onmicrosoft.com']) {
      const { status, body } = await ask(tenant, goodForm(tenant), name);

      const { access_token: token, ...rest } = body;
      assert.equal(status, 200);
      assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599 });
      assert.equal(decodeJwt(String(token))['tid'], TENANT);
    }
  });

  for (const [what, change, status, error, number] of [
    ['another grant', { grant_type: 'password' }, 400, 'unsupported_grant_type', 70003],
    ['no grant', { grant_type: '' }, 400, 'invalid_request', 900144],
    ['an unknown application', { client_id: '00000000-0000-4000-8000-000000000001' }, 400, 'unauthorized_client', 700016],
    ['a wrong secret', { client_secret: 'wrong' }, 401, 'invalid_client', 7000215],
    ['an assertion that is none', { client_assertion: 'x' }, 401, 'invalid_client', 50027],
    ['a scope without /.default', { scope: 'https://graph.microsoft.com/User.Read.All' }, 400, 'invalid_scope', 1002012],
    ['two scopes', { scope: `${EXCHANGE} https://graph.microsoft.com/.default` }, 400, 'invalid_scope', 1002012],
    ['an unknown API', { scope: 'https://unknown.example/.default' }, 400, 'invalid_resource', 500011],
  ] as const) {
    test(`refuses ${what} by its number`, async () => {
      const tenant = await startTenant();

      const answer = await ask(tenant, { ...goodForm(tenant), ...change });

      assert.deepEqual([answer.status, answer.body['error'], answer.body['error_codes']], [status, error, [number]]);
      assert.match(
        String(answer.body['error_description']),
        new RegExp(`^AADSTS${number}: .* Trace ID: .* Correlation ID: .* Timestamp: `),
      );
      assert.ok(!('access_token' in answer.body));
    });
  }

  test('refuses an unknown tenant, one without proof, and another method', async () => {
    const tenant = await startTenant();
    const { client_secret: _, ...unproven } = goodForm(tenant);

    assert.deepEqual((await ask(tenant, goodForm(tenant), 'nowhere.example')).body['error_codes'], [90002]);
    assert.deepEqual((await ask(tenant, goodForm(tenant), '%')).body['error_codes'], [90002]);
    assert.deepEqual((await ask(tenant, unproven)).body['error_codes'], [7000218]);
    assert.equal((await fetch(`${tenant.origin}/${TENANT}/oauth2/v2.0/token`)).status, 405);
  });

  test('leaves grants out that the application does not have, and refuses nothing for it', async () => {
    const tenant = await startTenant();
    const directory = tenant.world.organization(TENANT)?.directory;
    const { appId } = tenant.application();
    directory?.updateApplication(appId, { exchangeAppRoles: [], directoryRoles: [] });
    const without = await ask(tenant, goodForm(tenant));
    directory?.updateApplication(appId, { exchangeAppRoles: ['Exchange.ManageAsAppV2'] });
    const wrong = await ask(tenant, goodForm(tenant));

    const claims = [without, wrong].map(({ body }) => decodeJwt(String(body['access_token'])));

    assert.deepEqual(
      claims.map(({ roles, wids }) => [roles, wids]),
      [
        [undefined, []],
        [['Exchange.ManageAsAppV2'], []],
      ],
    );
  });

  test('answers faults that were asked for, one a request', async () => {
    const tenant = await startTenant();
    tenant.entra.switches.tokenFaults.push(
      { status: 503, error: 'temporarily_unavailable', number: 90033, text: 'Busy.', retryAfterSeconds: 5 },
      { fate: 'reset' },
    );

    const response = await fetch(`${tenant.origin}/${TENANT}/oauth2/v2.0/token`, { method: 'POST' });
    const lost = ask(tenant, goodForm(tenant));

    assert.deepEqual([response.status, response.headers.get('retry-after')], [503, '5']);
    await assert.rejects(lost, TypeError);
    assert.equal((await ask(tenant, goodForm(tenant))).status, 200);
  });
});

describe('the documents', () => {
  test('name issuer and endpoints of the tenant, in both versions', async () => {
    const tenant = await startTenant();

    const v1 = await read(tenant, `/${TENANT}/.well-known/openid-configuration`);
    const v2 = await read(tenant, `/${TENANT}/v2.0/.well-known/openid-configuration`);
    const common = await read(tenant, '/common/v2.0/.well-known/openid-configuration');

    assert.equal(v1.body['issuer'], `https://sts.windows.net/${TENANT}/`);
    assert.equal(v2.body['issuer'], `https://login.microsoftonline.com/${TENANT}/v2.0`);
    assert.equal(common.body['issuer'], 'https://login.microsoftonline.com/{tenantid}/v2.0');
    assert.equal(v2.body['token_endpoint'], `${tenant.origin}/${TENANT}/oauth2/v2.0/token`);
    assert.equal((await read(tenant, '/nowhere/v2.0/.well-known/openid-configuration')).status, 400);
    const keys = [v1, v2].map(({ body }) => read(tenant, new URL(String(body['jwks_uri'])).pathname));
    assert.deepEqual(
      (await Promise.all(keys)).map(({ body }) => (body['keys'] as unknown[]).length),
      [1, 1],
    );
  });

  test('publish no private part of a key, and let a tenant stand for itself at instance discovery', async () => {
    const tenant = await startTenant();

    const { body } = await read(tenant, '/common/discovery/v2.0/keys');
    const instance = await read(tenant, '/common/discovery/instance?api-version=1.1');

    const [key] = body['keys'] as Record<string, unknown>[];
    assert.deepEqual(Object.keys(key ?? {}).sort(), ['e', 'kid', 'kty', 'n', 'use', 'x5t']);
    assert.equal((instance.body['metadata'] as { preferred_network: string }[])[0]?.preferred_network, new URL(tenant.origin).host);
  });
});

describe('the keys', () => {
  test('outlive a restart, so do the tokens they signed, and only their owner can read them', async () => {
    const home = tempDirectory('keys');
    const first = await createTokenKeys(home);
    const token = await first.sign({ sub: 'x' });

    const second = await createTokenKeys(home);

    assert.deepEqual(second.published(), first.published());
    await assert.doesNotReject(second.find(decodeProtectedHeader(token)));
    assert.equal((await stat(join(home, 'token.keys.json'))).mode & 0o077, 0);
  });

  test('are rotated with the old ones beside them, or without', async () => {
    const home = tempDirectory('rotation');
    const keys = await createTokenKeys(home);
    const [old] = keys.published().keys;

    await keys.rotate();
    const both = keys.published().keys.map(({ kid }) => kid);
    await keys.rotate({ withdraw: true });
    const one = (await createTokenKeys(home)).published().keys.map(({ kid }) => kid);

    assert.deepEqual([both.length, both.includes(old?.kid), one.length, one.includes(old?.kid)], [2, true, 1, false]);
  });

  test('in a damaged file are made anew', async () => {
    const home = tempDirectory('damaged-keys');
    const first = await createTokenKeys(home);
    await truncate(join(home, 'token.keys.json'), 50);

    const second = await createTokenKeys(home);

    assert.notDeepEqual(second.published(), first.published());
  });
});

describe('tokens of people', () => {
  test('are given by alias, by user name and by object id', async () => {
    const tenant = await startTenant();
    const [admin] = tenant.world.organization(TENANT)?.directory.users() ?? [];
    assert.ok(admin);

    const issued = await Promise.all(
      ['admin', admin.userPrincipalName.toUpperCase(), admin.id].map((user) => tenant.entra.issueUserToken({ tenantId: TENANT, user })),
    );

    for (const { token, expiresAt } of issued) {
      const claims = decodeJwt(token);
      assert.deepEqual([claims['oid'], claims.aud, claims['scp'], claims['idtyp']], [admin.id, AUDIENCE, 'user_impersonation', undefined]);
      assert.equal(Date.parse(expiresAt), Number(claims.exp) * 1000);
    }
    await assert.rejects(tenant.entra.issueUserToken({ tenantId: TENANT, user: 'nobody' }), /Nobody in contoso.example is called nobody/);
    await assert.rejects(tenant.entra.issueUserToken({ tenantId: 'nowhere', user: 'admin' }), /no organization nowhere/);
  });
});

describe('verification for the APIs', () => {
  test('takes a token for its own API alone, while it lives and is not revoked', async () => {
    let nowMs = Date.now();
    const tenant = await startTenant({ realNowMs: () => nowMs });
    const token = String((await ask(tenant, goodForm(tenant))).body['access_token']);
    const verify = (audience: string): Promise<boolean> => tenant.entra.verifyToken(token, audience).then((claims) => claims !== undefined);

    const claims = await tenant.entra.verifyToken(token, 'https://outlook.office365.com');
    const byId = await verify('00000002-0000-0ff1-ce00-000000000000');
    const elsewhere = await verify('https://graph.microsoft.com');
    tenant.entra.switches.refuseIssuedBeforeMs = nowMs + 1000;
    const revoked = await verify('https://outlook.office365.com');
    tenant.entra.switches.refuseIssuedBeforeMs = 0;
    nowMs += 3_600_000;
    const expired = await verify('https://outlook.office365.com');

    const { appId, objectId, directoryRoles } = tenant.application();
    assert.deepEqual(claims, { tenantId: TENANT, appId, objectId, roles: ['Exchange.ManageAsApp'], wids: directoryRoles });
    assert.deepEqual([byId, elsewhere, revoked, expired], [true, false, false, false]);
  });

  test('takes no token that another tenant or nobody issued', async () => {
    const tenant = await startTenant();
    const good = decodeJwt(String((await ask(tenant, goodForm(tenant))).body['access_token']));
    const verify = (token: string): Promise<unknown> => tenant.entra.verifyToken(token, 'https://outlook.office365.com');

    assert.equal(await verify(await tenant.keys.sign({ ...good, tid: OTHER_TENANT })), undefined);
    assert.equal(await verify('not.a.token'), undefined);
    assert.equal(await verify(''), undefined);
  });
});

describe('the managed-identity endpoint', () => {
  const query = '?api-version=2019-08-01&resource=https://outlook.office365.com';

  test('answers as App Service does', async () => {
    const tenant = await startTenant();

    const { status, body } = await read(tenant, `${IDENTITY_PATH}${query}`, { 'x-identity-header': 'a-header-secret' });

    const { access_token: token, expires_on: end, ...rest } = body;
    assert.equal(status, 200);
    assert.deepEqual(rest, { client_id: tenant.application().appId, resource: 'https://outlook.office365.com', token_type: 'Bearer' });
    assert.equal(String(decodeJwt(String(token)).exp), end);
  });

  test('refuses a wrong header, another version, an identity that is not there, and an application that is no managed identity', async () => {
    const tenant = await startTenant();
    const header = { 'x-identity-header': 'a-header-secret' };
    const statuses = [
      await read(tenant, `${IDENTITY_PATH}${query}`),
      await read(tenant, `${IDENTITY_PATH}${query}`, { 'x-identity-header': 'wrong' }),
      await read(tenant, `${IDENTITY_PATH}?resource=https://graph.microsoft.com`, header),
      await read(tenant, `${IDENTITY_PATH}${query}&client_id=unknown`, header),
      await read(tenant, `${IDENTITY_PATH}${query}&mi_res_id=/subscriptions/x`, header),
    ].map(({ status }) => status);
    for (const { directory } of tenant.world.organizations()) {
      for (const { appId } of directory.applications()) directory.updateApplication(appId, { isManagedIdentity: false });
    }

    assert.deepEqual(statuses, [401, 401, 400, 400, 400]);
    assert.equal((await read(tenant, `${IDENTITY_PATH}${query}`, header)).status, 400);
  });
});
