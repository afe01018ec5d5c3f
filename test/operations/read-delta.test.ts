import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectorSettings, DiscoveryState } from '../../src/domain/connector.ts';
import type { ObservedDevice } from '../../src/domain/device.ts';
import { AppError } from '../../src/domain/errors.ts';
import type { ExchangePort } from '../../src/domain/exchange-port.ts';
import { addMs } from '../../src/domain/instant.ts';
import { ownerOf } from '../../src/domain/owner.ts';
import { readDelta } from '../../src/operations/read-delta.ts';
import { standingKey, UNLINKED } from '../../src/operations/run-files.ts';
import { createDiscoveryScene, deviceGuid, mailboxAt, organization, START, userId } from '../support/discovery-scene.ts';
import type { DiscoveryScene, SceneOptions } from '../support/discovery-scene.ts';
import { done, record } from './missing-steps.ts';

const HOUR_MS = 3_600_000;
const ago = (hours: number): string => addMs(START, -hours * HOUR_MS);

interface DeltaScene extends DiscoveryScene {
  readonly calls: (keyof ExchangePort)[];
  /** A delta from its beginning to its end. */
  delta(): Promise<Awaited<ReturnType<typeof readDelta>>>;
  /** Adds a device that first synced so many hours ago. */
  addNew(index: number, mailbox: number, hours: number, more?: Partial<ObservedDevice>): void;
}

interface Order extends Pick<SceneOptions, 'pageSize' | 'ports'> {
  readonly state?: DiscoveryState;
  readonly settings?: Partial<ConnectorSettings>;
  /** Mailboxes that exist; a full run has stored them. */
  readonly mailboxes?: readonly number[];
  readonly before?: (call: keyof ExchangePort) => void;
}

/** An organization that a full run has read a day ago. */
async function aScene({
  state = { watermark: ago(3) },
  settings = {},
  mailboxes = [1, 2],
  before,
  ...options
}: Order = {}): Promise<DeltaScene> {
  const calls: (keyof ExchangePort)[] = [];
  const scene = createDiscoveryScene({
    ...options,
    before(call) {
      calls.push(call);
      before?.(call);
    },
  });
  await scene.connect(settings);
  await scene.remember(state);
  const writer = scene.ports.mailboxes.writer(organization, 'each');
  await writer.add(mailboxes.map((index) => ({ mailbox: scene.addMailbox(index), observedAt: ago(24) })));
  await writer.finish();

  async function delta(): ReturnType<DeltaScene['delta']> {
    const task = await scene.begin('delta');
    const answer = await readDelta(scene.ports, task);
    const kept = await scene.ports.runs.get(organization, task.run);
    assert.ok(kept);
    await scene.ports.runs.end({ ...kept.value, state: 'completed', endedAt: scene.clock.now() }, kept.version);
    return answer;
  }

  return {
    ...scene,
    calls,
    delta,
    addNew: (index, mailbox, hours, more = {}) => void scene.addDevice(index, mailbox, { firstSyncAt: ago(hours), ...more }),
  };
}

test('devices that first synced since two hours before the watermark are found, with their owners, and the watermark moves', async () => {
  const scene = await aScene({ state: { watermark: ago(3) } });
  scene.addNew(1, 1, 4.9);
  scene.addNew(2, 2, 1);
  scene.addNew(3, 2, 5.1);

  const answer = done(await scene.delta());

  assert.deepEqual([answer.unfinished, answer.counts.read, answer.counts.added], [[], 2, 2]);
  assert.deepEqual((await record(scene, 2)).owner, ownerOf(mailboxAt(2)));
  assert.equal(await scene.ports.devices.get(organization, deviceGuid(3)), undefined);
  assert.equal((await scene.state())?.watermark, ago(1));
  const unlinked = await scene.ports.files.set(standingKey(organization), UNLINKED);
  assert.deepEqual([...(unlinked?.all() ?? [])], [1, 2].map(deviceGuid));
});

test('read again unchanged, nothing is written and the watermark stays', async () => {
  const scene = await aScene();
  scene.addNew(1, 1, 1);
  await scene.delta();
  const before = await record(scene, 1);
  scene.clock.advance(900_000);

  const { counts } = done(await scene.delta());

  assert.deepEqual([counts.read, counts.added, counts.changed], [1, 0, 0]);
  assert.deepEqual(await record(scene, 1), before);
  assert.equal((await scene.state())?.watermark, ago(1));
});

test('a phone whose clock is ahead does not move the watermark beyond the present', async () => {
  const scene = await aScene();
  scene.addNew(1, 1, -100);

  await scene.delta();

  assert.equal((await scene.state())?.watermark, START);
});

test('without a watermark the last full run counts, and without one the delta itself', async () => {
  const afterFull = await aScene({ state: { lastFull: { runId: 'r', startedAt: ago(10), endedAt: ago(9), devices: 1 } } });
  const first = await aScene({ state: {} });
  for (const scene of [afterFull, first]) {
    scene.addNew(1, 1, 11);
    scene.addNew(2, 1, 1);
  }

  const reads = [done(await afterFull.delta()).counts.read, done(await first.delta()).counts.read];

  assert.deepEqual(reads, [2, 1]);
});

test('a device in quarantine is seen though it is old, and one that is let out is read again once', async () => {
  const scene = await aScene();
  scene.addDevice(1, 1, { accessState: 'Quarantined' });
  scene.addDevice(2, 1, { accessState: 'Quarantined' });
  scene.addDevice(3, 1);
  const stateOf = async (index: number): Promise<unknown> => (await record(scene, index)).device.accessState;

  await scene.delta();
  const quarantined = [await stateOf(1), await stateOf(2)];
  scene.addDevice(1, 1, { accessState: 'Allowed' });
  scene.world.devices.delete(deviceGuid(2));
  scene.calls.length = 0;
  await scene.delta();
  const second = [...scene.calls];
  scene.calls.length = 0;
  await scene.delta();

  assert.deepEqual(quarantined, ['Quarantined', 'Quarantined']);
  assert.equal(await stateOf(1), 'Allowed');
  // What became of a device that cannot be found any more, the next full run finds out.
  assert.deepEqual([await stateOf(2), (await record(scene, 2)).goneAt], ['Quarantined', undefined]);
  assert.deepEqual(second, ['listDevices', 'listDevices', 'getDevice', 'getDevice']);
  assert.deepEqual(scene.calls, ['listDevices', 'listDevices']);
});

test('many devices in quarantine are listed once an hour', async () => {
  const scene = await aScene({ state: { watermark: ago(3), lastQuarantine: { at: ago(0.9), devices: 2001 } } });
  scene.addDevice(1, 1, { accessState: 'Quarantined' });

  await scene.delta();
  const early = await scene.ports.devices.get(organization, deviceGuid(1));
  scene.clock.advance(0.1 * HOUR_MS);
  await scene.delta();

  assert.equal(early, undefined);
  assert.equal((await record(scene, 1)).device.accessState, 'Quarantined');
  assert.deepEqual((await scene.state())?.lastQuarantine, { at: scene.clock.now(), devices: 1 });
});

test('a mailbox that no full run has read yet is asked for, once, and kept', async () => {
  const scene = await aScene();
  scene.addMailbox(9);
  scene.addNew(1, 9, 1);
  scene.addNew(2, 9, 1);

  await scene.delta();

  assert.deepEqual([(await record(scene, 1)).owner, (await record(scene, 2)).owner], [ownerOf(mailboxAt(9)), ownerOf(mailboxAt(9))]);
  assert.deepEqual(
    scene.calls.filter((call) => call !== 'listDevices'),
    ['findRecipients', 'getMailboxAccess'],
  );
  assert.deepEqual((await scene.ports.mailboxes.get(organization, mailboxAt(9).guid))?.mailbox, mailboxAt(9));
});

test('no more than a hundred mailboxes are asked for; the other devices wait for the next full run with an unknown owner', async () => {
  const scene = await aScene({ pageSize: 1000 });
  for (let index = 0; index < 120; index += 1) {
    scene.addMailbox(100 + index);
    scene.addNew(index, 100 + index, 1);
  }

  await scene.delta();

  const owners = await Promise.all(Array.from({ length: 120 }, async (_, index) => (await record(scene, index)).owner.kind));
  assert.deepEqual(
    [owners.filter((kind) => kind === 'unknown').length, scene.calls.filter((call) => call === 'findRecipients').length],
    [20, 100],
  );
});

test('without the right to look for recipients the owner stays unknown, and nobody is asked again', async () => {
  const scene = await aScene({
    before: (call) => {
      if (call === 'findRecipients') throw new AppError('exchange.denied', { request: 'Get-Recipient' });
    },
  });
  for (const index of [1, 2]) scene.addNew(index, 50 + index, 1);

  await scene.delta();

  assert.deepEqual([(await record(scene, 1)).owner, (await record(scene, 2)).owner], [{ kind: 'unknown' }, { kind: 'unknown' }]);
  assert.equal(scene.calls.filter((call) => call === 'findRecipients').length, 1);
});

test('a device of a renamed mailbox keeps its owner', async () => {
  const scene = await aScene();
  scene.addNew(1, 1, 1);
  await scene.delta();
  const { owner } = await record(scene, 1);
  scene.addNew(1, 77, 1);

  await scene.delta();

  assert.deepEqual([(await record(scene, 1)).owner, (await record(scene, 1)).device.distinguishedName?.includes('User 77')], [owner, true]);
});

test('new devices outside the groups of the scope are marked so; where the directory does not answer nothing is concluded', async () => {
  const settings = { scope: { kind: 'groups', groupIds: ['g1'] } } as const;
  const scene = await aScene({ settings });
  scene.directory.putGroup({ id: 'g1', members: [userId(1)] });
  for (const index of [1, 2]) scene.addUser(index);
  for (const index of [1, 2]) scene.addNew(index, index, 1);
  scene.addNew(3, 77, 1);
  const broken = await aScene({
    settings,
    ports: ({ connections }) => ({
      connections: {
        ...connections,
        directory: (connector) =>
          Object.assign(Object.create(connections.directory(connector)), {
            async groupsAmong() {
              throw new AppError('graph.unavailable', { request: 'checkMemberGroups' });
            },
          }),
      },
    }),
  });
  broken.addNew(1, 1, 1);

  await scene.delta();
  await broken.delta();

  const outside = { isInScope: false, reason: 'outside' };
  const scopes = [(await record(scene, 1)).scope, (await record(scene, 2)).scope, (await record(scene, 3)).scope];
  // Nobody knows whose the third is.
  assert.deepEqual(scopes, [undefined, outside, outside]);
  assert.equal((await record(broken, 1)).scope, undefined);
  assert.deepEqual(
    broken.lines.map(({ level }) => level),
    ['warn'],
  );
});

test('a list that is longer than one activity may read is handed back with what it can be cut by, and the watermark stays', async () => {
  const scene = await aScene({ pageSize: 1 });
  for (let index = 0; index < 25; index += 1) scene.addNew(index, 1, 1 + index / 100);

  const answer = done(await scene.delta());

  const [long, ...others] = answer.unfinished;
  assert.deepEqual([long?.slice, others], [{ name: 'recent', query: { firstSync: { from: ago(5) } } }, []]);
  assert.equal(long?.firstSyncSample.length, 20);
  assert.deepEqual([answer.counts.read, (await scene.state())?.watermark], [20, ago(3)]);
});

test('a failure in the middle moves nothing', async () => {
  let calls = 0;
  const scene = await aScene({
    before: (call) => {
      calls += 1;
      if (call === 'listDevices' && calls === 2) throw new AppError('exchange.denied', { request: 'Get-MobileDevice' });
    },
  });
  scene.addNew(1, 1, 1);

  const answer = await scene.delta();

  assert.equal(answer.outcome === 'refused' && answer.code, 'exchange.denied');
  assert.deepEqual(await scene.state(), { watermark: ago(3) });
});

test('what another run remembers at the same time is kept', async () => {
  let isOvertaken = false;
  const scene = await aScene({
    ports: ({ connectors }) => ({
      connectors: {
        ...connectors,
        async keepDiscoveryState(...given) {
          if (isOvertaken || given[2] === undefined) return connectors.keepDiscoveryState(...given);
          isOvertaken = true;
          await connectors.keepDiscoveryState(organization, { watermark: ago(0.5), directoryCursor: 'c' }, given[2]);
          return connectors.keepDiscoveryState(...given);
        },
      },
    }),
  });
  scene.addNew(1, 1, 1);

  await scene.delta();

  const { watermark, directoryCursor } = (await scene.state()) ?? {};
  assert.deepEqual([watermark, directoryCursor], [ago(0.5), 'c']);
});
