// Which settings of a connector differ, by name: what the audit tells of a change. Values are not told, because they may name people.
import { canonicalJson } from './audit-chain.ts';
import type { ConnectorSettings } from './connector.ts';

/** Every setting there is: one that is missing here does not compile. */
const NAMES = {
  displayName: 0,
  cloud: 0,
  credential: 0,
  schedule: 0,
  scope: 0,
  ignoreInactiveDays: 0,
  notificationMailbox: 0,
  allowExternalDeviceManagement: 0,
  statisticsParallel: 0,
  statisticsMinutes: 0,
  readingParallel: 0,
  keepGoneDays: 0,
} as const satisfies Record<keyof ConnectorSettings, 0>;

/** The names of the settings that differ, in the order in which settings are shown. */
export function changedSettings(before: ConnectorSettings, after: ConnectorSettings): readonly string[] {
  const [old, now] = [partsOf(before), partsOf(after)];
  return Object.keys(NAMES).filter((name) => old.get(name) !== now.get(name));
}

/** Each setting in the one form that its value has. */
function partsOf(settings: ConnectorSettings): ReadonlyMap<string, string> {
  return new Map(Object.entries(settings).map(([name, value]) => [name, canonicalJson({ value })]));
}
