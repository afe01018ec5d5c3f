// The routes of devices and annotations, in process: filters, pages, links between them, and what people add.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addMs } from '../../src/domain/instant.ts';
import { deviceGuid, mailboxGuid, START, userId } from '../support/discovery-scene.ts';
import { createApi, organization } from './api-scene.ts';
import type { Answer, ApiScene } from './api-scene.ts';

const path = `/organizations/${organization}/devices`;
const DAY_MS = 86_400_000;

async function apiWith(count: number, more?: Parameters<ApiScene['keepDevices']>[1]): Promise<ApiScene> {
  const api = createApi();
  await api.scene.connect();
  await api.keepDevices(
    Array.from({ length: count }, (_, index) => index + 1),
    more,
  );
  return api;
}

interface Item {
  id: string;
  name: string;
  [field: string]: unknown;
}

const itemsIn = ({ body }: Answer): Item[] => body['value'] as Item[];
const namesIn = (answer: Answer): string[] => itemsIn(answer).map(({ name }) => name);

async function allPages({ call }: ApiScene, line: string): Promise<{ names: string[]; scanned: number }> {
  const names: string[] = [];
  let scanned = 0;
  for (let link: string | undefined = line; link !== undefined;) {
    const answer: Answer = await call(`GET ${link}`);
    assert.equal(answer.status, 200);
    names.push(...namesIn(answer));
    scanned += Number(answer.body['scanned']);
    link = answer.body['nextLink'] as string | undefined;
  }
  return { names, scanned };
}

test('a device shows what was observed and when, and its name for people', async () => {
  const { call, scene, clock } = await apiWith(1);
  clock.advance(60_000);
  await scene.remember({ lastFull: { runId: 'r', startedAt: clock.now(), endedAt: clock.now(), devices: 1 } });

  const { body } = await call(`GET ${path}/${deviceGuid(1)}`);

  assert.equal(body['name'], 'user1_iPhone');
  assert.deepEqual(body['owner'], { kind: 'mailbox', mailbox: mailboxGuid(1), user: userId(1), userName: 'user1' });
  assert.deepEqual([body['firstSeenAt'], body['observedAt']], [START, addMs(START, 60_000)]);
  assert.deepEqual(body['scope'], { isInScope: true });
  assert.equal('distinguishedName' in body, false);
});

test('a device that is gone was observed when it was last written, whatever ran since', async () => {
  const { call, scene, clock, ports } = await apiWith(1);
  clock.advance(60_000);
  await ports.devices.amend(organization, [{ id: deviceGuid(1), goneAt: clock.now() }]);
  await scene.remember({ lastFull: { runId: 'r', startedAt: clock.now(), endedAt: clock.now(), devices: 0 } });

  const { body } = await call(`GET ${path}/${deviceGuid(1)}`);

  assert.deepEqual([body['goneAt'], body['observedAt']], [clock.now(), START]);
});

test('a list is paged through to its end, each device once, in the order of ids', async () => {
  const api = await apiWith(40);

  const { names, scanned } = await allPages(api, `${path}?top=7`);

  assert.equal(new Set(names).size, 40);
  assert.equal(names.length, 40);
  assert.equal(scanned, 40);
});

test('filters find what they name, whatever its case; what is unknown meets none', async () => {
  const kinds = [
    { clientType: 'EAS', clientVersion: '14.1', os: 'iOS 17.4 21E219', deviceType: 'iPhone', model: 'iPhone15C2' },
    { clientType: 'EAS', clientVersion: '16.1', os: 'Android 14', deviceType: 'Android', accessState: 'Quarantined' },
    { clientType: 'Outlook', clientVersion: '1.0', os: 'iOS 26.0 23A341', deviceType: 'Outlook' },
  ] as const;
  const api = await apiWith(3, (index) => kinds[index - 1] ?? {});
  const find = async (query: string): Promise<string[]> => namesIn(await api.call(`GET ${path}?${query}`)).map((name) => name.slice(4, 5));

  const found = {
    state: await find('state=Quarantined'),
    clientType: await find('clientType=eas'),
    type: await find('type=IPHONE'),
    model: await find('model=iphone15c2'),
    os: await find('os=ios'),
    osVersion: await find('os=iOS%2017'),
    osBelow: await find('os=iOS%3C26'),
    osFrom: await find('os=android%3E%3D14'),
    easBelow: await find('easBelow=16.0'),
    search: await find('search=USER2_an'),
    searchDeviceId: await find('search=appl3'),
    both: await find('clientType=EAS&os=iOS'),
  };

  assert.deepEqual(found, {
    state: ['2'],
    clientType: ['1', '2'],
    type: ['1'],
    model: ['1'],
    os: ['1', '3'],
    osVersion: ['1'],
    osBelow: ['1'],
    osFrom: ['2'],
    easBelow: ['1'],
    search: ['2'],
    searchDeviceId: ['3'],
    both: ['1'],
  });
});

test('gone devices are hidden unless they are asked for', async () => {
  const { call, ports } = await apiWith(2);
  await ports.devices.amend(organization, [{ id: deviceGuid(2), goneAt: START }]);

  const answers = await Promise.all(['', '?gone=false', '?gone=true', '?gone=all'].map((query) => call(`GET ${path}${query}`)));

  assert.deepEqual(answers.map(namesIn), [['user1_iPhone'], ['user1_iPhone'], ['user2_iPhone'], ['user1_iPhone', 'user2_iPhone']]);
});

test('stale is what had not synced when its statistics were read; without a time nothing is said', async () => {
  const { call, ports } = await apiWith(3);
  const reading = (lastSuccessSyncAt?: string): object => ({
    statistics: {
      readAt: START,
      facts: { guid: deviceGuid(1), deviceWipe: {}, accountWipe: {}, ...(lastSuccessSyncAt !== undefined && { lastSuccessSyncAt }) },
    },
  });
  await ports.devices.amend(organization, [
    { id: deviceGuid(1), ...reading(addMs(START, -31 * DAY_MS)) },
    { id: deviceGuid(2), ...reading(addMs(START, -29 * DAY_MS)) },
    { id: deviceGuid(3), ...reading() },
  ]);

  const answer = await call(`GET ${path}?staleDays=30`);

  assert.deepEqual(namesIn(answer), ['user1_iPhone']);
});

test("a user's devices are found by object id and by user principal name, page by page", async () => {
  const api = createApi();
  await api.scene.connect();
  const writer = api.ports.users.writer(organization, 'each');
  await writer.add([{ user: { id: userId(5), userPrincipalName: 'User5@contoso.example' }, observedAt: START }]);
  await writer.finish();
  await api.keepDevices([5, 6]);

  const byId = await api.call(`GET ${path}?user=${userId(5)}`);
  const byName = await allPages(api, `${path}?user=user5@CONTOSO.example&top=1`);
  const filtered = await api.call(`GET ${path}?user=${userId(5)}&type=Android`);

  assert.deepEqual([namesIn(byId), byId.body['scanned'], byId.body['nextLink']], [['user5_iPhone'], 1, undefined]);
  assert.deepEqual(byName.names, ['user5_iPhone']);
  assert.deepEqual(namesIn(filtered), []);
});

test('a user whom the directory does not tell of is found by the name that Exchange gave', async () => {
  const api = await apiWith(4);

  const { names } = await allPages(api, `${path}?user=USER3`);

  assert.deepEqual(names, ['user3_iPhone']);
});

test('a collection that does not exist is missing, never an unfiltered list', async () => {
  const { call } = await apiWith(1);

  const answer = await call(`GET ${path}?collection=sales`);

  assert.deepEqual([answer.status, answer.code], [404, 'collection.missing']);
});

test('an annotation is empty at first and has an ETag; it is written, read in the list and taken away', async () => {
  const { call } = await apiWith(1);
  const annotations = `${path}/${deviceGuid(1)}/annotations`;
  const empty = await call(`GET ${annotations}`);

  const written = await call(`PUT ${annotations}`, {
    as: 'OperationsAdministrator',
    body: { note: 'Lent to Ines.', ownership: 'company' },
    headers: { 'if-match': empty.headers.get('etag') ?? '' },
  });
  const listed = itemsIn(await call(`GET ${path}`))[0]?.['annotation'];
  const taken = await call(`PUT ${annotations}`, { body: {}, headers: { 'if-match': written.headers.get('etag') ?? '' } });

  assert.deepEqual(empty.body, {});
  assert.deepEqual([written.status, written.body['note'], written.body['ownership']], [200, 'Lent to Ines.', 'company']);
  assert.deepEqual(listed, written.body);
  assert.deepEqual(Object.keys(taken.body).sort(), ['changedAt', 'changedBy']);
});

test('two writers of an annotation never lose each other: one of them is told', async () => {
  const { call } = await apiWith(1);
  const annotations = `${path}/${deviceGuid(1)}/annotations`;
  const { headers } = await call(`GET ${annotations}`);
  const etag = { 'if-match': headers.get('etag') ?? '' };

  const answers = await Promise.all([
    call(`PUT ${annotations}`, { body: { note: 'a' }, headers: etag }),
    call(`PUT ${annotations}`, { body: { note: 'b' }, headers: etag }),
  ]);
  const without = await call(`PUT ${annotations}`, { body: { note: 'c' } });
  const any = await Promise.all(['d', 'e'].map((note) => call(`PUT ${annotations}`, { body: { note }, headers: { 'if-match': '*' } })));

  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200, 412]));
  assert.equal(without.status, 428);
  assert.deepEqual(
    any.map(({ status }) => status),
    [200, 200],
  );
});

test('a device without a known owner is in no user’s list and has no name', async () => {
  const { call, ports } = await apiWith(0);
  const writer = ports.devices.writer(organization, 'each');
  await writer.add([{ device: { guid: deviceGuid(9), deviceType: 'iPhone' }, owner: { kind: 'unknown' }, observedAt: START }]);
  await writer.finish();

  const all = itemsIn(await call(`GET ${path}`));
  const ofUser = itemsIn(await call(`GET ${path}?user=${userId(9)}`));

  assert.deepEqual(
    all.map(({ owner, name }) => [owner, name]),
    [[{ kind: 'unknown' }, undefined]],
  );
  assert.deepEqual(ofUser, []);
});
