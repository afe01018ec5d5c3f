// Devices of the simulated Intune. A tenant without its licence refuses, in words that field reports give.
// https://learn.microsoft.com/graph/api/intune-devices-manageddevice-list
import type { ManagedDevice } from '../world/types.ts';
import { failures } from './graph-context.ts';
import type { GraphAnswer, GraphContext } from './graph-context.ts';
import { checkOptions, pageAnswer, pick, selectOf, topOf } from './graph-pages.ts';

/** What Intune writes where it has no time. */
const NO_TIME = '0001-01-01T00:00:00Z';

function rowOf(device: ManagedDevice): Record<string, unknown> {
  return {
    id: device.id,
    userId: device.userId,
    userPrincipalName: device.userPrincipalName,
    emailAddress: device.userPrincipalName,
    deviceName: device.deviceName,
    operatingSystem: device.operatingSystem,
    osVersion: device.osVersion,
    model: device.model,
    manufacturer: device.manufacturer,
    serialNumber: device.serialNumber,
    managedDeviceOwnerType: device.ownerType,
    complianceState: device.complianceState,
    enrolledDateTime: timeOf(device.enrolledMs),
    lastSyncDateTime: timeOf(device.lastSyncMs),
    easActivated: device.easActivated,
    easDeviceId: device.easDeviceId,
    easActivationDateTime: device.easActivated ? timeOf(device.enrolledMs) : NO_TIME,
    exchangeAccessState: device.exchangeAccessState,
    exchangeAccessStateReason: device.exchangeAccessStateReason,
    exchangeLastSuccessfulSyncDateTime: timeOf(device.exchangeLastSuccessfulSyncMs),
    azureADDeviceId: device.azureADDeviceId,
    managementAgent: device.easActivated ? 'easMdm' : 'mdm',
  };
}

function timeOf(ms: number | null): string {
  return ms === null ? NO_TIME : new Date(ms).toISOString();
}

const FIELDS = [
  'id',
  'userId',
  'userPrincipalName',
  'emailAddress',
  'deviceName',
  'operatingSystem',
  'osVersion',
  'model',
  'manufacturer',
  'serialNumber',
  'managedDeviceOwnerType',
  'complianceState',
  'enrolledDateTime',
  'lastSyncDateTime',
  'easActivated',
  'easDeviceId',
  'easActivationDateTime',
  'exchangeAccessState',
  'exchangeAccessStateReason',
  'exchangeLastSuccessfulSyncDateTime',
  'azureADDeviceId',
  'managementAgent',
];

/** GET /deviceManagement/managedDevices */
export function listManagedDevices(context: GraphContext, hasIntune: boolean): GraphAnswer {
  checkOptions(context.query, ['$select', '$top', '$skiptoken']);
  if (!hasIntune) throw failures.badRequest('{"_version":3,"Message":"Request not applicable to target tenant."}');
  const fields = selectOf(context.query, FIELDS, FIELDS);
  const top = topOf(context.query, { standard: 1000, most: 1000 });
  const { directory } = context.organization;
  return pageAnswer(context, {
    top,
    list: () => directory.managedDevices(),
    present: (device) => pick(rowOf(device), fields),
  });
}
