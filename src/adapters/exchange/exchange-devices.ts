// The devices part of the Exchange port, over the client: lists, single reads, wipes and removal.
// Every single read checks that the row is the one asked for: Exchange answers an id it does not know with all objects.
import type { DeviceGuid, MailboxReference } from '../../domain/device-identity.ts';
import type { DeviceStatistics } from '../../domain/device-statistics.ts';
import type { DeviceQuery, ObservedDevice } from '../../domain/device.ts';
import { AppError } from '../../domain/errors.ts';
import type { DeviceCount, ExchangeCallOptions, ExchangeDevices, ExchangePage, MailboxStatistics } from '../../domain/exchange-port.ts';
import type { BatchResult } from './exchange-batch.ts';
import type { ExchangeClient } from './exchange-client.ts';
import { deviceFilter } from './query-filter.ts';
import { MobileDeviceRow, StatisticsRow, mobileDeviceColumns } from './device-rows.ts';
import { EVERYTHING, FEW, pagesOf, removeObject, unlessMissing } from './port-calls.ts';
import { readRow } from './row-fields.ts';

/** The devices part of the port. */
export function createExchangeDevices(client: ExchangeClient): ExchangeDevices {
  return {
    listDevices: (query, options = {}) => listDevices(client, query, options),
    countDevices: (query, limit, options = {}) => countDevices(client, query, limit, options),
    devicesOfMailbox: (mailbox, options = {}) => devicesOfMailbox(client, mailbox, options),
    getDevice: (device, options = {}) => getDevice(client, device, options),
    mailboxStatistics: (mailbox, options = {}) => mailboxStatistics(client, mailbox, options),
    statisticsOfMailboxes: (mailboxes, options = {}) => statisticsOfMailboxes(client, mailboxes, options),
    deviceStatistics: (device, options = {}) => deviceStatistics(client, device, options),
    clearDevice: (device, { accountOnly }, options = {}) =>
      client.write({ cmdlet: 'Clear-MobileDevice', parameters: { Identity: device, ...scopeOf(accountOnly), Confirm: false } }, options),
    cancelClear: (device, { accountOnly }, options = {}) =>
      client.write(
        { cmdlet: 'Clear-MobileDevice', parameters: { Identity: device, Cancel: true, ...scopeOf(accountOnly), Confirm: false } },
        options,
      ),
    removeDevice: (device, options = {}) => removeObject(client, 'Remove-MobileDevice', device, options),
  };
}

/** A switch is sent only when it is on. */
function scopeOf(accountOnly: boolean): { AccountOnly?: true } {
  return accountOnly ? { AccountOnly: true } : {};
}

async function* listDevices(
  client: ExchangeClient,
  query: DeviceQuery,
  options: ExchangeCallOptions,
): AsyncGenerator<ExchangePage<ObservedDevice>, void, undefined> {
  const call = { cmdlet: 'Get-MobileDevice', parameters: listing(query), columns: mobileDeviceColumns } as const;
  yield* pagesOf(client.pages(call, options), (row) => readRow(MobileDeviceRow, row));
}

function listing(query: DeviceQuery): { ResultSize: 'Unlimited'; Filter?: string } {
  const filter = deviceFilter(query);
  return filter === undefined ? { ResultSize: EVERYTHING } : { ResultSize: EVERYTHING, Filter: filter };
}

async function countDevices(client: ExchangeClient, query: DeviceQuery, limit: number, options: ExchangeCallOptions): Promise<DeviceCount> {
  let count = 0;
  for await (const page of client.pages({ cmdlet: 'Get-MobileDevice', parameters: listing(query), columns: ['Guid'] }, options)) {
    count = (page.startsOver ? 0 : count) + page.rows.length;
    if (count >= limit) return { count, isExact: false };
  }
  return { count, isExact: true };
}

function devicesOfMailbox(
  client: ExchangeClient,
  mailbox: MailboxReference,
  options: ExchangeCallOptions,
): Promise<readonly ObservedDevice[] | undefined> {
  return unlessMissing(async () => {
    const call = { cmdlet: 'Get-MobileDevice', parameters: { Mailbox: mailbox, ResultSize: EVERYTHING } } as const;
    const rows = await client.readAll(call, options);
    const devices = rows.map((row) => readRow(MobileDeviceRow, row)).filter((device) => device !== undefined);
    // A device that could not be told apart would look gone.
    if (devices.length < rows.length) throw new AppError('exchange.unexpected', { request: call.cmdlet, reason: 'a row without an id' });
    return devices;
  });
}

async function getDevice(client: ExchangeClient, device: DeviceGuid, options: ExchangeCallOptions): Promise<ObservedDevice | undefined> {
  const found = await unlessMissing(() =>
    client.lookUp({ cmdlet: 'Get-MobileDevice', parameters: { Identity: device, ResultSize: FEW } }, options),
  );
  return found?.map((row) => readRow(MobileDeviceRow, row)).find((row) => row?.guid === device);
}

function mailboxStatistics(
  client: ExchangeClient,
  mailbox: MailboxReference,
  options: ExchangeCallOptions,
): Promise<readonly DeviceStatistics[] | undefined> {
  return unlessMissing(async () =>
    statisticsIn(await client.readAll({ cmdlet: 'Get-MobileDeviceStatistics', parameters: { Mailbox: mailbox } }, options)),
  );
}

/** Rows without an id are left out: what is not read stays unknown, and nothing is concluded from statistics that are missing. */
function statisticsIn(rows: readonly unknown[]): readonly DeviceStatistics[] {
  return rows.map((row) => readRow(StatisticsRow, row)).filter((statistics) => statistics !== undefined);
}

async function statisticsOfMailboxes(
  client: ExchangeClient,
  mailboxes: readonly MailboxReference[],
  options: ExchangeCallOptions,
): Promise<readonly MailboxStatistics[]> {
  const calls = mailboxes.map((mailbox) => ({ cmdlet: 'Get-MobileDeviceStatistics', parameters: { Mailbox: mailbox } }) as const);
  const results = await client.batch(calls, options);
  return mailboxes.map((mailbox, index) => statisticsOf(mailbox, results[index]));
}

function statisticsOf(mailbox: MailboxReference, result: BatchResult | undefined): MailboxStatistics {
  if (result === undefined) return { mailbox, error: new AppError('internal') };
  if ('rows' in result) return { mailbox, statistics: statisticsIn(result.rows) };
  return result.error.code === 'exchange.missing' ? { mailbox, statistics: undefined } : { mailbox, error: result.error };
}

async function deviceStatistics(
  client: ExchangeClient,
  device: DeviceGuid,
  options: ExchangeCallOptions,
): Promise<DeviceStatistics | undefined> {
  const found = await unlessMissing(() =>
    client.lookUp({ cmdlet: 'Get-MobileDeviceStatistics', parameters: { Identity: device } }, options),
  );
  return found?.map((row) => readRow(StatisticsRow, row)).find((row) => row?.guid === device);
}
