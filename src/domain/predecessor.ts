// Which device a new one was before: a reset gives a phone another DeviceId and Guid, and its history should go on.
// A guess that is made only where there is no other: the same owner, type and model, and exactly one device that can have become this one.
import type { DeviceRecord } from './device-record.ts';
import type { DeviceGuid } from './device-identity.ts';
import { addMs } from './instant.ts';
import type { Instant } from './instant.ts';

/** For so long a device has to be silent beside the new one: a phone that lies in a drawer for an afternoon is no other phone. */
const SILENT_MS = 24 * 3_600_000;

/** What the rule looks at. */
export type LinkedDevice = Pick<DeviceRecord, 'id' | 'device' | 'owner' | 'statistics' | 'goneAt' | 'predecessor'>;

/**
 * The device that `device` was before, out of `others`, which may hold devices of other owners and the device itself.
 * Undefined where there is none, or more than one, or where another device can as well have come out of it.
 */
export function predecessorOf(device: LinkedDevice, others: readonly LinkedDevice[]): DeviceGuid | undefined {
  const claimed = new Set(others.filter(({ id }) => id !== device.id).map(({ predecessor }) => predecessor));
  const candidates = others.filter((other) => !claimed.has(other.id) && canHaveBecome(other, device));
  const [candidate] = candidates;
  if (candidates.length !== 1 || candidate === undefined) return undefined;
  const hasRival = others.some((other) => other.id !== device.id && other.predecessor === undefined && canHaveBecome(candidate, other));
  return hasRival ? undefined : candidate.id;
}

function canHaveBecome(old: LinkedDevice, young: LinkedDevice): boolean {
  if (old.id === young.id || !haveSameOwner(old, young) || !lookAlike(old, young)) return false;
  const beganAt = young.device.firstSyncAt;
  if (isBefore(beganAt, old.device.firstSyncAt)) return false;
  const endedAt = lastSyncOf(old);
  // Two phones of one kind that were in use side by side are two phones, also when one of them is gone by now.
  if (beganAt !== undefined && endedAt !== undefined && endedAt >= beganAt) return false;
  return old.goneAt !== undefined || (beganAt !== undefined && endedAt !== undefined && wasReadAfter(old, addMs(beganAt, SILENT_MS)));
}

/** Only statistics that were read late enough can tell that a device was silent. */
function wasReadAfter({ statistics }: LinkedDevice, time: Instant): boolean {
  return statistics !== undefined && statistics.readAt >= time;
}

function haveSameOwner(a: LinkedDevice, b: LinkedDevice): boolean {
  return a.owner.kind === 'mailbox' && b.owner.kind === 'mailbox' && a.owner.mailbox === b.owner.mailbox;
}

function lookAlike({ device: a }: LinkedDevice, { device: b }: LinkedDevice): boolean {
  return (
    isSameText(a.deviceType, b.deviceType) &&
    isSameText(a.model, b.model) &&
    a.deviceId !== undefined &&
    b.deviceId !== undefined &&
    !isSameText(a.deviceId, b.deviceId)
  );
}

/** Two that are unknown are not the same. */
function isSameText(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && a.toLowerCase() === b?.toLowerCase();
}

function isBefore(a: Instant | undefined, b: Instant | undefined): boolean {
  return a !== undefined && b !== undefined && a < b;
}

/** An attempt shows as well that the phone was still what it had been. */
function lastSyncOf({ statistics }: LinkedDevice): Instant | undefined {
  const { lastSuccessSyncAt, lastSyncAttemptAt } = statistics?.facts ?? {};
  return isBefore(lastSuccessSyncAt, lastSyncAttemptAt) ? lastSyncAttemptAt : (lastSuccessSyncAt ?? lastSyncAttemptAt);
}
