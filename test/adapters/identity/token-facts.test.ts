// What a token says about our grants, read for people who look for a fault.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTokens } from '../../../src/adapters/identity/token-facts.ts';
import { endpointsOf } from '../../../src/domain/cloud.ts';
import { startTestTenant } from '../../support/tenant.ts';

const endpoints = endpointsOf('global');

function tokensOf(token: string, asked: string[] = []): ReturnType<typeof createTokens> {
  const getToken = async (scopes: string | string[]): Promise<{ token: string; expiresOnTimestamp: number }> => {
    asked.push(String(scopes));
    return { token, expiresOnTimestamp: Date.parse('2026-11-24T09:00:00.000Z') };
  };
  return createTokens({ getToken, renew: () => undefined }, endpoints);
}

const unsigned = (claims: object): string =>
  [{ alg: 'none' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.') + '.';

test('tokens of the simulated Entra name the grants of the application', async () => {
  const { contoso, endpoints: ofTenant } = await startTestTenant();
  contoso.grant({ directoryRoles: [] });
  const tokens = createTokens(contoso.credential(), ofTenant);

  const [exchange, graph] = [await tokens.factsOf('exchange'), await tokens.factsOf('graph')];

  assert.deepEqual([exchange.appRoles, exchange.directoryRoles], [['Exchange.ManageAsApp'], []]);
  assert.ok(graph.appRoles?.includes('User.Read.All'));
  assert.ok(Date.parse(exchange.expiresAt) > Date.now());
});

test('each service has its own scope', async () => {
  const asked: string[] = [];
  const tokens = tokensOf(unsigned({}), asked);

  await tokens.factsOf('exchange');
  await tokens.factsOf('graph');

  assert.deepEqual(asked, ['https://outlook.office365.com/.default', 'https://graph.microsoft.com/.default']);
});

test('claims of another kind say nothing', async () => {
  const { appRoles, directoryRoles, expiresAt } = await tokensOf(
    unsigned({ roles: 'Exchange.ManageAsApp', wids: [1, 'role', null] }),
  ).factsOf('exchange');

  assert.deepEqual(
    { appRoles, directoryRoles, expiresAt },
    { appRoles: [], directoryRoles: ['role'], expiresAt: '2026-11-24T09:00:00.000Z' },
  );
});

test('a token that is opaque says only when it ends', async () => {
  const facts = await Promise.all(
    ['opaque', 'a.b.c', unsigned({}).replace(/\.[^.]+\./, '.!!.')].map((token) => tokensOf(token).factsOf('graph')),
  );

  assert.deepEqual(
    facts,
    facts.map(() => ({ expiresAt: '2026-11-24T09:00:00.000Z' })),
  );
});
