// Collections, roles and assignments over the API, and what somebody who is limited to one collection can find out: nothing beyond it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiRoutes } from '../../functions/register.ts';
import type { ApiRoute } from '../../src/adapters/http/route.ts';
import { deviceGuid, guidOf, userId } from '../support/discovery-scene.ts';
import { callerOf, createApi, organization } from './api-scene.ts';
import type { Answer, ApiScene } from './api-scene.ts';

const collections = `/organizations/${organization}/collections`;
const devices = `/organizations/${organization}/devices`;
const [sales, marketing, inner, absent] = [1, 2, 3, 9].map((number) => guidOf(5, number)) as [string, string, string, string];
const assignment = guidOf(6, 1);
const olga = { kind: 'user', tenantId: organization, objectId: callerOf('nobody', organization, []).objectId } as const;
const made = { 'if-none-match': '*' };

/** Nine devices; those of users 1 to 3 are Sales, and Olga, who signs in as nobody, operates there. */
async function salesApi(role = 'OperationsAdministrator'): Promise<ApiScene> {
  const api = createApi();
  await api.scene.connect();
  await api.keepDevices([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const put = async (line: string, body: unknown): Promise<void> => {
    const { status, body: said } = await api.call(`PUT ${line}`, { body, headers: made });
    assert.equal(status, 201, JSON.stringify(said));
  };
  await put(`${collections}/${sales}`, { name: 'Sales', include: { users: [1, 2, 3].map(userId) } });
  await put(`${collections}/${marketing}`, { name: 'Marketing', include: { devices: [deviceGuid(5)] } });
  await put(`/role-assignments/${assignment}?organization=${organization}`, { principal: olga, role, collections: [sales] });
  return api;
}

const idsIn = ({ body }: Answer): string[] => (body['value'] as { id: string }[]).map(({ id }) => id);
const asOlga = { as: 'nobody' } as const;

test('collections are made, read, changed, listed with their members, and removed', async () => {
  const api = await salesApi();
  const rule = {
    kind: 'and',
    rules: [
      { kind: 'test', field: 'os', operator: 'below', value: 'iOS 26' },
      { kind: 'not', rule: { kind: 'test', field: 'user', operator: 'eq', value: userId(2) } },
    ],
  };
  const created = await api.call(`PUT ${collections}/${inner}`, { body: { name: 'Old', rule, limitedBy: sales }, headers: made });
  const read = await api.call(`GET ${collections}/${inner}`);
  const etag = read.headers.get('etag') ?? '';
  const changed = await api.call(`PUT ${collections}/${inner}`, {
    body: { name: 'Old phones', limitedBy: sales },
    headers: { 'if-match': etag },
  });
  const stale = await api.call(`DELETE ${collections}/${inner}`, { headers: { 'if-match': etag } });
  const unconditional = await api.call(`DELETE ${collections}/${inner}`);
  const members = await api.call(`GET ${collections}/${sales}/members?top=2`);
  const rest = await api.call(`GET ${String(members.body['nextLink'])}`);
  const removed = await api.call(`DELETE ${collections}/${inner}`, { headers: { 'if-match': changed.headers.get('etag') ?? '' } });
  const inUse = await api.call(`DELETE ${collections}/${sales}`, { headers: { 'if-match': '*' } });

  assert.deepEqual([created.status, created.body['rule'], read.body['rule']], [201, rule, rule]);
  assert.deepEqual([changed.status, changed.body['name'], changed.body['rule']], [200, 'Old phones', undefined]);
  assert.deepEqual([stale.status, unconditional.status, removed.status, inUse.code], [412, 428, 204, 'collection.in-use']);
  assert.deepEqual([...idsIn(members), ...idsIn(rest)], [1, 2, 3].map(deviceGuid));
});

test('a rule that is wrong is refused where it is wrong', async () => {
  const api = await salesApi();
  const faultsOf = async (rule: unknown): Promise<readonly string[]> =>
    (await api.call(`PUT ${collections}/${inner}`, { body: { name: 'x', rule }, headers: made })).faults;

  assert.deepEqual(
    [
      await faultsOf({ kind: 'test', field: 'department', operator: 'below', value: 'x' }),
      await faultsOf({ kind: 'and', rules: [{ kind: 'test', field: 'shoeSize', operator: 'eq', value: 'x' }] }),
      await faultsOf({ kind: 'and', rules: [{ kind: 'test', field: 'staleDays', operator: 'atLeast', value: 0 }] }),
      await faultsOf({ kind: 'not', rule: { kind: 'xor' } }),
      await faultsOf({ kind: 'or', rules: [] }),
    ],
    [
      ['body #/rule/operator'],
      ['body #/rule/rules/0/field'],
      ['body #/rule/rules/0/value'],
      ['body #/rule/rule/kind'],
      ['body #/rule/rules'],
    ],
  );
});

test('roles and assignments are made, read, changed and removed', async () => {
  const api = await salesApi();
  const of = `?organization=${organization}`;
  const role = `/roles/${guidOf(7, 5)}${of}`;
  const created = await api.call(`PUT ${role}`, {
    body: { name: 'Help desk', permissions: ['Collection.ModifyResource', 'Collection.Read'] },
    headers: made,
  });
  const list = await api.call(`GET /roles${of}`);
  const builtIn = await api.call(`GET /roles/Auditor${of}`);
  const refused = await api.call(`PUT /roles/Auditor${of}`, {
    body: { name: 'x', permissions: ['Audit.Read'] },
    headers: { 'if-match': '*' },
  });
  const given = await api.call(`PUT /role-assignments/${assignment}${of}`, {
    body: { principal: olga, role: guidOf(7, 5) },
    headers: { 'if-match': '*' },
  });
  const inUse = await api.call(`DELETE ${role}`, { headers: { 'if-match': '*' } });
  const assignments = await api.call(`GET /role-assignments${of}`);
  const one = await api.call(`GET /role-assignments/${assignment}${of}`);
  const taken = await api.call(`DELETE /role-assignments/${assignment}${of}`, { headers: { 'if-match': one.headers.get('etag') ?? '' } });
  const removed = await api.call(`DELETE ${role}`, { headers: { 'if-match': created.headers.get('etag') ?? '' } });

  assert.deepEqual(
    [created.status, created.body['permissions']],
    [201, ['Collection.ModifyResource', 'Collection.SetAccess', 'Collection.Read']],
  );
  assert.equal(idsIn(list).length, 6);
  assert.deepEqual([builtIn.body['isBuiltIn'], refused.code, inUse.code], [true, 'role.built-in', 'role.in-use']);
  assert.deepEqual([given.status, given.body['collections'], idsIn(assignments)], [200, undefined, [assignment]]);
  assert.deepEqual([taken.status, removed.status], [204, 204]);
  assert.deepEqual((await api.call(`GET /roles`)).faults, ['query #/organization']);
});

test('whoever is limited to a collection lists, reads, finds and annotates its devices, and no others', async () => {
  const { call } = await salesApi();
  const inside = [1, 2, 3].map(deviceGuid);

  const listed = await call(`GET ${devices}`, asOlga);
  const ofOthers = await call(`GET ${devices}?user=${userId(5)}`, asOlga);
  const searched = await call(`GET ${devices}?search=user5`, asOlga);
  const all = await call(`GET ${devices}?collection=all-mobile-devices`, asOlga);
  const own = await call(`GET ${devices}?collection=${sales}`, asOlga);
  const others = await call(`GET ${devices}?collection=${marketing}`, asOlga);
  const none = await call(`GET ${devices}?collection=${absent}`, asOlga);
  const organizations = await call('GET /organizations', asOlga);

  assert.deepEqual([idsIn(listed), listed.body['scanned']], [inside, 3]);
  assert.deepEqual([idsIn(ofOthers), ofOthers.body['scanned'], idsIn(searched), searched.body['scanned']], [[], 0, [], 3]);
  assert.deepEqual([idsIn(own), idsIn(organizations)], [inside, [organization]]);
  for (const answer of [all, others]) assert.deepEqual([answer.status, answer.body], [none.status, none.body]);
  assert.equal(none.status, 404);
});

/** The request of every method and route about one device or collection, with a body that is right. */
function linesAbout(device: string, collection: string): readonly (readonly [ApiRoute, string, unknown])[] {
  const bodies: Record<string, unknown> = { 'annotations-put': { note: 'x' }, 'collections-put': { name: 'x', limitedBy: sales } };
  return apiRoutes()
    .filter(({ route }) => /\{(?:device|collection)\}/.test(route))
    .map((route) => {
      const path = route.route.replace('{organization}', organization).replace('{device}', device).replace('{collection}', collection);
      return [route, `${route.method} /${path}`, bodies[route.name]];
    });
}

test('a device or collection outside the scope is answered exactly like one that does not exist', async () => {
  const outside = linesAbout(deviceGuid(5), marketing);
  const nowhere = linesAbout(deviceGuid(99), absent);
  for (const [index, [route, line, body]] of outside.entries()) {
    const ask = { ...asOlga, headers: { 'if-match': '*' }, ...(body !== undefined && { body }) };
    // A new collection can be made under an id that is free; one that is taken by others does not say so, but has to be guessed first.
    if (route.name === 'collections-put') continue;
    const unseen = await (await salesApi()).call(line, ask);
    const missing = await (await salesApi()).call(nowhere[index]?.[1] ?? '', ask);

    assert.equal(unseen.status, 404, route.name);
    assert.deepEqual([unseen.status, unseen.body], [missing.status, missing.body], route.name);
  }
});

test('what is about the whole organization is refused to whoever is limited, whatever the role', async () => {
  const whole = apiRoutes().filter(({ about }) => about === 'organization');
  assert.ok(whole.length > 8);
  for (const { name, method, route } of whole) {
    const { call } = await salesApi('FullAdministrator');
    const path = route
      .replace('{organization}', organization)
      .replace('{run}', '20261124T080000000Z-000000000000')
      .replace(/\{\w+\}/, assignment);
    const query = route.includes('{organization}') ? '' : `?organization=${organization}`;

    const { status } = await call(`${method} /${path}${query}`, {
      ...asOlga,
      headers: { 'if-match': '*' },
      ...(method !== 'GET' && method !== 'DELETE' && { body: {} }),
    });

    assert.equal(status, 403, name);
  }
});

test('whoever is limited makes collections inside the own one, cannot widen it, and sees no other', async () => {
  const { call } = await salesApi();
  const put = (id: string, body: unknown, headers: Record<string, string> = made): Promise<Answer> =>
    call(`PUT ${collections}/${id}`, { ...asOlga, body, headers });

  const inside = await put(inner, { name: 'Mine', rule: { kind: 'everything' }, limitedBy: sales });
  const free = await put(absent, { name: 'Mine', rule: { kind: 'everything' } });
  const widened = await put(sales, { name: 'Sales', rule: { kind: 'everything' } }, { 'if-match': '*' });
  const listed = await call(`GET ${collections}`, asOlga);
  const members = await call(`GET ${collections}/${inner}/members`, asOlga);
  const own = await call(`GET ${collections}/${sales}`, asOlga);

  assert.deepEqual(
    [inside.status, free.code, widened.status, widened.code],
    [201, 'collection.limit-missing', 403, 'collection.protected'],
  );
  assert.deepEqual([idsIn(listed), idsIn(members)], [[inner, sales], [1, 2, 3].map(deviceGuid)]);
  assert.deepEqual([own.body['name'], own.body['include'], own.headers.get('etag')], ['Sales', undefined, null]);
});

test('what may be seen and not changed names the permission', async () => {
  const { call } = await salesApi('ReadOnlyAnalyst');
  const note = { ...asOlga, body: { note: 'x' }, headers: { 'if-match': '*' } };

  const seen = await call(`PUT ${devices}/${deviceGuid(1)}/annotations`, note);
  const listed = await call(`GET ${collections}`, asOlga);

  assert.deepEqual([seen.status, seen.code], [403, 'role.missing']);
  assert.match(String(listed.body['detail']), /Collection\.Modify\b/);
});
