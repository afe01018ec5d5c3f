// Lists of devices below HTTP: how far one request reads, how it goes on, and what a limited grant shows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scopeOf } from '../../src/domain/authorization.ts';
import type { Scope } from '../../src/domain/authorization.ts';
import type { Caller } from '../../src/domain/caller.ts';
import { membershipIn } from '../../src/domain/collection.ts';
import type { DeviceGuid } from '../../src/domain/device-identity.ts';
import { annotateDevice } from '../../src/operations/annotate-device.ts';
import type { DeviceListAsk } from '../../src/operations/list-devices.ts';
import { describeDevice } from '../../src/operations/describe-device.ts';
import { listDevices } from '../../src/operations/list-devices.ts';
import { aCatalogue, aCollection } from '../support/access-arbitraries.ts';
import { createDiscoveryScene, deviceAt, deviceGuid, mailboxGuid, organization, START, userId } from '../support/discovery-scene.ts';
import type { DiscoveryScene } from '../support/discovery-scene.ts';

const everything = { organization, scope: { kind: 'everything' }, filter: { gone: 'hidden' }, top: 10 } as const satisfies DeviceListAsk;

async function sceneWith(count: number): Promise<DiscoveryScene> {
  const scene = createDiscoveryScene();
  const writer = scene.ports.devices.writer(organization, 'each');
  await writer.add(
    Array.from({ length: count }, (_, index) => ({
      device: deviceAt(index, index),
      owner: { kind: 'mailbox', mailbox: mailboxGuid(index), user: userId(index % 2), userName: `user${index}` },
      observedAt: START,
    })),
  );
  await writer.finish();
  return scene;
}

test('a slow scan stops in time, says where to go on, and finds everything in the end', async () => {
  const scene = await sceneWith(60);
  const { devices } = scene.ports;
  // Each row that is looked at takes a while.
  const slow = { ...scene.ports, devices: { ...devices, annotationsOf: devices.annotationsOf.bind(devices), scan: scanSlowly } };
  async function scanSlowly(...[of, request]: Parameters<typeof devices.scan>): ReturnType<typeof devices.scan> {
    return devices.scan(of, { ...request, matches: (record) => (scene.clock.advance(100), request.matches(record)) });
  }

  const found: string[] = [];
  let calls = 0;
  for (let continuation: string | undefined, isAtEnd = false; !isAtEnd; calls += 1) {
    const page = await listDevices(slow, { ...everything, top: 1000, ...(continuation !== undefined && { continuation }) });
    found.push(...page.values.map(({ record }) => record.id));
    ({ continuation } = page);
    isAtEnd = continuation === undefined;
  }

  assert.equal(new Set(found).size, 60);
  assert.equal(found.length, 60);
  assert.ok(calls > 1);
});

test('a user with more devices than a page has goes on after the last one', async () => {
  const { ports } = await sceneWith(9);
  const ask: DeviceListAsk = { ...everything, user: userId(0), top: 2 };

  const sizes: number[] = [];
  let continuation: string | undefined;
  do {
    const page = await listDevices(ports, { ...ask, ...(continuation !== undefined && { continuation }) });
    sizes.push(page.values.length);
    ({ continuation } = page);
  } while (continuation !== undefined);

  assert.deepEqual(sizes, [2, 2, 1]);
});

function scopeOfDevices(ids: readonly DeviceGuid[]): Scope {
  const collection = aCollection('sales', { include: { devices: ids, users: [] } });
  const scope = scopeOf({ kind: 'collections', ids: ['sales'] }, aCatalogue([collection]));
  assert.ok(scope);
  return scope;
}

test('whoever is limited to collections sees, counts and finds no device outside them', async () => {
  const { ports } = await sceneWith(9);
  const scope = scopeOfDevices([deviceGuid(1), deviceGuid(4)]);
  const idsOf = async (ask: Partial<DeviceListAsk>): Promise<readonly string[]> => {
    const { values, scanned } = await listDevices(ports, { ...everything, scope, ...ask });
    return [...values.map(({ record }) => record.id), `of ${scanned}`];
  };

  const lists = [await idsOf({}), await idsOf({ user: userId(0) }), await idsOf({ user: 'user5' }), await idsOf({ user: 'user4' })];

  const [first, fourth] = [deviceGuid(1), deviceGuid(4)];
  assert.deepEqual(lists, [[first, fourth, 'of 2'], [fourth, 'of 1'], ['of 2'], [fourth, 'of 2']]);
  assert.equal((await describeDevice(ports, { organization, scope, id: first })).record.id, first);
  for (const id of [deviceGuid(2), deviceGuid(99)]) {
    await assert.rejects(describeDevice(ports, { organization, scope, id }), { code: 'device.missing' });
  }
});

test('a list of one collection shows its members, of those that one may see', async () => {
  const { ports } = await sceneWith(9);
  const collection = membershipIn(aCatalogue([aCollection('some', { include: { devices: [1, 2, 3].map(deviceGuid), users: [] } })]), [
    'some',
  ]);

  const all = await listDevices(ports, { ...everything, collection });
  const limited = await listDevices(ports, { ...everything, collection, scope: scopeOfDevices([3, 4].map(deviceGuid)) });
  const ofUser = await listDevices(ports, { ...everything, collection, user: userId(1) });

  const ids = [all, limited, ofUser].map(({ values }) => values.map(({ record }) => record.id));
  assert.deepEqual(ids, [[1, 2, 3].map(deviceGuid), [deviceGuid(3)], [1, 3].map(deviceGuid)]);
});

test('an annotation can be written where one may, is refused where one only sees, and is missing elsewhere', async () => {
  const { ports } = await sceneWith(4);
  const [scope, acted] = [scopeOfDevices([1, 2].map(deviceGuid)), scopeOfDevices([deviceGuid(1), deviceGuid(3)])];
  const caller = { objectId: 'somebody' } as Caller;
  const writing = (id: DeviceGuid): Promise<unknown> =>
    annotateDevice(ports, { organization, scope, acted, id, note: 'n', caller, precondition: { kind: 'present' } });

  await writing(deviceGuid(1));

  await assert.rejects(writing(deviceGuid(2)), { code: 'role.missing' });
  await assert.rejects(writing(deviceGuid(3)), { code: 'device.missing' });
});

test('a scan that nobody waits for any more ends', async () => {
  const { ports } = await sceneWith(3);

  const list = listDevices(ports, { ...everything, signal: AbortSignal.abort() });

  await assert.rejects(list, { name: 'AbortError' });
});
