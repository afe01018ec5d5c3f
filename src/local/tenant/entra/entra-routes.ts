// The simulated Microsoft Entra: token endpoint, OpenID configuration and keys, the managed-identity endpoint of App Service, and tokens for the
// seeded people. Not the truth about sign-in: nobody is asked for a password (differences.md).
import { createLocalJWKSet } from 'jose';
import type { JSONWebKeySet } from 'jose';
import { seededPeople } from '../../host/auth/people.ts';
import type { TenantAnswer, TenantRequest, TenantRoute } from '../server/route.ts';
import type { World } from '../world/world.ts';
import type { Application, VerifyToken } from '../world/types.ts';
import { applicationClaims, issuerOf, readAccessToken, userClaims } from './access-tokens.ts';
import type { ProofKind } from './client-proof.ts';
import { EntraError, entraAnswer, refusals } from './entra-errors.ts';
import { answerManagedIdentity } from './managed-identity.ts';
import { instanceMetadata, openIdConfiguration } from './open-id.ts';
import { resourceOf } from './resources.ts';
import type { Resource } from './resources.ts';
import { entraSwitches } from './switches.ts';
import type { EntraSwitches } from './switches.ts';
import { answerToken } from './token-endpoint.ts';
import type { TokenKeys } from './token-keys.ts';

export interface EntraOptions {
  /** What IDENTITY_HEADER must be for the managed-identity endpoint. */
  readonly identityHeader: string;
  /** Audiences of the connector's own API: tokens for it are version 2.0, as its registration asks. */
  readonly audiences: readonly string[];
  /** Certificates (PEM) that applications registered; an application names them by thumbprint. */
  readonly certificates?: readonly string[];
  /** Public keys of other issuers whose tokens federated credentials trust. */
  readonly federatedIssuers?: ReadonlyMap<string, JSONWebKeySet>;
  /** Real time: tokens and assertions are dated by it, because callers keep and sign them on their own clocks, whatever the tenant's does. */
  readonly realNowMs?: () => number;
}

/** Whose token, and for what. */
interface UserTokenRequest {
  readonly tenantId: string;
  /** Object id, user principal name, or the part before its @. */
  readonly user: string;
  /** Left out: the first audience of the connector's API. */
  readonly audience?: string;
  readonly version?: '1.0' | '2.0';
  /** The client that asked; any GUID. */
  readonly clientId?: string;
  readonly lifetimeSeconds?: number;
}

export interface EntraRoutes extends TenantRoute {
  readonly switches: EntraSwitches;
  readonly verifyToken: VerifyToken;
  /** A token for a person, as after a sign-in; throws a RangeError that says what is wrong. */
  issueUserToken(request: UserTokenRequest): Promise<{ token: string; expiresAt: string }>;
}

/** The path of the managed-identity endpoint: IDENTITY_ENDPOINT is the tenant's address with this path. */
export const IDENTITY_PATH = '/msi/token';

/** The client id that tokens of `issueUserToken` name: Azure CLI's, as people get tokens by it. */
const AZURE_CLI = '04b07795-8ddb-461a-bbee-02f9e1bf7b46';

/** Entra for every organization of the world. */
export function createEntraRoutes(world: World, keys: TokenKeys, options: EntraOptions): EntraRoutes {
  const switches = entraSwitches();
  const realNowMs = options.realNowMs ?? Date.now;
  const own = options.audiences;
  const lookUp = (name: string): Resource | undefined => resourceOf(name, own);

  async function issue(tenantId: string, application: Application, resource: Resource, proof: ProofKind): Promise<Issued> {
    const nowMs = realNowMs();
    const lifetimeSeconds = switches.tokenLifetimeSeconds;
    const token = await keys.sign(applicationClaims({ tenantId, application, resource, proof, nowMs, lifetimeSeconds }));
    return { token, lifetimeSeconds, expiresAtSeconds: Math.floor(nowMs / 1000) + lifetimeSeconds };
  }

  function keysOf(issuer: string): TokenKeys['find'] | undefined {
    const isOurs = world.organizations().some(({ organization }) => issuer === issuerOf(organization.tenantId, '2.0'));
    const others = options.federatedIssuers?.get(issuer);
    return isOurs ? keys.find : others && createLocalJWKSet(others);
  }

  const endpoint = { world, switches, certificates: options.certificates ?? [], keysOf, realNowMs, resourceOf: lookUp, issue };
  const identity = {
    world,
    identityHeader: options.identityHeader,
    resourceOf: lookUp,
    issue: (tenantId: string, application: Application, resource: Resource) => issue(tenantId, application, resource, '2'),
  };

  async function answer(request: TenantRequest): Promise<TenantAnswer> {
    const path = request.path.toLowerCase();
    if (path === IDENTITY_PATH) return answerManagedIdentity(request, identity);
    const [, tenant = '', rest = ''] = /^\/([^/]+)\/(.+)$/.exec(path) ?? [];
    if (!TOKEN_PATH.test(path)) return answerMetadata(request, decode(tenant), rest, { world, keys, switches });
    if (request.method !== 'POST') return refuseMethod();
    const fault = switches.tokenFaults.shift();
    if (fault) return 'fate' in fault ? { status: 200, body: '', fate: fault.fate } : entraAnswer(new EntraError(fault), realNowMs());
    return answerToken(request, decode(tenant), endpoint);
  }

  return {
    name: 'entra',
    switches,
    owns: (path) => path === IDENTITY_PATH || TOKEN_PATH.test(path) || METADATA_PATH.test(path),
    async answer(request) {
      try {
        return await answer(request);
      } catch (error) {
        if (error instanceof EntraError) return entraAnswer(error, realNowMs());
        throw error;
      }
    },
    verifyToken: (token, audience) =>
      readAccessToken(token, audience, { keys, nowMs: realNowMs(), own, refuseIssuedBeforeMs: switches.refuseIssuedBeforeMs }),
    async issueUserToken(request) {
      const claims = claimsFor(request, world, { own, nowMs: realNowMs(), switches });
      return { token: await keys.sign(claims), expiresAt: new Date(Number(claims.exp) * 1000).toISOString() };
    },
  };
}

interface Issued {
  readonly token: string;
  readonly lifetimeSeconds: number;
  readonly expiresAtSeconds: number;
}

const TOKEN_PATH = /^\/[^/]+\/oauth2\/v2\.0\/token$/;
const METADATA_PATH = /^\/[^/]+\/(?:(?:v2\.0\/)?\.well-known\/openid-configuration|discovery\/(?:v2\.0\/)?keys|discovery\/instance)$/;

function answerMetadata(
  request: TenantRequest,
  tenant: string,
  rest: string,
  { world, keys, switches }: { world: World; keys: TokenKeys; switches: EntraSwitches },
): TenantAnswer {
  if (request.method !== 'GET') return refuseMethod();
  if (switches.areKeysDown) return { status: 503, headers: { 'content-type': 'text/plain' }, body: 'Service Unavailable' };
  if (rest === 'discovery/instance') return json(instanceMetadata(request.origin));
  const tenantId = ['common', 'organizations'].includes(tenant) ? '{tenantid}' : world.organization(tenant)?.organization.tenantId;
  if (tenantId === undefined) throw refusals.unknownTenant(tenant);
  if (rest.endsWith('keys')) return json(keys.published());
  return json(openIdConfiguration(request.origin, tenantId, rest.startsWith('v2.0/') ? '2.0' : '1.0'));
}

function claimsFor(
  request: UserTokenRequest,
  world: World,
  { own, nowMs, switches }: { own: readonly string[]; nowMs: number; switches: EntraSwitches },
): ReturnType<typeof userClaims> {
  const found = world.organization(request.tenantId);
  if (!found) throw new RangeError(`There is no organization ${request.tenantId}.`);
  const { organization, directory } = found;
  const names = [request.user, `${request.user}@${organization.domain}`];
  const user = names.map((name) => directory.user(name)).find((one) => one !== undefined);
  if (!user) throw new RangeError(`Nobody in ${organization.domain} is called ${request.user}.`);
  const audience = request.audience ?? own[0];
  if (audience === undefined) throw new RangeError('The connector has no audience: name one.');
  return userClaims({
    tenantId: organization.tenantId,
    user,
    person: seededPeople(organization.tenantId).find(({ id }) => id === user.id),
    groups: directory.groupsOf(user.id),
    audience,
    version: request.version ?? '2.0',
    clientId: request.clientId ?? AZURE_CLI,
    nowMs,
    lifetimeSeconds: request.lifetimeSeconds ?? switches.tokenLifetimeSeconds,
    maxGroups: switches.maxGroupsInToken,
  });
}

/** A tenant's name out of the path; what is not encoded well names no tenant. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function json(value: unknown): TenantAnswer {
  return { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(value) };
}

function refuseMethod(): TenantAnswer {
  return { status: 405, headers: { 'content-type': 'text/plain' }, body: 'Method Not Allowed' };
}
