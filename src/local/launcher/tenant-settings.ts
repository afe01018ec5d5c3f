// How a program finds the simulated tenant that runs on this machine: its connection file, and the settings that lead the app to it.
import { join } from 'node:path';
import { readKeptJson } from '../tenant/server/kept-json.ts';
import { CONNECTION_FILE, type Connection } from '../tenant/tenant-process.ts';

/** An organization of the tenant. */
export type TenantOrganization = Connection['organizations'][number];

/** For whom the tenant issues the tokens of people, when nobody asks for another audience. */
const API_AUDIENCE = 'api://exchange-connector';

/** The tenant that runs on the folder; undefined when none does, also when one was killed and left its file behind. */
export function runningTenant(data: string): Connection | undefined {
  const connection = readKeptJson(join(data, CONNECTION_FILE)) as Connection | undefined;
  return connection && isAlive(connection.pid) ? connection : undefined;
}

/** Whether a process of that number runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process has taken the number.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The organization that a tenant GUID, a domain, its first word or the display name means. */
export function organizationNamed({ organizations }: Connection, name: string): TenantOrganization | undefined {
  const wanted = name.toLowerCase();
  return organizations.find(({ tenantId, domain, displayName }) => {
    const [label = ''] = domain.split('.');
    return [tenantId, domain, label, `${label}.onmicrosoft.com`, displayName.toLowerCase()].includes(wanted);
  });
}

/** Settings and environment of a program that is to reach this organization, by the application's managed identity. */
export function tenantSettings(connection: Connection, { clientId, tenantId }: TenantOrganization): Record<string, string> {
  const { origin, identityEndpoint, identityHeader, caFile } = connection;
  return {
    AUTHORITY: origin,
    GRAPH_ENDPOINT: origin,
    EXCHANGE_ENDPOINT: origin,
    // The tenant's redirects lead to its other loopback name.
    EXCHANGE_TRUSTED_HOSTS: new URL(origin).host.replace('localhost', '127.0.0.1'),
    CONNECTOR_CREDENTIAL: 'managed-identity',
    CONNECTOR_CLIENT_ID: clientId,
    API_AUDIENCES: API_AUDIENCE,
    HOME_TENANT_ID: tenantId,
    IDENTITY_ENDPOINT: identityEndpoint,
    IDENTITY_HEADER: identityHeader,
    NODE_EXTRA_CA_CERTS: caFile,
  };
}
