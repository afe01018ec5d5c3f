// The OpenID configuration and instance metadata of the simulated Entra. Issuers are the real ones; endpoints are on the host that was asked.
// https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc#fetch-the-openid-configuration-document
import { issuerOf } from './access-tokens.ts';

/** The configuration document of a tenant; version 1.0 and 2.0 differ in issuer and endpoints. */
export function openIdConfiguration(origin: string, tenantId: string, version: '1.0' | '2.0'): Record<string, unknown> {
  const middle = version === '2.0' ? 'oauth2/v2.0' : 'oauth2';
  return {
    token_endpoint: `${origin}/${tenantId}/${middle}/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    jwks_uri: `${origin}/${tenantId}/discovery/${version === '2.0' ? 'v2.0/' : ''}keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: issuerOf(tenantId, version),
    authorization_endpoint: `${origin}/${tenantId}/${middle}/authorize`,
    end_session_endpoint: `${origin}/${tenantId}/${middle}/logout`,
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'nbf', 'name', 'preferred_username', 'oid', 'tid', 'ver'],
    tenant_region_scope: 'EU',
    cloud_instance_name: 'microsoftonline.com',
    msgraph_host: 'graph.microsoft.com',
  };
}

/** What instance discovery answers: this host stands for itself. */
export function instanceMetadata(origin: string): Record<string, unknown> {
  const { host } = new URL(origin);
  return {
    tenant_discovery_endpoint: `${origin}/common/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  };
}
