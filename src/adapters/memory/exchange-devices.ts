// The devices part of the Exchange port over a world in memory; bound to the real adapter by the contract suite.
import type { DeviceGuid, MailboxReference } from '../../domain/device-identity.ts';
import type { DeviceStatistics, WipeTimes } from '../../domain/device-statistics.ts';
import type { DeviceQuery, ObservedDevice } from '../../domain/device.ts';
import type { ExchangeDevices, ExchangePage } from '../../domain/exchange-port.ts';
import { findMailbox, missing } from './exchange-world.ts';
import type { MemoryDevice, MemoryExchangeWorld } from './exchange-world.ts';

/** The devices part of the port. */
export function createMemoryExchangeDevices(world: MemoryExchangeWorld): ExchangeDevices {
  return {
    async *listDevices(query) {
      world.before('listDevices');
      yield* pagesOf(devicesFor(world, query), world.pageSize);
    },
    async countDevices(query, limit) {
      world.before('countDevices');
      const { length } = devicesFor(world, query);
      return length < limit ? { count: length, isExact: true } : { count: limit, isExact: false };
    },
    async devicesOfMailbox(mailbox) {
      world.before('devicesOfMailbox');
      return inMailbox(world, mailbox)?.map(({ device }) => device);
    },
    async getDevice(device) {
      world.before('getDevice');
      return world.devices.get(device)?.device;
    },
    async mailboxStatistics(mailbox) {
      world.before('mailboxStatistics');
      return inMailbox(world, mailbox)?.map(({ statistics }) => statistics);
    },
    async statisticsOfMailboxes(mailboxes) {
      world.before('statisticsOfMailboxes');
      return mailboxes.map((mailbox) => ({ mailbox, statistics: inMailbox(world, mailbox)?.map(({ statistics }) => statistics) }));
    },
    async deviceStatistics(device) {
      world.before('deviceStatistics');
      return world.devices.get(device)?.statistics;
    },
    async clearDevice(device, { accountOnly }) {
      world.before('clearDevice');
      requestWipe(world, device, accountOnly);
    },
    async cancelClear(device, { accountOnly }) {
      world.before('cancelClear');
      cancelWipe(world, device, accountOnly);
    },
    async removeDevice(device) {
      world.before('removeDevice');
      return world.devices.delete(device) ? 'removed' : 'missing';
    },
  };
}

/** `rows` in pages; a list without rows is one empty page, as on the wire. */
export function* pagesOf<Row>(rows: readonly Row[], pageSize: number): Generator<ExchangePage<Row>, void, undefined> {
  for (let start = 0; start === 0 || start < rows.length; start += pageSize) {
    yield { rows: rows.slice(start, start + pageSize), unidentified: 0, startsOver: false };
  }
}

function devicesFor(world: MemoryExchangeWorld, query: DeviceQuery): readonly ObservedDevice[] {
  return [...world.devices.values()].map(({ device }) => device).filter((device) => fits(device, query));
}

function fits(device: ObservedDevice, { accessState, deviceIdPrefix, deviceIdWithout, firstSync }: DeviceQuery): boolean {
  if (accessState !== undefined && device.accessState !== accessState) return false;
  if (!isBegun(device.deviceId, deviceIdPrefix, deviceIdWithout)) return false;
  if (firstSync === undefined) return true;
  const at = device.firstSyncAt;
  if (firstSync === 'missing') return at === undefined;
  const { from, before } = firstSync;
  if (from === undefined && before === undefined) return true;
  return at !== undefined && (from === undefined || at >= from) && (before === undefined || at < before);
}

/** Whether `text` begins with `prefix` and with none of `without`, in any case; a text that is not there begins with nothing. */
export function isBegun(text: string | undefined, prefix: string | undefined, without: readonly string[] = []): boolean {
  const begins = (each: string): boolean => text?.toLowerCase().startsWith(each.toLowerCase()) ?? false;
  return (prefix === undefined || begins(prefix)) && !without.some(begins);
}

function inMailbox(world: MemoryExchangeWorld, mailbox: MailboxReference): readonly MemoryDevice[] | undefined {
  const owner = findMailbox(world, mailbox);
  return owner && [...world.devices.values()].filter((device) => device.mailbox === owner.access.guid);
}

function requireDevice(world: MemoryExchangeWorld, device: DeviceGuid): MemoryDevice {
  const found = world.devices.get(device);
  if (!found) throw missing('Clear-MobileDevice');
  return found;
}

function wipeOf({ statistics }: MemoryDevice, accountOnly: boolean): WipeTimes {
  return accountOnly ? statistics.accountWipe : statistics.deviceWipe;
}

function withWipe(statistics: DeviceStatistics, accountOnly: boolean, wipe: WipeTimes, status: string): DeviceStatistics {
  return { ...statistics, [accountOnly ? 'accountWipe' : 'deviceWipe']: wipe, status };
}

function requestWipe(world: MemoryExchangeWorld, device: DeviceGuid, accountOnly: boolean): void {
  const found = requireDevice(world, device);
  if (wipeOf(found, accountOnly).requestedAt !== undefined) return;
  const status = accountOnly ? 'AccountOnlyDeviceWipePending' : 'DeviceWipePending';
  found.statistics = withWipe(found.statistics, accountOnly, { requestedAt: world.clock.now(), requestor: 'connector' }, status);
}

function cancelWipe(world: MemoryExchangeWorld, device: DeviceGuid, accountOnly: boolean): void {
  const found = requireDevice(world, device);
  const { requestedAt, acknowledgedAt } = wipeOf(found, accountOnly);
  if (requestedAt === undefined || acknowledgedAt !== undefined) return;
  found.statistics = withWipe(found.statistics, accountOnly, {}, 'DeviceOk');
}
