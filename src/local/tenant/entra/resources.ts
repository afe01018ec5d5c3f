// The APIs for which the simulated Entra issues application tokens: by which names they are asked for, and what their tokens say.
// Claims of version 1.0 tokens: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
import type { Application } from '../world/types.ts';

export interface Resource {
  readonly kind: 'exchange' | 'graph' | 'token-exchange' | 'own';
  /** The `aud` of its tokens. */
  readonly audience: string;
  /** Which version of tokens it takes. */
  readonly version: '1.0' | '2.0';
  rolesOf(application: Application): readonly string[];
}

const EXCHANGE_HOSTS = new Set([
  'outlook.office365.com',
  'outlook.office.com',
  'outlook.office365.us',
  'outlook-dod.office365.us',
  'outlook.office365.cn',
]);
const GRAPH_HOSTS = new Set(['graph.microsoft.com', 'graph.microsoft.us', 'dod-graph.microsoft.us', 'microsoftgraph.chinacloudapi.cn']);
const EXCHANGE_APP_ID = '00000002-0000-0ff1-ce00-000000000000';
const GRAPH_APP_ID = '00000003-0000-0000-c000-000000000000';
const TOKEN_EXCHANGES = new Set(['api://azureadtokenexchange', 'api://azureadtokenexchangeusgov', 'api://azureadtokenexchangechina']);

/** The resource that a scope or a managed identity's `resource` names, without `/.default`; `own` lists the audiences of the connector's API. */
export function resourceOf(name: string, own: readonly string[]): Resource | undefined {
  const trimmed = name.replace(/\/+$/, '');
  const lower = trimmed.toLowerCase();
  const host = lower.replace(/^https:\/\//, '');
  if (lower === EXCHANGE_APP_ID || EXCHANGE_HOSTS.has(host)) {
    return { kind: 'exchange', audience: trimmed, version: '1.0', rolesOf: (application) => application.exchangeAppRoles };
  }
  if (lower === GRAPH_APP_ID || GRAPH_HOSTS.has(host)) {
    return { kind: 'graph', audience: trimmed, version: '1.0', rolesOf: (application) => application.graphAppRoles };
  }
  if (TOKEN_EXCHANGES.has(lower)) return { kind: 'token-exchange', audience: trimmed, version: '2.0', rolesOf: () => [] };
  const audience = own.find((candidate) => candidate.toLowerCase() === lower);
  return audience === undefined ? undefined : { kind: 'own', audience, version: '2.0', rolesOf: () => [] };
}

/** Whether a token for `audience` is one for `expected`: both may name the same API by address or by id, and the stand-in serves every cloud. */
export function isSameResource(audience: string, expected: string, own: readonly string[]): boolean {
  const asked = resourceOf(audience, own);
  const wanted = resourceOf(expected, own);
  return (
    asked !== undefined &&
    wanted !== undefined &&
    asked.kind === wanted.kind &&
    (asked.kind !== 'own' || asked.audience === wanted.audience)
  );
}
