// A stored device as people are told about it: with the time at which it was last known to be there, its name, and what people added.
import type { DiscoveryState } from './connector.ts';
import type { DeviceAnnotation, DeviceRecord } from './device-record.ts';
import { compareInstants } from './instant.ts';
import type { Instant } from './instant.ts';

export interface DescribedDevice {
  readonly record: DeviceRecord;
  /** When Exchange last showed the device as it is described. */
  readonly observedAt: Instant;
  readonly annotation?: DeviceAnnotation;
}

/** The device with what is known beside its row. */
export function describe(
  record: DeviceRecord,
  state: DiscoveryState | undefined,
  annotation: DeviceAnnotation | undefined,
): DescribedDevice {
  return { record, observedAt: observedAtOf(record, state), ...(annotation && { annotation }) };
}

/** A full run that completed saw every device that it did not find gone, and left the rows of those that had not changed alone. */
function observedAtOf({ observedAt, goneAt }: DeviceRecord, state: DiscoveryState | undefined): Instant {
  const seenAt = state?.lastFull?.startedAt;
  return goneAt === undefined && seenAt !== undefined && compareInstants(seenAt, observedAt) > 0 ? seenAt : observedAt;
}

/** `<user name>_<device type>`, the classic connector's name: for people, no identity. Undefined where either is unknown. */
export function deviceNameOf({ device, owner }: DeviceRecord): string | undefined {
  const userName = owner.kind === 'mailbox' ? owner.userName : undefined;
  return userName === undefined || device.deviceType === undefined ? undefined : `${userName}_${device.deviceType}`;
}
