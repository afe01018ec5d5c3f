// What every DeviceStore promises to runs: that they learn in few bytes what is stored, and write only what is new. Run on memory and on Azurite.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, test } from 'node:test';
import { parseDeviceGuid, parseEntraObjectId, parseMailboxGuid } from '../../src/domain/device-identity.ts';
import type { DeviceGuid } from '../../src/domain/device-identity.ts';
import type { DeviceFreshness, DeviceStore, JudgedObservation } from '../../src/domain/device-store-port.ts';
import type { ManagedDevice } from '../../src/domain/directory-port.ts';
import type { KnownDevice } from '../../src/domain/discovery-files-port.ts';
import { addMs } from '../../src/domain/instant.ts';
import { parseOrganizationId } from '../../src/domain/organization.ts';
import type { OrganizationId } from '../../src/domain/organization.ts';
import { partitionDigits } from '../../src/domain/store-page.ts';
import type { Comparison, KnownFingerprints, WriteCounts } from '../../src/domain/store-page.ts';

const T0 = '2026-03-01T06:00:00.000Z';
const later = (hours: number): string => addMs(T0, hours * 3_600_000);

function present<T>(value: T | undefined): T {
  assert.notEqual(value, undefined);
  return value as T;
}

const newDeviceId = (): DeviceGuid => present(parseDeviceGuid(randomUUID()));
const alice = present(parseEntraObjectId('aaaaaaaa-0000-4000-8000-000000000001'));
const mailbox = present(parseMailboxGuid('cccccccc-0000-4000-8000-000000000003'));
const managed: ManagedDevice = { id: 'm1', userId: alice, easDeviceId: 'ApplDNQX', compliance: 'compliant' };

function anObservation(more: Partial<JudgedObservation> = {}): JudgedObservation {
  const device = { guid: newDeviceId(), deviceId: 'ApplDNQX', deviceType: 'iPhone', accessState: 'Allowed' } as const;
  return { device, owner: { kind: 'mailbox', mailbox, user: alice, userName: 'Alice' }, observedAt: T0, ...more };
}

/** Declares the suite; each test gets an organization of its own. */
export function deviceRunsContract(name: string, makeDevices: () => DeviceStore): void {
  describe(`device store contract for runs: ${name}`, () => {
    let organization: OrganizationId;
    let devices: DeviceStore;

    beforeEach(() => {
      organization = present(parseOrganizationId(randomUUID()));
      devices = makeDevices();
    });

    async function listed<T>(read: 'known' | 'freshness'): Promise<T[]> {
      const found: unknown[] = [];
      for (const digit of partitionDigits) {
        for await (const page of devices[read](organization, digit)) {
          assert.ok(page.length > 0);
          found.push(...page);
        }
      }
      return found as T[];
    }

    /** What is stored, as an earlier activity has read it. */
    async function knownFingerprints(): Promise<KnownFingerprints> {
      const known = new Map((await listed<KnownDevice>('known')).map(({ id, fingerprint }) => [id as string, fingerprint]));
      return { fingerprintOf: (id) => known.get(id) };
    }

    async function observe(comparison: Comparison | 'known', ...pages: JudgedObservation[][]): Promise<WriteCounts> {
      const writer = devices.writer(organization, comparison === 'known' ? await knownFingerprints() : comparison);
      for (const page of pages) await writer.add(page);
      return writer.finish();
    }

    for (const comparison of ['each', 'everything', 'known'] as const) {
      test(`a run that compares '${comparison}' writes what differs in any part it judges, and leaves the other parts alone`, async () => {
        const first = anObservation({ managed, scope: { isInScope: false, reason: 'outside' } });
        const { guid } = first.device;
        const bare: JudgedObservation = { device: first.device, owner: first.owner, observedAt: later(1) };
        const steps: { readonly given: JudgedObservation; readonly isWritten: boolean }[] = [
          { given: first, isWritten: false },
          { given: bare, isWritten: false },
          { given: { ...bare, managed: { ...managed } }, isWritten: false },
          { given: { ...bare, managed: { ...managed, compliance: 'noncompliant' } }, isWritten: true },
          { given: bare, isWritten: false },
          { given: { ...bare, scope: { isInScope: false, reason: 'outside' } }, isWritten: false },
          { given: { ...bare, scope: { isInScope: true } }, isWritten: true },
          { given: { ...bare, managed: null }, isWritten: true },
          { given: { ...bare, managed: null, scope: null }, isWritten: true },
          { given: { ...bare, managed: null, scope: null }, isWritten: false },
          { given: { ...bare, device: { ...bare.device, os: 'iOS 19' } }, isWritten: true },
        ];
        await observe('each', [first]);
        const versions = [present(await devices.get(organization, guid)).version];
        const counts: number[] = [];

        for (const { given } of steps) {
          counts.push((await observe(comparison, [given])).changed);
          versions.push(present(await devices.get(organization, guid)).version);
        }

        const isWritten = steps.map((step) => step.isWritten);
        assert.deepEqual(
          counts,
          isWritten.map((each) => (each ? 1 : 0)),
        );
        assert.deepEqual(
          versions.slice(1).map((version, index) => version !== versions[index]),
          isWritten,
        );
      });
    }

    test('parts given with an observation are kept as amended ones are, and null takes them away', async () => {
      const first = anObservation({ managed, scope: { isInScope: false, reason: 'outside' } });
      const { guid } = first.device;

      await observe('each', [first]);
      const whole = present(await devices.get(organization, guid));
      await observe('each', [{ ...first, managed: null, scope: null }]);
      const bare = present(await devices.get(organization, guid));

      assert.deepEqual([whole.managed, whole.scope], [managed, { isInScope: false, reason: 'outside' }]);
      assert.deepEqual([bare.managed, bare.scope], [undefined, undefined]);
    });

    test('what is amended is known: its scope, whether it is gone, and that a device which was gone has to be written', async () => {
      const [inactive, gone, plain] = [anObservation(), anObservation(), anObservation()];
      await observe('everything', [inactive, gone, plain]);
      await devices.amend(organization, [
        { id: inactive.device.guid, scope: { isInScope: false, reason: 'inactive' }, managed },
        { id: gone.device.guid, goneAt: later(1) },
      ]);

      const known = await listed<KnownDevice>('known');
      const counts = await observe('known', [{ ...inactive, managed }, gone, plain]);

      const facts = new Map(known.map(({ id, fingerprint, ...rest }) => [id, { ...rest, isForced: fingerprint === '' }]));
      assert.deepEqual(
        known.map(({ id }) => id),
        [inactive, gone, plain].map(({ device }) => device.guid).toSorted(),
      );
      assert.deepEqual(facts.get(inactive.device.guid), { isGone: false, scope: 'inactive', isForced: false });
      assert.deepEqual(facts.get(gone.device.guid), { isGone: true, scope: 'in', isForced: true });
      assert.deepEqual(facts.get(plain.device.guid), { isGone: false, scope: 'in', isForced: false });
      assert.deepEqual([counts.changed, counts.unchanged], [1, 2]);
      assert.equal((await devices.get(organization, gone.device.guid))?.goneAt, undefined);
    });

    test('freshness tells whose statistics were read when and what is outside, and leaves out what is gone', async () => {
      const [read, unread, orphan, gone, outside, inactive] = [
        anObservation(),
        anObservation({ observedAt: later(2) }),
        anObservation({ owner: { kind: 'unknown' } }),
        anObservation(),
        anObservation(),
        anObservation(),
      ];
      await observe('everything', [read, unread, orphan, gone, inactive]);
      await observe('everything', [{ ...outside, scope: { isInScope: false, reason: 'outside' } }]);
      const statistics = { facts: { guid: read.device.guid, deviceWipe: {}, accountWipe: {} }, readAt: later(3) };
      await devices.amend(organization, [
        { id: read.device.guid, statistics },
        { id: unread.device.guid, statistics },
        { id: gone.device.guid, goneAt: later(1) },
        { id: inactive.device.guid, scope: { isInScope: false, reason: 'inactive' } },
      ]);
      await devices.amend(organization, [{ id: unread.device.guid, statistics: null }]);

      const fresh = await listed<DeviceFreshness>('freshness');

      const expected: DeviceFreshness[] = [
        { id: read.device.guid, mailbox, observedAt: T0, readAt: later(3), isOutside: false },
        { id: unread.device.guid, mailbox, observedAt: later(2), isOutside: false },
        { id: orphan.device.guid, observedAt: T0, isOutside: false },
        { id: outside.device.guid, mailbox, observedAt: T0, isOutside: true },
        { id: inactive.device.guid, mailbox, observedAt: T0, isOutside: false },
      ];
      assert.deepEqual(
        fresh,
        expected.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      );
    });

    test('a device that one run reads several times counts as new once, and every part it was given is kept', async () => {
      const first = anObservation();
      const { guid } = first.device;
      const renamed = { ...first, device: { ...first.device, os: 'iOS 19' }, observedAt: later(1) };

      const counts = await observe('known', [first, { ...first, managed }], [first], [renamed]);

      const stored = present(await devices.get(organization, guid));
      assert.deepEqual([counts.added, counts.addedIds], [1, [guid]]);
      assert.deepEqual([stored.firstSeenAt, stored.observedAt, stored.device.os, stored.managed], [T0, later(1), 'iOS 19', managed]);
    });
  });
}
