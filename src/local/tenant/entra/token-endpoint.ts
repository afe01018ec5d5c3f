// The token endpoint of the simulated Entra, for applications that ask for themselves (client credentials); people get tokens from entra-routes.ts.
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
import type { JWTVerifyGetKey } from 'jose';
import type { TenantAnswer, TenantRequest } from '../server/route.ts';
import type { World } from '../world/world.ts';
import type { Application } from '../world/types.ts';
import { issuerOf } from './access-tokens.ts';
import { proveClient } from './client-proof.ts';
import type { ProofKind } from './client-proof.ts';
import { refusals } from './entra-errors.ts';
import type { Resource } from './resources.ts';
import type { EntraSwitches } from './switches.ts';

export interface TokenEndpointNeeds {
  readonly world: World;
  readonly switches: EntraSwitches;
  readonly certificates: readonly string[];
  keysOf(issuer: string): JWTVerifyGetKey | undefined;
  realNowMs(): number;
  resourceOf(name: string): Resource | undefined;
  issue(
    tenantId: string,
    application: Application,
    resource: Resource,
    proof: ProofKind,
  ): Promise<{ token: string; lifetimeSeconds: number }>;
}

const DEFAULT_SUFFIX = '/.default';

/** Gives a token, or throws the EntraError that says why not. */
export async function answerToken(request: TenantRequest, tenant: string, needs: TokenEndpointNeeds): Promise<TenantAnswer> {
  const form = new URLSearchParams(request.body.toString('utf8'));
  const found = needs.world.organization(tenant);
  if (!found) throw refusals.unknownTenant(tenant);
  const { tenantId } = found.organization;
  const grant = required(form, 'grant_type');
  if (grant !== 'client_credentials') throw refusals.unsupportedGrant(grant);
  const clientId = required(form, 'client_id').toLowerCase();
  const application = found.directory.application(clientId);
  if (application?.appId !== clientId) throw refusals.unknownApplication(clientId, found.organization.displayName);
  if (needs.switches.disabledApplications.has(clientId)) throw refusals.disabledApplication(clientId);
  const proof = await proveClient(application, form, {
    certificates: needs.certificates,
    keysOf: (issuer) => needs.keysOf(issuer),
    endpoints: [`${request.origin}${request.path}`, issuerOf(tenantId, '2.0')],
    nowMs: needs.realNowMs(),
  });
  if (proof === '1' && form.get('client_assertion') === null && needs.switches.expiredSecrets.has(clientId))
    throw refusals.expiredSecret(clientId);
  const resource = requestedResource(required(form, 'scope'), found.organization.displayName, needs);
  const { token, lifetimeSeconds } = await needs.issue(tenantId, application, resource, proof);
  const body = { token_type: 'Bearer', expires_in: lifetimeSeconds, ext_expires_in: lifetimeSeconds, access_token: token };
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store, no-cache', pragma: 'no-cache' };
  return { status: 200, headers, body: JSON.stringify(body) };
}

/** The one API whose `/.default` the scope names; MSAL adds scopes of OpenID Connect, which mean nothing here. */
function requestedResource(scope: string, tenant: string, needs: TokenEndpointNeeds): Resource {
  const scopes = scope.split(' ').filter((one) => !['', 'openid', 'profile', 'offline_access'].includes(one));
  const [wanted = '', ...more] = scopes;
  if (more.length > 0 || !wanted.endsWith(DEFAULT_SUFFIX)) throw refusals.badScope(scope);
  const name = wanted.slice(0, -DEFAULT_SUFFIX.length);
  const resource = needs.resourceOf(name);
  if (!resource) throw refusals.unknownResource(name, tenant);
  return resource;
}

function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (value === null || value === '') throw refusals.missingParameter(name);
  return value;
}
