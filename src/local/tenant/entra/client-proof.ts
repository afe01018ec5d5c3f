// Whether an application proved who it is to the simulated token endpoint: by secret, by an assertion signed with its certificate, or by a token
// of another issuer that it trusts. https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
import { X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import type { JWTPayload, JWTVerifyGetKey, JWTVerifyOptions, ProtectedHeaderParameters } from 'jose';
import type { Application } from '../world/types.ts';
import { EntraError, refusals } from './entra-errors.ts';

export interface ProofNeeds {
  /** Certificates that applications registered, as PEM. */
  readonly certificates: readonly string[];
  /** The keys of an issuer of federated tokens; undefined when it cannot be reached. */
  keysOf(issuer: string): JWTVerifyGetKey | undefined;
  /** What an assertion's `aud` may say: the token endpoint, the tenant's issuer. */
  readonly endpoints: readonly string[];
  /** Real time, for assertions are dated by the machine that signs them. */
  readonly nowMs: number;
}

/** How the application proved itself: `1` secret, `2` certificate or assertion, as `appidacr` says it. */
export type ProofKind = '1' | '2';

/** Throws an EntraError unless the form proves that it comes from the application. */
export async function proveClient(application: Application, form: URLSearchParams, needs: ProofNeeds): Promise<ProofKind> {
  const assertion = form.get('client_assertion');
  if (assertion !== null) {
    const { header, claims } = peek(assertion);
    if (claims.iss === application.appId) await proveByCertificate(application, assertion, header, needs);
    else await proveByFederation(application, assertion, claims, needs);
    return '2';
  }
  const secret = form.get('client_secret');
  if (secret === null) throw refusals.noCredential();
  if (!application.secrets.includes(secret)) throw refusals.wrongSecret(application.appId);
  return '1';
}

function peek(assertion: string): { header: ProtectedHeaderParameters; claims: JWTPayload } {
  try {
    return { header: decodeProtectedHeader(assertion), claims: decodeJwt(assertion) };
  } catch {
    throw refusals.malformedAssertion();
  }
}

async function proveByCertificate(
  application: Application,
  assertion: string,
  header: ProtectedHeaderParameters,
  needs: ProofNeeds,
): Promise<void> {
  const hash: unknown = header['x5t#S256'] ?? header.x5t;
  const named = typeof hash === 'string' ? Buffer.from(hash, 'base64url').toString('hex') : '';
  const key = certificateKey(application, named, needs.certificates);
  if (!key) throw refusals.unknownCertificate(named.toUpperCase());
  const claims = await verify(assertion, key, { algorithms: ['RS256', 'PS256'], audience: [...needs.endpoints] }, needs.nowMs);
  if (claims.sub !== application.appId) throw refusals.wrongAssertionSubject();
}

/** A certificate counts when the application registered it (by SHA-256) and the assertion names it, by either hash. */
function certificateKey(application: Application, named: string, certificates: readonly string[]): KeyObject | undefined {
  for (const pem of certificates) {
    const certificate = new X509Certificate(pem);
    const sha256 = certificate.fingerprint256.replaceAll(':', '').toLowerCase();
    const sha1 = certificate.fingerprint.replaceAll(':', '').toLowerCase();
    if (application.certificateThumbprints.includes(sha256) && (named === sha256 || named === sha1)) return certificate.publicKey;
  }
  return undefined;
}

async function proveByFederation(application: Application, assertion: string, claims: JWTPayload, needs: ProofNeeds): Promise<void> {
  const issuer = claims.iss ?? '';
  const ofIssuer = application.federatedCredentials.filter((trusted) => trusted.issuer === issuer);
  if (ofIssuer.length === 0) throw refusals.unknownFederatedIssuer(issuer);
  const audiences = [claims.aud ?? ''].flat();
  const ofAudience = ofIssuer.filter((trusted) => audiences.includes(trusted.audience));
  if (ofAudience.length === 0) throw refusals.unknownFederatedAudience(audiences.join(' '));
  if (!ofAudience.some((trusted) => trusted.subject === claims.sub)) throw refusals.unknownFederatedSubject(claims.sub ?? '');
  const keys = needs.keysOf(issuer);
  if (!keys) throw refusals.badSignature();
  await verify(assertion, keys, { algorithms: ['RS256'] }, needs.nowMs);
}

async function verify(assertion: string, key: KeyObject | JWTVerifyGetKey, options: JWTVerifyOptions, nowMs: number): Promise<JWTPayload> {
  try {
    const how = { ...options, currentDate: new Date(nowMs), clockTolerance: 300, requiredClaims: ['exp'] };
    const { payload } = typeof key === 'function' ? await jwtVerify(assertion, key, how) : await jwtVerify(assertion, key, how);
    return payload;
  } catch (error) {
    throw refusalFor(error, options);
  }
}

function refusalFor(error: unknown, { audience }: JWTVerifyOptions): unknown {
  if (error instanceof EntraError || !(error instanceof errors.JOSEError)) return error;
  if (error instanceof errors.JWTExpired) return refusals.expiredAssertion();
  if (!(error instanceof errors.JWTClaimValidationFailed)) return refusals.badSignature();
  if (error.claim === 'aud' && audience !== undefined) return refusals.wrongAssertionAudience(String(error.payload.aud));
  return error.claim === 'nbf' ? refusals.expiredAssertion() : refusals.malformedAssertion();
}
