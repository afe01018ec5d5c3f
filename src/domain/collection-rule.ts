// The rule of a collection: tests of a device and its owner, joined by and, or and not. Pure; the other way to read it is membership-filter.ts.
// A test of what is not known is neither true nor false, nor is its opposite: whoever is a member of something has to be known to be.
import type { AccessState } from './access.ts';
import type { DeviceGuid } from './device-identity.ts';
import { compareVersions } from './device-filter.ts';
import type { DeviceRecord } from './device-record.ts';
import { fold } from './fold.ts';
import { msBetween } from './instant.ts';
import { factsOfOwner, ownerOf } from './owner-facts.ts';

/** Fields that only the directory's administrators can change: the only ones that a collection may test which limits rights. */
const directoryFields = ['user', 'department', 'group', 'domain'] as const;
/** Texts, compared without regard to case and accents. All but the first two are chosen by the device. */
export const textFields = ['department', 'domain', 'clientType', 'deviceType', 'model', 'os'] as const;
type TextField = (typeof textFields)[number];

/** A field that has one of these values. */
type Equals<Field, Value> =
  | { readonly kind: 'test'; readonly field: Field; readonly operator: 'eq'; readonly value: Value }
  | { readonly kind: 'test'; readonly field: Field; readonly operator: 'in'; readonly value: readonly Value[] };

/** A test of a text. */
type TextTest =
  | Equals<TextField, string>
  | { readonly kind: 'test'; readonly field: TextField; readonly operator: 'startsWith'; readonly value: string }
  /** A name and a version, `iOS 17.4`: an operating system of that name with an earlier version. */
  | { readonly kind: 'test'; readonly field: 'os'; readonly operator: 'below'; readonly value: string };

/** One test. Users and groups are object ids. */
export type RuleTest =
  | TextTest
  | Equals<'user' | 'group', string>
  | Equals<'accessState', AccessState>
  /** Who owns the phone, as Intune knows it. */
  | Equals<'ownership', 'company' | 'personal'>
  /** Exchange ActiveSync below this version; a client that speaks something else is not below any. */
  | { readonly kind: 'test'; readonly field: 'easVersion'; readonly operator: 'below'; readonly value: string }
  /** Had not synced for that many days when its statistics were last read. */
  | { readonly kind: 'test'; readonly field: 'staleDays'; readonly operator: 'atLeast'; readonly value: number }
  | { readonly kind: 'test'; readonly field: 'isManaged'; readonly operator: 'eq'; readonly value: boolean };

/** Devices by their ids: an explicit list, no part of a rule that people write. */
interface DeviceList {
  readonly kind: 'devices';
  readonly ids: readonly DeviceGuid[];
}

/** Leaves joined by and, or and not. An `and` of nothing holds, an `or` of nothing does not. */
type Joined<Leaf> =
  | { readonly kind: 'everything' }
  | { readonly kind: 'and' | 'or'; readonly rules: readonly Joined<Leaf>[] }
  | { readonly kind: 'not'; readonly rule: Joined<Leaf> }
  | Leaf;

export type CollectionRule = Joined<RuleTest>;
/** A rule with explicit lists: all that decides whether a device is in a collection. */
export type Condition = Joined<RuleTest | DeviceList>;

/** True, false, or undefined where what is known does not tell. */
export type Truth = boolean | undefined;
export type RuleTester = (record: DeviceRecord) => Truth;

/** All tests of a condition, wherever they stand. */
function testsIn(condition: Condition): readonly RuleTest[] {
  if (condition.kind === 'test') return [condition];
  if (condition.kind === 'not') return testsIn(condition.rule);
  return condition.kind === 'and' || condition.kind === 'or' ? condition.rules.flatMap(testsIn) : [];
}

/** The object ids of the groups that a rule names. */
export function groupsIn(rule: CollectionRule): readonly string[] {
  return testsIn(rule).flatMap((test) => (test.field === 'group' ? valuesOf(test).map((id) => id.toLowerCase()) : []));
}

/** Whether every test is of the directory's fields, so that no device can choose to be in or out. */
export function isDirectoryOnly(rule: CollectionRule): boolean {
  return testsIn(rule).every(({ field }) => directoryFields.some((each) => each === field));
}

/** The values of a test for equality. */
export function valuesOf<Value>(
  test: { readonly operator: 'eq'; readonly value: Value } | { readonly operator: 'in'; readonly value: readonly Value[] },
): readonly Value[] {
  return test.operator === 'eq' ? [test.value] : test.value;
}

/** The test in memory that a condition stands for. `knownGroups`: those whose members have been applied to all devices. */
export function testerOf(condition: Condition, knownGroups: ReadonlySet<string>): RuleTester {
  switch (condition.kind) {
    case 'everything':
      return () => true;
    case 'devices': {
      const ids = new Set(condition.ids);
      return ({ id }) => ids.has(id);
    }
    case 'not': {
      const tester = testerOf(condition.rule, knownGroups);
      return (record) => negated(tester(record));
    }
    case 'and':
    case 'or': {
      const testers = condition.rules.map((rule) => testerOf(rule, knownGroups));
      return (record) => joined(condition.kind, testers, record);
    }
    default:
      return testOf(condition, knownGroups);
  }
}

function negated(truth: Truth): Truth {
  return truth === undefined ? undefined : !truth;
}

/** Kleene's logic: one that decides is enough, else one that is not known leaves it open. */
function joined(kind: 'and' | 'or', testers: readonly RuleTester[], record: DeviceRecord): Truth {
  const deciding = kind === 'or';
  let truth: Truth = !deciding;
  for (const tester of testers) {
    const each = tester(record);
    if (each === deciding) return deciding;
    if (each === undefined) truth = undefined;
  }
  return truth;
}

function testOf(test: RuleTest, knownGroups: ReadonlySet<string>): RuleTester {
  switch (test.field) {
    case 'user':
      return among(
        valuesOf(test).map((id) => id.toLowerCase()),
        ownerOf,
      );
    case 'group':
      return groupTest(valuesOf(test), knownGroups);
    case 'accessState':
      return among(valuesOf(test), ({ device }) => device.accessState);
    case 'ownership':
      return among(valuesOf(test), ({ managed }) => managed?.ownership);
    case 'isManaged':
      return (record) => (isManaged(record) === undefined ? undefined : isManaged(record) === test.value);
    case 'staleDays':
      return (record) => isStale(record, test.value);
    case 'easVersion':
      return (record) => isEasBelow(record, test.value);
    default:
      return textTest(test);
  }
}

function among(values: readonly string[], textIn: (record: DeviceRecord) => string | undefined): RuleTester {
  const wanted = new Set(values);
  return (record) => {
    const text = textIn(record);
    return text === undefined ? undefined : wanted.has(text);
  };
}

const TEXTS = {
  department: (record) => factsOfOwner(record)?.department,
  domain: (record) => factsOfOwner(record)?.domain,
  clientType: ({ device }) => device.clientType,
  deviceType: ({ device }) => device.deviceType,
  model: ({ device }) => device.model,
  os: ({ device }) => device.os,
} satisfies Record<TextField, (record: DeviceRecord) => string | undefined>;

function textTest(test: TextTest): RuleTester {
  const textIn: (record: DeviceRecord) => string | undefined = TEXTS[test.field];
  if (test.operator === 'below') return (record) => isOsBelow(record.device.os, test.value);
  const folded = (record: DeviceRecord): string | undefined => foldedText(textIn(record));
  if (test.operator !== 'startsWith') return among(valuesOf(test).map(fold), folded);
  const beginning = fold(test.value);
  return (record) => folded(record)?.startsWith(beginning);
}

/** The text as it is compared; what folds to nothing says nothing. */
export function foldedText(text: string | undefined): string | undefined {
  const folded = fold(text ?? '');
  return folded === '' ? undefined : folded;
}

function groupTest(values: readonly string[], knownGroups: ReadonlySet<string>): RuleTester {
  const groups = values.map((id) => id.toLowerCase());
  const areKnown = groups.every((id) => knownGroups.has(id));
  // Rows may still name a group whose members were once applied and are not any more.
  const wanted = new Set(groups.filter((id) => knownGroups.has(id)));
  return (record) => {
    const facts = factsOfOwner(record);
    if (!facts) return undefined;
    return facts.groups.some((id) => wanted.has(id)) || (areKnown ? false : undefined);
  };
}

function isManaged({ device, managed }: DeviceRecord): Truth {
  return managed === undefined ? device.isManaged : true;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Judged by the time of the reading: what the device did since is not known. */
function isStale({ statistics }: DeviceRecord, days: number): Truth {
  const syncedAt = statistics?.facts.lastSuccessSyncAt;
  return syncedAt === undefined || !statistics ? undefined : msBetween(syncedAt, statistics.readAt) >= days * DAY_MS;
}

function isEasBelow({ device }: DeviceRecord, version: string): Truth {
  const { clientType, clientVersion = '' } = device;
  if (clientType === undefined) return undefined;
  if (clientType !== 'EAS') return false;
  return /^\d/.test(clientVersion) ? compareVersions(clientVersion, version) < 0 : undefined;
}

// Exchange keeps what devices send: `iOS 17.4 21E219`, `Android 14`, `Windows Phone 8.10.14219.341`.
const NAME_AND_VERSION = /^(?<name>\D+?)\s*(?<version>\d+(?:\.\d+)*)/;

/** The name and version in a text such as `iOS 17.4`. */
export function osParts(text: string): { readonly name: string; readonly version?: string } {
  const { name = text, version } = NAME_AND_VERSION.exec(text)?.groups ?? {};
  return { name: fold(name.trim()), ...(version !== undefined && { version }) };
}

function isOsBelow(os: string | undefined, wanted: string): Truth {
  if (os === undefined) return undefined;
  const [found, limit] = [osParts(os), osParts(wanted)];
  if (found.name !== limit.name) return false;
  return found.version === undefined ? undefined : compareVersions(found.version, limit.version ?? '') < 0;
}
