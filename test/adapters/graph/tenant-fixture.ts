// A small simulated tenant for the tests of the Graph and identity adapters: world, Entra and Graph behind a real https server that this process
// trusts. Faults are armed through the routes themselves.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { endpointsOf } from '../../../src/domain/cloud.ts';
import type { CloudEndpoints } from '../../../src/domain/cloud.ts';
import { createAuthority } from '../../../src/local/tenant/entra/authority.ts';
import { createEntraRoutes } from '../../../src/local/tenant/entra/entra-routes.ts';
import type { EntraOptions, EntraRoutes } from '../../../src/local/tenant/entra/entra-routes.ts';
import { createTokenKeys } from '../../../src/local/tenant/entra/token-keys.ts';
import type { TokenKeys } from '../../../src/local/tenant/entra/token-keys.ts';
import { createGraphRoutes } from '../../../src/local/tenant/graph/graph-routes.ts';
import type { GraphRoutes } from '../../../src/local/tenant/graph/graph-routes.ts';
import type { TenantRoute } from '../../../src/local/tenant/server/route.ts';
import { createTenantServer } from '../../../src/local/tenant/server/tenant-server.ts';
import { createTenantClock } from '../../../src/local/tenant/world/clock.ts';
import { createMemoryJournal } from '../../../src/local/tenant/world/journal.ts';
import { tenantIdOf } from '../../../src/local/host/auth/people.ts';
import { World } from '../../../src/local/tenant/world/world.ts';
import type { Application } from '../../../src/local/tenant/world/types.ts';
import { tempDirectory } from '../../support/temp-directory.ts';

export const TENANT = tenantIdOf('contoso');
export const OTHER_TENANT = tenantIdOf('fabrikam');
export const AUDIENCE = 'api://exchange-connector';

export interface TenantFixture {
  readonly world: World;
  readonly keys: TokenKeys;
  readonly entra: EntraRoutes;
  readonly graph: GraphRoutes;
  /** `https://localhost:<port>` */
  readonly origin: string;
  readonly endpoints: CloudEndpoints;
  /** The connector's application in TENANT. */
  application(): Application;
  /** Every request that arrived: method, path with query, and whether a token came along. */
  readonly arrived: { readonly method: string; readonly target: string; readonly hasToken: boolean }[];
}

export interface FixtureOptions extends Partial<EntraOptions> {
  readonly mailboxes?: number;
}

const home = tempDirectory('tenant');
// Made once for the file: keys of RSA take their time.
const authority = await createAuthority(home);
const keys = await createTokenKeys(home);
setDefaultCACertificates([...getCACertificates('default'), authority.caPem]);

/** A tenant of its own, with two organizations; stopped when the file's tests are over. */
export async function startTenant(options: FixtureOptions = {}): Promise<TenantFixture> {
  const startMs = Date.parse('2026-03-02T08:00:00.000Z');
  const world = new World({
    seed: 'tests',
    startMs,
    organizations: [
      { name: 'contoso', mailboxes: options.mailboxes ?? 60, hasSignInPeople: true },
      { name: 'fabrikam', mailboxes: 40 },
    ],
    churnPerDay: 0,
    clock: createTenantClock({ nowMs: startMs, wireMs: startMs, speed: 1, held: true }),
    journal: createMemoryJournal(),
  });
  const entra = createEntraRoutes(world, keys, { identityHeader: 'a-header-secret', audiences: [AUDIENCE], ...options });
  const graph = createGraphRoutes(world, { verifyToken: entra.verifyToken });
  const arrived: TenantFixture['arrived'] = [];
  const routes = [entra, graph].map((route) => recording(route, arrived));
  const failed: unknown[] = [];
  const server = createTenantServer({ ...authority, routes, onError: (error) => failed.push(error) });
  await server.start(0);
  after(async () => {
    await server.stop();
    assert.deepEqual(failed, []);
  });
  const { origin } = server;
  const application = (): Application => {
    const [first] = world.organization(TENANT)?.directory.applications() ?? [];
    if (!first) throw new Error('The organization has no application.');
    return first;
  };
  const endpoints = endpointsOf('global', { authority: origin, graph: origin, exchange: origin, exchangeHostSuffixes: ['localhost'] });
  return { world, keys, entra, graph, origin, endpoints, application, arrived };
}

/** A directory for files, removed in the end. */
export function homeFile(name: string): string {
  return join(home, name);
}

/** An https server on localhost that this process trusts: for hosts that must never get a token. */
export async function startListener(answerWith: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  return listen(createServer({ key: authority.key, cert: authority.cert }, answerWith));
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `https://localhost:${(server.address() as AddressInfo).port}`;
}

/** The same route, which also notes what arrives. */
function recording(route: TenantRoute, arrived: TenantFixture['arrived']): TenantRoute {
  return {
    name: route.name,
    owns: (path) => route.owns(path),
    answer(request) {
      arrived.push({ method: request.method, target: request.target, hasToken: request.headers.authorization !== undefined });
      return route.answer(request);
    },
  };
}
