// The order of the access decision, as a table.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decideAccess, type Judged } from '../../../../src/local/tenant/world/access.ts';
import type { AccessConfiguration, AccessLevel, AccessRule, RuleCharacteristic } from '../../../../src/local/tenant/world/types.ts';

const PHONE: Judged = {
  deviceId: 'ID1',
  deviceModel: 'iPhone14C3',
  deviceType: 'iPhone',
  deviceOs: 'iOS 17.4 21E219',
  userAgent: 'Apple-iPhone14C3/2105.219',
  clientType: 'EAS',
  provisionable: true,
  isManaged: false,
  isCompliant: false,
};

function rule(accessLevel: AccessLevel, queryString: string, characteristic: RuleCharacteristic = 'DeviceType'): AccessRule {
  return { guid: queryString, queryString, characteristic, accessLevel, createdMs: 0, changedMs: 0 };
}

interface Case {
  readonly name: string;
  readonly phone?: Partial<Judged>;
  readonly allowed?: readonly string[];
  readonly blocked?: readonly string[];
  readonly rules?: readonly AccessRule[];
  readonly configuration?: Partial<AccessConfiguration>;
  readonly isStrict?: boolean;
  readonly expected: string;
}

const CASES: readonly Case[] = [
  { name: 'nothing matches', expected: 'Allowed Global' },
  { name: 'the default blocks', configuration: { defaultAccessLevel: 'Block' }, expected: 'Blocked Global' },
  { name: 'the default quarantines', configuration: { defaultAccessLevel: 'Quarantine' }, expected: 'Quarantined Global' },
  {
    name: 'a rule allows against the default',
    rules: [rule('Allow', 'iPhone')],
    configuration: { defaultAccessLevel: 'Block' },
    expected: 'Allowed DeviceRule iPhone (DeviceType)',
  },
  {
    name: 'the strictest of several rules wins',
    rules: [rule('Allow', 'iPhone'), rule('Block', 'iPhone14C3', 'DeviceModel')],
    expected: 'Blocked DeviceRule iPhone14C3 (DeviceModel)',
  },
  {
    name: 'quarantine stands between',
    rules: [rule('Allow', 'iPhone'), rule('Quarantine', 'iOS 17.4 21E219', 'DeviceOS')],
    expected: 'Quarantined DeviceRule iOS 17.4 21E219 (DeviceOS)',
  },
  { name: 'rules match exactly, not by a beginning', rules: [rule('Block', 'iPhon')], expected: 'Allowed Global' },
  { name: 'rules know no case', rules: [rule('Block', 'IPHONE')], expected: 'Blocked DeviceRule IPHONE (DeviceType)' },
  {
    name: 'a user agent rule',
    rules: [rule('Block', 'Apple-iPhone14C3/2105.219', 'UserAgent')],
    expected: 'Blocked DeviceRule Apple-iPhone14C3/2105.219 (UserAgent)',
  },
  {
    name: 'the personal allow list beats a blocking rule',
    allowed: ['id1'],
    rules: [rule('Block', 'iPhone')],
    expected: 'Allowed Individual',
  },
  { name: 'the personal block list beats the allow list', allowed: ['ID1'], blocked: ['ID1'], expected: 'Blocked Individual' },
  { name: 'a list of other ids is no matter', allowed: ['ID2'], blocked: ['ID3'], expected: 'Allowed Global' },
  {
    name: 'a phone that does not apply a strict policy',
    phone: { provisionable: false },
    allowed: ['ID1'],
    isStrict: true,
    expected: 'Blocked Policy',
  },
  { name: 'the same under a lenient policy', phone: { provisionable: false }, allowed: ['ID1'], expected: 'Allowed Individual' },
  { name: 'a strict policy and a phone that applies it', isStrict: true, expected: 'Allowed Global' },
  {
    name: 'Outlook skips the rules under conditional access',
    phone: { clientType: 'Outlook', deviceType: 'Outlook' },
    rules: [rule('Block', 'Outlook')],
    configuration: { conditionalAccess: 'outlook' },
    expected: 'Allowed ExternallyManaged',
  },
  {
    name: 'native mail does not',
    rules: [rule('Block', 'iPhone')],
    configuration: { conditionalAccess: 'outlook' },
    expected: 'Blocked DeviceRule iPhone (DeviceType)',
  },
  {
    name: 'conditional access for all, unmanaged',
    allowed: ['ID1'],
    configuration: { conditionalAccess: 'all' },
    expected: 'Blocked ExternallyManaged',
  },
  {
    name: 'conditional access for all, compliant',
    phone: { isManaged: true, isCompliant: true },
    blocked: ['ID1'],
    configuration: { conditionalAccess: 'all' },
    expected: 'Allowed ExternallyManaged',
  },
  {
    name: 'conditional access for all, managed but not compliant',
    phone: { isManaged: true },
    configuration: { conditionalAccess: 'all' },
    expected: 'Blocked ExternallyManaged',
  },
];

for (const { name, phone, allowed = [], blocked = [], rules = [], configuration, isStrict = false, expected } of CASES) {
  test(`access: ${name}`, () => {
    const full: AccessConfiguration = { defaultAccessLevel: 'Allow', conditionalAccess: 'off', rules, ...configuration };

    const decision = decideAccess(full, { allowedDeviceIds: allowed, blockedDeviceIds: blocked }, !isStrict, { ...PHONE, ...phone });

    assert.equal([decision.state, decision.reason, decision.rule].filter(Boolean).join(' '), expected);
  });
}

test('without a personal list, the strictest matching rule decides whatever the order of the rules', () => {
  const level = fc.constantFrom<AccessLevel[]>('Allow', 'Block', 'Quarantine');
  const characteristic = fc.constantFrom<RuleCharacteristic[]>('DeviceType', 'DeviceModel', 'DeviceOS');
  const query = fc.constantFrom('iPhone', 'iPhone14C3', 'iOS 17.4 21E219', 'Android');
  const rules = fc.array(fc.tuple(level, query, characteristic), { maxLength: 8 });
  const matching: Readonly<Record<string, string>> = { iPhone: 'DeviceType', iPhone14C3: 'DeviceModel', 'iOS 17.4 21E219': 'DeviceOS' };

  fc.assert(
    fc.property(rules, level, (given, defaultAccessLevel) => {
      const configuration = { defaultAccessLevel, conditionalAccess: 'off' as const, rules: given.map((one) => rule(...one)) };
      const levels = new Set(given.filter(([, text, by]) => matching[text] === by).map(([one]) => one));
      const strictest = (['Block', 'Quarantine', 'Allow'] as const).find((one) => levels.has(one)) ?? defaultAccessLevel;

      const { state } = decideAccess(configuration, { allowedDeviceIds: [], blockedDeviceIds: [] }, true, PHONE);

      assert.equal(state, { Allow: 'Allowed', Block: 'Blocked', Quarantine: 'Quarantined' }[strictest]);
    }),
  );
});
