// Refusals of the simulated token endpoint in the form of the real one; clients and people tell them apart by the AADSTS number.
// Numbers: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
import { randomUUID } from 'node:crypto';
import type { TenantAnswer } from '../server/route.ts';

/** Why no token is given. */
export interface EntraRefusal {
  readonly status: number;
  /** OAuth 2.0 error code. */
  readonly error: string;
  readonly number: number;
  readonly text: string;
  /** Seconds for Retry-After. */
  readonly retryAfterSeconds?: number;
}

/** Thrown inside the endpoint, answered at its edge. */
export class EntraError extends Error {
  readonly refusal: EntraRefusal;

  constructor(refusal: EntraRefusal) {
    super(`AADSTS${refusal.number}: ${refusal.text}`);
    this.refusal = refusal;
  }
}

const invalidClient = (number: number, text: string): EntraError => new EntraError({ status: 401, error: 'invalid_client', number, text });
const invalidRequest = (number: number, text: string): EntraError =>
  new EntraError({ status: 400, error: 'invalid_request', number, text });

/** The refusals in use. */
export const refusals = {
  unknownTenant: (tenant: string) =>
    invalidRequest(
      90002,
      `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`,
    ),
  missingParameter: (name: string) => invalidRequest(900144, `The request body must contain the following parameter: '${name}'.`),
  unsupportedGrant: (grant: string) =>
    new EntraError({
      status: 400,
      error: 'unsupported_grant_type',
      number: 70003,
      text: `The app requested an unsupported grant type '${grant}'.`,
    }),
  unknownApplication: (appId: string, tenant: string) =>
    new EntraError({
      status: 400,
      error: 'unauthorized_client',
      number: 700016,
      text: `Application with identifier '${appId}' was not found in the directory '${tenant}'.`,
    }),
  disabledApplication: (appId: string) =>
    new EntraError({ status: 400, error: 'unauthorized_client', number: 7000112, text: `Application '${appId}' is disabled.` }),
  noCredential: () =>
    invalidClient(7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."),
  wrongSecret: (appId: string) =>
    invalidClient(
      7000215,
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${appId}'.`,
    ),
  expiredSecret: (appId: string) =>
    invalidClient(
      7000222,
      `The provided client secret keys for app '${appId}' are expired. Create new keys or use certificate credentials.`,
    ),
  malformedAssertion: () => invalidClient(50027, 'JWT token is invalid or malformed.'),
  unknownCertificate: (thumbprint: string) =>
    invalidClient(
      700027,
      `The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., Thumbprint of key used by client: '${thumbprint}']`,
    ),
  badSignature: () => invalidClient(700027, 'Client assertion contains an invalid signature.'),
  expiredAssertion: () => invalidClient(700024, 'Client assertion is not within its valid time range.'),
  wrongAssertionAudience: (audience: string) =>
    invalidClient(700023, `Client assertion audience claim does not match Realm issuer. The audience was '${audience}'.`),
  wrongAssertionSubject: () => invalidClient(700021, "Client assertion application identifier doesn't match 'client_id' parameter."),
  unknownFederatedIssuer: (issuer: string) =>
    invalidClient(700211, `No matching federated identity record found for presented assertion issuer '${issuer}'.`),
  unknownFederatedAudience: (audience: string) =>
    invalidClient(700212, `No matching federated identity record found for presented assertion audience '${audience}'.`),
  unknownFederatedSubject: (subject: string) =>
    invalidClient(700213, `No matching federated identity record found for presented assertion subject '${subject}'.`),
  badScope: (scope: string) =>
    new EntraError({
      status: 400,
      error: 'invalid_scope',
      number: 1002012,
      text: `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`,
    }),
  unknownResource: (resource: string, tenant: string) =>
    new EntraError({
      status: 400,
      error: 'invalid_resource',
      number: 500011,
      text: `The resource principal named ${resource} was not found in the tenant named ${tenant}.`,
    }),
} as const;

/** The refusal as the token endpoint answers it. */
export function entraAnswer({ refusal }: EntraError, atMs: number): TenantAnswer {
  const timestamp = new Date(atMs)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z');
  const traceId = randomUUID();
  const correlationId = randomUUID();
  const description = `AADSTS${refusal.number}: ${refusal.text} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`;
  const body = {
    error: refusal.error,
    error_description: description,
    error_codes: [refusal.number],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    error_uri: `https://login.microsoftonline.com/error?code=${refusal.number}`,
  };
  const retryAfter = refusal.retryAfterSeconds === undefined ? {} : { 'retry-after': String(refusal.retryAfterSeconds) };
  return {
    status: refusal.status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...retryAfter },
    body: JSON.stringify(body),
  };
}
