// Conditions on devices and the order of versions they rest on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareVersions, deviceTest, problemWithOs } from '../../src/domain/device-filter.ts';
import type { DeviceFilter } from '../../src/domain/device-filter.ts';
import type { DeviceRecord } from '../../src/domain/device-record.ts';
import { fold } from '../../src/domain/fold.ts';
import { deviceAt, deviceGuid, mailboxGuid, organization, START } from '../support/discovery-scene.ts';

function recordWith(device: Partial<DeviceRecord['device']>, userName = 'user'): DeviceRecord {
  return {
    organization,
    id: deviceGuid(1),
    device: { ...deviceAt(1, 1), ...device },
    owner: { kind: 'mailbox', mailbox: mailboxGuid(1), userName },
    observedAt: START,
    firstSeenAt: START,
    version: 'v',
  };
}

const matches = (filter: Partial<DeviceFilter>, record: DeviceRecord): boolean => deviceTest({ gone: 'hidden', ...filter })(record);

test('versions are compared number by number', () => {
  const versions = ['2.5', '12.0', '12.1', '14.0', '14.1', '16.0', '16.1', '16.10'];

  assert.deepEqual(versions.toSorted(compareVersions), versions);
  assert.equal(compareVersions('16', '16.0.0'), 0);
});

test('the order of versions is an order', () => {
  const version = fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'));

  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      assert.equal(Math.sign(compareVersions(a, b)), -Math.sign(compareVersions(b, a)) || 0);
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) assert.ok(compareVersions(a, c) <= 0);
    }),
  );
});

test('EAS below a version means EAS clients that state a lower one', () => {
  const below = (device: Partial<DeviceRecord['device']>): boolean => matches({ easBelow: '16.1' }, recordWith(device));

  assert.deepEqual(
    [
      below({ clientVersion: '14.1' }),
      below({ clientVersion: '16.0' }),
      below({ clientVersion: '16.1' }),
      below({ clientVersion: 'unknown' }),
      below({ clientType: 'Outlook', clientVersion: '1.0' }),
    ],
    [true, true, false, false, false],
  );
});

test('an operating system is named by whole words, with the beginning of a version, or compared', () => {
  const device = recordWith({ os: 'Windows Phone 8.10.14219.341' });
  const wanted = {
    windows: true,
    'Windows Phone': true,
    'windows phone 8': true,
    'Windows Phone 8.1': false,
    'Windows Phone 8.10': true,
    'Windows Ph': false,
    'Windows Phone<10': true,
    'Windows Phone >= 8.10.14219': true,
    'Windows Phone>8.10.14219.341': false,
    'Windows<10': false,
    'iOS<99': false,
  };

  for (const [os, isFound] of Object.entries(wanted)) assert.equal(matches({ os }, device), isFound, os);
  const { os: _, ...unknown } = device.device;
  assert.equal(matches({ os: 'Windows' }, { ...device, device: unknown }), false);
});

test('a comparison without a version is a fault', () => {
  assert.deepEqual(
    ['iOS<17', 'iOS', 'iOS 17.4'].map((os) => problemWithOs(os)),
    [undefined, undefined, undefined],
  );
  for (const os of ['iOS<', '<17', 'iOS<seventeen', 'iOS<17<18', 'iOS<17.']) assert.ok(problemWithOs(os), os);
});

test('a search finds beginnings without case and accents, and ends of names nowhere', () => {
  const record = recordWith({ deviceId: 'ABCDEF' }, 'Chloé');

  const found = ['chloe', 'CHLOE\u0301', 'chloé_iph', 'abc'].map((search) => matches({ search }, record));
  const lost = ['user', 'def', 'iphone', 'chloe '].map((search) => matches({ search }, record));

  assert.deepEqual([found, lost], [Array(4).fill(true), Array(4).fill(false)]);
});

test('folding twice is folding once', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => assert.equal(fold(fold(text)), fold(text))));
});

test('hostile texts of devices cost no more than their length', () => {
  const os = `${' '.repeat(50_000)}x`;

  assert.equal(matches({ os: 'iOS<17' }, recordWith({ os })), false);
});
