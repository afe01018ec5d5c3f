// Who may do what, in process, over all routes: permissions, what looks missing, sessions, and headers of every answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiRoutes } from '../../functions/register.ts';
import type { ApiRoute } from '../../src/adapters/http/route.ts';
import { builtInRoles, permissionsOf } from '../../src/domain/role.ts';
import { deviceGuid, guidOf } from '../support/discovery-scene.ts';
import { createApi, homeTenant, organization, strangeOrganization } from './api-scene.ts';
import type { Answer, ApiScene, Ask } from './api-scene.ts';

async function connected(): Promise<ApiScene> {
  const api = createApi();
  await api.scene.connect();
  await api.keepDevices([1]);
  return api;
}

const organizationRoutes = (): ApiRoute[] => apiRoutes().filter(({ about }) => about === 'organization' || about === 'devices');

/** A request to a route that is wrong in nothing but, perhaps, who sends it. */
function lineOf({ method, route }: ApiRoute, of: string = organization): string {
  const filled = route
    .replace('{organization}', of)
    .replace('{device}', deviceGuid(1))
    .replace('{run}', '20261124T080000000Z-000000000000')
    .replace(/\{(?:collection|role|assignment)\}/, guidOf(6, 1));
  return `${method} /${filled}${route.includes('{organization}') ? '' : `?organization=${of}`}`;
}

function askOf({ name, method }: ApiRoute): Ask {
  if (method === 'GET') return {};
  const bodies: Record<string, unknown> = {
    'discovery-start': { kind: 'full' },
    'runs-change': { stop: true },
    'collections-put': { name: 'A collection' },
    'roles-put': { name: 'A role', permissions: ['Audit.Read'] },
    'role-assignments-put': { principal: { kind: 'user', tenantId: guidOf(6, 1), objectId: guidOf(6, 1) }, role: 'Auditor' },
  };
  return { headers: { 'if-match': '*' }, ...(method === 'DELETE' ? {} : { body: bodies[name] ?? {} }) };
}

const said = ({ status, body }: Answer): unknown => ({ status, ...body });

test('each role may do exactly what its permissions say, and is told what it lacks', async () => {
  for (const role of builtInRoles) {
    for (const route of organizationRoutes()) {
      const { call } = await connected();

      const { status, body } = await call(lineOf(route), { ...askOf(route), as: role });

      const isAllowed = route.permission !== undefined && permissionsOf(role).has(route.permission);
      assert.equal(status === 403, !isAllowed, `${role} ${route.name} ${status}`);
      if (!isAllowed) assert.match(String(body['detail']), new RegExp(`This needs the permission ${route.permission}\\.`));
    }
  }
});

test('an organization that one may not see is answered exactly like one that does not exist', async () => {
  for (const route of organizationRoutes()) {
    const { call } = await connected();
    const ask = askOf(route);

    const unseen = await call(lineOf(route), { ...ask, as: 'stranger' });
    const withoutRole = await call(lineOf(route), { ...ask, as: 'nobody' });
    const absent = await call(lineOf(route, guidOf(7, 9)), { ...ask, as: 'stranger' });

    assert.equal(unseen.code, 'organization.missing', route.name);
    assert.deepEqual([said(unseen), said(withoutRole)], [said(absent), said(absent)], route.name);
  }
});

test('what is read before that is the same, too', async () => {
  const reads: string[] = [];
  const api = await connected();
  const { connectors } = api.ports;
  Object.assign(api.ports, { connectors: { ...connectors, get: async (id: typeof organization) => (reads.push(id), connectors.get(id)) } });
  const absent = guidOf(7, 9);

  await api.call(`GET /organizations/${organization}/devices`, { as: 'stranger' });
  await api.call(`GET /organizations/${absent}/devices`, { as: 'stranger' });

  assert.deepEqual(reads, [organization, absent]);
});

test('without a caller every route is 401, and says nothing else', async () => {
  for (const route of apiRoutes()) {
    const { call } = await connected();

    const answer = await call(lineOf(route), { ...askOf(route), as: 'unknown' });

    assert.deepEqual([answer.status, answer.code, answer.headers.get('www-authenticate')], [401, 'caller.unknown', 'Bearer'], route.name);
  }
});

test('organizations are listed to those who may read their devices', async () => {
  const { call } = await connected();
  const idsFor = async (as: Ask['as'] & string): Promise<string[]> => {
    const { status, body } = await call('GET /organizations', { as });
    assert.equal(status, 200);
    return (body['value'] as { id: string }[]).map(({ id }) => id);
  };

  const lists = {
    analyst: await idsFor('ReadOnlyAnalyst'),
    host: await idsFor('host-analyst'),
    first: await idsFor('first'),
    nobody: await idsFor('nobody'),
    stranger: await idsFor('stranger'),
  };

  assert.deepEqual(lists, { analyst: [organization], host: [organization], first: [organization], nobody: [], stranger: [] });
});

test('people of the home tenant add connectors of any organization, others only of their own', async () => {
  const put = async (as: Ask['as'] & string, of: string): Promise<number> =>
    (await createApi().call(`PUT /organizations/${of}/connector`, { as, body: {} })).status;

  const statuses = {
    host: await put('host', strangeOrganization),
    first: await put('first', strangeOrganization),
    hostAnalyst: await put('host-analyst', strangeOrganization),
    own: await put('stranger', strangeOrganization),
    foreign: await put('stranger', organization),
    home: await put('FullAdministrator', homeTenant),
  };

  assert.deepEqual(statuses, { host: 201, first: 201, hostAnalyst: 403, own: 201, foreign: 404, home: 404 });
});

test('a session changes something only from our own pages', async () => {
  const { call } = await connected();
  const body = { kind: 'full' };
  const post = (headers: Ask['headers'] & object, as: Ask['as'] & string = 'browser'): Promise<Answer> =>
    call(`POST /organizations/${organization}/discovery`, { as, body, headers });

  const refused = await Promise.all([
    post({}),
    post({ origin: 'https://evil.example' }),
    post({ origin: 'null' }),
    post({ 'sec-fetch-site': 'same-site' }),
    post({ 'sec-fetch-site': 'none' }),
    post({ 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' }),
    post({ 'sec-fetch-site': 'cross-site', origin: 'http://localhost:7071' }),
    post({ origin: 'http://localhost:7072' }),
  ]);
  const wrongType = await post({ 'sec-fetch-site': 'same-origin', 'content-type': 'text/plain' });
  const taken = await post({ 'sec-fetch-site': 'same-origin' });
  const again = await post({ origin: 'http://localhost:7071' });
  const byToken = await post({ origin: 'https://evil.example' }, 'FullAdministrator');
  const read = await call(`GET /organizations/${organization}/discovery`, { as: 'browser', headers: { 'sec-fetch-site': 'cross-site' } });

  assert.deepEqual(new Set(refused.map(({ status, code }) => `${status} ${String(code)}`)), new Set(['403 caller.cross-origin']));
  assert.deepEqual([wrongType.status, wrongType.code], [415, 'body.unsupported']);
  assert.deepEqual([taken.status, again.status, byToken.status, read.status], [202, 409, 409, 200]);
});

test('no answer may be cached, sniffed, framed or run anything', async () => {
  const { call } = await connected();

  const answers = await Promise.all([call('GET /organizations'), call('GET /organizations', { as: 'unknown' })]);

  for (const { headers } of answers) {
    const names = ['cache-control', 'x-content-type-options', 'content-security-policy', 'referrer-policy'];
    assert.deepEqual(
      names.map((name) => headers.get(name)),
      ['no-store', 'nosniff', "default-src 'none'; frame-ancestors 'none'", 'no-referrer'],
    );
  }
});
