// The routes of the connector, in process: adding, changing, removing, and everything that is wrong with a body at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApi, organization } from './api-scene.ts';

const path = `/organizations/${organization}/connector`;

test('adding a connector answers 201 with its defaults and begins its installation', async () => {
  const { call, scene } = createApi();

  const added = await call(`PUT ${path}`, { body: { displayName: ' Contoso ' } });

  assert.equal(added.status, 201);
  assert.deepEqual(added.body['schedule'], { full: '0 2 * * *', timeZone: 'UTC', deltaMinutes: 15 });
  assert.deepEqual([added.body['displayName'], added.body['generation']], ['Contoso', 1]);
  assert.deepEqual(
    scene.workflows.calls.map(({ call: kind, name }) => [kind, name]),
    [['start', 'installation-workflow']],
  );
});

test('a connector is read with the ETag under which it was added, and changed with it', async () => {
  const { call } = createApi();
  const added = await call(`PUT ${path}`, { body: {}, headers: { 'if-none-match': '*' } });

  const read = await call(`GET ${path}`, { as: 'ReadOnlyAnalyst' });
  const changed = await call(`PUT ${path}`, { body: { keepGoneDays: 30 }, headers: { 'if-match': read.headers.get('etag') ?? '' } });

  assert.equal(read.headers.get('etag'), added.headers.get('etag'));
  assert.deepEqual([changed.status, changed.body['keepGoneDays'], changed.body['generation']], [200, 30, 1]);
  assert.notEqual(changed.headers.get('etag'), read.headers.get('etag'));
});

test('a change needs If-Match, a stale or strange one is refused, * takes any version', async () => {
  const { call } = createApi();
  const added = await call(`PUT ${path}`, { body: {} });
  const etag = added.headers.get('etag') ?? '';
  await call(`PUT ${path}`, { body: {}, headers: { 'if-match': etag } });

  const answers = await Promise.all([
    call(`PUT ${path}`, { body: {} }),
    call(`PUT ${path}`, { body: {}, headers: { 'if-match': etag } }),
    call(`PUT ${path}`, { body: {}, headers: { 'if-match': 'nonsense' } }),
    call(`PUT ${path}`, { body: {}, headers: { 'if-match': '""' } }),
    call(`PUT ${path}`, { body: {}, headers: { 'if-none-match': '*' } }),
    call(`PUT ${path}`, { body: {}, headers: { 'if-match': '*', 'if-none-match': '*' } }),
    call(`PUT ${path}`, { body: {}, headers: { 'if-none-match': '"a"' } }),
  ]);
  const any = await call(`PUT ${path}`, { body: {}, headers: { 'if-match': '*' } });

  assert.deepEqual(
    answers.map(({ status, code }) => [status, code]),
    [
      [428, 'if-match.missing'],
      [412, 'if-match.stale'],
      [412, 'if-match.stale'],
      [412, 'if-match.stale'],
      [412, 'if-none-match.failed'],
      [400, 'request.invalid'],
      [400, 'request.invalid'],
    ],
  );
  assert.equal(any.status, 200);
});

test('one of several ETags is enough, also after a proxy made it weak', async () => {
  const { call } = createApi();
  const added = await call(`PUT ${path}`, { body: {} });

  const changed = await call(`PUT ${path}`, { body: {}, headers: { 'if-match': `"b2xk", W/${added.headers.get('etag')}` } });

  assert.equal(changed.status, 200);
});

test('of two who add a connector at once, one is told that there is one already', async () => {
  const { call, scene } = createApi();

  const answers = await Promise.all([call(`PUT ${path}`, { body: {} }), call(`PUT ${path}`, { body: {} })]);

  assert.deepEqual(
    answers.map(({ status, code }) => [status, code]),
    [
      [201, undefined],
      [409, 'connector.exists'],
    ],
  );
  assert.equal(scene.workflows.calls.length, 1);
});

test('a connector that is not there cannot be changed or removed', async () => {
  const { call } = createApi();

  const change = await call(`PUT ${path}`, { body: {}, headers: { 'if-match': '*' } });
  const removal = await call(`DELETE ${path}`, { headers: { 'if-match': '*' } });

  assert.deepEqual([change.status, change.code], [412, 'if-match.stale']);
  assert.deepEqual([removal.status, removal.code], [404, 'organization.missing']);
});

test('everything that is wrong with a body is named at once', async () => {
  const { call } = createApi();
  const body = {
    displayName: 'a\nb',
    cloud: 'mars',
    credential: { kind: 'certificate', clientId: 'x', name: 'lower', secret: 's' },
    schedule: { full: 'every day', timeZone: 'Nowhere', deltaMinutes: 4 },
    scope: { kind: 'groups', groupIds: ['x'] },
    ignoreInactiveDays: 0,
    notificationMailbox: 'nobody',
    allowExternalDeviceManagement: 'yes',
    statisticsParallel: 11,
    statisticsMinutes: 1.5,
    readingParallel: 0,
    keepGoneDays: -1,
    surprise: 1,
  };

  const answer = await call(`PUT ${path}`, { body });

  assert.deepEqual([answer.status, answer.code], [400, 'body.invalid']);
  assert.deepEqual([...answer.faults].sort(), [
    'body #/allowExternalDeviceManagement',
    'body #/cloud',
    'body #/credential/clientId',
    'body #/credential/name',
    'body #/credential/secret',
    'body #/displayName',
    'body #/ignoreInactiveDays',
    'body #/keepGoneDays',
    'body #/notificationMailbox',
    'body #/readingParallel',
    'body #/schedule/deltaMinutes',
    'body #/schedule/full',
    'body #/schedule/timeZone',
    'body #/scope/groupIds/0',
    'body #/statisticsMinutes',
    'body #/statisticsParallel',
    'body #/surprise',
  ]);
});

test('every kind of credential and scope is taken; ids and domains become lower case, each once', async () => {
  const id = 'ABCDEFAB-0000-4000-8000-000000000001';
  const lower = id.toLowerCase();
  const bodies = [
    { credential: { kind: 'managed-identity', clientId: id } },
    { credential: { kind: 'certificate', clientId: id, name: 'EXCHANGE' } },
    { credential: { kind: 'secret', clientId: id, name: 'EXCHANGE_2' } },
    { credential: { kind: 'federated-identity', clientId: id, managedIdentityClientId: id } },
    { credential: { kind: 'federated-file', clientId: id, name: 'POD' } },
    { scope: { kind: 'groups', groupIds: [id, lower] } },
    { scope: { kind: 'domains', domains: ['Contoso.example', 'contoso.example', 'xn--4ca0b.example'] } },
  ];

  const kept: unknown[] = [];
  for (const body of bodies) {
    const { status, body: connector } = await createApi().call(`PUT ${path}`, { body });
    kept.push([status, 'scope' in body ? connector['scope'] : connector['credential']]);
  }

  assert.deepEqual(kept, [
    [201, { kind: 'managed-identity', clientId: lower }],
    [201, { kind: 'certificate', clientId: lower, name: 'EXCHANGE' }],
    [201, { kind: 'secret', clientId: lower, name: 'EXCHANGE_2' }],
    [201, { kind: 'federated-identity', clientId: lower, managedIdentityClientId: lower }],
    [201, { kind: 'federated-file', clientId: lower, name: 'POD' }],
    [201, { kind: 'groups', groupIds: [lower] }],
    [201, { kind: 'domains', domains: ['contoso.example', 'xn--4ca0b.example'] }],
  ]);
});

test('removing answers what stays in Exchange; the next connector is of another generation and the history is still there', async () => {
  const { call, scene, keepDevices, ports } = createApi();
  const added = await call(`PUT ${path}`, { body: {} });
  await keepDevices([1]);
  await ports.organizations.keep(organization, { accessRules: [], observedAt: scene.clock.now() });

  const removed = await call(`DELETE ${path}`, { headers: { 'if-match': added.headers.get('etag') ?? '' } });
  const between = await call(`GET ${path}`);
  const again = await call(`PUT ${path}`, { body: {} });
  const devices = await call(`GET /organizations/${organization}/devices`);

  assert.equal(removed.status, 200);
  const left = removed.body['left'] as { what: string; count?: number }[];
  assert.deepEqual(
    left.map(({ what, count }) => [what, count]),
    [
      ['app-rights', undefined],
      ['access-rules', 0],
      ['policies', undefined],
      ['device-lists', undefined],
      ['wipes', undefined],
    ],
  );
  assert.deepEqual([between.status, between.code], [404, 'organization.missing']);
  assert.deepEqual([again.status, again.body['generation']], [201, 2]);
  assert.equal((devices.body['value'] as unknown[]).length, 1);
});

test('removing needs the present ETag', async () => {
  const { call } = createApi();
  const added = await call(`PUT ${path}`, { body: {} });
  await call(`PUT ${path}`, { body: {}, headers: { 'if-match': '*' } });

  const without = await call(`DELETE ${path}`);
  const stale = await call(`DELETE ${path}`, { headers: { 'if-match': added.headers.get('etag') ?? '' } });

  assert.deepEqual([without.status, stale.status], [428, 412]);
});

test('a connector is kept and answered when the task hub does not answer', async () => {
  const { ports, call } = createApi();
  Object.assign(ports.workflows, {
    start: async () => {
      throw new Error('no task hub');
    },
  });

  const added = await call(`PUT ${path}`, { body: {} });

  assert.equal(added.status, 201);
});
