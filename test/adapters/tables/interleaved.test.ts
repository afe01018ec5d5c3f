// Several writers of the same rows at the same time, over a network that fails: nobody's last word is lost, and nothing begins twice.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { randomIds } from '../../../src/adapters/random-ids.ts';
import { createStores } from '../../../src/adapters/tables/stores.ts';
import type { Stores } from '../../../src/adapters/tables/stores.ts';
import { createTable } from '../../../src/adapters/tables/table.ts';
import { parseDeviceGuid } from '../../../src/domain/device-identity.ts';
import type { DeviceStore } from '../../../src/domain/device-store-port.ts';
import { codeOf } from '../../../src/domain/errors.ts';
import { parseOrganizationId } from '../../../src/domain/organization.ts';
import { noCounts, runIdOf } from '../../../src/domain/run.ts';
import type { Run } from '../../../src/domain/run.ts';
import { startTestAzurite } from '../../contracts/test-azurite.ts';
import { startStorageProxy } from '../../support/storage-proxy.ts';
import type { Fate } from '../../support/storage-proxy.ts';

const azurite = await startTestAzurite('interleaved');
const proxy = await startStorageProxy(azurite.connectionString);
after(() => proxy.close());

const T0 = '2026-03-01T06:00:00.000Z';
const ROUNDS = 120;
const organization = present(parseOrganizationId(randomUUID()));
const guid = present(parseDeviceGuid(randomUUID()));

function present<T>(value: T | undefined): T {
  assert.notEqual(value, undefined);
  return value as T;
}

/** The stores as one process sees them. */
function openStores(): Stores {
  const account = { connectionString: proxy.connectionString };
  const wait = async (): Promise<void> => undefined;
  return createStores((name) => createTable({ account, name, ids: randomIds, wait, timeLimitMs: 2000 }), { now: () => T0 });
}

const openDevices = (): DeviceStore => openStores().devices;

test('of interleaved observations, amendments and annotations none undoes another', async () => {
  const fates: Fate[] = [
    { kind: 'refuse', status: 503, code: 'ServerBusy' },
    { kind: 'cut-after' },
    { kind: 'cut-before' },
    { kind: 'cut-within' },
    { kind: 'refuse-afterwards', status: 500, code: 'InternalError' },
  ];
  let requests = 0;
  proxy.judge(() => ((requests += 1) % 7 === 0 ? fates[(requests / 7) % fates.length] : undefined));

  async function observe(): Promise<void> {
    const devices = openDevices();
    for (let round = 1; round <= ROUNDS; round += 1) {
      const writer = devices.writer(organization, 'each');
      await writer.add([{ device: { guid, os: `iOS ${round}` }, owner: { kind: 'unknown' }, observedAt: T0 }]);
      await writer.finish();
    }
  }

  async function readStatistics(): Promise<void> {
    const devices = openDevices();
    for (let round = 1; round <= ROUNDS; round += 1) {
      const facts = { guid, folderCount: round, deviceWipe: {}, accountWipe: {} };
      await devices.amend(organization, [{ id: guid, statistics: { facts, readAt: T0 } }]);
    }
  }

  /** Two of these add to one note: each word has to be there in the end, once. */
  async function annotate(person: string): Promise<void> {
    const devices = openDevices();
    for (let round = 1; round <= ROUNDS / 2;) {
      const stored = await devices.annotation(organization, guid);
      const note = stored?.value.note ?? '';
      const word = `${person}${round}.`;
      if (note.includes(word)) {
        round += 1;
        continue;
      }
      try {
        await devices.annotate(organization, guid, { note: note + word, changedAt: T0, changedBy: person }, stored?.version);
      } catch (error) {
        // What a person does who is told so: look again, and write where it is still missing.
        assert.ok(['store.stale', 'store.exists', 'store.outcome-unknown'].includes(codeOf(error)), String(error));
      }
    }
  }
  const first = openDevices().writer(organization, 'each');
  await first.add([{ device: { guid }, owner: { kind: 'unknown' }, observedAt: T0 }]);
  await first.finish();
  await Promise.all([observe(), readStatistics(), annotate('alice'), annotate('bob')]);
  proxy.judge(() => undefined);

  const device = await openDevices().get(organization, guid);
  const note = (await openDevices().annotation(organization, guid))?.value.note ?? '';
  const expected = ['alice', 'bob'].flatMap((person) => Array.from({ length: ROUNDS / 2 }, (_, index) => `${person}${index + 1}`));
  assert.deepEqual([device?.device.os, device?.statistics?.facts.folderCount], [`iOS ${ROUNDS}`, ROUNDS]);
  assert.deepEqual(note.split('.').filter(Boolean).toSorted(), expected.toSorted());
});

for (const fate of [
  { kind: 'cut-before' },
  { kind: 'cut-after' },
  { kind: 'refuse-afterwards', status: 500, code: 'OperationTimedOut' },
] satisfies Fate[]) {
  test(`of two that begin a run at the same time one does, and it ends once, when every first request meets: ${fate.kind}`, async () => {
    const met = new Set<string>();
    proxy.judge(({ body, path }) => {
      // Each transaction is met once: its repeat, which carries the same row, passes.
      const subject = /run-id-[ab]|completed/.exec(body)?.[0];
      if (!path.endsWith('$batch') || subject === undefined || met.has(subject)) return undefined;
      met.add(subject);
      return fate;
    });
    const place = present(parseOrganizationId(randomUUID()));
    const aRun = (startedBy: string): Run => {
      const id = runIdOf(T0, randomUUID());
      return {
        id,
        organization: place,
        kind: 'full',
        state: 'running',
        startedAt: T0,
        startedBy,
        counts: noCounts,
        completeness: 0,
        restarts: 0,
        generation: 1,
        wakesAt: T0,
      };
    };
    const asked = [aRun('run-id-a'), aRun('run-id-b')];

    const begun = await Promise.all(asked.map((run) => openStores().runs.begin(run)));
    const winner = begun.findIndex(({ kind }) => kind === 'begun');
    const run = present(asked[winner]);
    const outcome = present(begun[winner]);
    assert.ok(outcome.kind === 'begun');
    await openStores().runs.end({ ...run, state: 'completed' }, outcome.version);
    proxy.judge(() => undefined);

    const { runs } = openStores();
    assert.deepEqual(begun[1 - winner], { kind: 'already-running', runId: run.id });
    assert.deepEqual((await runs.list(place, { top: 5 })).values, [{ ...run, state: 'completed' }]);
    assert.equal(await runs.running(place, 'full'), undefined);
    assert.equal(met.size, 3);
  });
}
