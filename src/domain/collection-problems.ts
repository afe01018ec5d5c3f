// What is wrong with the content of a collection that somebody wants to save: every fault at once, in words for whoever wrote it.
// The form (which fields there are, of which type) was checked where the body came in.
import { foldedText, osParts, textFields } from './collection-rule.ts';
import type { CollectionRule, RuleTest } from './collection-rule.ts';
import type { CollectionContent } from './collection.ts';
import { isVersion } from './device-filter.ts';
import { isGuid } from './device-identity.ts';
import type { Fault } from './errors.ts';

/** The most that one collection may say: all of it is read at every decision that it limits. */
export const collectionLimits = {
  nameLength: 100,
  depth: 5,
  tests: 50,
  values: 200,
  textLength: 256,
  listed: 500,
  staleDays: 3650,
} as const;

/** Everything that is wrong with it; empty when it can be saved. */
export function problemsWithCollection({ name, rule, include, exclude }: CollectionContent): readonly Fault[] {
  const isNamed = name.trim() !== '' && name.length <= collectionLimits.nameLength;
  return [
    ...(isNamed ? [] : [{ pointer: '#/name', detail: `A name has 1 to ${collectionLimits.nameLength} characters.` }]),
    ...(rule ? problemsWithRule(rule) : []),
    ...problemsWithList('#/include/devices', include.devices),
    ...problemsWithList('#/include/users', include.users),
    ...problemsWithList('#/exclude/devices', exclude.devices),
    ...problemsWithList('#/exclude/users', exclude.users),
  ];
}

function problemsWithList(pointer: string, ids: readonly string[]): readonly Fault[] {
  if (ids.length > collectionLimits.listed) return [{ pointer, detail: `A list has at most ${collectionLimits.listed} ids; use a rule.` }];
  return ids.flatMap((id, index) => (isGuid(id) ? [] : [{ pointer: `${pointer}/${index}`, detail: 'An id is a GUID.' }]));
}

function problemsWithRule(rule: CollectionRule): readonly Fault[] {
  const faults: Fault[] = [];
  const counts = { tests: 0, values: 0 };
  visit(rule, '#/rule', 1, faults, counts);
  const { tests, values } = collectionLimits;
  if (counts.tests > tests) faults.push({ pointer: '#/rule', detail: `A rule has at most ${tests} tests.` });
  if (counts.values > values) faults.push({ pointer: '#/rule', detail: `The tests of a rule have at most ${values} values together.` });
  return faults;
}

function visit(rule: CollectionRule, pointer: string, depth: number, faults: Fault[], counts: { tests: number; values: number }): void {
  if (depth > collectionLimits.depth) {
    faults.push({ pointer, detail: `Rules stand in each other at most ${collectionLimits.depth} deep.` });
    return;
  }
  if (rule.kind === 'everything') return;
  if (rule.kind === 'not') {
    visit(rule.rule, `${pointer}/rule`, depth + 1, faults, counts);
  } else if (rule.kind === 'test') {
    counts.tests += 1;
    counts.values += Array.isArray(rule.value) ? rule.value.length : 1;
    faults.push(...problemsWithTest(rule, `${pointer}/value`));
  } else {
    if (rule.rules.length === 0) faults.push({ pointer: `${pointer}/rules`, detail: 'At least one rule is needed.' });
    for (const [index, each] of rule.rules.entries()) visit(each, `${pointer}/rules/${index}`, depth + 1, faults, counts);
  }
}

function problemsWithTest(test: RuleTest, pointer: string): readonly Fault[] {
  if (test.operator === 'in') {
    if (test.value.length === 0) return [{ pointer, detail: 'At least one value is needed.' }];
    return test.value.flatMap((value, index) => faultOf(problemWithValue(test, value), `${pointer}/${index}`));
  }
  return faultOf(problemWithValue(test, test.value), pointer);
}

function faultOf(detail: string | undefined, pointer: string): readonly Fault[] {
  return detail === undefined ? [] : [{ pointer, detail }];
}

function problemWithValue({ field, operator }: RuleTest, value: string | number | boolean): string | undefined {
  if (typeof value === 'number') {
    const isFit = Number.isInteger(value) && value >= 1 && value <= collectionLimits.staleDays;
    return isFit ? undefined : `Days are a whole number from 1 to ${collectionLimits.staleDays}.`;
  }
  if (typeof value === 'boolean') return undefined;
  if (field === 'user' || field === 'group') return isGuid(value) ? undefined : 'Users and groups are named by their object ids.';
  if (operator === 'below') return problemWithVersion(field, value);
  const isText = textFields.some((each) => each === field);
  if (!isText) return undefined;
  if (value.length > collectionLimits.textLength) return `A text has at most ${collectionLimits.textLength} characters.`;
  return foldedText(value) === undefined || value !== value.trim() ? 'A text has letters or digits, and no blanks around it.' : undefined;
}

function problemWithVersion(field: RuleTest['field'], value: string): string | undefined {
  if (field === 'easVersion') return isVersion(value) ? undefined : 'A version is numbers with dots between them, such as 16.1.';
  const { name, version } = osParts(value);
  const isWhole = name !== '' && version !== undefined && isVersion(version) && value.trim().endsWith(version);
  return isWhole ? undefined : 'A name and a version are needed, such as iOS 17.4.';
}
