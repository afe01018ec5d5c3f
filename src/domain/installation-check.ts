// What the checks of an installation mean: the feature that each belongs to, whether discovery needs it, and what is missing in all.
// Needed is what discovery cannot do without; everything else may be missing, and the installation then says which features are.
import type { Connector } from './connector.ts';
import type { ConnectionAbility, Finding } from './diagnosis.ts';
import { inConnectorWords } from './installation-words.ts';

/** Something that the connector does for people. */
export type Feature =
  | 'discovery'
  | 'statistics'
  | 'owner-lookup'
  | 'directory'
  | 'groups'
  | 'managed-devices'
  | 'access-view'
  | 'policy-view'
  | 'allow-and-block'
  | 'wipe'
  | 'remove'
  | 'access-change'
  | 'policy-change'
  | 'mail';

/** What a check of an installation is about: the connection, or the storage of the deployment. */
export type CheckedAbility = ConnectionAbility | 'storage';

/** One check and what came of it, before it is known what it means. */
export type CheckFinding = Omit<Finding, 'ability'> & { readonly ability: CheckedAbility };

/** One check of an installation. */
export interface InstallationCheck extends Omit<Finding, 'ability'> {
  readonly feature: Feature;
  /** Whether the connector cannot be installed without it. */
  readonly isNeeded: boolean;
}

/** What the checks of one attempt mean. */
export interface Judgement {
  /** Everything needed works. */
  readonly isUsable: boolean;
  readonly checks: readonly InstallationCheck[];
  /** In the order of `features`. */
  readonly missingFeatures: readonly Feature[];
}

/** Each feature in words. */
const featureWords = {
  discovery: 'discovery',
  statistics: 'statistics of devices',
  'owner-lookup': 'looking up owners that the list of mailboxes does not show',
  directory: 'facts about users',
  groups: 'groups of users',
  'managed-devices': 'facts from Intune',
  'access-view': 'showing access settings and rules',
  'policy-view': 'showing policies',
  'allow-and-block': 'allowing and blocking devices',
  wipe: 'wiping devices',
  remove: 'removing devices',
  'access-change': 'changing access settings and rules',
  'policy-change': 'changing policies',
  mail: 'sending mail',
} as const satisfies Record<Feature, string>;

export const features = Object.keys(featureWords).filter(isFeature);

function isFeature(text: string): text is Feature {
  return Object.hasOwn(featureWords, text);
}

const FEATURE_OF = {
  storage: 'discovery',
  'sign-in': 'discovery',
  'exchange.reach': 'discovery',
  'organization.read': 'discovery',
  'devices.read': 'discovery',
  'mailboxes.read': 'discovery',
  'statistics.read': 'statistics',
  'recipients.read': 'owner-lookup',
  'access.read': 'access-view',
  'policies.read': 'policy-view',
  'device-lists.write': 'allow-and-block',
  'devices.wipe': 'wipe',
  'devices.remove': 'remove',
  'access.write': 'access-change',
  'policies.write': 'policy-change',
  'graph.sign-in': 'directory',
  'directory.read': 'directory',
  'groups.read': 'groups',
  'managed-devices.read': 'managed-devices',
  'mail.send': 'mail',
} as const satisfies Record<CheckedAbility, Feature>;

/** The feature that an ability is for. */
export function featureOf(ability: CheckedAbility): Feature {
  return FEATURE_OF[ability];
}

/** Where devices are chosen by groups of users, discovery needs those too. */
const NEEDED_FOR_GROUPS: ReadonlySet<CheckedAbility> = new Set(['graph.sign-in', 'groups.read']);

function isNeeded(ability: CheckedAbility, { scope }: Pick<Connector, 'scope'>): boolean {
  return FEATURE_OF[ability] === 'discovery' || (scope.kind === 'groups' && NEEDED_FOR_GROUPS.has(ability));
}

/** What the findings mean for a connector. */
export function judgeChecks(findings: readonly CheckFinding[], connector: Pick<Connector, 'scope'>): Judgement {
  const checks = findings.map((finding) => judgeCheck(finding, connector));
  const lacking = new Set(checks.filter(isBroken).map(({ feature }) => feature));
  const needed = checks.filter((check) => check.isNeeded);
  return {
    isUsable: needed.length > 0 && needed.every(({ state }) => state === 'works'),
    checks,
    missingFeatures: features.filter((feature) => lacking.has(feature)),
  };
}

function judgeCheck({ ability, cause, cure, ...rest }: CheckFinding, connector: Pick<Connector, 'scope'>): InstallationCheck {
  return {
    ...rest,
    feature: FEATURE_OF[ability],
    isNeeded: isNeeded(ability, connector),
    ...(cause !== undefined && { cause: inConnectorWords(cause) }),
    ...(cure !== undefined && { cure: inConnectorWords(cure) }),
  };
}

/** Whether a check found that something is not there or does not work; what was not tried is neither. */
export function isBroken({ state }: Pick<InstallationCheck, 'state'>): boolean {
  return state === 'missing' || state === 'failed';
}

/** The check that keeps the connector from being installed: of the needed ones the first that does not work, with a cause if one has it. */
export function blockingCheck(checks: readonly InstallationCheck[]): InstallationCheck | undefined {
  const blocking = checks.filter((check) => check.isNeeded && check.state !== 'works');
  return blocking.find(({ cause }) => cause !== undefined) ?? blocking[0];
}

/** Features in words, for a sentence. */
export function listFeatures(named: readonly Feature[]): string {
  return named.map((feature) => featureWords[feature]).join(', ');
}
