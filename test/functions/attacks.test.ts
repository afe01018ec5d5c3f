// Attacks on the built bundle, from outside and from somebody who holds the keys of the host and of the task hub: each is refused, changes nothing,
// reaches Exchange in no request, and stands in the audit afterwards. What they attack is worked with rightly in the tests of each route.
import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import type { JWTHeaderParameters, JWTPayload } from 'jose';
import { createStores } from '../../src/adapters/tables/stores.ts';
import type { Stores } from '../../src/adapters/tables/stores.ts';
import { createTable } from '../../src/adapters/tables/table.ts';
import { randomIds } from '../../src/adapters/random-ids.ts';
import { systemClock } from '../../src/adapters/system-clock.ts';
import { defaultConnectorSettings } from '../../src/domain/connector.ts';
import { addMs } from '../../src/domain/instant.ts';
import type { OrganizationId } from '../../src/domain/organization.ts';
import { instanceOfRun, noCounts, runIdOf } from '../../src/domain/run.ts';
import type { Run } from '../../src/domain/run.ts';
import { newInstallation } from '../../src/domain/installation.ts';
import { personId } from '../../src/local/host/auth/people.ts';
import { startAzurite } from '../../src/local/launcher/azurite.ts';
import type { Azurite } from '../../src/local/launcher/azurite.ts';
import { tenantSettings } from '../../src/local/launcher/tenant-settings.ts';
import { callTenant } from '../../src/local/tenant-control.ts';
import { buildApp } from '../bench/built-app.ts';
import { deviceAt, mailboxGuid, userId } from '../support/discovery-scene.ts';
import { startHostProcess } from '../support/host-process.ts';
import type { HostProcess } from '../support/host-process.ts';
import { tempDirectory } from '../support/temp-directory.ts';
import { openTestTenant } from '../support/tenant.ts';
import type { TestTenant } from '../support/tenant.ts';

const LONGEST_WAIT_MS = 30_000;
/** More than any test asks for: what is left of it counts the requests that Exchange got. */
const COUNTED = 1_000_000;
const data = tempDirectory('attacks');
let azurite: Azurite;
let tenant: TestTenant;
/** The platform says that its sign-in is on. */
let host: HostProcess;
/** It does not say so, and hands on whatever headers come. */
let bareHost: HostProcess;
let stores: Stores;
let organization: OrganizationId;
let openRun: Run;

before(async () => {
  const [storage, opened, { directory: app }] = await Promise.all([
    startAzurite({ dataDirectory: `${data}/storage` }),
    openTestTenant({ mailboxes: 10, organizations: ['contoso', 'fabrikam'] }),
    buildApp(`${data}/app`),
  ]);
  [azurite, tenant] = [storage, opened];
  const [connection = assert.fail()] = tenant.connection.organizations;
  organization = tenant.contoso.id;
  await keepOrganization();
  // By no name of ours is anything begun while the requests to Exchange are counted; the audit is sequenced by hand.
  const off = ['tick', 'watchdog', 'housekeeping', 'audit-watch'].map((name) => [`AzureWebJobs.${name}.Disabled`, '1']);
  const env = {
    ...tenantSettings(tenant.connection, connection),
    AzureWebJobsStorage: azurite.connectionString,
    AUDIT_KEY_FILE: `${data}/audit-key.json`,
    ...(Object.fromEntries(off) as Record<string, string>),
  };
  [host, bareHost] = await Promise.all([
    startHostProcess({ app, data: `${data}/host`, args: ['--sign-in', organization], env: { ...env, TASK_HUB: 'Attacked' } }),
    startHostProcess({ app, data: `${data}/bare`, args: ['--trust-principal-headers'], env: { ...env, TASK_HUB: 'Bare' } }),
  ]);
  tenant.tenant.faults.arm({ name: 'error-401-empty', count: 'always', skip: COUNTED });
});

after(async () => {
  await Promise.all([host?.kill(), bareHost?.kill()]);
  await Promise.all([azurite?.stop(), tenant?.stop()]);
});

/** A connector that is installed, devices, and a run that goes on in an instance which nobody works on. */
async function keepOrganization(): Promise<void> {
  const account = { connectionString: azurite.connectionString };
  stores = createStores((name) => createTable({ account, name, ids: randomIds }), systemClock);
  const now = systemClock.now();
  const connector = {
    ...defaultConnectorSettings,
    organization,
    generation: 1,
    createdAt: now,
    changedAt: now,
    changedBy: personId('admin'),
  };
  await stores.connectors.add(connector);
  await stores.installations.add({ ...newInstallation(connector, now), state: 'waiting', nextAttemptAt: addMs(now, 3_600_000) });
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
  openRun = {
    id: runIdOf(now, 'abcdef123456'),
    organization,
    kind: 'full',
    state: 'running',
    startedAt: now,
    startedBy: 'schedule',
    counts: noCounts,
    completeness: 0,
    restarts: 0,
    generation: 1,
    wakesAt: addMs(now, 86_400_000),
  };
  await stores.runs.begin(openRun);
}

/** Everything of the organization that an attack could be after. */
async function state(): Promise<unknown> {
  const { values } = await stores.devices.scan(organization, { matches: () => true, top: 100 });
  return {
    devices: values,
    annotations: await stores.devices.annotationsOf(
      organization,
      values.map(({ id }) => id),
    ),
    connectors: await stores.connectors.list(),
    discovery: await stores.connectors.discoveryState(organization),
    installation: await stores.installations.get({ organization, generation: 1 }),
    runs: await stores.runs.list(organization, { top: 100 }),
    parts: await stores.runs.parts(organization, openRun.id),
    grants: await stores.roles.all(organization),
    messages: (await stores.statusMessages.list(organization, { filter: {}, top: 100 })).values,
  };
}

const exchangeRequests = (): number => COUNTED - (tenant.tenant.faults.list()[0]?.skip ?? 0);

interface Answer {
  readonly status: number;
  readonly code: unknown;
  readonly body: Record<string, unknown>;
}

type Headers = Readonly<Record<string, string>>;

async function ask(base: HostProcess, line: string, headers: Headers, body?: string): Promise<Answer> {
  const [method = '', path = ''] = line.split(' ');
  const type: Headers = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await fetch(`${base.url}/api${path}`, { method, headers: { ...type, ...headers }, ...(body !== undefined && { body }) });
  const text = await answer.text();
  const read = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
  return { status: answer.status, code: read['code'], body: read };
}

async function tokenOf(user: string, more: Record<string, unknown> = {}): Promise<string> {
  return ((await callTenant(tenant.connection, 'POST', 'tokens', { user, tenantId: organization, ...more })) as { token: string }).token;
}

const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });
const said = ({ status, code }: Answer): unknown => [status, code];

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const giveUpAt = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > giveUpAt) throw new Error(`Still not: ${what}\n${host.output()}`);
    await sleep(50);
  }
}

async function byHand(name: string, input: unknown): Promise<number> {
  const body = JSON.stringify({ input: JSON.stringify(input) });
  const { status } = await fetch(`${host.url}/admin/functions/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  return status;
}

interface AuditEvent {
  readonly event: string;
  readonly subject: { readonly id: string };
  readonly actor: { readonly kind: string; readonly name?: string };
  readonly details: Readonly<Record<string, unknown>>;
}

/** What the audit tells of, once `isThere`. */
async function audited(of: string, isThere: (events: readonly AuditEvent[]) => boolean): Promise<readonly AuditEvent[]> {
  const admin = bearer(await tokenOf('admin'));
  return until(`the audit of ${of}`, async () => {
    await byHand('audit-sequence', '');
    const { body, status } = await ask(host, `GET ${of}/audit?top=500`, admin);
    assert.equal(status, 200, JSON.stringify(body));
    const events = body['value'] as AuditEvent[];
    return isThere(events) ? events : undefined;
  });
}

const of = (): string => `/organizations/${organization}`;

/** Ways to forge a token, with the reason for which each is refused. */
async function forgedTokens(): Promise<readonly (readonly [string, string])[]> {
  const real = await tokenOf('admin');
  const employees = await tokenOf('alice');
  const [header, claims] = [decodeProtectedHeader(real) as JWTHeaderParameters, decodeJwt(real)];
  const response = await fetch(`${tenant.origin}/${organization}/discovery/v2.0/keys`);
  const { keys } = (await response.json()) as { keys: (JsonWebKey & { kid?: string })[] };
  const known = keys.find(({ kid }) => kid === header.kid) ?? assert.fail('The key of a real token is published.');
  const publicPem = createPublicKey({ key: known, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const sign = (protectedHeader: JWTHeaderParameters, payload: JWTPayload, key: KeyObject | Uint8Array): Promise<string> =>
    new SignJWT(payload).setProtectedHeader(protectedHeader).sign(key);
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const [, , signature = ''] = employees.split('.');
  const promoted = { ...decodeJwt(employees), roles: ['FullAdministrator'] };
  const ownKey = publicKey.export({ format: 'jwk' });
  return [
    [`${encode({ ...header, alg: 'none' })}.${encode(claims)}.`, 'wrong-algorithm'],
    [await sign({ ...header, alg: 'HS256' }, claims, new Uint8Array(Buffer.from(publicPem))), 'wrong-algorithm'],
    [await sign(header, claims, privateKey), 'bad-signature'],
    [await sign({ ...header, kid: 'mine', jwk: ownKey, jku: `${bareHost.url}/keys` }, claims, privateKey), 'unknown-key'],
    [`${encode(decodeProtectedHeader(employees))}.${encode(promoted)}.${signature}`, 'bad-signature'],
    [await tokenOf('admin', { tenantId: tenant.organizations[1]?.id }), 'wrong-tenant'],
    [await tokenOf('admin', { audience: 'https://graph.microsoft.com' }), 'wrong-audience'],
    ['x.y.z', 'malformed'],
  ];
}

/** What the platform would say of the administrator. */
function principalOf(name: string): string {
  const claims = Object.entries({ tid: organization, oid: personId(name), preferred_username: name, roles: 'FullAdministrator' });
  return Buffer.from(JSON.stringify({ auth_typ: 'aad', claims: claims.map(([typ, val]) => ({ typ, val })) })).toString('base64');
}

async function sessionOf(name: string): Promise<Headers> {
  const { origin } = new URL(host.url);
  const body = new URLSearchParams({ person: personId(name) });
  const answer = await fetch(`${origin}/.auth/login/aad`, { method: 'POST', body, headers: { origin }, redirect: 'manual' });
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  assert.notEqual(cookie, '');
  return { cookie };
}

describe('whoever sends requests', () => {
  test('is nobody by a token of another tenant, audience, algorithm or key, and each is told', async () => {
    const earlier = await state();
    const tokens = await forgedTokens();

    const answers: unknown[] = [];
    for (const [token] of tokens) {
      answers.push(said(await ask(bareHost, `GET ${of()}/devices`, bearer(token))));
      answers.push(said(await ask(bareHost, `POST ${of()}/discovery`, bearer(token), '{"kind":"full"}')));
    }
    const reasons = new Set(tokens.map(([, reason]) => reason));
    const denials = (events: readonly AuditEvent[]): AuditEvent[] => events.filter(({ event }) => event === 'access.denied');
    const events = await audited(of(), (all) => new Set(denials(all).map(({ details }) => details['reason'])).size >= reasons.size);

    assert.deepEqual(new Set(answers.map((answer) => JSON.stringify(answer))), new Set(['[401,"caller.unknown"]']));
    assert.deepEqual(new Set(denials(events).map(({ details }) => details['reason'])), reasons);
    assert.ok(denials(events).every(({ actor }) => actor.kind === 'unknown'));
    assert.deepEqual(await state(), earlier);
  });

  test('is nobody by a header that the platform alone may write, whether or not its sign-in is on', async () => {
    const forged = { 'x-ms-client-principal': principalOf('admin'), 'x-ms-client-principal-id': personId('admin') };
    const employee = await sessionOf('alice');
    const [{ cookie = '' }, token] = [await sessionOf('admin'), await tokenOf('alice')];
    const devices = `GET ${of()}/devices`;

    const answers = [
      await ask(bareHost, devices, forged),
      await ask(host, devices, forged),
      await ask(host, devices, { ...forged, ...employee }),
      await ask(host, devices, { ...forged, ...bearer(token) }),
      await ask(bareHost, devices, { ...forged, ...bearer(token) }),
      await ask(host, devices, { cookie: `${cookie.slice(0, -4)}AAAA` }),
      await ask(bareHost, devices, { cookie }),
    ];
    const events = await audited(of(), (all) => all.some(({ details }) => details['reason'] === 'sign-in-is-off'));

    const [nobody, missing] = [
      [401, 'caller.unknown'],
      [404, 'organization.missing'],
    ];
    assert.deepEqual(answers.map(said), [nobody, nobody, missing, missing, missing, nobody, nobody]);
    assert.ok(events.length > 0);
  });

  test('changes nothing with somebody’s session from another origin, and that is told with their name', async () => {
    const earlier = await state();
    const session = await sessionOf('admin');
    const { origin } = new URL(host.url);
    const changes: [string, string | undefined][] = [
      [`POST ${of()}/discovery`, '{"kind":"full"}'],
      [`PUT ${of()}/connector`, '{}'],
      [`DELETE ${of()}/connector`, undefined],
      [`PUT /roles/${userId(1)}?organization=${organization}`, '{"name":"x","permissions":["Site.Modify"]}'],
    ];
    const from: Headers[] = [
      {},
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin, 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: origin.replace('localhost', 'localhost.evil.example') },
    ];

    const answers: unknown[] = [];
    for (const [line, body] of changes)
      for (const headers of from) answers.push(said(await ask(host, line, { ...session, 'if-match': '*', ...headers }, body)));
    const asForm = await ask(host, `POST ${of()}/discovery`, { ...session, origin, 'content-type': 'text/plain' }, '{"kind":"full"}');
    const events = await audited(
      of(),
      (all) => all.filter(({ details }) => details['code'] === 'caller.cross-origin').length >= changes.length,
    );

    assert.deepEqual(new Set(answers.map((answer) => JSON.stringify(answer))), new Set(['[403,"caller.cross-origin"]']));
    assert.deepEqual(said(asForm), [415, 'body.unsupported']);
    const told = events.filter(({ details }) => details['code'] === 'caller.cross-origin');
    assert.deepEqual(new Set(told.map(({ actor }) => actor.name)), new Set(['Avery Stone']));
    assert.deepEqual(await state(), earlier);
  });
});

async function durable(path: string, body: unknown = null): Promise<number> {
  const url = `${host.url}/runtime/webhooks/durabletask/${path}`;
  return (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).status;
}

async function outcomeOf(instance: string): Promise<unknown> {
  return until(`the end of ${instance}`, async () => {
    const response = await fetch(`${host.url}/runtime/webhooks/durabletask/instances/${instance}`);
    const { runtimeStatus, output } = (await response.json()) as { runtimeStatus?: string; output?: unknown };
    if (runtimeStatus === 'Failed') assert.fail(JSON.stringify(output));
    return runtimeStatus === 'Completed' ? output : undefined;
  });
}

/** How many runs of these functions have ended. */
function endedRuns(names: readonly string[]): Record<'succeeded' | 'failed', number> {
  const lines = [...host.output().matchAll(/Executed 'Functions\.([\w-]+)' \((Succeeded|Failed)/g)].filter(([, name = '']) =>
    names.includes(name),
  );
  const count = (outcome: string): number => lines.filter(([, , each]) => each === outcome).length;
  return { succeeded: count('Succeeded'), failed: count('Failed') };
}

describe('whoever holds the keys of the host and of the task hub', () => {
  test('starts workflows under made-up ids that end at once, and events lead nowhere', async () => {
    const earlier = await state();
    const run = { organization, run: openRun.id };
    const starts: Record<string, [string, unknown, string]> = {
      'made-up-1': ['discovery-workflow', run, 'superseded'],
      [`${instanceOfRun(openRun)}-1`]: ['discovery-workflow', run, 'superseded'],
      'made-up-2': ['discovery-workflow', { organization, run: 'no-such-run' }, 'missing'],
      'made-up-3': ['discovery-workflow', null, 'missing'],
      'made-up-4': ['statistics-workflow', run, 'superseded'],
      'made-up-5': ['installation-workflow', { organization, generation: '1' }, 'superseded'],
      'made-up-6': ['installation-workflow', { organization, generation: '2' }, 'missing'],
      'made-up-7': ['installation-workflow', 'nonsense', 'missing'],
    };

    const statuses: number[] = [];
    for (const [id, [name, input]] of Object.entries(starts)) statuses.push(await durable(`orchestrators/${name}/${id}`, input));
    const ends = Object.fromEntries(await Promise.all(Object.keys(starts).map(async (id) => [id, await outcomeOf(id)] as const)));
    const raised = [
      await durable(`instances/${instanceOfRun(openRun)}/raiseEvent/retry`, { state: 'installed' }),
      await durable(`instances/installation-${organization}-1/raiseEvent/retry`, { state: 'installed' }),
      await durable('instances/made-up-1/raiseEvent/retry', {}),
    ];
    const refused = (all: readonly AuditEvent[]): AuditEvent[] => all.filter(({ event }) => event === 'workflow.refused');
    const inOrganization = Object.entries(starts).filter(([, [, input]]) => input !== null && input !== 'nonsense');
    const events = await audited(of(), (all) => inOrganization.every(([id]) => refused(all).some(({ subject }) => subject.id === id)));
    const elsewhere = await audited('', (all) =>
      ['made-up-3', 'made-up-7'].every((id) => refused(all).some((each) => each.subject.id === id)),
    );

    assert.ok(statuses.every((status) => status === 202));
    assert.deepEqual(ends, Object.fromEntries(Object.entries(starts).map(([id, [, , reason]]) => [id, { ended: reason }])));
    // Neither instance is there, and the third has ended.
    assert.deepEqual(raised, [404, 404, 410]);
    for (const [id, [, , reason]] of inOrganization)
      assert.equal(refused(events).find(({ subject }) => subject.id === id)?.details['reason'], reason, id);
    assert.ok(elsewhere.length > 0);
    assert.deepEqual(await state(), earlier);
    assert.equal(exchangeRequests(), 0);
  });

  test('runs activities by hand that find themselves not meant, whatever they are handed', async () => {
    const earlier = await state();
    const listed = (await (await fetch(`${host.url}/admin/functions`)).json()) as {
      name: string;
      config: { bindings: { type: string }[] };
    }[];
    const names = listed.filter(({ config }) => config.bindings.some(({ type }) => type === 'activityTrigger')).map(({ name }) => name);
    // What would do the most harm if it were believed.
    const harmful = {
      set: 'missing',
      state: 'completed',
      slice: { name: 'all', query: {} },
      slices: ['all'],
      pass: 1,
      result: 'complete',
      gone: 5,
      written: 5,
      missing: 5,
      counts: noCounts,
      completeness: 1,
      generation: '1',
    };
    const tasks = [
      { ...harmful, organization, run: openRun.id, instance: 'made-up' },
      { ...harmful, organization: tenant.organizations[1]?.id, run: openRun.id, instance: instanceOfRun(openRun) },
      'nonsense',
    ];

    const statuses: number[] = [];
    for (const name of names) for (const task of tasks) statuses.push(await byHand(name, task));
    const runs = await until('the end of all activities', async () => {
      const ended = endedRuns(names);
      return ended.succeeded + ended.failed >= names.length * tasks.length ? ended : undefined;
    });
    const events = await audited(of(), (all) => all.some(({ event, subject }) => event === 'workflow.refused' && subject.id === 'made-up'));

    assert.ok(names.length >= 20 && statuses.every((status) => status === 202));
    assert.equal(runs.failed, 0);
    assert.ok(events.every(({ details }) => details['reason'] !== undefined || details['code'] !== undefined));
    assert.deepEqual(await state(), earlier);
    assert.equal(exchangeRequests(), 0);
  });
});
