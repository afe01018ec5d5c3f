// A simulated tenant for tests: a held clock, state in memory, real https with the tenant's own authority, and a token with every grant.
import { Agent, request } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { after } from 'node:test';
import { createAuthority } from '../../../src/local/tenant/entra/authority.ts';
import { createTokenKeys } from '../../../src/local/tenant/entra/token-keys.ts';
import { createTenantServer } from '../../../src/local/tenant/server/tenant-server.ts';
import { createTenant, freshState, type Tenant } from '../../../src/local/tenant/tenant.ts';
import { createTenantClock } from '../../../src/local/tenant/world/clock.ts';
import { createMemoryJournal } from '../../../src/local/tenant/world/journal.ts';
import type { OrganizationWorld } from '../../../src/local/tenant/world/organization.ts';
import { World, type OrganizationOptions } from '../../../src/local/tenant/world/world.ts';
import { tempDirectory } from '../../support/temp-directory.ts';

/** The time at which worlds of tests begin: a Tuesday. */
export const START = '2026-11-24T08:00:00.000Z';
export const START_MS = Date.parse(START);

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

export interface WorldOrder {
  readonly mailboxes?: number;
  readonly seed?: string;
  readonly churnPerDay?: number;
  readonly organizations?: readonly OrganizationOptions[];
}

/** A world at START whose clock stands still. */
export function heldWorld({ mailboxes = 60, seed = '1', churnPerDay = 0, organizations }: WorldOrder = {}): World {
  const clock = createTenantClock({ nowMs: START_MS, wireMs: START_MS, speed: 1, held: true });
  const contoso = { name: 'contoso', mailboxes, hasSignInPeople: true };
  return new World({
    seed,
    startMs: START_MS,
    churnPerDay,
    clock,
    journal: createMemoryJournal(),
    organizations: organizations ?? [contoso],
  });
}

/** The first organization of a world, played up to its present. */
export function firstOrganization(world: World): OrganizationWorld {
  const [organization] = world.organizations();
  if (!organization) throw new Error('The world has no organization');
  return organization;
}

/** Parsed JSON as JSON.parse gives it: tests look into it freely. */
export type Json = ReturnType<typeof JSON.parse>;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
}

export interface Sending {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The server's other name. */
  readonly isRegional?: boolean;
}

export interface TestServer {
  readonly origin: string;
  readonly tenant: Tenant;
  readonly world: World;
  readonly organization: OrganizationWorld;
  readonly tenantId: string;
  readonly token: string;
  /** Goes on with another tenant on the same port. */
  use(world: World): Promise<void>;
  send(sending: Sending): Promise<Answer>;
  /** One InvokeCommand with the token, an anchor and a page size; its JSON. */
  invoke(cmdlet: string, parameters?: Readonly<Record<string, unknown>>, headers?: Readonly<Record<string, string>>): Promise<Invoked>;
  control(method: string, path: string, body?: Readonly<Record<string, unknown>>): Promise<Json>;
}

export interface Invoked extends Answer {
  readonly json: Json;
  /** Rows of the page; empty when it is an error. */
  readonly rows: readonly Json[];
  readonly nextLink: string | undefined;
}

export const CONTROL_KEY = 'control-key-of-tests';
const ANCHOR = 'APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@';

/** A tenant on a free port, until the tests of the file are over. */
export async function startTestServer(order: WorldOrder = {}): Promise<TestServer> {
  const directory = tempDirectory('tenant');
  const [authority, keys] = await Promise.all([createAuthority(directory), createTokenKeys(directory)]);
  const agent = new Agent({ keepAlive: true, ca: authority.caPem });
  const unforeseen: unknown[] = [];
  let tenant: Tenant;
  let token = '';

  const server = createTenantServer({
    ...authority,
    routes: [{ name: 'current', owns: () => true, answer: (asked) => answerBy(tenant, asked) }],
    onError: (error) => void unforeseen.push(error),
  });
  await server.start(0);
  after(async () => {
    agent.destroy();
    await server.stop();
    if (unforeseen.length > 0) throw new AggregateError(unforeseen, 'The tenant failed at requests');
  });

  function send({ method, path, headers, body, isRegional }: Sending): Promise<Answer> {
    const origin = isRegional ? server.origin.replace('localhost', '127.0.0.1') : server.origin;
    return new Promise((resolve, reject) => {
      const outgoing = request(`${origin}${path}`, { method, agent, servername: 'localhost', headers: { ...headers } }, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.once('error', reject);
        incoming.once('aborted', () => reject(new Error('aborted')));
        incoming.once('end', () => {
          const bytes = Buffer.concat(chunks);
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, bytes, text: bytes.toString('utf8') });
        });
      });
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  }

  async function use(world: World): Promise<void> {
    const needs = { controlKey: CONTROL_KEY, identityHeader: 'identity', audiences: ['api://exchange-connector'] };
    tenant = createTenant({ world, keys, ...needs, state: freshState() });
    token = await applicationToken(tenant, send);
  }

  await use(heldWorld(order));
  return {
    origin: server.origin,
    get tenant() {
      return tenant;
    },
    get world() {
      return tenant.world;
    },
    get organization() {
      return firstOrganization(tenant.world);
    },
    get tenantId() {
      return firstOrganization(tenant.world).organization.tenantId;
    },
    get token() {
      return token;
    },
    use,
    send,
    async invoke(cmdlet, parameters = {}, headers = {}) {
      const { tenantId } = firstOrganization(tenant.world).organization;
      const body = JSON.stringify({ CmdletInput: { CmdletName: cmdlet, Parameters: parameters } });
      const path = `/adminapi/beta/${tenantId}/InvokeCommand`;
      return read(await send({ method: 'POST', path, body, headers: { ...standardHeaders(token, tenantId), ...headers } }));
    },
    async control(method, path, body) {
      const headers = { 'x-control-key': CONTROL_KEY };
      const answer = await send({ method, path: `/control/${path}`, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
      return JSON.parse(answer.text);
    },
  };
}

function answerBy(
  tenant: Tenant,
  asked: Parameters<Tenant['routes'][number]['answer']>[0],
): ReturnType<Tenant['routes'][number]['answer']> {
  const route = tenant.routes.find((one) => one.owns(asked.path.toLowerCase()));
  return route ? route.answer(asked) : Promise.resolve({ status: 404, body: '' });
}

export function standardHeaders(token: string, tenantId: string): Record<string, string> {
  return {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    prefer: 'odata.maxpagesize=1000',
    'x-anchormailbox': `${ANCHOR}${tenantId}`,
  };
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An answer as an envelope; what is no JSON has none. */
export function read(answer: Answer): Invoked {
  const json = parsed(answer.text);
  return { ...answer, json, rows: json?.value ?? [], nextLink: json?.['@odata.nextLink'] };
}

/** A token of the product's own application, from the token endpoint. */
async function applicationToken(tenant: Tenant, send: TestServer['send']): Promise<string> {
  const { organization, directory } = firstOrganization(tenant.world);
  const [application] = directory.applications();
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: application?.appId ?? '',
    client_secret: application?.secrets[0] ?? '',
    scope: 'https://outlook.office365.com/.default',
  });
  const answer = await send({
    method: 'POST',
    path: `/${organization.tenantId}/oauth2/v2.0/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  });
  const { access_token: accessToken } = JSON.parse(answer.text);
  if (typeof accessToken !== 'string') throw new Error(`No token: ${answer.text}`);
  return accessToken;
}

/** Every row of a paged read, with the links followed as our client does: POST, same body, same headers. */
export async function readAll(
  server: TestServer,
  cmdlet: string,
  parameters: Readonly<Record<string, unknown>>,
  pageSize = 1000,
): Promise<Json[]> {
  const rows: Json[] = [];
  const prefer = { prefer: `odata.maxpagesize=${pageSize}` };
  const body = JSON.stringify({ CmdletInput: { CmdletName: cmdlet, Parameters: parameters } });
  let path: string | undefined = `/adminapi/beta/${server.tenantId}/InvokeCommand`;
  while (path !== undefined) {
    const page: Invoked = read(
      await server.send({ method: 'POST', path, body, headers: { ...standardHeaders(server.token, server.tenantId), ...prefer } }),
    );
    if (page.status !== 200) throw new Error(`${page.status} ${page.text}`);
    rows.push(...page.rows);
    path = page.nextLink?.slice(server.origin.length);
  }
  return rows;
}
