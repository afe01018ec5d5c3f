// A walk of bad inputs over the API, in process: each is refused with the right status and names what is wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiRoutes } from '../../functions/register.ts';
import { deviceGuid, guidOf } from '../support/discovery-scene.ts';
import { createApi, organization, strangeOrganization } from './api-scene.ts';
import type { ApiScene, Ask } from './api-scene.ts';

const devices = `/organizations/${organization}/devices`;
const annotations = `${devices}/${deviceGuid(1)}/annotations`;
const discovery = `/organizations/${organization}/discovery`;

async function connected(): Promise<ApiScene> {
  const api = createApi();
  await api.scene.connect();
  await api.keepDevices([1, 2, 3, 4, 5, 6]);
  return api;
}

interface Case {
  readonly what: string;
  readonly line: string;
  readonly ask?: Ask;
  readonly status: number;
  readonly faults?: readonly string[];
}

const etag = { 'if-match': '*' };

const cases: readonly Case[] = [
  { what: 'an organization that is no GUID', line: 'GET /organizations/contoso/devices', status: 400, faults: ['path #/organization'] },
  { what: 'an organization of zeros', line: `GET /organizations/${guidOf(0, 0).replace('4', '0').replace('8', '0')}/devices`, status: 400 },
  { what: 'a device that is no GUID', line: `GET ${devices}/iphone`, status: 400, faults: ['path #/device'] },
  { what: 'a device that is not there', line: `GET ${devices}/${guidOf(3, 99)}`, status: 404 },
  { what: 'annotations of a device that is not there', line: `GET ${devices}/${guidOf(3, 99)}/annotations`, status: 404 },
  { what: 'an unknown parameter', line: `GET ${devices}?colour=red&top=5`, status: 400, faults: ['query #/colour'] },
  { what: 'a parameter where none is taken', line: `GET ${devices}/${deviceGuid(1)}?expand=all`, status: 400, faults: ['query #/expand'] },
  { what: 'a parameter twice', line: `GET ${devices}?top=5&top=6`, status: 400, faults: ['query #/top'] },
  { what: 'a parameter named __proto__', line: `GET ${devices}?__proto__=1`, status: 400, faults: ['query #/__proto__'] },
  {
    what: 'every parameter wrong at once, with an id',
    line: `GET /organizations/x/devices?top=0&state=Fine&staleDays=-1&gone=maybe&easBelow=new&os=iOS%3C&user=&search=${'x'.repeat(300)}`,
    status: 400,
    faults: ['easBelow', 'gone', 'os', 'search', 'staleDays', 'state', 'top', 'user']
      .map((name) => `query #/${name}`)
      .concat('path #/organization'),
  },
  { what: 'top out of range', line: `GET ${devices}?top=1001`, status: 400, faults: ['query #/top'] },
  { what: 'top that is no whole number', line: `GET ${devices}?top=1e2`, status: 400, faults: ['query #/top'] },
  { what: 'top beyond all numbers', line: `GET ${devices}?top=99999999999999999999`, status: 400, faults: ['query #/top'] },
  { what: 'a continuation of one’s own', line: `GET ${devices}?continuation=scan%7C%7B%7D`, status: 400 },
  { what: 'an empty continuation', line: `GET ${devices}?continuation=`, status: 400 },
  { what: 'no body', line: `POST ${discovery}`, ask: { headers: { 'content-type': 'application/json' } }, status: 400, faults: ['body #'] },
  {
    what: 'a body without a type',
    line: `POST ${discovery}`,
    ask: { body: '{"kind":"full"}', headers: { 'content-type': '' } },
    status: 415,
  },
  {
    what: 'a form',
    line: `POST ${discovery}`,
    ask: { body: 'kind=full', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    status: 415,
  },
  { what: 'a body that is not JSON', line: `POST ${discovery}`, ask: { body: '{kind' }, status: 400, faults: ['body #'] },
  { what: 'a body above 1 MiB', line: `PUT ${annotations}`, ask: { body: { note: 'x'.repeat(1024 * 1024) }, headers: etag }, status: 413 },
  {
    what: 'an unknown kind and field',
    line: `POST ${discovery}`,
    ask: { body: { kind: 'quick', force: true } },
    status: 400,
    faults: ['body #/force', 'body #/kind'],
  },
  {
    what: 'a note that is too long',
    line: `PUT ${annotations}`,
    ask: { body: { note: 'x'.repeat(2001) }, headers: etag },
    status: 400,
    faults: ['body #/note'],
  },
  {
    what: 'null for a field',
    line: `PUT ${annotations}`,
    ask: { body: { note: null, ownership: 'mine' }, headers: etag },
    status: 400,
    faults: ['body #/note', 'body #/ownership'],
  },
  {
    what: 'path, query, header and body wrong at once',
    line: `PUT ${devices}/x/annotations?y=1`,
    ask: { body: { z: 1 }, headers: { 'if-none-match': '"v"' } },
    status: 400,
    faults: ['body #/z', 'header #/if-none-match', 'path #/device', 'query #/y'],
  },
];

for (const { what, line, ask, status, faults } of cases) {
  test(`${what} is ${status}`, async () => {
    const { call } = await connected();

    const answer = await call(line, ask);

    assert.equal(answer.status, status);
    if (faults) assert.deepEqual(answer.faults.toSorted(), [...faults].sort());
  });
}

const secondPage = async (api: ApiScene, line: string, ask: Ask = {}): Promise<string> => {
  const { body, status } = await api.call(`GET ${line}`, ask);
  assert.equal(status, 200);
  return String(body['nextLink']);
};

test('a nextLink is good for its caller, also with its parameters in another order', async () => {
  const api = await connected();
  const link = await secondPage(api, `${devices}?top=2&gone=all`);
  const turned = new URL(link, 'http://x');
  const reordered = new URLSearchParams([...turned.searchParams].toReversed());

  const answers = await Promise.all([api.call(`GET ${link}`), api.call(`GET ${turned.pathname}?${reordered.toString()}`)]);

  assert.deepEqual(answers[0], { ...answers[1], headers: answers[0].headers, body: { ...answers[0].body }, text: answers[0].text });
  assert.match(link, /^\/api\/organizations\//);
});

test('a nextLink that is changed, foreign, for another list or a day old is refused, all in the same words', async () => {
  const api = await connected();
  await api.ports.connectors.add({ ...(await api.scene.connect()), organization: strangeOrganization as typeof organization });
  const link = await secondPage(api, `${devices}?top=2`);
  const url = new URL(link, 'http://x');
  const sealed = url.searchParams.get('continuation') ?? '';
  const flipped = sealed.slice(0, -3) + (sealed.at(-3) === 'A' ? 'B' : 'A') + sealed.slice(-2);
  const ofHost = await secondPage(api, `${devices}?top=2`, { as: 'host' });
  const runs = `/organizations/${organization}/discovery/runs`;

  const answers = await Promise.all([
    api.call(`GET ${link.replace(sealed, flipped)}`),
    api.call(`GET ${link.replace(sealed, sealed.slice(0, -4))}`),
    api.call(`GET ${link}`, { as: 'ReadOnlyAnalyst' }),
    api.call(`GET ${link}&gone=all`),
    api.call(`GET ${link.replace('top=2', 'top=3')}`),
    api.call(`GET ${ofHost.replace(organization, strangeOrganization)}`, { as: 'host' }),
    api.call(`GET ${runs}?top=2&continuation=${sealed}`),
  ]);
  api.clock.advance(24 * 60 * 60 * 1000 + 1);
  const late = await api.call(`GET ${link}`);

  const words = [...answers, late].map(({ status, code, body }) => `${status} ${String(code)} ${String(body['detail'])}`);
  assert.equal(new Set(words).size, 1, words.join('\n'));
  assert.match(words[0] ?? '', /^400 next-link\.invalid /);
});

test('a nextLink still works after the caller’s role has changed, and shows no more than the new one allows', async () => {
  const api = await connected();
  const link = await secondPage(api, `${devices}?top=2`, { as: 'host' });
  Object.assign(api.ports, { deployment: {} });

  const answer = await api.call(`GET ${link}`, { as: 'host' });

  assert.deepEqual([answer.status, answer.code], [404, 'organization.missing']);
});

test('HEAD is answered wherever GET is', async () => {
  const { call } = await connected();

  const { status } = await call(`HEAD ${devices}`);

  assert.equal(status, 200);
});

test('every route takes exactly the methods that it is made for', () => {
  const taken = new Map<string, string[]>();
  for (const { route, method } of apiRoutes()) taken.set(route, [...(taken.get(route) ?? []), method]);

  assert.deepEqual(Object.fromEntries(taken), {
    organizations: ['GET'],
    'openapi.json': ['GET'],
    audit: ['GET'],
    'audit/erasures': ['POST'],
    'organizations/{organization}/audit': ['GET'],
    'organizations/{organization}/audit/erasures': ['POST'],
    'organizations/{organization}/collections': ['GET'],
    'organizations/{organization}/collections/{collection}': ['GET', 'PUT', 'DELETE'],
    'organizations/{organization}/collections/{collection}/members': ['GET'],
    roles: ['GET'],
    'roles/{role}': ['GET', 'PUT', 'DELETE'],
    'role-assignments': ['GET'],
    'role-assignments/{assignment}': ['GET', 'PUT', 'DELETE'],
    'organizations/{organization}/connector': ['GET', 'PUT', 'DELETE'],
    'organizations/{organization}/installation': ['GET', 'POST'],
    'organizations/{organization}/status-messages': ['GET'],
    'organizations/{organization}/discovery': ['GET', 'POST'],
    'organizations/{organization}/discovery/runs': ['GET'],
    'organizations/{organization}/discovery/runs/{run}': ['GET', 'POST'],
    'organizations/{organization}/devices': ['GET'],
    'organizations/{organization}/devices/{device}': ['GET'],
    'organizations/{organization}/devices/{device}/annotations': ['GET', 'PUT'],
  });
});
