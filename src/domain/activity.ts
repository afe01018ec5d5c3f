// Whether a device is still in use, and what that means for the connector's scope ("ignore inactive for more than N days").
// Judged only on fresh statistics that carry a sync time: Outlook often has none, and unknown is not "long ago".
import type { DeviceGuid } from './device-identity.ts';
import type { DeviceScope, StatisticsReading } from './device-record.ts';
import type { DeviceStatistics } from './device-statistics.ts';
import { msBetween } from './instant.ts';
import type { Instant } from './instant.ts';

/** `unknown`: nothing is concluded, so that what was concluded before stays. */
export type Activity = 'active' | 'inactive' | 'unknown';

/** Older statistics say nothing about today. */
const FRESH_FOR_MS = 48 * 3_600_000;
const DAY_MS = 24 * 3_600_000;

/** Whether the device synced within so many days; where no limit is set, every device counts as active. */
export function judgeActivity(statistics: StatisticsReading | undefined, ignoreInactiveDays: number | undefined, now: Instant): Activity {
  if (ignoreInactiveDays === undefined) return 'active';
  const syncedAt = statistics?.facts.lastSuccessSyncAt;
  if (statistics === undefined || syncedAt === undefined || msBetween(statistics.readAt, now) > FRESH_FOR_MS) return 'unknown';
  return msBetween(syncedAt, now) > ignoreInactiveDays * DAY_MS ? 'inactive' : 'active';
}

/** The scope to write; undefined where it stays. A device outside the scope stays outside, however active it is. */
export function scopeByActivity(scope: DeviceScope | undefined, activity: Activity): DeviceScope | undefined {
  if (activity === 'unknown') return undefined;
  const isInactive = scope?.isInScope === false && scope.reason === 'inactive';
  const isOutside = scope?.isInScope === false && scope.reason === 'outside';
  if (isOutside || isInactive === (activity === 'inactive')) return undefined;
  return isInactive ? { isInScope: true } : { isInScope: false, reason: 'inactive' };
}

/** What is kept of a device about which the statistics of its mailbox say nothing: that they were read, and nothing else. */
export function silentStatistics(guid: DeviceGuid): DeviceStatistics {
  return { guid, deviceWipe: {}, accountWipe: {} };
}

/** Whether statistics tell anything about the device, and so prove that it was there when they were read. */
export function areSilent(statistics: DeviceStatistics): boolean {
  const { deviceWipe, accountWipe } = statistics;
  const told = Object.keys(statistics).filter((name) => !['guid', 'deviceWipe', 'accountWipe'].includes(name));
  return told.length === 0 && [deviceWipe, accountWipe].every((wipe) => Object.keys(wipe).length === 0);
}
