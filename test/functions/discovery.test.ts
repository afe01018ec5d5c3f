// Discovery from end to end: the built bundle on the local host, the simulated tenant, real storage. A connector is added, its first run finds every
// device, and a host that is killed in the middle goes on where it was. What each step does in detail is tested with the steps.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startAzurite } from '../../src/local/launcher/azurite.ts';
import type { Azurite } from '../../src/local/launcher/azurite.ts';
import { tenantSettings } from '../../src/local/launcher/tenant-settings.ts';
import { callTenant } from '../../src/local/tenant-control.ts';
import { startHostProcess } from '../support/host-process.ts';
import type { HostProcess } from '../support/host-process.ts';
import { tempDirectory } from '../support/temp-directory.ts';
import { openTestTenant } from '../support/tenant.ts';
import type { TestTenant } from '../support/tenant.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const LONGEST_WAIT_MS = 60_000;
const data = tempDirectory('discovery');
let azurite: Azurite;
let tenant: TestTenant;
let host: HostProcess;
let startApp: () => Promise<HostProcess>;

before(async () => {
  [azurite, tenant] = await Promise.all([startAzurite({ dataDirectory: `${data}/storage` }), openTestTenant({ mailboxes: 40 })]);
  const [connection] = tenant.connection.organizations;
  assert.ok(connection);
  const env = {
    ...tenantSettings(tenant.connection, connection),
    AzureWebJobsStorage: azurite.connectionString,
    TASK_HUB: 'DiscoveryTest',
    API_AUDIENCES: 'api://exchange-connector',
    HOME_TENANT_ID: connection.tenantId,
    AUDIT_KEY_FILE: `${data}/audit-key.json`,
  };
  startApp = () => startHostProcess({ app: root, data: `${data}/host`, env });
  host = await startApp();
});

after(async () => {
  await host?.kill();
  await Promise.all([azurite?.stop(), tenant?.stop()]);
});

interface RunBody {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly counts: Record<string, number>;
  readonly completeness: number;
  readonly restarts: number;
  readonly error?: { readonly code: string; readonly message: string };
}

async function send(method: string, path: string, body?: unknown): Promise<Response> {
  const { id: tenantId } = tenant.contoso;
  const { token } = (await callTenant(tenant.connection, 'POST', 'tokens', { user: 'admin', tenantId })) as { token: string };
  return fetch(`${host.url}/api/organizations/${tenantId}/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await send(method, path, body);
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text) as T;
}

/** Starts a run; the one that the schedule began a moment ago will do as well. */
async function begin(kind: string): Promise<string> {
  const answer = await send('POST', 'discovery', { kind });
  assert.ok(answer.status === 202 || answer.status === 409, await answer.text());
  return answer.headers.get('location')?.split('/').at(-1) ?? '';
}

/** The id of the first full run, which begins as soon as the connector works. */
async function firstRun(): Promise<string> {
  const giveUpAt = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    const { value } = await call<{ value: RunBody[] }>('GET', 'discovery/runs?kind=full');
    if (value[0]) return value[0].id;
    if (performance.now() > giveUpAt) throw new Error(`No run has begun.\n${host.output()}`);
    await sleep(50);
  }
}

async function untilEnded(id: string): Promise<RunBody> {
  const giveUpAt = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    const run = await call<RunBody>('GET', `discovery/runs/${id}`);
    if (run.state !== 'running') return run;
    if (performance.now() > giveUpAt) throw new Error(`${JSON.stringify(run)}\n${host.output()}`);
    await sleep(50);
  }
}

async function devicesFound(): Promise<string[]> {
  const ids: string[] = [];
  let path: string | undefined = 'devices?top=1000';
  while (path !== undefined) {
    const page: { value: { id: string }[]; nextLink?: string } = await call('GET', path);
    ids.push(...page.value.map(({ id }) => id));
    path = page.nextLink?.slice(page.nextLink.indexOf('devices'));
  }
  return ids.sort();
}

const devicesThere = async (): Promise<string[]> => {
  const guids: string[] = [];
  for await (const { rows } of tenant.contoso.exchange().listDevices({})) guids.push(...rows.map(({ guid }) => guid));
  return guids.sort();
};

test('a connector that is added finds every device of its organization, though the host is killed on the way', async () => {
  const [connection] = tenant.connection.organizations;
  await call('PUT', 'connector', { credential: { kind: 'managed-identity', clientId: connection?.clientId } });
  const first = await firstRun();
  await host.kill();
  host = await startApp();

  const run = await untilEnded(first);

  assert.deepEqual([run.state, run.completeness, run.error], ['completed', 1, undefined], `${JSON.stringify(run)}\n${host.output()}`);
  assert.deepEqual(await devicesFound(), await devicesThere());
});

test('a second full run changes nothing and marks nothing as gone', async () => {
  const id = await begin('full');

  const run = await untilEnded(id);

  const { read, added, changed, gone } = run.counts;
  assert.equal(run.state, 'completed', JSON.stringify(run));
  assert.deepEqual({ read, added, changed, gone }, { read: (await devicesThere()).length, added: 0, changed: 0, gone: 0 });
});

test('a delta and a reading of statistics come to their end as well', async () => {
  const ids = [await begin('delta'), await begin('statistics')];

  const runs = await Promise.all(ids.map(untilEnded));

  assert.deepEqual(
    runs.map(({ kind, state, completeness }) => [kind, state, completeness]),
    [
      ['delta', 'completed', 1],
      ['statistics', 'completed', 1],
    ],
    JSON.stringify(runs),
  );
  assert.ok((runs[1]?.counts['statistics'] ?? 0) > 0);
});
