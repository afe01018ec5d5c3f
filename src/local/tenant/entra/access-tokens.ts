// The access tokens of the simulated Entra: what they say, and whether one that comes back is good.
// Claims: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
import { randomBytes } from 'node:crypto';
import { jwtVerify } from 'jose';
import type { JWTPayload } from 'jose';
import type { Person } from '../../host/auth/people.ts';
import type { Application, TokenClaims, User } from '../world/types.ts';
import type { ProofKind } from './client-proof.ts';
import { isSameResource } from './resources.ts';
import type { Resource } from './resources.ts';
import type { TokenKeys } from './token-keys.ts';

/** The issuer of a tenant's tokens, as the real Entra writes it whatever the host that was asked. */
export function issuerOf(tenantId: string, version: Resource['version']): string {
  return version === '2.0' ? `https://login.microsoftonline.com/${tenantId}/v2.0` : `https://sts.windows.net/${tenantId}/`;
}

/** What each token has: who issued it, for whom, from when to when. */
function common(tenantId: string, resource: Pick<Resource, 'audience' | 'version'>, nowMs: number, lifetimeSeconds: number): JWTPayload {
  const nowSeconds = Math.floor(nowMs / 1000);
  return {
    aud: resource.audience,
    iss: issuerOf(tenantId, resource.version),
    iat: nowSeconds,
    // Five minutes early, as Entra does, for clocks that are behind.
    nbf: nowSeconds - 300,
    exp: nowSeconds + lifetimeSeconds,
    tid: tenantId,
    uti: randomBytes(16).toString('base64url'),
    ver: resource.version,
  };
}

export interface ApplicationTokenAsk {
  readonly tenantId: string;
  readonly application: Application;
  readonly resource: Resource;
  readonly proof: ProofKind;
  readonly nowMs: number;
  readonly lifetimeSeconds: number;
}

/** Claims of a token that an application got for itself. */
export function applicationClaims({ tenantId, application, resource, proof, nowMs, lifetimeSeconds }: ApplicationTokenAsk): JWTPayload {
  const roles = resource.rolesOf(application);
  const party = resource.version === '2.0' ? { azp: application.appId, azpacr: proof } : { appid: application.appId, appidacr: proof };
  return {
    ...common(tenantId, resource, nowMs, lifetimeSeconds),
    ...party,
    ...(resource.version === '1.0' ? { app_displayname: application.displayName, idp: issuerOf(tenantId, '1.0'), idtyp: 'app' } : {}),
    oid: application.objectId,
    sub: application.objectId,
    ...(roles.length > 0 ? { roles } : {}),
    ...(resource.kind === 'exchange' || resource.kind === 'graph' ? { wids: application.directoryRoles } : {}),
  };
}

export interface UserTokenAsk {
  readonly tenantId: string;
  readonly user: User;
  /** App roles and further groups of a seeded person. */
  readonly person: Person | undefined;
  readonly groups: Iterable<string>;
  readonly audience: string;
  readonly version: Resource['version'];
  readonly clientId: string;
  readonly nowMs: number;
  readonly lifetimeSeconds: number;
  readonly maxGroups: number;
}

/** Claims of a token that a client got for a signed-in person. */
export function userClaims(ask: UserTokenAsk): JWTPayload {
  const { tenantId, user, person } = ask;
  const groups = [...new Set([...ask.groups, ...(person?.groups ?? [])])];
  const party = ask.version === '2.0' ? { azp: ask.clientId, azpacr: '0' } : { appid: ask.clientId, appidacr: '0' };
  const name =
    ask.version === '2.0'
      ? { preferred_username: user.userPrincipalName }
      : { unique_name: user.userPrincipalName, upn: user.userPrincipalName };
  return {
    ...common(tenantId, ask, ask.nowMs, ask.lifetimeSeconds),
    ...party,
    ...name,
    name: user.displayName,
    oid: user.id,
    scp: 'user_impersonation',
    // Pairwise in truth; here it only has to differ from the object id.
    sub: Buffer.from(user.id).toString('base64url'),
    ...(person && person.roles.length > 0 ? { roles: person.roles } : {}),
    ...groupClaims(groups, user.id, ask.maxGroups),
    ...(user.preferredLanguage === null ? {} : { xms_pl: user.preferredLanguage }),
  };
}

function groupClaims(groups: readonly string[], userId: string, maxGroups: number): JWTPayload {
  if (groups.length === 0) return {};
  if (groups.length <= maxGroups) return { groups };
  const endpoint = `https://graph.microsoft.com/v1.0/users/${userId}/getMemberObjects`;
  return { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint } } };
}

export interface ReadingNeeds {
  readonly keys: TokenKeys;
  readonly nowMs: number;
  /** Audiences of the connector's own API. */
  readonly own: readonly string[];
  readonly refuseIssuedBeforeMs: number;
}

/** The claims of a token of ours that is good for `audience` at this time; undefined when it is not. */
export async function readAccessToken(
  token: string,
  audience: string,
  { keys, nowMs, own, refuseIssuedBeforeMs }: ReadingNeeds,
): Promise<TokenClaims | undefined> {
  let claims: JWTPayload;
  try {
    const how = { algorithms: ['RS256'], currentDate: new Date(nowMs), requiredClaims: ['exp', 'iat', 'aud', 'tid', 'oid'] };
    ({ payload: claims } = await jwtVerify(token, keys.find, how));
  } catch {
    // Whatever is wrong with it, the API says no more than that it is not acceptable.
    return undefined;
  }
  const text = (name: string): string => (typeof claims[name] === 'string' ? claims[name] : '');
  const list = (name: string): string[] => (Array.isArray(claims[name]) ? (claims[name] as string[]) : []);
  const isForUs = [claims.aud ?? []].flat().some((one) => isSameResource(one, audience, own));
  const isIssuedHere = claims.iss === issuerOf(text('tid'), text('ver') === '2.0' ? '2.0' : '1.0');
  const isRevoked = Number(claims.iat) * 1000 < refuseIssuedBeforeMs;
  if (!isForUs || !isIssuedHere || isRevoked) return undefined;
  return { tenantId: text('tid'), appId: text('appid') || text('azp'), objectId: text('oid'), roles: list('roles'), wids: list('wids') };
}
