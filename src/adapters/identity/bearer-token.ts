// A bearer token of Microsoft Entra → Caller: every claim that a decision rests on is checked here, in every environment.
// What to check: https://learn.microsoft.com/entra/identity-platform/claims-validation. No token, header or claim leaves in an error.
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import type { JWTPayload } from 'jose';
import type { Caller, CallerRefusal } from '../../domain/caller.ts';
import type { Clock } from '../../domain/ports.ts';
import { languageOf, refusal, textOf, textsOf } from './claims.ts';
import type { SigningKeys } from './signing-keys.ts';

export interface BearerOptions {
  /** Client ids and App ID URIs of this app: what `aud` may say. */
  readonly audiences: readonly string[];
  readonly isAllowedTenant: (tenantId: string) => boolean;
  readonly keys: SigningKeys;
  readonly clock: Clock;
}

/** Entra's own tolerance: https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-tokens */
const CLOCK_TOLERANCE_SECONDS = 300;
/** Tokens grow with their groups to some 20 KB; nothing honest is longer. */
const MAX_LENGTH = 65_536;

/** The caller that the Authorization header proves; `caller.unknown` with the reason otherwise. */
export async function callerFromBearer(authorization: string, options: BearerOptions): Promise<Caller> {
  const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]*)$/i.exec(authorization.trim())?.[1];
  if (token === undefined || token.length > MAX_LENGTH) throw refusal(/^Bearer\b/i.test(authorization) ? 'malformed' : 'not-bearer');
  const { alg, claims } = peek(token);
  if (alg !== 'RS256') throw refusal('wrong-algorithm');
  const tenantId = textOf(claims['tid'])?.toLowerCase();
  if (tenantId === undefined || !options.isAllowedTenant(tenantId)) throw refusal('wrong-tenant');
  return toCaller(await verify(token, tenantId, claims['ver'] === '2.0' ? 'v2' : 'v1', options), tenantId);
}

/** Reads without believing: only to choose whose keys to verify with. */
function peek(token: string): { alg: string | undefined; claims: JWTPayload } {
  try {
    return { alg: decodeProtectedHeader(token).alg, claims: decodeJwt(token) };
  } catch {
    throw refusal('malformed');
  }
}

async function verify(token: string, tenantId: string, version: 'v1' | 'v2', options: BearerOptions): Promise<JWTPayload> {
  const signer = await options.keys.signerOf(tenantId, version);
  try {
    const { payload } = await jwtVerify(token, signer.key, {
      algorithms: ['RS256'],
      issuer: signer.issuer,
      audience: [...options.audiences],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      // oxlint-disable-next-line no-restricted-globals -- jose takes the present as a Date; it comes from the Clock port
      currentDate: new Date(options.clock.now()),
      requiredClaims: ['exp', 'nbf', 'oid', 'tid'],
    });
    return payload;
  } catch (error) {
    // Without the cause: errors of jose carry the claims.
    if (error instanceof errors.JOSEError) throw refusal(reasonOf(error));
    throw error;
  }
}

function reasonOf(error: errors.JOSEError): CallerRefusal {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) return 'unknown-key';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'bad-signature';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'wrong-algorithm';
  if (!(error instanceof errors.JWTClaimValidationFailed)) return 'malformed';
  if (error.reason === 'missing') return 'claim-missing';
  if (error.claim === 'iss') return 'wrong-issuer';
  if (error.claim === 'aud') return 'wrong-audience';
  return error.claim === 'nbf' && error.reason === 'check_failed' ? 'not-yet-valid' : 'malformed';
}

function toCaller(claims: JWTPayload, tenantId: string): Caller {
  const objectId = textOf(claims['oid'])?.toLowerCase();
  if (objectId === undefined || textOf(claims['tid'])?.toLowerCase() !== tenantId) throw refusal('claim-missing');
  const language = languageOf(claims['xms_pl']);
  return {
    tenantId,
    objectId,
    kind: kindOf(claims),
    name: nameOf(claims) ?? objectId,
    roles: textsOf(claims['roles']),
    groups: textsOf(claims['groups']).map((group) => group.toLowerCase()),
    areGroupsComplete: !isInMoreGroups(claims),
    ...(language === undefined ? {} : { language }),
    via: 'token',
  };
}

/**
 * A person's access token has scopes, an application's has none but says for whom it was issued. An id token has neither: it proves a sign-in
 * to a client, is no permission to call an API, and is refused. Who cannot be told apart for certain is not taken for a person.
 */
function kindOf(claims: JWTPayload): Caller['kind'] {
  const client = textOf(claims['azp']) ?? textOf(claims['appid']);
  if (client === undefined) throw refusal('not-an-access-token');
  const type = textOf(claims['idtyp']);
  if (type === 'app') return 'application';
  if (textOf(claims['scp']) !== undefined) return 'user';
  if (type !== undefined) throw refusal('not-an-access-token');
  return 'application';
}

function nameOf(claims: JWTPayload): string | undefined {
  const names = ['name', 'preferred_username', 'upn', 'unique_name', 'app_displayname', 'azp', 'appid'];
  return names.map((name) => textOf(claims[name])).find((text) => text !== undefined);
}

/** Past 200 groups a token points to Graph instead: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference#groups-overage-claim */
function isInMoreGroups(claims: JWTPayload): boolean {
  const elsewhere: unknown = claims['_claim_names'];
  return (
    claims['hasgroups'] === true ||
    claims['hasgroups'] === 'true' ||
    (typeof elsewhere === 'object' && elsewhere !== null && 'groups' in elsewhere)
  );
}
