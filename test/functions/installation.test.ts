// The installation black box: the bundle on the local host, the simulated tenant, real storage and tokens of a managed identity. It waits with the
// cause while a right is missing, heals by one retry once it is given, and whoever reaches the task hub or the host's keys can forge nothing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startAzurite } from '../../src/local/launcher/azurite.ts';
import type { Azurite } from '../../src/local/launcher/azurite.ts';
import { tenantSettings } from '../../src/local/launcher/tenant-settings.ts';
import { callTenant } from '../../src/local/tenant-control.ts';
import type { Application } from '../../src/local/tenant/world/types.ts';
import { buildApp } from '../bench/built-app.ts';
import { startHostProcess } from '../support/host-process.ts';
import type { HostProcess } from '../support/host-process.ts';
import { tempDirectory } from '../support/temp-directory.ts';
import { openTestTenant } from '../support/tenant.ts';
import type { TestTenant } from '../support/tenant.ts';

const LONGEST_WAIT_MS = 60_000;
/** Asked for here: within a hook it would be removed with the hook. */
const data = tempDirectory('installation');
let azurite: Azurite;
let tenant: TestTenant;
let host: HostProcess;
let clientId: string;

before(async () => {
  const [started, opened, { directory }] = await Promise.all([
    startAzurite({ dataDirectory: `${data}/storage` }),
    openTestTenant({ mailboxes: 20 }),
    buildApp(`${data}/app`),
  ]);
  [azurite, tenant] = [started, opened];
  const [connection = assert.fail()] = tenant.connection.organizations;
  ({ clientId } = connection);
  const env = {
    ...tenantSettings(tenant.connection, connection),
    AzureWebJobsStorage: azurite.connectionString,
    TASK_HUB: 'InstallationTest',
    API_AUDIENCES: 'api://exchange-connector',
    HOME_TENANT_ID: connection.tenantId,
    AUDIT_KEY_FILE: `${data}/audit-key.json`,
  };
  host = await startHostProcess({ app: directory, data: `${data}/host`, env });
});

after(async () => {
  await host?.kill();
  await Promise.all([azurite?.stop(), tenant?.stop()]);
});

interface InstallationBody {
  readonly state: string;
  readonly attempts: number;
  readonly generation: number;
  readonly missingFeatures: readonly string[];
  readonly checks: readonly { check: string; state: string; cause?: string; cure?: string }[];
}

async function send(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const { id: tenantId } = tenant.contoso;
  const { token } = (await callTenant(tenant.connection, 'POST', 'tokens', { user: 'admin', tenantId })) as { token: string };
  return fetch(`${host.url}/api/organizations/${tenantId}/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

async function call<T>(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<T> {
  const response = await send(method, path, body, headers);
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text) as T;
}

/** The installation once `isThere`. */
async function until(isThere: (installation: InstallationBody) => boolean): Promise<InstallationBody> {
  const giveUpAt = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    const installation = await call<InstallationBody>('GET', 'installation');
    if (isThere(installation)) return installation;
    if (performance.now() > giveUpAt) throw new Error(`${JSON.stringify(installation, null, 1)}\n${host.output()}`);
    await sleep(50);
  }
}

const numbers = async (): Promise<number[]> =>
  (await call<{ value: { number: number }[] }>('GET', 'status-messages')).value.map(({ number }) => number);

async function durable(path: string, body: unknown = null): Promise<number> {
  const url = `${host.url}/runtime/webhooks/durabletask/${path}`;
  const { status } = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  return status;
}

/** What the instance ended with. */
async function outcomeOf(instance: string): Promise<unknown> {
  const giveUpAt = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    const response = await fetch(`${host.url}/runtime/webhooks/durabletask/instances/${instance}`);
    const { runtimeStatus, output } = (await response.json()) as { runtimeStatus?: string; output?: unknown };
    if (runtimeStatus === 'Completed') return output;
    if (performance.now() > giveUpAt) throw new Error(`${instance} is ${runtimeStatus}\n${host.output()}`);
    await sleep(50);
  }
}

const grants: [string, Partial<Application>, RegExp][] = [
  ['the app role', { exchangeAppRoles: [] }, /lacks the app role Exchange\.ManageAsApp/],
  ['a role in Exchange', { directoryRoles: [] }, /the application has no role in Exchange/],
  ['a cmdlet', { deniedCmdlets: ['Get-CASMailbox'] }, /No role of the application in Exchange holds the cmdlet Get-CASMailbox/],
];

test('a connector that lacks a right waits with the cause; attacks on it change nothing; once all is granted one retry installs it', async () => {
  const [, noRole, cause] = grants[1] ?? assert.fail();
  const seeded = tenant.contoso.application();
  tenant.contoso.grant(noRole);
  await call('PUT', 'connector', { credential: { kind: 'managed-identity', clientId } });
  const waiting = await until(({ state }) => state === 'waiting');
  const instance = `installation-${tenant.contoso.id}-1`;
  const input = { organization: tenant.contoso.id, generation: '1' };

  const forged = [
    await durable('orchestrators/installation-workflow/made-up', input),
    await durable(`orchestrators/installation-workflow/installation-${tenant.contoso.id}-2`, { ...input, generation: '2' }),
    // The instance that waits cannot be started over, and its events carry nothing.
    await durable(`orchestrators/installation-workflow/${instance}`, input),
    await durable(`instances/${instance}/raiseEvent/retry`, { state: 'installed' }),
  ];
  for (const name of ['installation-claim', 'installation-attempt']) {
    const task = JSON.stringify({ ...input, instance: 'made-up' });
    const body = JSON.stringify({ input: task });
    await fetch(`${host.url}/admin/functions/${name}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  }
  const ends = [await outcomeOf('made-up'), await outcomeOf(`installation-${tenant.contoso.id}-2`)];
  const afterAttacks = await call<InstallationBody>('GET', 'installation');
  tenant.contoso.grant(seeded);
  await call('POST', 'installation', { retry: true });
  const installed = await until(({ state }) => state === 'installed');

  assert.match(waiting.checks.map((check) => check.cause ?? '').join(' '), cause);
  assert.deepEqual(forged.slice(0, 2), [202, 202]);
  assert.deepEqual(ends, [{ ended: 'superseded' }, { ended: 'missing' }]);
  assert.deepEqual([afterAttacks.state, afterAttacks.attempts], ['waiting', 1]);
  assert.deepEqual([installed.attempts, installed.missingFeatures], [2, []]);
  assert.equal((await numbers()).filter((number) => number === 1015).length, 1);
});

for (const [what, missing, cause] of grants) {
  test(`a right that is taken away (${what}) is found by a check, and its return by the next, without a restart`, async () => {
    const seeded = tenant.contoso.application();
    const { attempts } = await call<InstallationBody>('GET', 'installation');
    tenant.contoso.grant(missing);

    await call('POST', 'installation', { retry: true });
    const waiting = await until((installation) => installation.attempts > attempts);
    tenant.contoso.grant(seeded);
    await call('POST', 'installation', { retry: true });
    const healed = await until((installation) => installation.attempts > waiting.attempts);

    assert.equal(waiting.state, 'waiting', JSON.stringify(waiting.checks));
    assert.match(waiting.checks.map((check) => check.cause ?? '').join(' '), cause);
    assert.deepEqual(
      [healed.state, healed.missingFeatures, healed.attempts],
      ['installed', [], attempts + 2],
      JSON.stringify(healed.checks),
    );
  });
}

test('removed and added at once, the new generation is installed and told once more', async () => {
  await call('DELETE', 'connector', undefined, { 'if-match': '*' });
  await call('PUT', 'connector', { credential: { kind: 'managed-identity', clientId } });

  const installed = await until(({ state }) => state === 'installed');

  assert.equal(installed.generation, 2);
  const all = await numbers();
  assert.deepEqual(
    [1015, 61_007, 61_001].map((wanted) => all.filter((number) => number === wanted).length),
    [2, 1, 2],
  );
});
