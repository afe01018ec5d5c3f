import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemsWithCollection } from '../../src/domain/collection-problems.ts';
import { groupsIn, isDirectoryOnly, testerOf } from '../../src/domain/collection-rule.ts';
import type { CollectionRule, RuleTest, Truth } from '../../src/domain/collection-rule.ts';
import type { DeviceRecord, StatisticsReading } from '../../src/domain/device-record.ts';
import { addMs } from '../../src/domain/instant.ts';
import { ownerFactsOf } from '../../src/domain/owner-facts.ts';
import { aRecord, AT, deviceIds, groupIds, guidNumber, mailbox, userIds } from '../support/access-arbitraries.ts';

function present<T>(value: T | undefined): T {
  assert.notEqual(value, undefined);
  return value as T;
}

const id = present(deviceIds[0]);
const [user, other] = [present(userIds[0]), present(userIds[1])];
const [known, unknown] = [present(groupIds[0]), present(groupIds[1])];

function statisticsOf(syncedDaysAgo: number): StatisticsReading {
  const lastSuccessSyncAt = addMs(AT, -syncedDaysAgo * 86_400_000);
  return { readAt: AT, facts: { guid: id, deviceWipe: {}, accountWipe: {}, lastSuccessSyncAt } };
}

const sales: DeviceRecord = {
  ...aRecord(id, {
    owner: { kind: 'mailbox', mailbox, user },
    ownerFacts: { user, department: 'Sálès EMEA', domain: 'contoso.example', groups: [known] },
    statistics: statisticsOf(30),
    managed: { id: 'm', ownership: 'company' },
  }),
  device: {
    guid: id,
    clientType: 'EAS',
    clientVersion: '14.1',
    deviceType: 'iPhone',
    model: 'iPhone 15',
    os: 'iOS 17.4 21E219',
    accessState: 'Allowed',
  },
};
const nothing = aRecord(id);
const outlook: DeviceRecord = { ...nothing, device: { guid: id, clientType: 'Outlook', os: 'Android', isManaged: false } };
const stale: DeviceRecord = { ...sales, ownerFacts: { ...present(sales.ownerFacts), user: other } };

const is = (field: 'user' | 'group' | 'department' | 'domain' | 'model' | 'os', value: string): RuleTest => ({
  kind: 'test',
  field,
  operator: 'eq',
  value,
});
const cases: readonly { rule: CollectionRule; sales: Truth; nothing: Truth; outlook?: Truth; stale?: Truth }[] = [
  { rule: { kind: 'everything' }, sales: true, nothing: true },
  { rule: is('user', user.toUpperCase()), sales: true, nothing: undefined, stale: true },
  { rule: is('user', other), sales: false, nothing: undefined },
  { rule: is('department', 'SALES EMEA'), sales: true, nothing: undefined, stale: undefined },
  { rule: is('department', 'Sales'), sales: false, nothing: undefined, stale: undefined },
  { rule: { kind: 'test', field: 'department', operator: 'startsWith', value: 'sales' }, sales: true, nothing: undefined },
  {
    rule: { kind: 'test', field: 'domain', operator: 'in', value: ['fabrikam.example', 'Contoso.example'] },
    sales: true,
    nothing: undefined,
  },
  { rule: is('group', known.toUpperCase()), sales: true, nothing: undefined, stale: undefined },
  { rule: is('group', unknown), sales: undefined, nothing: undefined },
  { rule: { kind: 'test', field: 'group', operator: 'in', value: [known, unknown] }, sales: true, nothing: undefined },
  { rule: { kind: 'not', rule: is('group', unknown) }, sales: undefined, nothing: undefined },
  { rule: { kind: 'not', rule: is('department', 'Marketing') }, sales: true, nothing: undefined, stale: undefined },
  { rule: is('model', 'IPHONE 15'), sales: true, nothing: undefined },
  { rule: is('os', 'iOS 17.4 21E219'), sales: true, nothing: undefined, outlook: false },
  { rule: { kind: 'test', field: 'os', operator: 'below', value: 'iOS 17.10' }, sales: true, nothing: undefined, outlook: false },
  { rule: { kind: 'test', field: 'os', operator: 'below', value: 'iOS 17.4' }, sales: false, nothing: undefined },
  { rule: { kind: 'test', field: 'os', operator: 'below', value: 'Android 14' }, sales: false, nothing: undefined, outlook: undefined },
  { rule: { kind: 'test', field: 'easVersion', operator: 'below', value: '16.1' }, sales: true, nothing: undefined, outlook: false },
  { rule: { kind: 'test', field: 'easVersion', operator: 'below', value: '14.1' }, sales: false, nothing: undefined },
  { rule: { kind: 'test', field: 'accessState', operator: 'in', value: ['Blocked', 'Allowed'] }, sales: true, nothing: undefined },
  { rule: { kind: 'test', field: 'ownership', operator: 'eq', value: 'personal' }, sales: false, nothing: undefined },
  { rule: { kind: 'test', field: 'staleDays', operator: 'atLeast', value: 30 }, sales: true, nothing: undefined },
  { rule: { kind: 'test', field: 'staleDays', operator: 'atLeast', value: 31 }, sales: false, nothing: undefined },
  { rule: { kind: 'test', field: 'isManaged', operator: 'eq', value: true }, sales: true, nothing: undefined, outlook: false },
  { rule: { kind: 'test', field: 'isManaged', operator: 'eq', value: false }, sales: false, nothing: undefined, outlook: true },
  { rule: { kind: 'or', rules: [is('department', 'x'), { kind: 'everything' }] }, sales: true, nothing: true },
  { rule: { kind: 'and', rules: [is('department', 'x'), is('model', 'iPhone 15')] }, sales: false, nothing: undefined },
];

for (const { rule, ...expected } of cases) {
  test(`${JSON.stringify(rule)} is true, false, or not known of a device`, () => {
    const tester = testerOf(rule, new Set([known]));

    assert.equal(tester(sales), expected.sales);
    assert.equal(tester(nothing), expected.nothing);
    if ('outlook' in expected) assert.equal(tester(outlook), expected.outlook);
    if ('stale' in expected) assert.equal(tester(stale), expected.stale);
  });
}

test('only rules over the directory cannot be met by what a device says of itself', () => {
  const directory: CollectionRule = {
    kind: 'and',
    rules: [is('group', known), { kind: 'not', rule: is('user', user) }, is('domain', 'a.example')],
  };

  assert.equal(isDirectoryOnly(directory), true);
  assert.equal(isDirectoryOnly({ kind: 'or', rules: [directory, { kind: 'not', rule: is('model', 'x') }] }), false);
  assert.deepEqual(groupsIn(directory), [known]);
});

test('the facts of a user are the domain of the mail address, or of the sign-in name, and the groups in order', () => {
  const facts = [
    ownerFactsOf(user, { id: user, mail: 'a@Mail.example', userPrincipalName: 'a@upn.example', department: 'Sales' }, ['b', 'a']),
    ownerFactsOf(user, { id: user, userPrincipalName: 'guest_home.example#EXT#@upn.example' }, []),
    ownerFactsOf(user, { id: user, mail: 'nothing', userPrincipalName: 'b@' }, []),
  ];

  assert.deepEqual(facts, [
    { user, department: 'Sales', domain: 'mail.example', groups: ['a', 'b'] },
    { user, domain: 'upn.example', groups: [] },
    { user, groups: [] },
  ]);
});

test('every fault of a collection is named at once, where it is', () => {
  const rule: CollectionRule = {
    kind: 'and',
    rules: [
      { kind: 'or', rules: [] },
      is('group', 'Sales'),
      { kind: 'not', rule: is('department', ' ') },
      { kind: 'test', field: 'os', operator: 'below', value: 'iOS' },
      { kind: 'test', field: 'easVersion', operator: 'below', value: 'new' },
      { kind: 'test', field: 'staleDays', operator: 'atLeast', value: 0 },
      { kind: 'test', field: 'domain', operator: 'in', value: [] },
      { kind: 'test', field: 'user', operator: 'in', value: [user, 'alice'] },
    ],
  };
  const devices = Array.from({ length: 501 }, (_, index) => present(deviceIds[index % 4]));

  const faults = problemsWithCollection({ name: ' ', rule, include: { devices, users: [] }, exclude: { devices: [], users: [] } });

  assert.deepEqual(
    faults.map(({ pointer }) => pointer),
    [
      '#/name',
      '#/rule/rules/0/rules',
      '#/rule/rules/1/value',
      '#/rule/rules/2/rule/value',
      '#/rule/rules/3/value',
      '#/rule/rules/4/value',
      '#/rule/rules/5/value',
      '#/rule/rules/6/value',
      '#/rule/rules/7/value/1',
      '#/include/devices',
    ],
  );
});

test('a rule is as deep and as long as it may be, and no more', () => {
  const nested = (depth: number): CollectionRule => (depth === 1 ? is('group', known) : { kind: 'not', rule: nested(depth - 1) });
  const wide = (tests: number): CollectionRule => ({
    kind: 'or',
    rules: Array.from({ length: tests }, (_, n) => is('group', guidNumber('group', n))),
  });
  const faultsOf = (rule: CollectionRule): number => {
    const nobody = { devices: [], users: [] };
    return problemsWithCollection({ name: 'a', rule, include: nobody, exclude: nobody }).length;
  };

  assert.deepEqual([nested(5), nested(6), wide(50), wide(51)].map(faultsOf), [0, 1, 0, 1]);
});
