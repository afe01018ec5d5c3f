// Somebody who operates one collection, in two worlds: one that holds nothing but that collection, and one with much else beside it.
// Every answer to everything they can ask is the same in both, so nothing of what is outside can be seen, counted or found out; and nothing outside changes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiRoutes } from '../../functions/register.ts';
import { deviceGuid, guidOf, organization, userId } from '../support/discovery-scene.ts';
import { callerOf, createApi } from './api-scene.ts';
import type { Answer, ApiScene, Ask } from './api-scene.ts';

const of = `/organizations/${organization}`;
const [sales, inner, marketing, everybody, absent] = [1, 2, 3, 4, 9].map((number) => guidOf(5, number)) as [
  string,
  string,
  string,
  string,
  string,
];
const [olgas, someones] = [guidOf(6, 1), guidOf(6, 2)];
const olga = { kind: 'user', tenantId: organization, objectId: callerOf('nobody', organization, []).objectId } as const;
const INSIDE = [1, 2, 3];
const OUTSIDE = [5, 6, 7, 8, 17, 21];

/** The administrator makes what belongs to the world. */
async function administrator(api: ApiScene, line: string, body: unknown, headers: Record<string, string>): Promise<void> {
  const { status, text } = await api.call(line, { body, headers });
  assert.ok(status < 300, `${line}: ${text}`);
}

const made = { 'if-none-match': '*' };

/** `isAlone`: nothing is there but Sales, what is in it, and Olga who operates it. */
async function aWorld(isAlone: boolean, role = 'OperationsAdministrator'): Promise<ApiScene> {
  const api = createApi();
  await api.scene.connect();
  const indexes = isAlone ? INSIDE : [...INSIDE, ...OUTSIDE];
  // What is outside shares all it can with what is inside: the model, a phone in two mailboxes.
  await api.keepDevices(indexes, (index) => ({ deviceId: `SHARED${index % 4}`, model: index % 2 === 0 ? 'iPhone' : 'Pixel' }));
  const put = (line: string, body: unknown): Promise<void> => administrator(api, `PUT ${line}`, body, made);
  await put(`${of}/collections/${sales}`, { name: 'Sales', include: { users: INSIDE.map(userId), devices: [deviceGuid(99)] } });
  await put(`${of}/collections/${inner}`, { name: 'Inner', limitedBy: sales, rule: { kind: 'everything' } });
  await put(`/role-assignments/${olgas}?organization=${organization}`, { principal: olga, role, collections: [sales] });
  if (isAlone) return api;
  await put(`${of}/collections/${marketing}`, { name: 'Marketing', include: { users: [userId(5)] } });
  await put(`${of}/collections/${everybody}`, { name: 'Everybody', rule: { kind: 'everything' } });
  const other = { kind: 'user', tenantId: organization, objectId: userId(8) };
  await put(`/role-assignments/${someones}?organization=${organization}`, { principal: other, role, collections: [marketing] });
  for (const index of OUTSIDE)
    await administrator(api, `PUT ${of}/devices/${deviceGuid(index)}/annotations`, { note: `outside ${index}` }, { 'if-match': '"0"' });
  return api;
}

/** What may differ in two answers that say the same: seals of links, and versions of rows. */
function said({ status, body, headers }: Answer): unknown {
  const { nextLink, ...rest } = body;
  return { status, ...rest, hasNext: nextLink !== undefined, type: headers.get('content-type') };
}

const asOlga = { as: 'nobody' } as const;

/** All pages of a list, each as it was answered. */
async function pagesOf(api: ApiScene, path: string, headers: Record<string, string> = {}): Promise<unknown[]> {
  const pages: unknown[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const answer: Answer = await api.call(`GET ${next}`, { ...asOlga, headers });
    pages.push(said(answer));
    next = answer.body['nextLink'] as string | undefined;
    assert.ok(pages.length < 50);
  }
  return pages;
}

const filters = [
  '',
  'top=1',
  'top=2',
  'gone=all',
  'model=iPhone',
  'search=user',
  'search=SHARED1',
  'search=outside',
  `user=${userId(1)}`,
  `user=${userId(5)}`,
  `user=${userId(55)}`,
  `collection=${sales}`,
  `collection=${inner}&top=1`,
  `collection=${marketing}`,
  `collection=${everybody}`,
  `collection=${absent}`,
  'collection=all-mobile-devices',
];

test('lists, their pages, and what was scanned for them are as if nothing else were there', async () => {
  const [alone, beside] = [await aWorld(true), await aWorld(false)];
  const paths = [
    ...filters.map((filter) => `${of}/devices?${filter}`),
    ...['', '?format=csv', '?top=1'].flatMap((query) => [`${of}/status-messages${query}`, `${of}/audit${query}`]),
    ...[sales, inner, marketing, everybody, absent, 'all-mobile-devices'].flatMap((id) => [
      `${of}/collections/${id}/members`,
      `${of}/collections/${id}/members?top=1`,
    ]),
    `${of}/collections`,
    '/organizations',
    '/openapi.json',
  ];

  for (const path of paths) {
    const [expected, found] = [await pagesOf(alone, path), await pagesOf(beside, path)];

    assert.deepEqual(found, expected, path);
  }
  for (const [filter, pages] of [
    ['top=1', 3],
    [`user=${userId(5)}`, 1],
  ] as const)
    assert.ok((await pagesOf(beside, `${of}/devices?${filter}`)).length >= pages, filter);
});

/** Every route with ids of what is inside, outside and nowhere, changes with and without a version. */
function everyRequest(): readonly (readonly [string, Ask])[] {
  const ids: Record<string, readonly string[]> = {
    device: [deviceGuid(1), deviceGuid(5), deviceGuid(17), deviceGuid(99)],
    collection: [inner, sales, marketing, everybody, absent, 'all-mobile-devices'],
    run: ['20261124T080000000Z-000000000000'],
    role: ['Auditor', absent],
    assignment: [olgas, someones, absent],
  };
  const bodies: Record<string, readonly unknown[]> = {
    'annotations-put': [{ note: 'x' }],
    'collections-put': [
      { name: 'x', limitedBy: sales },
      { name: 'x', limitedBy: marketing },
      { name: 'x', limitedBy: absent, rule: { kind: 'everything' } },
      { name: 'x', rule: { kind: 'everything' } },
    ],
    'role-assignments-put': [{ principal: olga, role: 'OperationsAdministrator' }],
    'roles-put': [{ name: 'x', permissions: ['Collection.Read'] }],
  };
  return apiRoutes().flatMap(({ name, method, route }) => {
    const [, parameter = ''] = /\{((?!organization)\w+)\}/.exec(route) ?? [];
    const paths = (ids[parameter] ?? ['']).map((id) => route.replace('{organization}', organization).replace(`{${parameter}}`, id));
    const query = /^(?:roles|role-assignments)/.test(route) ? `?organization=${organization}` : '';
    const hasBody = method === 'PUT' || method === 'POST';
    return paths.flatMap((path) =>
      (hasBody ? (bodies[name] ?? [{}]) : [undefined]).flatMap((body) =>
        // To make something under an id that is taken is refused, which tells that it is; ids cannot be guessed.
        (name === 'collections-put' ? ['present'] : ['present', 'stale']).map((kind): readonly [string, Ask] => [
          `${method} /${path}${query}`,
          {
            ...asOlga,
            ...(method !== 'GET' && { headers: { 'if-match': kind === 'present' ? '*' : '"AAAA"' } }),
            ...(body !== undefined && { body }),
          },
        ]),
      ),
    );
  });
}

/** What an administrator sees outside of Sales, with versions. */
async function outsideOf(api: ApiScene): Promise<unknown> {
  const read = async (path: string): Promise<unknown> => {
    const { status, body, headers } = await api.call(`GET ${path}`);
    assert.equal(status, 200, path);
    return [body, headers.get('etag')];
  };
  return Promise.all([
    ...OUTSIDE.flatMap((index) => [read(`${of}/devices/${deviceGuid(index)}`), read(`${of}/devices/${deviceGuid(index)}/annotations`)]),
    ...[sales, marketing, everybody].map((id) => read(`${of}/collections/${id}`)),
    ...[olgas, someones].map((id) => read(`/role-assignments/${id}?organization=${organization}`)),
    read(`${of}/connector`),
    read(`${of}/discovery/runs`),
  ]);
}

for (const role of ['OperationsAdministrator', 'FullAdministrator', 'ReadOnlyAnalyst']) {
  test(`no request of one who is limited as ${role} is answered otherwise for what is outside, nor changes any of it`, async () => {
    const [alone, beside] = [await aWorld(true, role), await aWorld(false, role)];
    const before = await outsideOf(beside);
    let changed = 0;

    for (const [line, ask] of everyRequest()) {
      const [expected, found] = [await alone.call(line, ask), await beside.call(line, ask)];

      assert.deepEqual(said(found), said(expected), `${line} ${JSON.stringify(ask.body)}`);
      if (found.status < 300 && !line.startsWith('GET')) changed += 1;
    }

    assert.deepEqual(await outsideOf(beside), before);
    assert.equal(changed > 0, role !== 'ReadOnlyAnalyst');
  });
}

test('the own collection cannot be widened: neither it nor what is outside can be changed, and one inside it stays inside', async () => {
  const api = await aWorld(false);
  const put = (id: string, body: unknown, headers: Record<string, string>): Promise<Answer> =>
    api.call(`PUT ${of}/collections/${id}`, { ...asOlga, body, headers });

  const answers = [
    await put(sales, { name: 'Sales', rule: { kind: 'everything' } }, { 'if-match': '*' }),
    await put(sales, { name: 'Sales', include: { users: [userId(5)] } }, { 'if-match': '*' }),
    await put(inner, { name: 'Inner', rule: { kind: 'everything' } }, { 'if-match': '*' }),
    await put(inner, { name: 'Inner', include: { devices: [deviceGuid(5)] }, limitedBy: marketing }, { 'if-match': '*' }),
    await put(inner, { name: 'Inner', include: { devices: [deviceGuid(5)], users: [userId(6)] }, limitedBy: sales }, { 'if-match': '*' }),
    await put(absent, { name: 'New', rule: { kind: 'everything' } }, made),
    await api.call(`DELETE ${of}/collections/${sales}`, { ...asOlga, headers: { 'if-match': '*' } }),
  ];
  const members = await pagesOf(api, `${of}/collections/${inner}/members`);
  const devices = await api.call(`GET ${of}/devices`, asOlga);

  assert.deepEqual(
    answers.map(({ status, code }) => [status, code]),
    [
      [403, 'collection.protected'],
      [403, 'collection.protected'],
      [409, 'collection.limit-missing'],
      [409, 'collection.limit-missing'],
      [200, undefined],
      [409, 'collection.limit-missing'],
      [403, 'collection.protected'],
    ],
  );
  assert.deepEqual(JSON.stringify(members).includes(deviceGuid(5)), false);
  assert.deepEqual(
    (devices.body['value'] as { id: string }[]).map(({ id }) => id),
    INSIDE.map(deviceGuid),
  );
});
