// Device access rules: Exchange gives a level to every device of which one characteristic equals a text exactly.
// https://learn.microsoft.com/powershell/module/exchangepowershell/new-activesyncdeviceaccessrule
import type { AccessLevel } from './access.ts';

/** What a rule looks at. `XMSWLHeader` exists for Microsoft's own use: it is read, never written. */
export const ruleCharacteristics = ['DeviceModel', 'DeviceType', 'DeviceOS', 'UserAgent', 'XMSWLHeader'] as const;
type RuleCharacteristic = (typeof ruleCharacteristics)[number];
type WritableRuleCharacteristic = Exclude<RuleCharacteristic, 'XMSWLHeader'>;

/** A rule as Exchange keeps it. What Exchange does not say is left out. */
export interface AccessRule {
  readonly guid?: string;
  /** Made by Exchange: `<text> (<characteristic>)`. */
  readonly name?: string;
  readonly characteristic?: RuleCharacteristic;
  /** Compared exactly; there are no wildcards. */
  readonly queryString?: string;
  readonly accessLevel?: AccessLevel;
}

/** A rule to be made. Only its level can be changed later. */
export interface NewAccessRule {
  readonly characteristic: WritableRuleCharacteristic;
  readonly queryString: string;
  readonly accessLevel: AccessLevel;
}

/** A type and model that Exchange has seen in the organization; such rows can be stale. */
export interface DeviceClass {
  readonly guid?: string;
  readonly name?: string;
  readonly deviceType?: string;
  readonly deviceModel?: string;
  readonly updatedAt?: string;
}
