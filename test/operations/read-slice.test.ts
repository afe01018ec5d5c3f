import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { AppError } from '../../src/domain/errors.ts';
import type { Slice } from '../../src/domain/slice.ts';
import { splitSlice } from '../../src/domain/slice.ts';
import { MOST_PAGES, readSlice } from '../../src/operations/read-slice.ts';
import { createDiscoveryScene, deviceAt, deviceGuid, deviceName, mailboxGuid, organization, userId } from '../support/discovery-scene.ts';
import type { DiscoveryScene, SceneOptions } from '../support/discovery-scene.ts';
import { beginReading, doneOf, setOf, startingOver, storedDevices, withExchange } from './reading-steps.ts';

const ALL: Slice = { name: 'all', query: {} };

/** Three mailboxes, and devices that belong to them in turn. */
function aScene(devices: number, options: SceneOptions = {}): DiscoveryScene {
  const scene = createDiscoveryScene(options);
  for (let index = 0; index < 3; index += 1) scene.addMailbox(index);
  for (let index = 0; index < devices; index += 1) scene.addDevice(index, index % 3);
  return scene;
}

describe('a slice', () => {
  test('is read page by page into storage, with owners, and leaves what it saw', async () => {
    const scene = aScene(8);
    const task = await beginReading(scene);

    const answer = await readSlice(scene.ports, { ...task, slice: ALL });

    const { counts, ...facts } = doneOf(answer);
    const firstSyncSample = Array.from({ length: 8 }, (_, index) => deviceAt(index, 0).firstSyncAt);
    const newestFirstSync = deviceAt(7, 0).firstSyncAt;
    assert.deepEqual(facts, { outcome: 'done', seen: 8, isComplete: true, firstSyncSample, newestFirstSync, isComparable: true });
    assert.deepEqual([counts.read, counts.added, counts.changed], [8, 8, 0]);
    const stored = await storedDevices(scene);
    assert.equal(stored.size, 8);
    assert.deepEqual(stored.get(deviceGuid(4))?.owner, { kind: 'mailbox', mailbox: mailboxGuid(1), user: userId(1), userName: 'user1' });
    assert.deepEqual((await setOf(scene, task, 'seen-all'))?.length, 8);
    assert.deepEqual(await setOf(scene, task, 'ownerless-all'), []);
  });

  test('tells few of many first syncs, and of them the newest that is not in the future', async () => {
    const scene = aScene(200, { pageSize: 50 });
    scene.addDevice(200, 0, { firstSyncAt: '2027-01-01T00:00:00.000Z' });
    const task = await beginReading(scene);

    const { firstSyncSample, newestFirstSync } = doneOf(await readSlice(scene.ports, { ...task, slice: ALL }));

    assert.equal(firstSyncSample.length, 128);
    assert.deepEqual([firstSyncSample[0], firstSyncSample.at(-1)], [deviceAt(0, 0).firstSyncAt, '2027-01-01T00:00:00.000Z']);
    assert.equal(newestFirstSync, deviceAt(199, 0).firstSyncAt);
  });

  test('without any first sync tells of none', async () => {
    const scene = createDiscoveryScene();
    scene.addMailbox(0);
    const { firstSyncAt: _, ...device } = deviceAt(0, 0);
    scene.world.devices.set(device.guid, {
      device,
      mailbox: mailboxGuid(0),
      statistics: { guid: device.guid, deviceWipe: {}, accountWipe: {}, status: 'DeviceOk' },
    });
    const task = await beginReading(scene);

    const { seen, firstSyncSample, newestFirstSync } = doneOf(await readSlice(scene.ports, { ...task, slice: ALL }));

    assert.deepEqual([seen, firstSyncSample, newestFirstSync], [1, [], undefined]);
  });

  test('writes only what is new or changed at the next run, and notes what was added', async () => {
    const scene = aScene(6);
    doneOf(await readSlice(scene.ports, { ...(await beginReading(scene)), slice: ALL }));
    scene.clock.advance(86_400_000);
    scene.addDevice(2, 2, { os: 'iOS 19.1' });
    scene.addDevice(9, 0);
    const task = await beginReading(scene);

    const { counts, seen } = doneOf(await readSlice(scene.ports, { ...task, slice: ALL }));

    assert.deepEqual([seen, counts.read, counts.added, counts.changed], [7, 7, 1, 1]);
    assert.deepEqual(await setOf(scene, task, 'added-all'), [deviceGuid(9)]);
  });

  test('keeps no list of what was added at a first run, where everything is', async () => {
    const scene = aScene(2);
    const task = await beginReading(scene);

    doneOf(await readSlice(scene.ports, { ...task, slice: ALL }));

    assert.equal(await setOf(scene, task, 'added-all'), undefined);
  });

  test('reads only what its query asks for', async () => {
    const scene = aScene(10);
    const task = await beginReading(scene);
    const { firstSyncAt: from = '' } = deviceAt(4, 0);
    const { firstSyncAt: before = '' } = deviceAt(7, 0);

    const { seen } = doneOf(await readSlice(scene.ports, { ...task, slice: { name: 'middle', query: { firstSync: { from, before } } } }));

    assert.equal(seen, 3);
    assert.deepEqual((await setOf(scene, task, 'seen-middle'))?.toSorted(), [4, 5, 6].map(deviceGuid).toSorted());
  });

  test('read again after a crash ends the same', async () => {
    const scene = aScene(7);
    const task = await beginReading(scene);
    const first = await readSlice(scene.ports, { ...task, slice: ALL });

    const second = await readSlice(scene.ports, { ...task, slice: ALL });

    assert.deepEqual(second, first);
    assert.equal((await storedDevices(scene)).size, 7);
    assert.equal((await setOf(scene, task, 'seen-all'))?.length, 7);
  });

  test('that had to begin again counts what came from then on', async () => {
    const overs = withExchange((exchange) => ({ listDevices: (query, options) => startingOver(exchange.listDevices(query, options)) }));
    const scene = aScene(8, { ports: overs });
    const task = await beginReading(scene);

    const { counts, seen } = doneOf(await readSlice(scene.ports, { ...task, slice: ALL }));

    assert.deepEqual([seen, counts.read, counts.added], [8, 8, 8]);
  });

  test('with rows that carry no id is complete but may not be compared', async () => {
    const gaps = withExchange((exchange) => ({
      async *listDevices(query, options) {
        for await (const page of exchange.listDevices(query, options)) yield { ...page, unidentified: 1 };
      },
    }));
    const scene = aScene(4, { ports: gaps });
    const task = await beginReading(scene);

    const { isComplete, isComparable } = doneOf(await readSlice(scene.ports, { ...task, slice: ALL }));

    assert.deepEqual([isComplete, isComparable], [true, false]);
  });

  test('of exactly as many pages as one activity reads is complete', async () => {
    const scene = aScene(MOST_PAGES * 3);
    const task = await beginReading(scene);

    const { isComplete, seen } = doneOf(await readSlice(scene.ports, { ...task, slice: ALL }));

    assert.deepEqual([isComplete, seen], [true, MOST_PAGES * 3]);
  });

  test('of more pages is not, leaves no files, and says by which times it can be cut', async () => {
    const scene = aScene(MOST_PAGES * 3 + 1);
    const task = await beginReading(scene);

    const { isComplete, firstSyncSample, counts } = doneOf(await readSlice(scene.ports, { ...task, slice: ALL }));

    assert.equal(isComplete, false);
    assert.deepEqual(
      [firstSyncSample[0], firstSyncSample.at(-1)],
      [deviceAt(0, 0).firstSyncAt, deviceAt(MOST_PAGES * 3 - 1, 0).firstSyncAt],
    );
    assert.deepEqual(firstSyncSample, firstSyncSample.toSorted());
    assert.ok(firstSyncSample.length <= 128);
    assert.deepEqual([counts.read, counts.added], [0, 0]);
    assert.equal(await setOf(scene, task, 'seen-all'), undefined);
    const parts = await Promise.all(
      splitSlice(ALL, firstSyncSample).map(async (slice) => doneOf(await readSlice(scene.ports, { ...task, slice }))),
    );
    assert.ok(parts.every((part) => part.isComplete));
    assert.equal((await storedDevices(scene)).size, MOST_PAGES * 3 + 1);
  });

  test('that is a probe is read for one page, and cut by what that tells', async () => {
    const scene = aScene(500, { pageSize: 100 });
    const task = await beginReading(scene);
    const slice: Slice = { ...ALL, isProbe: true };

    const { isComplete, firstSyncSample } = doneOf(await readSlice(scene.ports, { ...task, slice }));

    assert.deepEqual([isComplete, (await storedDevices(scene)).size, firstSyncSample.length], [false, 100, 100]);
    assert.ok(splitSlice(slice, firstSyncSample).every(({ isProbe }) => isProbe === undefined));
    assert.equal(await setOf(scene, task, 'seen-all'), undefined);
  });

  test('whose time is up is complete when there was no other page, and else is not', async () => {
    const slow = withExchange((exchange) => ({
      async *listDevices(query, options) {
        for await (const page of exchange.listDevices(query, options)) {
          scene.clock.advance(150_000);
          yield page;
        }
      },
    }));
    const scene = aScene(6, { ports: slow });
    const task = await beginReading(scene);

    const two = doneOf(await readSlice(scene.ports, { ...task, slice: ALL }));
    scene.addDevice(6, 0);
    const three = doneOf(await readSlice(scene.ports, { ...task, slice: ALL }));

    assert.deepEqual([two.isComplete, three.isComplete], [true, false]);
  });
});

describe('an owner', () => {
  test('is unknown where no mailbox of that name was listed', async () => {
    const scene = aScene(0);
    scene.addDevice(0, 7);
    const { distinguishedName: _, ...nameless } = deviceAt(1, 0);
    scene.world.devices.set(nameless.guid, {
      device: nameless,
      mailbox: mailboxGuid(0),
      statistics: { guid: nameless.guid, deviceWipe: {}, accountWipe: {} },
    });
    const task = await beginReading(scene);

    doneOf(await readSlice(scene.ports, { ...task, slice: ALL }));

    assert.deepEqual((await setOf(scene, task, 'ownerless-all'))?.toSorted(), [deviceGuid(0), deviceGuid(1)].toSorted());
    assert.deepEqual((await storedDevices(scene)).get(deviceGuid(0))?.owner, { kind: 'unknown' });
  });

  test('is found in whatever case Exchange writes the names', async () => {
    const scene = aScene(0);
    scene.addDevice(0, 0, { distinguishedName: deviceName(0, 0).replace('User 0', 'USER 0') });
    const task = await beginReading(scene);

    doneOf(await readSlice(scene.ports, { ...task, slice: ALL }));

    assert.equal((await storedDevices(scene)).get(deviceGuid(0))?.owner.kind, 'mailbox');
  });

  test('that was found before stays when its mailbox is not in the list any more', async () => {
    const scene = aScene(1);
    doneOf(await readSlice(scene.ports, { ...(await beginReading(scene)), slice: ALL }));
    scene.world.mailboxes.delete(mailboxGuid(0));
    const task = await beginReading(scene);

    const { counts } = doneOf(await readSlice(scene.ports, { ...task, slice: ALL }));

    assert.equal(counts.changed, 0);
    assert.deepEqual(await setOf(scene, task, 'ownerless-all'), []);
    assert.equal((await storedDevices(scene)).get(deviceGuid(0))?.owner.kind, 'mailbox');
  });
});

describe('a device outside the connector’s scope', () => {
  test('is stored as such, and comes in again when the scope is widened', async () => {
    const scene = aScene(2);
    scene.addMailbox(1, { primarySmtpAddress: 'user1@fabrikam.example', emailAddresses: ['SMTP:user1@fabrikam.example'] });
    scene.addDevice(2, 9);
    await scene.connect({ scope: { kind: 'domains', domains: ['Contoso.example'] } });
    doneOf(await readSlice(scene.ports, { ...(await beginReading(scene)), slice: ALL }));
    const before = await storedDevices(scene);
    await scene.connect({ scope: { kind: 'everything' } });

    doneOf(await readSlice(scene.ports, { ...(await beginReading(scene)), slice: ALL }));

    const outside = { isInScope: false, reason: 'outside' };
    assert.deepEqual(
      [0, 1, 2].map((index) => before.get(deviceGuid(index))?.scope),
      [undefined, outside, outside],
    );
    const after = await storedDevices(scene);
    assert.deepEqual(
      [0, 1, 2].map((index) => after.get(deviceGuid(index))?.scope),
      [undefined, { isInScope: true }, { isInScope: true }],
    );
  });

  test('that is ignored as inactive stays so while it is covered', async () => {
    const scene = aScene(1);
    doneOf(await readSlice(scene.ports, { ...(await beginReading(scene)), slice: ALL }));
    await scene.ports.devices.amend(organization, [{ id: deviceGuid(0), scope: { isInScope: false, reason: 'inactive' } }]);

    doneOf(await readSlice(scene.ports, { ...(await beginReading(scene)), slice: ALL }));

    assert.deepEqual((await storedDevices(scene)).get(deviceGuid(0))?.scope, { isInScope: false, reason: 'inactive' });
  });
});

describe('a managed device', () => {
  const managed = { id: 'm-1', easDeviceId: 'appl0', userId: userId(0), compliance: 'compliant' };

  async function readWithManaged(scene: DiscoveryScene, devices: (typeof managed)[] | undefined): Promise<void> {
    const task = await beginReading(scene);
    const writer = scene.ports.files.managedWriter(scene.keyOf(task));
    writer.add(devices ?? []);
    if (devices) await writer.finish();
    doneOf(await readSlice(scene.ports, { ...task, slice: ALL }));
  }

  test('is the one with the same DeviceId and user, in any case', async () => {
    const scene = aScene(4);

    await readWithManaged(scene, [managed]);

    const stored = await storedDevices(scene);
    assert.equal(stored.get(deviceGuid(0))?.managed?.id, 'm-1');
    assert.equal(stored.get(deviceGuid(1))?.managed, undefined);
  });

  test('stays where Intune’s list could not be read, and goes when it is not in the list any more', async () => {
    const scene = aScene(1);
    await readWithManaged(scene, [managed]);

    await readWithManaged(scene, undefined);
    const kept = (await storedDevices(scene)).get(deviceGuid(0))?.managed;
    await readWithManaged(scene, []);
    const gone = (await storedDevices(scene)).get(deviceGuid(0))?.managed;

    assert.deepEqual([kept?.id, gone], ['m-1', undefined]);
  });
});

describe('a slice that cannot be read', () => {
  const failing = (error: AppError) => ({
    before: (call: string): void => {
      if (call === 'listDevices') throw error;
    },
  });

  test('for want of a right is refused', async () => {
    const scene = aScene(1, failing(new AppError('exchange.denied', { request: 'Get-MobileDevice' })));
    const task = await beginReading(scene);

    const answer = await readSlice(scene.ports, { ...task, slice: ALL });

    assert.equal(answer.outcome, 'refused');
    assert.equal(answer.code, 'exchange.denied');
  });

  test('because Exchange asks for a pause is asked for again then', async () => {
    const scene = aScene(1, failing(new AppError('exchange.throttled', { retryAfterSeconds: 400 })));
    const task = await beginReading(scene);

    const answer = await readSlice(scene.ports, { ...task, slice: ALL });

    assert.equal(answer.outcome, 'again');
    assert.equal(answer.afterSeconds, 400);
  });

  test('because it broke off fails in a way that survives as text', async () => {
    const scene = aScene(1, failing(new AppError('exchange.incomplete', { request: 'Get-MobileDevice' })));
    const task = await beginReading(scene);

    const reading = readSlice(scene.ports, { ...task, slice: ALL });

    await assert.rejects(reading, /^Error: \[exchange\.incomplete\] /);
    assert.equal(await setOf(scene, task, 'seen-all'), undefined);
  });

  test('because what came before it was not done is refused', async () => {
    const scene = aScene(1);
    const task = await scene.begin();

    const answer = await readSlice(scene.ports, { ...task, slice: ALL });

    assert.equal(answer.outcome, 'refused');
    assert.equal(answer.code, 'store.missing');
  });

  test('because somebody stops the run is over at the next page', async () => {
    const stopping = withExchange((exchange) => ({
      async *listDevices(query, options) {
        for await (const page of exchange.listDevices(query, options)) {
          await scene.changeRun(task, { stopRequestedBy: userId(9) });
          scene.clock.advance(5000);
          yield page;
        }
      },
    }));
    const scene = aScene(12, { ports: stopping });
    const task = await beginReading(scene);

    const answer = await readSlice(scene.ports, { ...task, slice: ALL });

    assert.deepEqual(answer, { outcome: 'over', reason: 'stop-requested' });
    assert.equal(await setOf(scene, task, 'seen-all'), undefined);
  });
});

test('whatever devices there are and wherever a read begins again, the slices together store each of them once', async () => {
  const device = fc.record({
    mailbox: fc.integer({ min: 0, max: 4 }),
    day: fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(device, { maxLength: 90 }), fc.boolean(), async (devices, breaks) => {
      const overs = withExchange((exchange) => ({ listDevices: (query, options) => startingOver(exchange.listDevices(query, options)) }));
      const scene = aScene(0, { pageSize: 2, ...(breaks && { ports: overs }) });
      for (const [index, { mailbox, day }] of devices.entries()) {
        const { firstSyncAt: _, ...rest } = scene.addDevice(index, mailbox);
        const times = day === undefined ? {} : { firstSyncAt: deviceAt(day, 0).firstSyncAt ?? '' };
        scene.world.devices.set(rest.guid, {
          device: { ...rest, ...times },
          mailbox: mailboxGuid(mailbox),
          statistics: { guid: rest.guid, deviceWipe: {}, accountWipe: {} },
        });
      }
      const task = await beginReading(scene);
      const open = [ALL];
      const seen = new Set<string>();

      for (let slice = open.pop(); slice; slice = open.pop()) {
        const { isComplete, firstSyncSample } = doneOf(await readSlice(scene.ports, { ...task, slice }));
        if (!isComplete) open.push(...splitSlice(slice, firstSyncSample));
        else for (const id of (await setOf(scene, task, `seen-${slice.name}`)) ?? []) seen.add(id);
      }

      const expected = devices.map((_, index) => deviceGuid(index)).toSorted();
      assert.deepEqual([...seen].toSorted(), expected);
      assert.deepEqual([...(await storedDevices(scene)).keys()].toSorted(), expected);
    }),
    { numRuns: 20 },
  );
});
