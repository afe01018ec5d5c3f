// Exchange's words for the state of a row: a pure function of the wipe times and the access state.
// Only AccountOnlyDeviceWipeSucceeded and DeviceOk were seen; the other names follow their pattern (differences.md).
import type { AccessState, WipeTimes } from './types.ts';

function stage(wipe: WipeTimes): 'Pending' | 'Succeeded' | 'Failed' {
  if (wipe.acknowledgedMs !== null) return 'Succeeded';
  return wipe.failedMs === null ? 'Pending' : 'Failed';
}

/** The Status of a statistics row; a wipe of the whole device outranks one of the account. */
export function wipeStatus(deviceWipe: WipeTimes | null, accountWipe: WipeTimes | null, access: AccessState): string {
  if (deviceWipe) return `DeviceWipe${stage(deviceWipe)}`;
  if (accountWipe) return `AccountOnlyDeviceWipe${stage(accountWipe)}`;
  return access === 'Blocked' ? 'DeviceBlocked' : 'DeviceOk';
}

/** The StatusNote that goes with it. */
export function statusNote(status: string): string | null {
  return status.endsWith('Failed') ? 'The device reported that it could not carry out the request.' : null;
}
