import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judgeActivity, scopeByActivity } from '../../src/domain/activity.ts';
import type { Activity } from '../../src/domain/activity.ts';
import { parseDeviceGuid } from '../../src/domain/device-identity.ts';
import type { DeviceScope, StatisticsReading } from '../../src/domain/device-record.ts';
import { addMs } from '../../src/domain/instant.ts';

const NOW = '2026-11-24T08:00:00.000Z';
const hoursAgo = (hours: number): string => addMs(NOW, -hours * 3_600_000);
const guid = parseDeviceGuid('aaaaaaaa-0000-4000-8000-000000000001');

function reading(readHours: number, syncHours: number | undefined): StatisticsReading {
  assert.ok(guid !== undefined);
  const synced = syncHours === undefined ? {} : { lastSuccessSyncAt: hoursAgo(syncHours) };
  return { facts: { guid, deviceWipe: {}, accountWipe: {}, ...synced }, readAt: hoursAgo(readHours) };
}

describe('whether a device is active', () => {
  const cases: [text: string, statistics: StatisticsReading | undefined, days: number | undefined, activity: Activity][] = [
    ['no limit is set', reading(1, 5000), undefined, 'active'],
    ['no limit is set and nothing is known', undefined, undefined, 'active'],
    ['statistics were never read', undefined, 30, 'unknown'],
    ['statistics carry no sync time', reading(1, undefined), 30, 'unknown'],
    ['statistics are older than two days', reading(49, 5000), 30, 'unknown'],
    ['statistics are two days old and the last sync is too long ago', reading(48, 30 * 24 + 1), 30, 'inactive'],
    ['the last sync is as long ago as allowed', reading(1, 30 * 24), 30, 'active'],
    ['the clock of the server is ahead', reading(1, -2), 30, 'active'],
  ];
  for (const [text, statistics, days, activity] of cases) {
    test(`${text}: ${activity}`, () => {
      const judged = judgeActivity(statistics, days, NOW);

      assert.equal(judged, activity);
    });
  }
});

describe('what activity means for the scope', () => {
  const outside: DeviceScope = { isInScope: false, reason: 'outside' };
  const inactive: DeviceScope = { isInScope: false, reason: 'inactive' };
  const inside: DeviceScope = { isInScope: true };
  const cases: [text: string, before: DeviceScope | undefined, activity: Activity, after: DeviceScope | undefined][] = [
    ['outside stays outside when inactive', outside, 'inactive', undefined],
    ['outside stays outside when active', outside, 'active', undefined],
    ['inside becomes inactive', inside, 'inactive', inactive],
    ['never judged becomes inactive', undefined, 'inactive', inactive],
    ['inactive stays inactive', inactive, 'inactive', undefined],
    ['inactive comes back in', inactive, 'active', inside],
    ['inactive stays while nothing is known', inactive, 'unknown', undefined],
    ['inside stays inside', inside, 'active', undefined],
    ['never judged and active stays as it is', undefined, 'active', undefined],
  ];
  for (const [text, before, activity, after] of cases) {
    test(text, () => {
      const scope = scopeByActivity(before, activity);

      assert.deepEqual(scope, after);
    });
  }
});
