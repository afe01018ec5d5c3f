// What every DeviceStore promises, played as the life of devices. Run on memory and on Azurite.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, test } from 'node:test';
import { parseDeviceGuid, parseEntraObjectId, parseMailboxGuid } from '../../src/domain/device-identity.ts';
import type { DeviceGuid } from '../../src/domain/device-identity.ts';
import type { ObservedDevice } from '../../src/domain/device.ts';
import type { DeviceObservation, DeviceRecord } from '../../src/domain/device-record.ts';
import type { DeviceStore } from '../../src/domain/device-store-port.ts';
import { addMs } from '../../src/domain/instant.ts';
import { parseOrganizationId } from '../../src/domain/organization.ts';
import type { OrganizationId } from '../../src/domain/organization.ts';
import { partitionDigitOf, partitionDigits } from '../../src/domain/store-page.ts';
import type { Comparison, ScanRequest, WriteCounts } from '../../src/domain/store-page.ts';

/** A store, and its clock: each call of `slowDown` makes every look at the clock take that long. */
export interface DeviceStoreScene {
  readonly devices: DeviceStore;
  readonly slowDown: (stepMs: number) => void;
}

const T0 = '2026-03-01T06:00:00.000Z';
const later = (hours: number): string => addMs(T0, hours * 3_600_000);

function present<T>(value: T | undefined): T {
  assert.notEqual(value, undefined);
  return value as T;
}

const newOrganization = (): OrganizationId => present(parseOrganizationId(randomUUID()));
const newDeviceId = (): DeviceGuid => present(parseDeviceGuid(randomUUID()));
const alice = present(parseEntraObjectId('aaaaaaaa-0000-4000-8000-000000000001'));
const bob = present(parseEntraObjectId('bbbbbbbb-0000-4000-8000-000000000002'));
const mailbox = present(parseMailboxGuid('cccccccc-0000-4000-8000-000000000003'));

function anObservation(more: Partial<ObservedDevice> = {}, rest: Partial<DeviceObservation> = {}): DeviceObservation {
  const device: ObservedDevice = { guid: newDeviceId(), deviceId: 'ApplDNQX', deviceType: 'iPhone', accessState: 'Allowed', ...more };
  return { device, owner: { kind: 'mailbox', mailbox, user: alice, userName: 'Alice' }, observedAt: T0, ...rest };
}

/** Declares the suite; each test gets an organization of its own. */
export function deviceStoreContract(name: string, makeScene: () => DeviceStoreScene): void {
  describe(`device store contract: ${name}`, () => {
    let organization: OrganizationId;
    let devices: DeviceStore;
    let slowDown: DeviceStoreScene['slowDown'];

    beforeEach(() => {
      organization = newOrganization();
      ({ devices, slowDown } = makeScene());
    });

    async function observe(observations: readonly DeviceObservation[], comparison: Comparison = 'everything'): Promise<WriteCounts> {
      const writer = devices.writer(organization, comparison);
      await writer.add(observations);
      return writer.finish();
    }

    const get = async (id: DeviceGuid): Promise<DeviceRecord> => present(await devices.get(organization, id));

    async function scanAll(request: Partial<ScanRequest<DeviceRecord>> = {}): Promise<DeviceRecord[]> {
      const found: DeviceRecord[] = [];
      let continuation: string | undefined;
      do {
        const more = continuation === undefined ? {} : { continuation };
        const page = await devices.scan(organization, { matches: () => true, top: 7, ...request, ...more });
        found.push(...page.values);
        ({ continuation } = page);
      } while (continuation !== undefined);
      return found;
    }

    test('a device is found, read again, changed, annotated, gone, back, and purged', async () => {
      const first = anObservation();
      const { guid } = first.device;

      const found = await observe([first]);
      const again = await observe([{ ...first, observedAt: later(1) }]);
      const unchanged = await get(guid);
      await devices.annotate(organization, guid, { note: 'Lost and found', changedAt: later(1), changedBy: bob }, undefined);
      const blocked = { ...first, device: { ...first.device, accessState: 'Blocked' } as const, observedAt: later(2) };
      const changed = await observe([blocked], 'each');
      const { version } = await get(guid);
      await devices.amend(organization, [{ id: guid, goneAt: later(3), version }]);
      const gone = await get(guid);
      const returned = await observe([{ ...blocked, observedAt: later(4) }]);
      const back = await get(guid);
      await devices.amend(organization, [{ id: guid, goneAt: later(5) }]);
      const early = await devices.purgeGone(organization, later(5));
      const purged = await devices.purgeGone(organization, later(6));

      assert.deepEqual(
        [found, again, changed, returned],
        [
          { added: 1, changed: 0, unchanged: 0, addedIds: [guid], storedBefore: 0 },
          { added: 0, changed: 0, unchanged: 1, addedIds: [], storedBefore: 1 },
          { added: 0, changed: 1, unchanged: 0, addedIds: [] },
          { added: 0, changed: 1, unchanged: 0, addedIds: [], storedBefore: 1 },
        ],
      );
      assert.deepEqual(
        [unchanged.observedAt, unchanged.firstSeenAt, unchanged.device, unchanged.owner],
        [T0, T0, first.device, first.owner],
      );
      assert.equal(gone.goneAt, later(3));
      assert.deepEqual([back.goneAt, back.firstSeenAt, back.observedAt, back.device.accessState], [undefined, T0, later(4), 'Blocked']);
      assert.deepEqual([early, purged], [0, 1]);
      assert.equal(await devices.get(organization, guid), undefined);
      assert.equal(await devices.annotation(organization, guid), undefined);
    });

    test('each part of a device stays as its writer left it, whatever the others write', async () => {
      const first = anObservation();
      const { guid } = first.device;
      await observe([first]);
      const statistics = { facts: { guid, lastSuccessSyncAt: later(-1), deviceWipe: {}, accountWipe: {} }, readAt: later(1) };
      const predecessor = newDeviceId();

      await devices.amend(organization, [{ id: guid, statistics, scope: { isInScope: false, reason: 'inactive' } }]);
      await devices.amend(organization, [{ id: guid, managed: { id: 'm1', compliance: 'compliant' }, predecessor }]);
      await observe([{ ...first, device: { ...first.device, os: 'iOS 19' }, observedAt: later(2) }]);
      const whole = await get(guid);
      await devices.amend(organization, [{ id: guid, statistics: null, scope: null, managed: null, predecessor: null }]);
      const bare = await get(guid);

      assert.deepEqual(
        [whole.statistics, whole.scope, whole.managed, whole.predecessor, whole.device.os],
        [statistics, { isInScope: false, reason: 'inactive' }, { id: 'm1', compliance: 'compliant' }, predecessor, 'iOS 19'],
      );
      assert.deepEqual(
        [bare.statistics, bare.scope, bare.managed, bare.predecessor, bare.device.os],
        [undefined, undefined, undefined, undefined, 'iOS 19'],
      );
    });

    test('an amendment makes no device and overrides no newer version, and the others of its batch are written', async () => {
      const [known, moved] = [anObservation(), anObservation()];
      await observe([known, moved]);
      const { version } = await get(moved.device.guid);
      await devices.amend(organization, [{ id: moved.device.guid, scope: { isInScope: true } }]);
      const missing = newDeviceId();

      const refused = await devices.amend(organization, [
        { id: missing, goneAt: later(1) },
        { id: moved.device.guid, goneAt: later(1), version },
        { id: known.device.guid, goneAt: later(1) },
      ]);

      assert.deepEqual(refused.toSorted(), [missing, moved.device.guid].toSorted());
      assert.equal(await devices.get(organization, missing), undefined);
      assert.equal((await get(moved.device.guid)).goneAt, undefined);
      assert.equal((await get(known.device.guid)).goneAt, later(1));
    });

    test('annotations are changed by their version and survive every observation', async () => {
      const first = anObservation();
      const { guid } = first.device;
      await observe([first]);
      const note = (text: string) => ({ note: text, ownership: 'company', changedAt: T0, changedBy: bob }) as const;

      const version = await devices.annotate(organization, guid, note('one'), undefined);
      await assert.rejects(devices.annotate(organization, guid, note('second first'), undefined), { code: 'store.exists' });
      await observe([{ ...first, device: { ...first.device, os: 'iOS 19' } }]);
      const second = await devices.annotate(organization, guid, note('two'), version);
      await assert.rejects(devices.annotate(organization, guid, note('late'), version), { code: 'store.stale' });

      assert.deepEqual(await devices.annotation(organization, guid), { value: note('two'), version: second });
      assert.deepEqual(await devices.annotationsOf(organization, [guid, newDeviceId()]), new Map([[guid, note('two')]]));
    });

    test('the annotations of many devices are those of no others', async () => {
      const asked = Array.from({ length: 40 }, newDeviceId);
      const others = Array.from({ length: 40 }, newDeviceId);
      const note = (id: string) => ({ note: id, changedAt: T0, changedBy: bob });
      const annotated = [...asked.filter((_, index) => index % 2 === 0), ...others];
      await Promise.all(annotated.map((id) => devices.annotate(organization, id, note(id), undefined)));

      const found = await devices.annotationsOf(organization, asked);

      const wanted = asked.filter((_, index) => index % 2 === 0).toSorted();
      assert.deepEqual(
        [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)),
        wanted.map((id) => [id, note(id)]),
      );
    });

    test('devices are found by their user and by DeviceId in any case, and never by what they no longer are', async () => {
      const [phone, tablet, other] = [anObservation(), anObservation({ deviceId: "androidc/#\\?'|" }), anObservation()];
      await observe([phone, tablet, { ...other, owner: { kind: 'unknown' } }]);
      const ids = (records: readonly DeviceRecord[]): string[] => records.map(({ id }) => id).toSorted();

      const ofAlice = await devices.devicesOfUser(organization, alice);
      const odd = await devices.devicesWithDeviceId(organization, "ANDROIDC/#\\?'|");
      await observe([{ ...phone, owner: { kind: 'mailbox', mailbox, user: bob } }]);

      assert.deepEqual(ids(ofAlice), [phone.device.guid, tablet.device.guid].toSorted());
      assert.deepEqual(ids(odd), [tablet.device.guid]);
      assert.deepEqual(ids(await devices.devicesOfUser(organization, alice)), [tablet.device.guid]);
      assert.deepEqual(ids(await devices.devicesOfUser(organization, bob)), [phone.device.guid]);
      assert.deepEqual(ids(await devices.devicesWithDeviceId(organization, 'applDNQX')), [phone.device.guid, other.device.guid].toSorted());
      assert.deepEqual(await devices.rebuildLookups(organization), { written: 0, removed: 1 });
      assert.deepEqual(await devices.rebuildLookups(organization), { written: 0, removed: 0 });
    });

    test('presence lists every stored device of each partition once, in order', async () => {
      const observations = Array.from({ length: 40 }, () => anObservation());
      await observe(observations);
      const [first] = observations;
      await devices.amend(organization, [{ id: present(first).device.guid, goneAt: later(1) }]);
      const listed: { id: DeviceGuid; goneAt?: string; version: string }[] = [];

      for (const digit of partitionDigits) {
        for await (const page of devices.presence(organization, digit)) {
          assert.ok(page.every(({ id }) => partitionDigitOf(id) === digit));
          listed.push(...page);
        }
      }

      const ids = observations.map(({ device }) => device.guid).toSorted();
      assert.deepEqual(
        listed.map(({ id }) => id),
        ids,
      );
      assert.deepEqual(
        listed.filter(({ goneAt }) => goneAt !== undefined).map(({ id }) => id),
        [present(first).device.guid],
      );
      assert.equal(present(listed[3]).version, (await get(present(listed[3]).id)).version);
    });

    test('a scan gives every device once and in order, whatever it is asked for at a time, and says how much it read', async () => {
      const observations = Array.from({ length: 30 }, (_, index) => anObservation({ model: `m${index % 3}` }));
      await observe(observations);
      await devices.annotate(organization, present(observations[0]).device.guid, { note: 'n', changedAt: T0, changedBy: bob }, undefined);
      const ids = (records: readonly { id: string }[]): string[] => records.map(({ id }) => id);

      const all = await scanAll();
      const few = await scanAll({ top: 1 });
      const some = await scanAll({ matches: ({ device }) => device.model === 'm1', top: 4 });
      const once = await devices.scan(organization, { matches: () => false, top: 5 });

      assert.deepEqual(ids(all), observations.map(({ device }) => device.guid).toSorted());
      assert.deepEqual(ids(few), ids(all));
      assert.deepEqual(ids(some), ids(all.filter(({ device }) => device.model === 'm1')));
      assert.deepEqual(once, { values: [], scanned: 30 });
      await assert.rejects(devices.scan(organization, { matches: () => true, top: 1, continuation: 'made up' }), {
        code: 'store.unexpected',
      });
    });

    test('a scan that runs out of time answers what it has, nothing if need be, and goes on from there', async () => {
      const observations = Array.from({ length: 20 }, () => anObservation());
      await observe(observations);
      slowDown(600);

      const short = await devices.scan(organization, { matches: () => false, top: 5 });
      const all = await scanAll({ top: 5 });

      assert.deepEqual(short.values, []);
      assert.ok(short.scanned < 20 && short.continuation !== undefined);
      assert.deepEqual(
        all.map(({ id }) => id),
        observations.map(({ device }) => device.guid).toSorted(),
      );
    });

    test('one organization never sees the devices of another, and its removal leaves them alone', async () => {
      const [ours, theirs] = [anObservation(), anObservation()];
      await observe([ours]);
      const other = newOrganization();
      const writer = devices.writer(other, 'everything');
      await writer.add([theirs, ours]);
      await writer.finish();

      const mine = await scanAll();
      await devices.removeAll(organization);

      assert.deepEqual(
        mine.map(({ id }) => id),
        [ours.device.guid],
      );
      assert.equal(await devices.get(organization, theirs.device.guid), undefined);
      assert.deepEqual(await scanAll(), []);
      assert.deepEqual(await devices.devicesOfUser(organization, alice), []);
      assert.equal((await devices.devicesOfUser(other, alice)).length, 2);
    });

    test('many pages are written whole, and told apart from what was there before', async () => {
      const observations = Array.from({ length: 500 }, () => anObservation());
      await observe(observations.slice(0, 200));
      const writer = devices.writer(organization, 'everything');

      for (let start = 0; start < 500; start += 100) await writer.add(observations.slice(start, start + 100));
      const counts = await writer.finish();

      const addedIds = observations.slice(200).map(({ device }) => device.guid);
      assert.deepEqual(counts, { added: 300, changed: 0, unchanged: 200, addedIds, storedBefore: 200 });
      assert.equal((await scanAll({ top: 1000 })).length, 500);
    });
  });
}
