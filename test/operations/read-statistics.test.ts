import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceStatistics } from '../../src/domain/device-statistics.ts';
import { AppError, codeOf } from '../../src/domain/errors.ts';
import type { ExchangePort } from '../../src/domain/exchange-port.ts';
import type { ExchangeRight } from '../../src/domain/exchange-right.ts';
import { addMs } from '../../src/domain/instant.ts';
import type { RunTask } from '../../src/domain/run-task.ts';
import { readStatistics } from '../../src/operations/read-statistics.ts';
import { createDiscoveryScene, deviceGuid, mailboxGuid, organization, START } from '../support/discovery-scene.ts';
import type { DiscoveryScene, HeldClock, SceneOptions } from '../support/discovery-scene.ts';
import { done, exist, record, store } from './missing-steps.ts';

const daysAgo = (days: number): string => addMs(START, -days * 86_400_000);

interface StatisticsScene extends DiscoveryScene {
  readonly task: RunTask;
  readonly calls: (keyof ExchangePort)[];
  /** Says what the mailbox of a device tells about it. */
  tell(index: number, facts: Partial<DeviceStatistics>): void;
}

interface Order {
  /** Mailboxes of the queue. */
  readonly queue: readonly number[];
  /** Devices that are stored and exist, each in the mailbox of its index. */
  readonly devices?: readonly number[];
  readonly ignoreInactiveDays?: number;
  readonly before?: (call: number, clock: HeldClock) => void;
  readonly ports?: SceneOptions['ports'];
}

async function aReading({ queue, devices = queue, ignoreInactiveDays, before, ports }: Order): Promise<StatisticsScene> {
  const calls: (keyof ExchangePort)[] = [];
  const scene = createDiscoveryScene({
    before(call, clock) {
      calls.push(call);
      before?.(calls.length, clock);
    },
    ...(ports && { ports }),
  });
  await scene.connect(ignoreInactiveDays === undefined ? {} : { ignoreInactiveDays });
  exist(scene, devices);
  await store(scene, devices);
  await knowMailboxes(scene);
  scene.clock.advance(60_000);
  const task = await scene.begin('statistics');
  await scene.ports.files.writeQueue(scene.keyOf(task), queue.map(mailboxGuid));
  const tell = (index: number, facts: Partial<DeviceStatistics>): void => {
    const found = scene.world.devices.get(deviceGuid(index));
    assert.ok(found);
    found.statistics = { ...found.statistics, ...facts };
  };
  return { ...scene, task, calls, tell };
}

/** Keeps the mailboxes that there are, as a full run does. */
async function knowMailboxes({ ports, world, clock }: DiscoveryScene): Promise<void> {
  const writer = ports.mailboxes.writer(organization, 'each');
  await writer.add([...world.mailboxes.values()].map(({ access }) => ({ mailbox: access, observedAt: clock.now() })));
  await writer.finish();
}

const all = (scene: StatisticsScene): Promise<Awaited<ReturnType<typeof readStatistics>>> =>
  readStatistics(scene.ports, { ...scene.task, from: 0, count: 20 });

test('one request a mailbox reads the statistics of its devices, each kept with the time of reading', async () => {
  const scene = await aReading({ queue: [1, 2, 3] });
  scene.addDevice(4, 1);
  await store(scene, [4], 1);
  scene.tell(4, { lastSuccessSyncAt: daysAgo(1) });

  const answer = await readStatistics(scene.ports, { ...scene.task, from: 0, count: 2 });

  const { counts, ...facts } = done(answer);
  assert.deepEqual(facts, { outcome: 'done', mailboxes: 2, failed: 0 });
  assert.equal(counts.statistics, 3);
  assert.deepEqual(scene.calls, ['mailboxStatistics', 'mailboxStatistics']);
  const [read, notYet] = [await record(scene, 4), await record(scene, 3)];
  assert.deepEqual([read.statistics?.facts.lastSuccessSyncAt, read.statistics?.readAt], [daysAgo(1), scene.clock.now()]);
  assert.equal(notYet.statistics, undefined);
});

test('read again unchanged, only the statistics are written: the observation stays as old as it is', async () => {
  const scene = await aReading({ queue: [1] });
  await all(scene);
  const before = await record(scene, 1);
  scene.clock.advance(60_000);

  const again = done(await all(scene));

  const after = await record(scene, 1);
  assert.equal(again.counts.statistics, 1);
  assert.deepEqual({ ...after, statistics: undefined, version: undefined }, { ...before, statistics: undefined, version: undefined });
  assert.equal(after.statistics?.readAt, scene.clock.now());
});

test('a device of which its mailbox tells nothing counts as read, so that it is not asked for again and again', async () => {
  const scene = await aReading({ queue: [1, 2], devices: [1] });
  await store(scene, [2, 3]);
  await store(scene, [4], 1);
  scene.addMailbox(3);
  await knowMailboxes(scene);

  const answer = done(await all(scene));

  const silent = await record(scene, 4);
  assert.deepEqual(silent.statistics, {
    facts: { guid: deviceGuid(4), deviceWipe: {}, accountWipe: {} },
    readAt: scene.clock.now(),
  });
  // Mailbox 2 is gone; what became of its device the next full run finds out.
  assert.deepEqual([answer.mailboxes, answer.failed, (await record(scene, 2)).goneAt], [2, 0, undefined]);
});

test('statistics of devices that are not stored are passed over and logged', async () => {
  const scene = await aReading({ queue: [1] });
  scene.addDevice(9, 1);

  const answer = done(await all(scene));

  assert.equal(answer.counts.statistics, 1);
  assert.equal(await scene.ports.devices.get(organization, deviceGuid(9)), undefined);
  assert.deepEqual(
    scene.lines.map(({ event, fields }) => [event, fields['devices']]),
    [['Statistics tell of devices that are not stored yet', 1]],
  );
});

test('devices are found though their mailbox is not known to have a user', async () => {
  const scene = await aReading({ queue: [1] });
  await scene.ports.mailboxes.remove(organization, [mailboxGuid(1)]);
  scene.tell(1, { status: 'DeviceBlocked' });

  await all(scene);

  assert.equal((await record(scene, 1)).statistics?.facts.status, 'DeviceBlocked');
});

test('a device that did not sync for long is out of scope as inactive and comes back when it syncs; outside stays outside', async () => {
  const scene = await aReading({ queue: [1, 2, 3, 4], ignoreInactiveDays: 30 });
  const { devices } = scene.ports;
  await devices.amend(organization, [
    { id: deviceGuid(2), scope: { isInScope: false, reason: 'outside' } },
    { id: deviceGuid(4), scope: { isInScope: false, reason: 'inactive' } },
  ]);
  for (const index of [1, 2]) scene.tell(index, { lastSuccessSyncAt: daysAgo(31) });
  const scopes = async (): Promise<unknown[]> =>
    Promise.all([1, 2, 3, 4].map(async (index) => (await record(scene, index)).scope ?? 'not judged'));

  await all(scene);
  const first = await scopes();
  for (const index of [1, 4]) scene.tell(index, { lastSuccessSyncAt: scene.clock.now() });
  await all(scene);
  const second = await scopes();

  const [inactive, outside, inside] = [
    { isInScope: false, reason: 'inactive' },
    { isInScope: false, reason: 'outside' },
    { isInScope: true },
  ];
  assert.deepEqual(first, [inactive, outside, 'not judged', inactive]);
  assert.deepEqual(second, [inside, outside, 'not judged', inside]);
});

test('a scope that a full run writes meanwhile is not overwritten', async () => {
  let isWritten = false;
  const scene = await aReading({
    queue: [1],
    ignoreInactiveDays: 30,
    ports: ({ devices }) => ({
      devices: Object.assign(Object.create(devices), {
        async amend(...given: Parameters<typeof devices.amend>) {
          if (!isWritten) await devices.amend(organization, [{ id: deviceGuid(1), scope: { isInScope: false, reason: 'outside' } }]);
          isWritten = true;
          return devices.amend(...given);
        },
        // The store keeps its state in private members, so its methods need the store itself.
        get: devices.get.bind(devices),
        writer: devices.writer.bind(devices),
        devicesOfUser: devices.devicesOfUser.bind(devices),
      }),
    }),
  });
  scene.tell(1, { lastSuccessSyncAt: daysAgo(31) });

  const answer = done(await all(scene));

  const { scope, statistics } = await record(scene, 1);
  assert.deepEqual([answer.counts.statistics, scope], [1, { isInScope: false, reason: 'outside' }]);
  assert.equal(statistics?.facts.lastSuccessSyncAt, daysAgo(31));
});

test('a mailbox that cannot be read keeps nothing from the others', async () => {
  const scene = await aReading({
    queue: [1, 2, 3],
    before: (call) => {
      if (call === 2) throw new AppError('exchange.denied', { request: 'Get-MobileDeviceStatistics' });
    },
  });

  const { mailboxes, failed, counts } = done(await all(scene));

  assert.deepEqual([mailboxes, failed, counts.statistics], [2, 1, 2]);
  assert.equal((await record(scene, 2)).statistics, undefined);
});

test('asked for fewer requests, what was read is answered and the rest is left to a later run', async () => {
  const scene = await aReading({
    queue: [1, 2, 3],
    before: (call) => {
      if (call === 2) throw new AppError('exchange.throttled', { retryAfterSeconds: 120 });
    },
  });

  const { mailboxes, failed } = done(await all(scene));

  assert.deepEqual([mailboxes, failed, scene.calls.length], [1, 2, 2]);
});

/** What Exchange says about our right to read statistics. */
const withRight =
  (state: ExchangeRight['state']): SceneOptions['ports'] =>
  ({ connections }) => ({
    connections: {
      ...connections,
      exchange: (connector) => ({
        ...connections.exchange(connector),
        checkRights: async () => ({
          source: 'list',
          rights: [{ ability: 'statistics.read', cmdlet: 'Get-MobileDeviceStatistics', state }],
        }),
      }),
    },
  });

test('mailboxes that Exchange hides from us keep nothing from the others, though a whole part consists of them', async () => {
  const scene = await aReading({
    queue: [1, 2],
    before: () => {
      throw new AppError('exchange.denied', { request: 'Get-MobileDeviceStatistics' });
    },
    ports: withRight('granted'),
  });

  const { mailboxes, failed } = done(await all(scene));

  assert.deepEqual([mailboxes, failed], [0, 2]);
});

test('where nothing can be read the reason is the answer', async () => {
  const failing = (error: AppError): Promise<StatisticsScene> =>
    aReading({
      queue: [1, 2, 3],
      before: () => {
        throw error;
      },
      ports: withRight('missing'),
    });
  const throttled = await failing(new AppError('exchange.throttled', { retryAfterSeconds: 120 }));
  const denied = await failing(new AppError('exchange.denied', { request: 'Get-MobileDeviceStatistics' }));
  const down = await failing(new AppError('exchange.unavailable', { request: 'Get-MobileDeviceStatistics' }));

  const again = await all(throttled);
  const refused = await all(denied);

  assert.equal(again.outcome === 'again' && again.afterSeconds, 120);
  assert.equal(refused.outcome === 'refused' && refused.code, 'exchange.denied');
  await assert.rejects(all(down), (error) => codeOf(error) === 'exchange.unavailable');
  assert.deepEqual([throttled.calls.length, denied.calls.length, down.calls.length], [1, 3, 2]);
});

test('when its time is up a part answers with what it has read', async () => {
  const scene = await aReading({ queue: [1, 2, 3], before: (_, clock) => clock.advance(3 * 60_000) });

  const { mailboxes, failed } = done(await all(scene));

  assert.deepEqual([mailboxes, failed, scene.calls.length], [2, 1, 2]);
});

test('a part beyond the end of the queue reads nothing', async () => {
  const scene = await aReading({ queue: [1] });

  const answer = done(await readStatistics(scene.ports, { ...scene.task, from: 20, count: 20 }));

  assert.deepEqual([answer.mailboxes, answer.failed, scene.calls], [0, 0, []]);
});
