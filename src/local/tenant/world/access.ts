// The access decision in Exchange's order: one pure function over what held when the phone connected.
// When it is taken, and what becomes of the row, is devices.ts. Order: the help page of Exchange 2010 on device access states; the words of the reasons are inferred (differences.md).
import type { DeviceFacts } from './device-facts.ts';
import type {
  AccessConfiguration,
  AccessDecision,
  AccessLevel,
  AccessRule,
  AccessState,
  MailboxSettings,
  RuleCharacteristic,
} from './types.ts';

const STATES: Readonly<Record<AccessLevel, AccessState>> = { Allow: 'Allowed', Block: 'Blocked', Quarantine: 'Quarantined' };

/** The state that a level leads to. */
export function stateOf(level: AccessLevel): AccessState {
  return STATES[level];
}

/** Identity and Name of a rule, as Exchange makes them. */
export function ruleName(rule: Pick<AccessRule, 'queryString' | 'characteristic'>): string {
  return `${rule.queryString} (${rule.characteristic})`;
}

/** What a phone shows to the decision. */
export type Judged = Pick<
  DeviceFacts,
  'deviceId' | 'deviceModel' | 'deviceType' | 'deviceOs' | 'userAgent' | 'clientType' | 'provisionable' | 'isManaged' | 'isCompliant'
>;

const CHARACTERISTICS: Readonly<Record<RuleCharacteristic, (facts: Judged) => string | null>> = {
  DeviceModel: (facts) => facts.deviceModel,
  DeviceType: (facts) => facts.deviceType,
  DeviceOS: (facts) => facts.deviceOs,
  UserAgent: (facts) => facts.userAgent,
  XMSWLHeader: () => null,
};

function matches(rule: AccessRule, facts: Judged): boolean {
  return CHARACTERISTICS[rule.characteristic](facts)?.toLowerCase() === rule.queryString.toLowerCase();
}

function holds(ids: readonly string[], deviceId: string): boolean {
  return ids.some((id) => id.toLowerCase() === deviceId.toLowerCase());
}

/** Conditional access stands before the lists; undefined lets the decision go on. */
function byConditionalAccess(configuration: AccessConfiguration, facts: Judged): AccessDecision | undefined {
  if (configuration.conditionalAccess === 'off') return undefined;
  if (facts.clientType !== 'EAS') return { state: 'Allowed', reason: 'ExternallyManaged', rule: null };
  if (configuration.conditionalAccess === 'outlook') return undefined;
  return { state: facts.isManaged && facts.isCompliant ? 'Allowed' : 'Blocked', reason: 'ExternallyManaged', rule: null };
}

/** Decides as Exchange does: policy, conditional access, personal lists, the strictest rule that matches, the organization's default. */
export function decideAccess(
  configuration: AccessConfiguration,
  settings: Pick<MailboxSettings, 'allowedDeviceIds' | 'blockedDeviceIds'>,
  allowsNonProvisionable: boolean,
  facts: Judged,
): AccessDecision {
  if (facts.clientType === 'EAS' && !facts.provisionable && !allowsNonProvisionable)
    return { state: 'Blocked', reason: 'Policy', rule: null };
  const external = byConditionalAccess(configuration, facts);
  if (external) return external;
  if (holds(settings.blockedDeviceIds, facts.deviceId)) return { state: 'Blocked', reason: 'Individual', rule: null };
  if (holds(settings.allowedDeviceIds, facts.deviceId)) return { state: 'Allowed', reason: 'Individual', rule: null };
  for (const level of ['Block', 'Quarantine', 'Allow'] as const) {
    const rule = configuration.rules.find((one) => one.accessLevel === level && matches(one, facts));
    if (rule) return { state: stateOf(level), reason: 'DeviceRule', rule: ruleName(rule) };
  }
  return { state: stateOf(configuration.defaultAccessLevel), reason: 'Global', rule: null };
}
