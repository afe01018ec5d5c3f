// The managed-identity endpoint that App Service gives an app (IDENTITY_ENDPOINT, IDENTITY_HEADER), for the applications that are managed identities.
// https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
import { timingSafeEqual } from 'node:crypto';
import type { TenantAnswer, TenantRequest } from '../server/route.ts';
import type { World } from '../world/world.ts';
import type { Application } from '../world/types.ts';
import type { Resource } from './resources.ts';

export interface ManagedIdentityNeeds {
  readonly world: World;
  /** What the caller must send as X-IDENTITY-HEADER. */
  readonly identityHeader: string;
  resourceOf(name: string): Resource | undefined;
  issue(tenantId: string, application: Application, resource: Resource): Promise<{ token: string; expiresAtSeconds: number }>;
}

const API_VERSION = '2019-08-01';

/** Answers one request for a token of the app's own identity. */
export async function answerManagedIdentity(request: TenantRequest, needs: ManagedIdentityNeeds): Promise<TenantAnswer> {
  const { query } = request;
  // Without the header the request may come from anywhere: it is what keeps a forged request of the app itself from getting a token.
  if (!isSame(request.headers['x-identity-header'], needs.identityHeader)) return refuse(401, 'The X-IDENTITY-HEADER is missing or wrong.');
  if (query.get('api-version') !== API_VERSION) return refuse(400, `The api-version must be ${API_VERSION}.`);
  const found = findIdentity(query, needs.world);
  if (!found) return refuse(400, 'No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.');
  const name = query.get('resource') ?? '';
  const resource = needs.resourceOf(name);
  if (!resource)
    return refuse(400, `AADSTS500011: The resource principal named ${name} was not found in the tenant named ${found.tenantId}.`);
  const { token, expiresAtSeconds } = await needs.issue(found.tenantId, found.application, resource);
  const body = {
    access_token: token,
    client_id: found.application.appId,
    expires_on: String(expiresAtSeconds),
    resource: name,
    token_type: 'Bearer',
  };
  return { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) };
}

/** The identity that the query names, by client id or object id; without a name the first one there is, which plays the system-assigned one. */
function findIdentity(query: URLSearchParams, world: World): { tenantId: string; application: Application } | undefined {
  const clientId = query.get('client_id')?.toLowerCase();
  const objectId = (query.get('principal_id') ?? query.get('object_id'))?.toLowerCase();
  if (query.get('mi_res_id') !== null) return undefined;
  for (const { organization, directory } of world.organizations()) {
    for (const application of directory.applications()) {
      const isNamed =
        (clientId === undefined || application.appId === clientId) && (objectId === undefined || application.objectId === objectId);
      if (application.isManagedIdentity && isNamed) return { tenantId: organization.tenantId, application };
    }
  }
  return undefined;
}

function isSame(given: string | string[] | undefined, wanted: string): boolean {
  const [a, b] = [Buffer.from(String(given ?? '')), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function refuse(statusCode: number, message: string): TenantAnswer {
  return {
    status: statusCode,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ statusCode, message }),
  };
}
