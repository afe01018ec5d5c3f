// Keeps statistics that were read: into each device's own part, and what they say about its being in use into its scope.
import { judgeActivity, scopeByActivity, silentStatistics } from '../domain/activity.ts';
import type { Connector } from '../domain/connector.ts';
import type { DeviceRecord } from '../domain/device-record.ts';
import type { DeviceStatistics } from '../domain/device-statistics.ts';
import type { DeviceStore } from '../domain/device-store-port.ts';
import type { Instant } from '../domain/instant.ts';
import { amendDevices, readDevices } from './amend-devices.ts';

/** Statistics as they were read. */
export interface ReadStatistics {
  /** The devices they were asked of, as far as they are known: those that are not told of are kept as read, without facts. */
  readonly asked: readonly DeviceRecord[];
  readonly told: readonly DeviceStatistics[];
  readonly readAt: Instant;
}

/** What became of them: devices written, and devices told of that are not stored (yet). */
export interface KeptStatistics {
  readonly written: number;
  readonly unknown: number;
}

/** Writes one row a device, though nothing but the time of reading is new: it is what the next order of reading is made of. */
export async function keepStatistics(
  devices: Pick<DeviceStore, 'get' | 'amend'>,
  { organization, ignoreInactiveDays }: Connector,
  { asked, told, readAt }: ReadStatistics,
): Promise<KeptStatistics> {
  const facts = new Map(told.map((statistics) => [statistics.guid, statistics]));
  const known = new Set(asked.map(({ id }) => id));
  const others = await readDevices(
    devices,
    organization,
    [...facts.keys()].filter((id) => !known.has(id)),
  );
  const records = [...asked.filter(({ id, goneAt }) => goneAt === undefined || facts.has(id)), ...others];
  const written = await amendDevices(devices, organization, records, (record) => {
    const statistics = { facts: facts.get(record.id) ?? silentStatistics(record.id), readAt };
    const scope = scopeByActivity(record.scope, judgeActivity(statistics, ignoreInactiveDays, readAt));
    return { statistics, ...(scope && { scope }) };
  });
  const stored = new Set(records.map(({ id }) => id));
  return { written, unknown: [...facts.keys()].filter((id) => !stored.has(id)).length };
}
