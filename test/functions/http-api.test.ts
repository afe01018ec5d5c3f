// The API through the built bundle on the local host: real tokens, real sessions, real storage. What the handlers say in detail is tested in process.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createStores } from '../../src/adapters/tables/stores.ts';
import { createTable } from '../../src/adapters/tables/table.ts';
import { randomIds } from '../../src/adapters/random-ids.ts';
import { systemClock } from '../../src/adapters/system-clock.ts';
import { defaultConnectorSettings } from '../../src/domain/connector.ts';
import type { OrganizationId } from '../../src/domain/organization.ts';
import { personId } from '../../src/local/host/auth/people.ts';
import { startAzurite } from '../../src/local/launcher/azurite.ts';
import type { Azurite } from '../../src/local/launcher/azurite.ts';
import { tenantSettings } from '../../src/local/launcher/tenant-settings.ts';
import { callTenant } from '../../src/local/tenant-control.ts';
import { deviceAt, mailboxGuid, userId } from '../support/discovery-scene.ts';
import { startHostProcess } from '../support/host-process.ts';
import type { HostProcess } from '../support/host-process.ts';
import { tempDirectory } from '../support/temp-directory.ts';
import { openTestTenant } from '../support/tenant.ts';
import type { TestTenant } from '../support/tenant.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let azurite: Azurite;
let tenant: TestTenant;
let host: HostProcess;
let startAnother: (name: string) => Promise<HostProcess>;
let organization: OrganizationId;

before(async () => {
  const data = tempDirectory('api');
  [azurite, tenant] = await Promise.all([startAzurite({ dataDirectory: `${data}/storage` }), openTestTenant({ mailboxes: 20 })]);
  const [connection] = tenant.connection.organizations;
  assert.ok(connection);
  organization = tenant.contoso.id;
  await keepOrganization();
  const env = {
    ...tenantSettings(tenant.connection, connection),
    AzureWebJobsStorage: azurite.connectionString,
    TASK_HUB: 'ApiTest',
    API_AUDIENCES: 'api://exchange-connector',
    AUDIT_KEY_FILE: `${data}/audit-key.json`,
  };
  startAnother = (name) => startHostProcess({ app: root, data: `${data}/${name}`, args: ['--sign-in', organization], env });
  host = await startAnother('host');
});

after(async () => {
  await host?.kill();
  await Promise.all([azurite?.stop(), tenant?.stop()]);
});

/** A connector that no timer begins a run of within this test, and devices that no discovery has seen. */
async function keepOrganization(): Promise<void> {
  const account = { connectionString: azurite.connectionString };
  const stores = createStores((name) => createTable({ account, name, ids: randomIds }), systemClock);
  const now = systemClock.now();
  const made = { generation: 1, createdAt: now, changedAt: now, changedBy: personId('admin') };
  await stores.connectors.add({ ...defaultConnectorSettings, organization, ...made });
  const lastFull = { runId: 'earlier', startedAt: now, endedAt: now, devices: 5 };
  await stores.connectors.keepDiscoveryState(organization, { lastFull, watermark: now }, undefined);
  const writer = stores.devices.writer(organization, 'each');
  await writer.add(
    [1, 2, 3, 4, 5].map((index) => ({
      device: deviceAt(index, index),
      owner: { kind: 'mailbox', mailbox: mailboxGuid(index), user: userId(index), userName: `user${index}` },
      observedAt: now,
    })),
  );
  await writer.finish();
}

async function tokenOf(user: string, more: Record<string, unknown> = {}): Promise<Record<string, string>> {
  const { token } = (await callTenant(tenant.connection, 'POST', 'tokens', { user, tenantId: organization, ...more })) as { token: string };
  return { authorization: `Bearer ${token}` };
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

async function ask(line: string, headers: Record<string, string>, body?: string, base: string = host.url): Promise<Answer> {
  const [method = '', path = ''] = line.split(' ');
  const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await fetch(`${base}${path}`, {
    method,
    headers: { ...type, ...headers },
    ...(body !== undefined && { body }),
    redirect: 'manual',
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {},
  };
}

async function sessionOf(user: string): Promise<Record<string, string>> {
  const form = new URLSearchParams({ person: personId(user) });
  const { origin } = new URL(host.url);
  const answer = await fetch(`${origin}/.auth/login/aad`, { method: 'POST', body: form, headers: { origin }, redirect: 'manual' });
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  assert.notEqual(cookie, '');
  return { cookie };
}

const devices = (): string => `/api/organizations/${organization}/devices`;

test('a token of the tenant says who asks; what it allows is the business of the roles', async () => {
  const [admin, alice] = await Promise.all([tokenOf('admin'), tokenOf('alice')]);

  const answers = await Promise.all([
    ask(`GET ${devices()}`, admin),
    ask(`GET ${devices()}`, alice),
    ask(`GET ${devices()}`, {}),
    ask(`GET ${devices()}`, { authorization: `${admin['authorization']}x` }),
    ask(`GET ${devices()}`, await tokenOf('admin', { audience: 'https://graph.microsoft.com' })),
  ]);

  assert.deepEqual(
    answers.map(({ status, body }) => [status, body['code']]),
    [
      [200, undefined],
      [404, 'organization.missing'],
      [401, 'caller.unknown'],
      [401, 'caller.unknown'],
      [401, 'caller.unknown'],
    ],
  );
});

test('a nextLink leads on through storage to the end, for its caller alone, also on another instance of the app', async (t) => {
  const other = await startAnother('other-host');
  t.after(() => other.kill());
  const [admin, analyst] = await Promise.all([tokenOf('admin'), tokenOf('analyst')]);
  const ids: string[] = [];
  const links: string[] = [];

  for (let path: string | undefined = `${devices()}?top=2`; path !== undefined;) {
    const { status, body }: Answer = await ask(`GET ${path}`, admin);
    assert.equal(status, 200);
    ids.push(...(body['value'] as { id: string }[]).map(({ id }) => id));
    path = body['nextLink'] as string | undefined;
    if (path !== undefined) links.push(path);
  }
  const foreign = await ask(`GET ${links[0]}`, analyst);
  const otherFilter = await ask(`GET ${links[0]}&gone=all`, admin);
  const elsewhere = await ask(`GET ${links[0]}`, await tokenOf('admin'), undefined, other.url);

  assert.equal(new Set(ids).size, 5);
  assert.deepEqual([foreign.status, foreign.body['code'], otherFilter.status, elsewhere.status], [400, 'next-link.invalid', 400, 200]);
});

test('a session reads, and changes only from our own pages; its header cannot be made up from outside', async () => {
  const session = await sessionOf('admin');
  const { origin } = new URL(host.url);
  const annotations = `${devices()}/${String(((await ask(`GET ${devices()}?top=1`, session)).body['value'] as { id: string }[])[0]?.id)}/annotations`;
  const etag = (await ask(`GET ${annotations}`, session)).headers.get('etag') ?? '';
  const put = (headers: Record<string, string>): Promise<Answer> =>
    ask(`PUT ${annotations}`, { ...session, 'if-match': etag, ...headers }, '{"note":"x"}');
  const principal = Buffer.from(JSON.stringify({ auth_typ: 'aad', claims: [] })).toString('base64');

  const answers = [
    await put({}),
    await put({ origin: 'https://evil.example' }),
    await put({ 'sec-fetch-site': 'cross-site', origin }),
    await put({ origin, 'content-type': 'text/plain' }),
    await put({ origin }),
    await ask(`GET ${devices()}`, { 'x-ms-client-principal': principal }),
  ];

  assert.deepEqual(
    answers.map(({ status, body }) => [status, body['code']]),
    [
      [403, 'caller.cross-origin'],
      [403, 'caller.cross-origin'],
      [403, 'caller.cross-origin'],
      [415, 'body.unsupported'],
      [200, undefined],
      [401, 'caller.unknown'],
    ],
  );
});

test('what the host hands on is refused as in process: size, parameters, methods', async () => {
  const admin = await tokenOf('admin');
  const discovery = `/api/organizations/${organization}/discovery`;

  const answers = await Promise.all([
    ask(`POST ${discovery}`, admin, JSON.stringify({ kind: 'x'.repeat(1024 * 1024) })),
    ask(`GET ${devices()}?top=5&top=6&colour=red`, admin),
    ask(`GET /api/organizations/CONTOSO/devices`, admin),
    ask(`PATCH ${discovery}`, admin),
    ask(`OPTIONS ${discovery}`, admin),
    ask(`DELETE ${devices()}`, admin),
    ask(`HEAD ${devices()}`, admin),
    ask(`GET ${devices()}/${'%2e%2e%2f'.repeat(3)}`, admin),
  ]);

  assert.deepEqual(
    answers.map(({ status }) => status),
    [413, 400, 400, 404, 404, 404, 200, 400],
  );
});

test('the document of the API is served to any caller, and describes what the host took', async () => {
  const { status, body } = await ask('GET /api/openapi.json', await tokenOf('alice'));

  assert.equal(status, 200);
  assert.ok(Object.keys(body['paths'] as object).includes('/organizations/{organization}/devices'));
});
