// The audit through the built bundle on the local host: real tokens, real storage, the timer that sequences, and the check from outside.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { personId } from '../../src/local/host/auth/people.ts';
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
const data = tempDirectory('audit');
const settings = { TASK_HUB: 'AuditTest', AUDIT_KEY_FILE: `${data}/audit-key.json` };
const LONGEST_WAIT_MS = 60_000;
let azurite: Azurite;
let tenant: TestTenant;
let host: HostProcess;

before(async () => {
  [azurite, tenant] = await Promise.all([startAzurite({ dataDirectory: `${data}/storage` }), openTestTenant({ mailboxes: 20 })]);
  const [connection] = tenant.connection.organizations;
  assert.ok(connection);
  const env = { ...tenantSettings(tenant.connection, connection), AzureWebJobsStorage: azurite.connectionString, ...settings };
  host = await startHostProcess({ app: root, data: `${data}/host`, env });
});

after(async () => {
  await host?.kill();
  await Promise.all([azurite?.stop(), tenant?.stop()]);
});

interface Answer {
  readonly status: number;
  readonly etag: string;
  readonly text: string;
}

async function send(
  method: string,
  path: string,
  user: string | undefined,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const { id: tenantId } = tenant.contoso;
  const token =
    user === undefined
      ? 'made.up'
      : ((await callTenant(tenant.connection, 'POST', 'tokens', { user, tenantId })) as { token: string }).token;
  const response = await fetch(`${host.url}/api/organizations/${tenantId}/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, etag: response.headers.get('etag') ?? '', text: await response.text() };
}

/** An order for whatever came in none. */
const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

interface Shown {
  readonly event: string;
  readonly actor: Record<string, string>;
  readonly subject: { readonly id: string };
  readonly details: Record<string, unknown>;
}

/** Starts a function by hand, as the host's own API allows whoever has its key. */
async function byHand(name: string, input: object): Promise<number> {
  const response = await fetch(new URL(`/admin/functions/${name}`, host.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ input: JSON.stringify(input) }),
  });
  return response.status;
}

/** The events of the list, the oldest first, once there are so many: the timer need not be waited for. */
async function eventsOf(query: string, count: number): Promise<Shown[]> {
  assert.equal(await byHand('audit-sequence', {}), 202);
  const giveUpAt = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    const { status, text: body } = await send('GET', `audit?${query}`, 'auditor');
    assert.equal(status, 200, body);
    const { value } = JSON.parse(body) as { value: Shown[] };
    if (value.length >= count) return value.toReversed();
    if (performance.now() > giveUpAt) throw new Error(`${count} events of ${query}: ${body}\n${host.output().slice(-6_000)}`);
    await sleep(200);
  }
}

test('a change of the connector is shown after the next turn of the timer, filtered and as a table', async () => {
  const [connection] = tenant.connection.organizations;
  const credential = { kind: 'managed-identity', clientId: connection?.clientId };
  const added = await send('PUT', 'connector', 'admin', { credential });
  const changed = await send('PUT', 'connector', 'admin', { credential, keepGoneDays: 30 }, { 'if-match': added.etag });

  const events = await eventsOf('event=connector.', 2);
  const table = await send('GET', 'audit?event=connector.changed', 'auditor', undefined, { accept: 'text/csv' });

  assert.deepEqual([added.status, changed.status], [201, 200]);
  assert.deepEqual(
    events.map(({ event, actor, details }) => [event, actor['objectId'], details['changed']]),
    [
      ['connector.created', personId('admin'), undefined],
      ['connector.changed', personId('admin'), ['keepGoneDays']],
    ],
  );
  assert.match(table.text, /^Sequence,Time,.*\r\n2,\S+,connector\.changed,.*,"\{""changed"":\[""keepGoneDays""\],""generation"":1\}"\r\n$/);
});

test('attacks are refused and told: a change without the right, a made-up token, activities run by hand for a made-up instance', async () => {
  const organization = tenant.contoso.id;
  const run = '20261124T080000000Z-00000000';

  const statuses = [
    (await send('PUT', 'connector', 'auditor', {}, { 'if-match': '*' })).status,
    (await send('GET', 'devices', undefined)).status,
    await byHand('installation-claim', { organization, generation: '1', instance: 'made-up' }),
    await byHand('slice-read', { organization, run, instance: 'made-up-too', slice: { name: 'all', query: {} } }),
  ];

  const denied = await eventsOf('event=access.denied', 2);
  const refused = await eventsOf('event=workflow.refused', 2);
  assert.deepEqual(statuses, [403, 401, 202, 202]);
  assert.deepEqual(
    denied.map(({ actor, subject, details }) => [actor['kind'], subject.id, details['permission'] ?? details['reason']]).toSorted(byText),
    [
      ['unknown', 'GET organizations/{organization}/devices', 'malformed'],
      ['user', 'PUT organizations/{organization}/connector', 'Site.Modify'],
    ],
  );
  assert.deepEqual(refused.map(({ subject, details }) => [subject.id, details['workflow'], details['reason']]).toSorted(byText), [
    ['made-up', 'installation-workflow', 'superseded'],
    ['made-up-too', 'slice-read', 'missing'],
  ]);
});

test('a name is erased and the chain stays whole: the check from outside finds nothing wrong with any of it', async () => {
  const erased = await send('POST', 'audit/erasures', 'admin', {
    tenant: tenant.contoso.id,
    objectId: personId('admin'),
    reason: 'asked for',
  });
  const [erasure] = await eventsOf('event=audit.name-erased', 1);
  const [created] = await eventsOf('event=connector.created', 1);

  const child = spawn(process.execPath, [`${root}src/audit-verify.ts`], {
    env: { PATH: process.env['PATH'], AzureWebJobsStorage: azurite.connectionString, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);

  assert.equal(erased.status, 200, erased.text);
  assert.deepEqual([created?.actor['objectId'], created?.actor['name']], [personId('admin'), undefined]);
  assert.deepEqual(erasure?.details, { reason: 'asked for' });
  assert.match(`${out}${err}`, new RegExp(`Organization ${tenant.contoso.id}: intact`));
});
