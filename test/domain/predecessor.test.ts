import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { parseDeviceGuid, parseMailboxGuid } from '../../src/domain/device-identity.ts';
import type { DeviceGuid } from '../../src/domain/device-identity.ts';
import { predecessorOf } from '../../src/domain/predecessor.ts';
import type { LinkedDevice } from '../../src/domain/predecessor.ts';

function id(digit: string): DeviceGuid {
  const guid = parseDeviceGuid(`${digit.repeat(8)}-0000-4000-8000-000000000000`);
  assert.ok(guid !== undefined);
  return guid;
}

const mailbox = parseMailboxGuid('cccccccc-0000-4000-8000-000000000003');
const otherMailbox = parseMailboxGuid('cccccccc-0000-4000-8000-000000000004');
const [OLD, NEW, THIRD] = [id('1'), id('2'), id('3')];
const LATER_THAT_DAY = '2026-03-10T18:00:00.000Z';
const day = (number: number): string => `2026-03-${String(number).padStart(2, '0')}T06:00:00.000Z`;

interface Facts {
  readonly deviceId?: string;
  readonly model?: string;
  readonly firstSyncAt?: string;
  readonly lastSyncAt?: string;
  readonly lastAttemptAt?: string;
  readonly readAt?: string;
  readonly more?: Partial<LinkedDevice>;
}

function aDevice(guid: DeviceGuid, { lastSyncAt, lastAttemptAt, readAt = day(20), more, ...facts }: Facts): LinkedDevice {
  assert.ok(mailbox !== undefined);
  const times = {
    ...(lastSyncAt !== undefined && { lastSuccessSyncAt: lastSyncAt }),
    ...(lastAttemptAt !== undefined && { lastSyncAttemptAt: lastAttemptAt }),
  };
  const hasTimes = Object.keys(times).length > 0;
  return {
    id: guid,
    device: { guid, deviceType: 'iPhone', model: 'iPhone15C2', deviceId: `Appl${guid.slice(0, 8)}`, ...facts },
    owner: { kind: 'mailbox', mailbox },
    ...(hasTimes && { statistics: { facts: { guid, deviceWipe: {}, accountWipe: {}, ...times }, readAt } }),
    ...more,
  };
}

const gone = { more: { goneAt: day(21) } };
const young = aDevice(NEW, { firstSyncAt: day(10) });
const reset = aDevice(OLD, { firstSyncAt: day(1), lastSyncAt: day(9), ...gone });

describe('the predecessor of a new device', () => {
  const cases: [text: string, others: readonly LinkedDevice[], predecessor: DeviceGuid | undefined][] = [
    ['is the one that is gone', [reset], OLD],
    ['is the one that stopped to sync before', [aDevice(OLD, { firstSyncAt: day(1), lastSyncAt: day(9) })], OLD],
    ['is found though nothing is known of the syncs of the one that is gone', [aDevice(OLD, gone)], OLD],
    ['is found among devices that look different', [reset, aDevice(THIRD, { model: 'iPhone14C5', ...gone })], OLD],
    ['is never the device itself', [young], undefined],
    ['is never one that goes on syncing', [aDevice(OLD, { firstSyncAt: day(1), lastSyncAt: day(11) })], undefined],
    [
      'is not known yet when the other was silent for less than a day',
      [aDevice(OLD, { lastSyncAt: day(9), readAt: LATER_THAT_DAY })],
      undefined,
    ],
    ['is known at once when the other is gone', [aDevice(OLD, { lastSyncAt: day(9), readAt: LATER_THAT_DAY, ...gone })], OLD],
    ['is never one that still tried to sync', [aDevice(OLD, { lastSyncAt: day(9), lastAttemptAt: day(11) })], undefined],
    ['is never one that is there and of which no sync is known', [aDevice(OLD, { firstSyncAt: day(1) })], undefined],
    ['is never one that was used beside it, though that is gone now', [aDevice(OLD, { lastSyncAt: day(11), ...gone })], undefined],
    ['is never one that came later', [aDevice(OLD, { firstSyncAt: day(11), ...gone })], undefined],
    ['is never one with the same DeviceId', [aDevice(OLD, { deviceId: 'APPL22222222', ...gone })], undefined],
    ['is never one of another model', [aDevice(OLD, { model: 'iPhone14C5', ...gone })], undefined],
    ['is not guessed between two', [reset, aDevice(THIRD, { firstSyncAt: day(2), lastSyncAt: day(8), ...gone })], undefined],
    ['is not one that another device was before', [reset, aDevice(THIRD, { model: 'iPhone14C5', more: { predecessor: OLD } })], undefined],
    ['is not guessed when another new device can have come out of it', [reset, aDevice(THIRD, { firstSyncAt: day(10) })], undefined],
    [
      'is the youngest of a row of resets',
      [
        aDevice(THIRD, { firstSyncAt: day(1), lastSyncAt: day(4), ...gone }),
        aDevice(OLD, { firstSyncAt: day(5), lastSyncAt: day(9), more: { goneAt: day(21), predecessor: THIRD } }),
      ],
      OLD,
    ],
  ];
  for (const [text, others, predecessor] of cases) {
    test(text, () => {
      const found = predecessorOf(young, [young, ...others]);

      assert.equal(found, predecessor);
    });
  }

  test('is of the same mailbox, which is known', () => {
    assert.ok(otherMailbox !== undefined);
    const elsewhere = { ...reset, owner: { kind: 'mailbox', mailbox: otherMailbox } } as const;
    const nowhere = { ...reset, owner: { kind: 'unknown' } } as const;

    const found = [predecessorOf(young, [elsewhere]), predecessorOf({ ...young, owner: { kind: 'unknown' } }, [nowhere])];

    assert.deepEqual(found, [undefined, undefined]);
  });

  test('needs a model that both say', () => {
    const { model: _, ...bare } = young.device;
    const { model: __, ...bareOld } = reset.device;

    const found = predecessorOf({ ...young, device: bare }, [{ ...reset, device: bareOld }]);

    assert.equal(found, undefined);
  });
});

test('whatever the devices, no two new ones get the same predecessor, and the order in which they are looked at decides nothing', () => {
  const facts = fc.record({
    firstSyncAt: fc.integer({ min: 1, max: 5 }).map(day),
    lastSyncAt: fc.integer({ min: 1, max: 8 }).map(day),
    isGone: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(facts, { minLength: 2, maxLength: 7 }), (drawn) => {
      const devices = drawn.map(({ isGone, ...times }, index) => aDevice(id(String(index)), { ...times, ...(isGone && gone) }));

      const found = devices.map((device) => predecessorOf(device, devices));
      const again = devices.map((device) => predecessorOf(device, devices.toReversed()));

      const links = found.filter((link) => link !== undefined);
      assert.equal(new Set(links).size, links.length);
      assert.deepEqual(again, found);
    }),
  );
});
