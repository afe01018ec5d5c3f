// Phones as the seed makes them: strings, habits and first contact, all following from (seed, index).
// Not what became of them since: devices.ts keeps the changes.
import type { CastDevice, DeviceTraits } from './cast.ts';
import { deviceStrings, profileOf, type DeviceStrings, type ProfileName } from './device-profiles.ts';
import type { Draw } from './hash.ts';
import { seededDeviceCount, type PopulationPlan } from './population.ts';
import type { InstantMs } from './types.ts';

/** Everything the seed, or whoever added the phone, says about one partnership. */
export interface DeviceFacts extends DeviceStrings, DeviceTraits {
  readonly deviceOsLanguage: string | null;
  readonly imei: string | null;
  readonly telephoneNumber: string | null;
  readonly mobileOperator: string | null;
  readonly firstSyncMs: InstantMs | null;
  readonly firstSyncTicks: number;
  /** First contact for the phone's life; equals `firstSyncMs` unless that is missing or odd. */
  readonly bornMs: InstantMs;
  /** When a dormant one was last seen; null while it lives. */
  readonly stoppedMs: InstantMs | null;
  readonly isManaged: boolean;
  readonly isCompliant: boolean;
  /** Reports no sync times, as Outlook mobile often does. */
  readonly hidesSync: boolean;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Exchange Online refuses ActiveSync below 16.1 from this day on. https://learn.microsoft.com/exchange (Team blog, 2025-12-15) */
export const PROTOCOL_FLOOR_MS = Date.UTC(2026, 2, 1);

const RETIRED: ReadonlySet<ProfileName> = new Set(['windows-mail', 'mowa', 'eas14']);

/** Whether the client may still connect by its protocol at `atMs`. */
export function isAboveFloor(facts: Pick<DeviceStrings, 'clientType' | 'clientVersion'>, atMs: InstantMs): boolean {
  if (facts.clientType !== 'EAS' || atMs < PROTOCOL_FLOOR_MS) return true;
  const [major = 0, minor = 0] = facts.clientVersion.split('.').map(Number);
  return major > 16 || (major === 16 && minor >= 1);
}

function lifeOf(draw: Draw, index: number, profile: ProfileName): DeviceTraits['life'] {
  if (RETIRED.has(profile)) return 'dormant';
  const roll = draw.below(100, 'device', index, 20);
  if (roll < 68) return 'live';
  if (roll < 80) return 'daily';
  return roll < 98 ? 'dormant' : 'never';
}

function wipeOf(draw: Draw, index: number): DeviceTraits['wipe'] {
  const roll = draw.below(100, 'device', index, 21);
  if (roll < 86) return 'acknowledges';
  return roll < 98 ? 'never-acknowledges' : 'fails';
}

/** First contact: mostly spread over two years, with the odd values that real rows have. */
function firstContact(
  draw: Draw,
  index: number,
  startMs: InstantMs,
  profile: ProfileName,
): Pick<DeviceFacts, 'firstSyncMs' | 'firstSyncTicks' | 'bornMs'> {
  const spread = RETIRED.has(profile) ? 2500 : 730;
  const oldest = RETIRED.has(profile) ? 400 : 1;
  const whole = startMs - (oldest + draw.fraction('device', index, 22) * spread) * DAY_MS;
  const bornMs = Math.floor(whole / 1000) * 1000;
  const odd = index % 500;
  if (odd === 131) return { firstSyncMs: null, firstSyncTicks: 0, bornMs };
  // The day of a migration gave many rows one and the same time.
  if (odd >= 200 && odd < 206) {
    const migrated = Math.floor(startMs / DAY_MS - 400) * DAY_MS;
    return { firstSyncMs: migrated, firstSyncTicks: 0, bornMs: migrated };
  }
  if (index % 2500 === 777) return { firstSyncMs: startMs + 3 * DAY_MS, firstSyncTicks: 0, bornMs };
  if (index % 3 === 0) {
    const firstSyncMs = bornMs + draw.below(1000, 'device', index, 23);
    return { firstSyncMs, firstSyncTicks: draw.below(10_000, 'device', index, 24), bornMs: firstSyncMs };
  }
  return { firstSyncMs: bornMs, firstSyncTicks: 0, bornMs };
}

function completeFacts(
  draw: Draw,
  index: number,
  startMs: InstantMs,
  profile: ProfileName,
  strings: DeviceStrings,
  traits: DeviceTraits,
): DeviceFacts {
  const contact = firstContact(draw, index, startMs, profile);
  const native = profile === 'iphone' || profile === 'ipad' || profile === 'android' || profile === 'samsung';
  const isManaged = native && draw.below(100, 'device', index, 25) < 45;
  const age = startMs - contact.bornMs;
  return {
    ...strings,
    ...traits,
    ...contact,
    deviceOsLanguage: strings.clientType === 'MOWA' ? null : draw.pick(['en', 'en-us', 'fr', 'de', 'pl', 'en-gb'], 'device', index, 26),
    imei: profile === 'eas14' ? `35${draw.bits('device', index, 27).toString().padStart(13, '0').slice(0, 13)}` : null,
    telephoneNumber: profile === 'eas14' && index % 2 === 0 ? `******${index % 10_000}`.slice(0, 11) : null,
    mobileOperator: profile === 'samsung' ? draw.pick(['', 'Operator A', 'Operator B'], 'device', index, 28) : null,
    stoppedMs: traits.life === 'dormant' ? contact.bornMs + Math.floor(draw.fraction('device', index, 29) * 0.9 * age) : null,
    isManaged,
    isCompliant: isManaged && draw.below(100, 'device', index, 30) < 90,
    hidesSync: strings.deviceType === 'Outlook' && draw.below(100, 'device', index, 31) < 30,
  };
}

/** Facts of a generated device. */
export function generatedFacts(draw: Draw, index: number, startMs: InstantMs): DeviceFacts {
  const profile = profileOf(draw, index);
  const traits = {
    life: lifeOf(draw, index, profile),
    wipe: wipeOf(draw, index),
    provisionable: draw.below(100, 'device', index, 32) >= 3,
  };
  return completeFacts(draw, index, startMs, profile, deviceStrings(profile, draw, index), traits);
}

/** Facts of a device that the cast names. */
export function castDeviceFacts(draw: Draw, index: number, startMs: InstantMs, device: CastDevice): DeviceFacts {
  const strings = { ...deviceStrings(device.profile, draw, index), ...device.strings };
  const traits: DeviceTraits = { life: 'live', wipe: 'acknowledges', provisionable: true, ...device.traits };
  return completeFacts(draw, index, startMs, device.profile, strings, traits);
}

/** Facts of a phone that comes new into the world at `bornMs`, with fields that the caller fixes. */
export function newDeviceFacts(draw: Draw, index: number, bornMs: InstantMs, fixed: Partial<DeviceFacts> = {}): DeviceFacts {
  const profile = (['iphone', 'android', 'outlook-ios', 'samsung'] as const)[draw.below(4, 'device', index, 33)] ?? 'iphone';
  const strings = deviceStrings(profile, draw, index);
  const made = completeFacts(draw, index, bornMs, profile, strings, { life: 'live', wipe: wipeOf(draw, index), provisionable: true });
  const merged = { ...made, firstSyncMs: bornMs, firstSyncTicks: 0, bornMs, stoppedMs: null, ...fixed };
  if (fixed.objectName !== undefined) return merged;
  const prefix = merged.deviceType === 'Outlook' ? 'REST§Outlook' : merged.deviceType;
  return { ...merged, objectName: `${prefix}§${merged.deviceId}` };
}

/** Where the phones of each mailbox begin, and which mailbox a phone belongs to, for the generated ones. */
export interface DeviceLayout {
  readonly count: number;
  first(mailboxIndex: number): number;
  mailboxOf(deviceIndex: number): number;
}

/** Lays the generated phones out one mailbox after another. */
export function layOutDevices(plan: PopulationPlan): DeviceLayout {
  const starts = new Int32Array(plan.mailboxCount + 1);
  let count = 0;
  for (let index = 0; index < plan.mailboxCount; index += 1) {
    starts[index] = count;
    count += seededDeviceCount(plan, index);
  }
  starts[plan.mailboxCount] = count;
  const owners = new Int32Array(count);
  for (let index = 0; index < plan.mailboxCount; index += 1) owners.fill(index, starts[index], starts[index + 1]);
  return { count, first: (mailboxIndex) => starts[mailboxIndex] ?? count, mailboxOf: (deviceIndex) => owners[deviceIndex] ?? -1 };
}

/** When a phone connects: every 15 to 90 minutes, or about once a day. */
export function periodMs(life: DeviceTraits['life'], draw: Draw, index: number): number {
  if (life === 'daily') return (20 + draw.below(10, 'device', index, 40)) * 60 * MINUTE_MS;
  return (15 + draw.below(75, 'device', index, 41)) * MINUTE_MS;
}
