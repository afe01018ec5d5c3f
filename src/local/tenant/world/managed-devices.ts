// A partnership's phone as Intune sees it. Derived from the Exchange row; nothing of its own is kept.
// Fields: https://learn.microsoft.com/graph/api/resources/intune-devices-manageddevice
import type { Draw } from './hash.ts';
import type { Device, InstantMs, ManagedDevice, User } from './types.ts';

const REASONS: Readonly<Record<string, string>> = {
  Global: 'exchangeGlobalRule',
  Individual: 'exchangeIndividualRule',
  DeviceRule: 'exchangeDeviceRule',
  Policy: 'exchangeMailboxPolicy',
  Upgrade: 'exchangeUpgrade',
  ExternallyManaged: 'compliant',
};

const STATES: Readonly<Record<string, ManagedDevice['exchangeAccessState']>> = {
  Allowed: 'allowed',
  Blocked: 'blocked',
  Quarantined: 'quarantined',
};

/** The managed phone behind a partnership. Every ninth writes its easDeviceId in another case, as real ones do. */
export function managedDeviceOf(draw: Draw, device: Device, user: User, startMs: InstantMs): ManagedDevice {
  const { index } = device;
  const isApple = device.deviceOs.startsWith('iOS');
  const [operatingSystem = '', osVersion = ''] = device.deviceOs.split(' ');
  const isEas = device.clientType === 'EAS';
  return {
    id: draw.guid('managed-device', index),
    userId: user.id,
    userPrincipalName: user.userPrincipalName,
    deviceName: device.friendlyName ?? `${user.givenName ?? user.displayName}_${device.deviceType}_${index % 100}`,
    operatingSystem,
    osVersion,
    model: device.deviceModel,
    manufacturer: isApple ? 'Apple' : 'Samsung',
    serialNumber: draw.hex(12, 'managed-device', index, 1).toUpperCase(),
    ownerType: draw.pick(['company', 'company', 'personal', 'unknown'], 'managed-device', index, 2),
    complianceState: device.isCompliant ? 'compliant' : draw.pick(['noncompliant', 'inGracePeriod', 'unknown'], 'managed-device', index, 3),
    enrolledMs: Math.min(device.firstSyncMs ?? startMs, startMs) - 3_600_000,
    lastSyncMs: device.lastSuccessSyncMs ?? device.firstSyncMs ?? startMs,
    easActivated: isEas,
    easDeviceId: isEas ? (index % 9 === 0 ? device.deviceId.toLowerCase() : device.deviceId) : null,
    exchangeAccessState: STATES[device.access.state] ?? 'unknown',
    exchangeAccessStateReason: REASONS[device.access.reason] ?? 'unknown',
    exchangeLastSuccessfulSyncMs: device.lastSuccessSyncMs,
    azureADDeviceId: draw.guid('entra-device', index),
  };
}
