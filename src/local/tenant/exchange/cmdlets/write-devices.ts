// Clear-MobileDevice and Remove-MobileDevice, and their old names.
// https://learn.microsoft.com/powershell/module/exchangepowershell/clear-mobiledevice and https://learn.microsoft.com/powershell/module/exchangepowershell/remove-mobiledevice
// The error texts for unsupported clients are not documented; ours only say what is wrong.
import type { Change } from '../../world/changes.ts';
import type { Call, WriteCmdlet } from '../cmdlet.ts';
import { errors } from '../exchange-error.ts';
import { findDevice } from '../find.ts';

function supportsAccountOnly(clientVersion: string): boolean {
  const [major = 0, minor = 0] = clientVersion.split('.').map(Number);
  return major > 16 || (major === 16 && minor >= 1);
}

/** An open request of the account-only kind is taken back only with AccountOnly where the switch says so. */
function cancel(call: Call, device: number): Change[] {
  const { accountWipe, deviceWipe } = call.organization.devices.read(device, call.nowMs);
  const isOnlyAccount = accountWipe !== null && deviceWipe === null;
  if (isOnlyAccount && call.switches.cancelNeedsAccountOnly && !call.parameters.flag('AccountOnly')) return [];
  return [{ kind: 'device.cancel-wipe', device }];
}

function clear(call: Call): Change[] {
  const device = findDevice(call, call.parameters.required('Identity'));
  if (call.parameters.flag('Cancel')) return cancel(call, device);
  const { clientType, clientVersion } = call.organization.devices.facts(device);
  const requestor = call.caller.name;
  if (clientType === 'MOWA') throw errors.validation('The device does not support remote wipe.');
  const isAccountOnly = call.parameters.flag('AccountOnly') === true;
  // The switch has no effect on Outlook, where a wipe erases Outlook's data anyway.
  if (!isAccountOnly || clientType !== 'EAS') return [{ kind: 'device.wipe', device, scope: 'device', requestor }];
  if (!supportsAccountOnly(clientVersion)) {
    throw errors.validation(`An account-only wipe needs Exchange ActiveSync 16.1 or later; the device uses ${clientVersion}.`);
  }
  return [{ kind: 'device.wipe', device, scope: 'account', requestor }];
}

export const clearMobileDevice: WriteCmdlet = {
  kind: 'write',
  parameters: { Identity: 'text', AccountOnly: 'switch', Cancel: 'switch', NotificationEmailAddresses: 'list' },
  perMailbox: ['Identity'],
  run: (call) => ({ changes: clear(call) }),
};

export const clearActiveSyncDevice: WriteCmdlet = {
  ...clearMobileDevice,
  parameters: { Identity: 'text', Cancel: 'switch', NotificationEmailAddresses: 'list' },
};

export const removeMobileDevice: WriteCmdlet = {
  kind: 'write',
  parameters: { Identity: 'text' },
  perMailbox: ['Identity'],
  run: (call) => ({ changes: [{ kind: 'device.remove', device: findDevice(call, call.parameters.required('Identity')) }] }),
};
