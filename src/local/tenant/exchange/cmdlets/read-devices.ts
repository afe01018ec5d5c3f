// Get-MobileDevice, Get-MobileDeviceStatistics and their old names.
import type { Mailbox } from '../../world/types.ts';
import type { Column } from '../columns.ts';
import type { Call, ReadCmdlet } from '../cmdlet.ts';
import { ACTIVE_SYNC_DEVICE_COLUMNS, DEVICE_COLUMNS, deviceFields, deviceRow, STATISTICS_COLUMNS, type DeviceRow } from '../device-rows.ts';
import { errors } from '../exchange-error.ts';
import { findMailbox, reachedDevice } from '../find.ts';
import { compareByField, compileFilter } from '../opath.ts';
import type { ParameterTable } from '../parameters.ts';
import { rowSource, type RowSource } from '../row-source.ts';

const FAMILIES: ParameterTable = { ActiveSync: 'switch', OWAforDevices: 'switch', RestApi: 'switch', UniversalOutlook: 'switch' };

const FAMILY_OF: Readonly<Record<string, string>> = { EAS: 'ActiveSync', MOWA: 'OWAforDevices', REST: 'RestApi' };

/** Switches of client families narrow the list; none of them means all. */
function familyTest(call: Call): ((index: number) => boolean) | undefined {
  const wanted = Object.keys(FAMILIES).filter((name) => call.parameters.flag(name));
  if (wanted.length === 0) return undefined;
  const { devices } = call.organization;
  return (index) => {
    const { clientType, deviceType } = devices.facts(index);
    return wanted.includes(deviceType === 'WindowsMail' ? 'UniversalOutlook' : (FAMILY_OF[clientType] ?? ''));
  };
}

/** Rows over a list of device indexes, or over all devices of the organization. */
function deviceRows(call: Call, columns: readonly Column<DeviceRow>[], indexes: readonly number[] | undefined): RowSource {
  const { organization, caller, nowMs } = call;
  const { devices, mailboxes } = organization;
  const family = familyTest(call);
  const filterText = call.parameters.text('Filter');
  const filter = filterText ? compileFilter(filterText, deviceFields(organization, nowMs)) : undefined;
  const listed = sorted(call, indexes);
  let owner: Mailbox | undefined;

  const indexAt = (position: number): number => (listed ? (listed[position] ?? -1) : position);

  return rowSource<DeviceRow>({
    columns,
    extent: listed ? listed.length : devices.extent,
    has(position) {
      const index = indexAt(position);
      const mailbox = devices.mailboxOf(index);
      if (devices.isRemoved(index) || mailboxes.isDeleted(mailbox) || !caller.reaches(mailbox)) return false;
      return (family?.(index) ?? true) && (filter?.(index) ?? true);
    },
    read(position) {
      const index = indexAt(position);
      const mailboxIndex = devices.mailboxOf(index);
      if (owner?.index !== mailboxIndex) owner = mailboxes.mailbox(mailboxIndex);
      return deviceRow(devices.read(index, nowMs), owner, organization);
    },
  });
}

function sorted(call: Call, indexes: readonly number[] | undefined): readonly number[] | undefined {
  const sortBy = call.parameters.text('SortBy');
  if (!sortBy) return indexes;
  const field = deviceFields(call.organization, call.nowMs).get(sortBy.toLowerCase());
  if (!field) throw errors.validation(`"${sortBy}" is not a property that the results can be sorted by.`);
  const all = indexes ?? Array.from({ length: call.organization.devices.extent }, (_, index) => index);
  return all.toSorted((left, right) => compareByField(field, left, right) || left - right);
}

/** The devices that Identity or Mailbox name; undefined for all, which a null Identity means too (the documentation warns of it). */
function named(call: Call): readonly number[] | undefined {
  const { parameters, organization } = call;
  const mailbox = parameters.text('Mailbox');
  if (mailbox) return organization.devices.ofMailbox(findMailbox(call, mailbox));
  const identity = parameters.text('Identity');
  if (!identity) return undefined;
  const device = reachedDevice(call, identity);
  if (device !== undefined) return [device];
  if (call.switches.unknownIdentityReturnsAll) return undefined;
  throw errors.notFound(identity, call.switches.notFoundStatus);
}

const LIST: ParameterTable = {
  Identity: 'text',
  Mailbox: 'text',
  Filter: 'text',
  SortBy: 'text',
  ResultSize: 'size',
  OrganizationalUnit: 'text',
  ...FAMILIES,
};

const STATISTICS: ParameterTable = {
  Identity: 'text',
  Mailbox: 'text',
  GetMailboxLog: 'switch',
  NotificationEmailAddresses: 'list',
  ShowRecoveryPassword: 'switch',
  UseCustomRouting: 'switch',
  ...FAMILIES,
};

export const getMobileDevice: ReadCmdlet = {
  kind: 'read',
  parameters: LIST,
  perMailbox: ['Mailbox'],
  run: (call) => deviceRows(call, DEVICE_COLUMNS, named(call)),
};

function statistics(call: Call, accepts: (index: number) => boolean): RowSource {
  if (!call.parameters.text('Mailbox') && !call.parameters.text('Identity')) throw errors.parameterSet(['Identity']);
  return deviceRows(call, STATISTICS_COLUMNS, named(call)?.filter(accepts));
}

/** A mailbox with this alias has devices whose statistics cannot be had. */
const WITHOUT_STATISTICS = 'stats-missing';

export const getMobileDeviceStatistics: ReadCmdlet = {
  kind: 'read',
  parameters: STATISTICS,
  perMailbox: ['Mailbox', 'Identity'],
  run: (call) => {
    const { devices, mailboxes } = call.organization;
    return statistics(call, (index) => mailboxes.facts(devices.mailboxOf(index)).alias !== WITHOUT_STATISTICS);
  },
};

function deprecated(call: Call, name: string): void {
  call.warn(`The ${call.cmdlet} cmdlet is deprecated. Use the ${name} cmdlet instead.`);
}

export const getActiveSyncDevice: ReadCmdlet = {
  ...getMobileDevice,
  run(call) {
    deprecated(call, 'Get-MobileDevice');
    return deviceRows(call, ACTIVE_SYNC_DEVICE_COLUMNS, named(call));
  },
};

/** The old name knows only ActiveSync clients. */
export const getActiveSyncDeviceStatistics: ReadCmdlet = {
  ...getMobileDeviceStatistics,
  run(call) {
    deprecated(call, 'Get-MobileDeviceStatistics');
    return statistics(call, (index) => call.organization.devices.facts(index).clientType === 'EAS');
  },
};
