// Every kind of credential against the simulated Entra, by the unmodified @azure/identity; and what each failure is called.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { calculateJwkThumbprint, decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createCredential } from '../../../src/adapters/identity/credential.ts';
import type { ConnectorCredential } from '../../../src/adapters/identity/credential.ts';
import type { Credential } from '../../../src/domain/credential.ts';
import { createClientCertificate } from '../../../src/local/tenant/entra/client-certificate.ts';
import { IDENTITY_PATH } from '../../../src/local/tenant/entra/entra-routes.ts';
import type { Application } from '../../../src/local/tenant/world/types.ts';
import { homeFile, startListener, startTenant, TENANT } from '../graph/tenant-fixture.ts';
import type { TenantFixture } from '../graph/tenant-fixture.ts';

const EXCHANGE = 'https://outlook.office365.com/.default';
const GRAPH = 'https://graph.microsoft.com/.default';

const registered = await createClientCertificate('connector');
const stranger = await createClientCertificate('connector');

function credentialFor(
  tenant: TenantFixture,
  credential: Credential,
  settings: Readonly<Record<string, string>> = {},
): ConnectorCredential {
  return createCredential({ tenantId: TENANT, credential, endpoints: tenant.endpoints, setting: (name) => settings[name] });
}

function change(tenant: TenantFixture, facts: Partial<Application>): Application {
  const directory = tenant.world.organization(TENANT)?.directory;
  assert.ok(directory);
  return directory.updateApplication(tenant.application().appId, facts);
}

// MSAL reads the endpoint of the managed identity once in the life of a process, so all tests of it share one tenant.
const home = await startTenant();
process.env['IDENTITY_ENDPOINT'] = `${home.origin}${IDENTITY_PATH}`;
process.env['IDENTITY_HEADER'] = 'a-header-secret';

const tokenRequests = ({ arrived }: TenantFixture): number => arrived.filter(({ target }) => target.includes('/oauth2/v2.0/token')).length;

describe('a client secret', () => {
  test('gives tokens for Exchange and for Graph, each asked for once', async () => {
    const tenant = await startTenant();
    const { appId, objectId, secrets } = tenant.application();
    const credential = credentialFor(tenant, { kind: 'secret', clientId: appId, name: 'A' }, { CONNECTOR_SECRET_A: ` ${secrets[0]}\n` });

    const [exchange, again, graph] = [
      await credential.getToken(EXCHANGE),
      await credential.getToken(EXCHANGE),
      await credential.getToken(GRAPH),
    ];

    const { aud, tid, oid, roles, wids, iss } = decodeJwt(exchange.token);
    assert.deepEqual(
      { aud, tid, oid, roles, iss },
      {
        aud: 'https://outlook.office365.com',
        tid: TENANT,
        oid: objectId,
        roles: ['Exchange.ManageAsApp'],
        iss: `https://sts.windows.net/${TENANT}/`,
      },
    );
    assert.ok(Array.isArray(wids));
    assert.equal(again.token, exchange.token);
    assert.equal(decodeJwt(graph.token).aud, 'https://graph.microsoft.com');
    assert.equal(tokenRequests(tenant), 2);
    assert.equal((await tenant.entra.verifyToken(exchange.token, 'https://graph.microsoft.com')) ?? 'refused', 'refused');
  });

  test('is read again from its setting after a renewal', async () => {
    const tenant = await startTenant();
    const { appId, secrets } = tenant.application();
    const settings: Record<string, string> = { CONNECTOR_SECRET_A: 'an old secret' };
    const credential = credentialFor(tenant, { kind: 'secret', clientId: appId, name: 'A' }, settings);
    await assert.rejects(credential.getToken(EXCHANGE), { code: 'identity.denied' });
    settings['CONNECTOR_SECRET_A'] = secrets[0] ?? '';

    credential.renew();
    const { token } = await credential.getToken(EXCHANGE);

    assert.equal(decodeJwt(token)['appidacr'], '1');
  });
});

describe('a certificate', () => {
  for (const [form, value] of [
    ['lines', registered.pem],
    ['one line', registered.pem.replaceAll('\n', String.raw`\n`)],
  ] as const) {
    test(`gives tokens when its setting holds ${form}`, async () => {
      const tenant = await startTenant({ certificates: [stranger.certificate, registered.certificate] });
      const { appId } = change(tenant, { certificateThumbprints: [registered.thumbprint] });
      const credential = credentialFor(tenant, { kind: 'certificate', clientId: appId, name: 'B' }, { CONNECTOR_CERTIFICATE_B: value });

      const { token } = await credential.getToken(EXCHANGE);

      assert.equal(decodeJwt(token)['appidacr'], '2');
    });
  }

  test('that the application does not know is refused', async () => {
    const tenant = await startTenant({ certificates: [stranger.certificate, registered.certificate] });
    const { appId } = change(tenant, { certificateThumbprints: [registered.thumbprint] });
    const credential = credentialFor(
      tenant,
      { kind: 'certificate', clientId: appId, name: 'B' },
      { CONNECTOR_CERTIFICATE_B: stranger.pem },
    );

    await assert.rejects(credential.getToken(EXCHANGE), hasReason('identity.denied', 'AADSTS700027'));
  });
});

describe('a managed identity', () => {
  const { appId, objectId } = home.application();
  const trust = { issuer: `https://login.microsoftonline.com/${TENANT}/v2.0`, subject: objectId, audience: 'api://AzureADTokenExchange' };

  test('of the system gives tokens', async () => {
    const { token } = await credentialFor(home, { kind: 'managed-identity' }).getToken(EXCHANGE);

    assert.equal(decodeJwt(token)['oid'], objectId);
  });

  test('assigned by name gives tokens, and an unknown one is refused', async () => {
    const { token } = await credentialFor(home, { kind: 'managed-identity', clientId: appId }).getToken(EXCHANGE);

    assert.equal(decodeJwt(token)['appid'], appId);
    const unknown = credentialFor(home, { kind: 'managed-identity', clientId: '00000000-0000-4000-8000-000000000001' });
    await assert.rejects(unknown.getToken(EXCHANGE), { code: 'identity.denied' });
  });

  test('gives a token with new grants after a renewal, for each API, to itself and to whoever asks after it; without one the token stays', async (t) => {
    const before = home.application();
    t.after(() => change(home, before));
    const rolesOf = ({ token }: { token: string }): unknown => decodeJwt(token)['roles'];
    const [kept, renewed] = [1, 2].map(() => credentialFor(home, { kind: 'managed-identity' }));
    assert.ok(kept && renewed);
    await kept.getToken(EXCHANGE);
    await kept.getToken(GRAPH);
    change(home, { exchangeAppRoles: [], graphAppRoles: ['User.Read.All'] });

    const stale = await kept.getToken(EXCHANGE);
    renewed.renew();
    const fresh = await Promise.all([renewed.getToken(EXCHANGE), renewed.getToken(EXCHANGE), renewed.getToken(GRAPH)]);
    const after = await kept.getToken(EXCHANGE);

    assert.deepEqual(rolesOf(stale), before.exchangeAppRoles);
    assert.deepEqual(
      fresh.map(rolesOf).map((roles) => roles ?? []),
      [[], [], ['User.Read.All']],
    );
    assert.equal(after.token, fresh[0]?.token);
  });

  test('that is unknown is refused after a renewal in the same words', async () => {
    const unknown = credentialFor(home, { kind: 'managed-identity', clientId: '00000000-0000-4000-8000-000000000001' });
    unknown.renew();

    await assert.rejects(unknown.getToken(EXCHANGE), { code: 'identity.denied' });
  });

  test('gives no token for an API that the tenant does not have', async () => {
    await assert.rejects(
      credentialFor(home, { kind: 'managed-identity' }).getToken('https://unknown.example/.default'),
      hasReason('identity.denied', 'AADSTS500011'),
    );
  });

  test('vouches for an application that trusts it, and for no other', async () => {
    change(home, { federatedCredentials: [{ ...trust, subject: 'somebody else' }] });
    const credential = { kind: 'federated-identity', clientId: appId } as const;
    await assert.rejects(credentialFor(home, credential).getToken(EXCHANGE), hasReason('identity.denied', 'AADSTS700213'));
    change(home, { federatedCredentials: [trust] });

    const { token } = await credentialFor(home, credential).getToken(EXCHANGE);

    assert.equal(decodeJwt(token)['appidacr'], '2');
  });
});

describe('a token file', () => {
  const issuer = 'https://oidc.example/cluster';

  async function startWithIssuer(): Promise<{
    tenant: TenantFixture;
    write: (name: string, claims: object, expiresIn?: string) => Promise<string>;
  }> {
    const { privateKey, publicKey } = await generateKeyPair('RS256');
    const jwk = await exportJWK(publicKey);
    const kid = await calculateJwkThumbprint(jwk);
    const tenant = await startTenant({ federatedIssuers: new Map([[issuer, { keys: [{ ...jwk, kid }] }]]) });
    change(tenant, { federatedCredentials: [{ issuer, subject: 'system:connector', audience: 'api://AzureADTokenExchange' }] });
    return {
      tenant,
      async write(name, claims, expiresIn = '1h') {
        const token = await new SignJWT({ iss: issuer, sub: 'system:connector', aud: 'api://AzureADTokenExchange', ...claims })
          .setProtectedHeader({ alg: 'RS256', kid })
          .setExpirationTime(expiresIn)
          .sign(privateKey);
        await writeFile(homeFile(name), token);
        return homeFile(name);
      },
    };
  }

  test('of an issuer that the application trusts gives tokens', async () => {
    const { tenant, write } = await startWithIssuer();
    const path = await write('good-token', {});
    const credential = { kind: 'federated-file', clientId: tenant.application().appId, name: 'C' } as const;

    const { token } = await credentialFor(tenant, credential, { CONNECTOR_TOKEN_FILE_C: path }).getToken(EXCHANGE);

    assert.equal(decodeJwt(token).aud, 'https://outlook.office365.com');
  });

  for (const [what, claims, expiresIn, reason] of [
    ['another issuer', { iss: 'https://oidc.example/other' }, '1h', 'AADSTS700211'],
    ['another audience', { aud: 'somewhere' }, '1h', 'AADSTS700212'],
    ['another subject', { sub: 'system:intruder' }, '1h', 'AADSTS700213'],
    ['yesterday', {}, '-1d', 'AADSTS700024'],
  ] as const) {
    test(`of ${what} is refused`, async () => {
      const { tenant, write } = await startWithIssuer();
      const path = await write('bad-token', claims, expiresIn);
      const credential = { kind: 'federated-file', clientId: tenant.application().appId, name: 'C' } as const;

      const refused = credentialFor(tenant, credential, { CONNECTOR_TOKEN_FILE_C: path }).getToken(EXCHANGE);

      await assert.rejects(refused, hasReason('identity.denied', reason));
    });
  }
});

describe('refusals and outages', () => {
  const secret = (
    tenant: TenantFixture,
    more: Partial<{ clientId: string; value: string; tenantId: string }> = {},
  ): ConnectorCredential => {
    const { appId, secrets } = tenant.application();
    return createCredential({
      tenantId: more.tenantId ?? TENANT,
      credential: { kind: 'secret', clientId: more.clientId ?? appId, name: 'A' },
      endpoints: tenant.endpoints,
      setting: () => more.value ?? secrets[0],
    });
  };

  test('name the reason, and carry no secret', async () => {
    const tenant = await startTenant();
    const { appId } = tenant.application();

    await assert.rejects(secret(tenant, { value: 'not-the-secret' }).getToken(EXCHANGE), (error: Error & { details?: object }) => {
      assert.ok(hasReason('identity.denied', 'AADSTS7000215')(error));
      assert.ok(!JSON.stringify([error.message, error.details]).includes('not-the-secret'));
      return true;
    });
    await assert.rejects(
      secret(tenant, { clientId: '00000000-0000-4000-8000-000000000001' }).getToken(EXCHANGE),
      hasReason('identity.denied', 'AADSTS700016'),
    );
    tenant.entra.switches.expiredSecrets.add(appId);
    await assert.rejects(secret(tenant).getToken(EXCHANGE), hasReason('identity.denied', 'AADSTS7000222'));
    tenant.entra.switches.disabledApplications.add(appId);
    await assert.rejects(secret(tenant).getToken(EXCHANGE), hasReason('identity.denied', 'AADSTS7000112'));
    await assert.rejects(secret(tenant).getToken('https://unknown.example/.default'), { code: 'identity.denied' });
  });

  test('that pass are told apart from those that stay', async () => {
    const tenant = await startTenant();
    const { tokenFaults } = tenant.entra.switches;
    const overload = {
      status: 503,
      error: 'temporarily_unavailable',
      number: 90033,
      text: 'A transient error has occurred.',
      retryAfterSeconds: 0,
    };

    tokenFaults.push(overload, overload, overload, overload);
    await assert.rejects(secret(tenant).getToken(EXCHANGE), { code: 'identity.unavailable' });
    tokenFaults.push({ status: 400, error: 'temporarily_unavailable', number: 90033, text: 'A transient error has occurred.' });
    await assert.rejects(secret(tenant).getToken(EXCHANGE), { code: 'identity.unavailable' });
    tokenFaults.push(overload, overload);
    const { token } = await secret(tenant).getToken(EXCHANGE);

    assert.equal(decodeJwt(token)['tid'], TENANT);
  });

  test('include an Entra that takes the request and never answers', async () => {
    const authority = await startListener(() => undefined);
    const credential = createCredential({
      tenantId: TENANT,
      credential: { kind: 'secret', clientId: 'x', name: 'A' },
      endpoints: { authority, tokenExchangeScope: 'api://AzureADTokenExchange' },
      setting: () => 'a secret',
      timeLimitMs: 50,
    });

    await assert.rejects(credential.getToken(EXCHANGE), { code: 'identity.unavailable' });
  });

  test('end when the caller stops waiting', async () => {
    const tenant = await startTenant();
    const stop = new AbortController();
    stop.abort();

    await assert.rejects(secret(tenant).getToken(EXCHANGE, { abortSignal: stop.signal }), { name: 'AbortError' });
  });

  for (const [what, credential, value, problem] of [
    ['a missing setting', { kind: 'secret', clientId: 'x', name: 'GONE' }, undefined, /CONNECTOR_SECRET_GONE is missing/],
    ['an empty setting', { kind: 'secret', clientId: 'x', name: 'EMPTY' }, ' \n', /CONNECTOR_SECRET_EMPTY is missing or empty/],
    [
      'a name that leads into other settings',
      { kind: 'secret', clientId: 'x', name: '../AzureWebJobsStorage' },
      'value',
      /upper-case letters/,
    ],
    [
      'a reference that was not followed',
      { kind: 'certificate', clientId: 'x', name: 'KV' },
      '@Microsoft.KeyVault(SecretUri=https://v.example/s)',
      /Key Vault reference/,
    ],
    ['a certificate in another form', { kind: 'certificate', clientId: 'x', name: 'PFX' }, 'MIIKrQIBAzCC', /as PEM/],
    [
      'a certificate without its key',
      { kind: 'certificate', clientId: 'x', name: 'HALF' },
      registered.certificate,
      /private key and its certificate/,
    ],
  ] as const) {
    test(`${what} is named before anything is sent`, async () => {
      const tenant = await startTenant();
      const broken = createCredential({ tenantId: TENANT, credential, endpoints: tenant.endpoints, setting: () => value });

      await assert.rejects(broken.getToken(EXCHANGE), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'credential.invalid');
        assert.match(error.message, problem);
        assert.ok(value === undefined || value.trim() === '' || !error.message.includes(value));
        return true;
      });

      assert.deepEqual(tenant.arrived, []);
    });
  }

  test('an authority without https is refused', async () => {
    const endpoints = { authority: 'http://localhost:7072', tokenExchangeScope: 'api://AzureADTokenExchange' };
    const credential = createCredential({
      tenantId: TENANT,
      credential: { kind: 'managed-identity' },
      endpoints,
      setting: () => undefined,
    });

    await assert.rejects(credential.getToken(EXCHANGE), { code: 'settings.invalid' });
  });
});

function hasReason(code: string, reason: string): (error: Error) => boolean {
  return (error) => {
    const { code: actual, details } = error as Error & { code?: string; details?: { reason?: string } };
    assert.deepEqual({ code: actual, reason: details?.reason }, { code, reason });
    return true;
  };
}
