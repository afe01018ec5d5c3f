// The whole simulated tenant for tests: over https, with its state in a folder of its own and a clock that stands still; and the adapters on it,
// as production builds them, with tokens by the unmodified @azure/identity.
// Trust: NODE_EXTRA_CA_CERTS counts only when a process starts. This process trusts the tenant's authority through node:tls instead, which is what
// every client in it then uses; a program that a test starts gets the variable (`environment`).
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createExchange } from '../../src/adapters/exchange/exchange.ts';
import type { ExchangeClientOptions } from '../../src/adapters/exchange/exchange-client.ts';
import type { GraphClientOptions } from '../../src/adapters/graph/graph-client.ts';
import { createGraphDirectory } from '../../src/adapters/graph/graph-directory.ts';
import { createGraphMail } from '../../src/adapters/graph/graph-mail.ts';
import { createCredential } from '../../src/adapters/identity/credential.ts';
import type { ConnectorCredential } from '../../src/adapters/identity/credential.ts';
import { randomIds } from '../../src/adapters/random-ids.ts';
import { systemClock } from '../../src/adapters/system-clock.ts';
import { endpointsOf } from '../../src/domain/cloud.ts';
import type { CloudEndpoints } from '../../src/domain/cloud.ts';
import type { Directory } from '../../src/domain/directory-port.ts';
import type { ExchangePort } from '../../src/domain/exchange-port.ts';
import type { Mail } from '../../src/domain/mail-port.ts';
import { parseOrganizationId } from '../../src/domain/organization.ts';
import type { OrganizationId } from '../../src/domain/organization.ts';
import type { Log, LogFields } from '../../src/domain/ports.ts';
import { startTenant, type Connection } from '../../src/local/tenant/tenant-process.ts';
import type { Tenant } from '../../src/local/tenant/tenant.ts';
import type { OrganizationWorld } from '../../src/local/tenant/world/organization.ts';
import type { Application } from '../../src/local/tenant/world/types.ts';

export interface TenantOrder {
  /** Of the first organization; the others have a tenth of it. */
  readonly mailboxes?: number;
  readonly seed?: string;
  /** First labels of the domains; `contoso` alone when left out. */
  readonly organizations?: readonly string[];
}

/** One line that an adapter logged. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly event: string;
  readonly fields: LogFields;
}

/** One organization of the tenant and the connector's ways to it. */
export interface TestOrganization {
  readonly id: OrganizationId;
  readonly domain: string;
  /** What is really there. */
  readonly world: OrganizationWorld;
  /** What the adapters logged. */
  readonly lines: LogLine[];
  /** The connector's application, with its present grants. */
  application(): Application;
  /** Changes the grants; tokens issued before keep what they say. */
  grant(change: Partial<Application>): void;
  /** A credential of the application, by its secret; new at each call, so that it carries the present grants. */
  credential(): ConnectorCredential;
  /** The Exchange port; its waits between repeats do not wait. */
  exchange(options?: Partial<ExchangeClientOptions>): ExchangePort;
  directory(options?: Partial<GraphClientOptions>): Directory;
  mail(options?: Partial<GraphClientOptions>): Mail;
}

export interface TestTenant {
  readonly connection: Connection;
  /** `https://localhost:<port>` */
  readonly origin: string;
  /** Certificate of the tenant's authority, in PEM. */
  readonly ca: string;
  readonly endpoints: CloudEndpoints;
  /** Where the tenant keeps its state. */
  readonly data: string;
  /** The tenant from inside: faults, switches, load, world. */
  readonly tenant: Tenant;
  readonly organizations: readonly TestOrganization[];
  /** The first organization. */
  readonly contoso: TestOrganization;
  /** The environment of a program that is to trust the tenant. */
  environment(more?: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
  /** Stops it and removes its folder; throws what the tenant did not foresee. */
  stop(): Promise<void>;
}

const SECRET_NAME = 'TENANT';

/** Starts a tenant that the caller stops. */
export async function openTestTenant(order: TenantOrder = {}): Promise<TestTenant> {
  const data = mkdtempSync(join(tmpdir(), 'exchange-connector-tenant-'));
  const unforeseen: unknown[] = [];
  const options = {
    data,
    port: 0,
    seed: order.seed ?? '1',
    mailboxes: order.mailboxes ?? 40,
    organizations: order.organizations ?? ['contoso'],
    latencyMs: undefined,
    speed: undefined,
    held: true,
    start: '2026-11-24T08:00:00.000Z',
    churnPerDay: 0,
    audiences: ['api://exchange-connector'],
  };
  const running = await startTenant(options, (error) => unforeseen.push(error));
  const { connection, tenant } = running;
  const { origin, caFile } = connection;
  const ca = readFileSync(caFile, 'utf8');
  setDefaultCACertificates([...getCACertificates('default'), ca]);
  const endpoints = endpointsOf('global', {
    authority: origin,
    graph: origin,
    exchange: origin,
    exchangeHostSuffixes: [new URL(origin).host.replace('localhost', '127.0.0.1')],
  });
  const organizations = connection.organizations.map(({ tenantId, domain }) => organizationOf(tenant, endpoints, tenantId, domain));
  const [contoso] = organizations;
  if (!contoso) throw new Error('The tenant has no organization.');
  return {
    connection,
    origin,
    ca,
    endpoints,
    data,
    tenant,
    organizations,
    contoso,
    environment: (more = {}) => ({ ...process.env, NODE_EXTRA_CA_CERTS: caFile, ...more }),
    async stop() {
      await running.stop();
      rmSync(data, { recursive: true, force: true, maxRetries: 5 });
      if (unforeseen.length > 0) throw new AggregateError(unforeseen, 'The simulated tenant failed at requests.');
    },
  };
}

/** A tenant until the file's tests, or the test that starts it, are over. */
export async function startTestTenant(order: TenantOrder = {}): Promise<TestTenant> {
  const tenant = await openTestTenant(order);
  after(() => tenant.stop());
  return tenant;
}

function organizationOf(tenant: Tenant, endpoints: CloudEndpoints, tenantId: string, domain: string): TestOrganization {
  const id = parseOrganizationId(tenantId);
  const world = tenant.world.organization(tenantId);
  if (!id || !world) throw new Error(`The tenant has no organization ${tenantId}.`);
  const lines: LogLine[] = [];
  const log = logInto(lines);

  function application(): Application {
    const [first] = world?.directory.applications() ?? [];
    if (!first) throw new Error(`The organization ${domain} has no application.`);
    return first;
  }

  function credential(): ConnectorCredential {
    const { appId, secrets } = application();
    return createCredential({
      tenantId,
      credential: { kind: 'secret', clientId: appId, name: SECRET_NAME },
      endpoints,
      setting: (name) => (name === `CONNECTOR_SECRET_${SECRET_NAME}` ? secrets[0] : undefined),
    });
  }

  const graphOptions = (options: Partial<GraphClientOptions>): GraphClientOptions => ({
    endpoints,
    credential: credential(),
    clock: systemClock,
    log,
    pause: withoutWaiting,
    ...options,
  });

  return {
    id,
    domain,
    world,
    lines,
    application,
    grant: (change) => void world.directory.updateApplication(application().appId, change),
    credential,
    exchange: (options = {}) =>
      createExchange({
        organization: id,
        endpoint: endpoints,
        credential: credential(),
        clock: systemClock,
        ids: randomIds,
        log,
        wait: withoutWaiting,
        ...options,
      }),
    directory: (options = {}) => createGraphDirectory(graphOptions(options)),
    mail: (options = {}) => createGraphMail(graphOptions(options)),
  };
}

async function withoutWaiting(_: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
}

function logInto(lines: LogLine[]): Log {
  const at =
    (level: LogLine['level']) =>
    (event: string, fields: LogFields = {}): void =>
      void lines.push({ level, event, fields });
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), with: () => log };
  return log;
}
