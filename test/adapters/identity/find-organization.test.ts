// The organization behind a domain, from the OpenID configuration: of the simulated Entra, and of hosts that answer something else.
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { findOrganization } from '../../../src/adapters/identity/find-organization.ts';
import { startListener } from '../graph/tenant-fixture.ts';
import { startTestTenant } from '../../support/tenant.ts';

const answering = (status: number, body: string, headers: Record<string, string> = {}): Promise<string> =>
  startListener((_, response: ServerResponse) => void response.writeHead(status, headers).end(body));

test('a domain of any kind leads to its organization, and one that nobody has to none', async () => {
  const { origin, organizations } = await startTestTenant({ organizations: ['contoso', 'fabrikam'] });
  const names = ['contoso.example', 'CONTOSO.onmicrosoft.com', 'fabrikam.example', 'nobody.example'];

  const found = await Promise.all(names.map((name) => findOrganization(origin, name)));

  const [contoso, fabrikam] = organizations.map(({ id }) => id);
  assert.deepEqual(found, [contoso, contoso, fabrikam, undefined]);
});

test('a name cannot leave its place in the address', async () => {
  const paths: string[] = [];
  const origin = await startListener((request, response) => {
    paths.push(request.url ?? '');
    response.writeHead(400).end('{}');
  });

  const found = await findOrganization(origin, '../x?y=');

  assert.equal(found, undefined);
  assert.deepEqual(paths, ['/..%2Fx%3Fy%3D/v2.0/.well-known/openid-configuration']);
});

test('anything but a configuration that names a tenant is no answer', async () => {
  const origins = await Promise.all([
    answering(200, '<html>Sign in</html>'),
    answering(200, '{}'),
    answering(200, '{"issuer":"https://login.example/{tenantid}/v2.0"}'),
    answering(500, '{"error":"server_error"}'),
    answering(302, '', { location: 'https://localhost:1/' }),
  ]);

  const outcomes = await Promise.all(
    [...origins, 'https://localhost:1'].map((origin) =>
      findOrganization(origin, 'contoso.example').catch((error: { code?: string }) => error.code),
    ),
  );

  assert.deepEqual(
    outcomes,
    outcomes.map(() => 'identity.unavailable'),
  );
});
