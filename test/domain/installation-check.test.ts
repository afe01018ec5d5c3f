// What checks mean for a connector: what it needs, what it lacks, and in which words; the classic list of cmdlets; the mailbox that sends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cmdletNames } from '../../src/adapters/exchange/cmdlets.ts';
import { checkCmdlets, classicCmdlets } from '../../src/domain/classic-cmdlet.ts';
import { endpointsOf } from '../../src/domain/cloud.ts';
import { diagnose } from '../../src/domain/diagnosis.ts';
import type { Finding } from '../../src/domain/diagnosis.ts';
import { AppError, KIND } from '../../src/domain/errors.ts';
import type { ErrorCode } from '../../src/domain/errors.ts';
import { blockingCheck, features, judgeChecks } from '../../src/domain/installation-check.ts';
import type { CheckedAbility, CheckFinding, Feature } from '../../src/domain/installation-check.ts';
import { inConnectorWords } from '../../src/domain/installation-words.ts';
import type { Recipient } from '../../src/domain/mailbox.ts';
import { judgeNotificationMailbox } from '../../src/domain/notification-mailbox.ts';
import { failingStorage } from '../../src/domain/storage-check.ts';
import { organization } from '../support/discovery-scene.ts';

const everything = { scope: { kind: 'everything' } } as const;
const groups = { scope: { kind: 'groups', groupIds: ['g'] } } as const;

const NEEDED: readonly CheckedAbility[] = ['storage', 'sign-in', 'exchange.reach', 'organization.read', 'devices.read', 'mailboxes.read'];
const OPTIONAL: readonly [CheckedAbility, Feature][] = [
  ['statistics.read', 'statistics'],
  ['recipients.read', 'owner-lookup'],
  ['access.read', 'access-view'],
  ['policies.read', 'policy-view'],
  ['device-lists.write', 'allow-and-block'],
  ['devices.wipe', 'wipe'],
  ['devices.remove', 'remove'],
  ['access.write', 'access-change'],
  ['policies.write', 'policy-change'],
  ['graph.sign-in', 'directory'],
  ['directory.read', 'directory'],
  ['groups.read', 'groups'],
  ['managed-devices.read', 'managed-devices'],
  ['mail.send', 'mail'],
];
const ALL: readonly CheckedAbility[] = [...NEEDED, ...OPTIONAL.map(([ability]) => ability)];

/** Every check works but those that are named. */
const findingsBut = (broken: Partial<Record<CheckedAbility, CheckFinding['state']>>): CheckFinding[] =>
  ALL.map((ability) => ({ check: ability, ability, state: broken[ability] ?? 'works' }));

test('everything that discovery needs keeps the connector from being installed, also what was not tried', () => {
  for (const ability of NEEDED) {
    for (const state of ['missing', 'failed', 'unknown'] as const) {
      const { isUsable, checks } = judgeChecks(findingsBut({ [ability]: state }), everything);

      assert.equal(isUsable, false, `${ability} ${state}`);
      assert.equal(blockingCheck(checks)?.check, ability);
    }
  }
  assert.equal(judgeChecks(findingsBut({}), everything).isUsable, true);
  assert.equal(judgeChecks([], everything).isUsable, false);
});

test('everything else takes its feature away and no other; what nobody tells takes nothing away', () => {
  for (const [ability, feature] of OPTIONAL) {
    for (const state of ['missing', 'failed'] as const) {
      const judged = judgeChecks(findingsBut({ [ability]: state }), everything);
      assert.deepEqual([judged.isUsable, judged.missingFeatures], [true, [feature]], `${ability} ${state}`);
    }
    const untold = judgeChecks(findingsBut({ [ability]: 'unknown' }), everything);
    assert.deepEqual([untold.isUsable, untold.missingFeatures], [true, []]);
  }
});

test('where groups choose the devices, reading groups is needed', () => {
  for (const ability of ['graph.sign-in', 'groups.read'] as const) {
    assert.equal(judgeChecks(findingsBut({ [ability]: 'missing' }), groups).isUsable, false);
  }
  assert.equal(judgeChecks(findingsBut({ 'directory.read': 'missing' }), groups).isUsable, true);
});

test('missing features come in one order, each once', () => {
  const broken = Object.fromEntries(OPTIONAL.toReversed().map(([ability]) => [ability, 'missing'])) as Record<CheckedAbility, 'missing'>;

  const { missingFeatures } = judgeChecks(findingsBut(broken), everything);

  assert.deepEqual(
    missingFeatures,
    features.filter((feature) => feature !== 'discovery'),
  );
});

test('the check that blocks is the first with a cause: what was not tried because of it explains nothing', () => {
  const findings: CheckFinding[] = [
    { check: 'a', ability: 'devices.read', state: 'unknown' },
    { check: 'b', ability: 'organization.read', state: 'missing', cause: 'why', cure: 'how' },
  ];

  assert.equal(blockingCheck(judgeChecks(findings, everything).checks)?.check, 'b');
});

test('every explanation of the diagnosis reads for a connector: no setting of the doctor, no option of its command line', () => {
  const credentials = [{ kind: 'managed-identity' }, { kind: 'secret', clientId: 'c', name: 'A' }] as const;
  const details = { reason: 'AADSTS7000215', answer: 'x', refusal: 'opaque', request: 'Get-MobileDevice', problem: 'x', status: 400 };
  const reasons = ['AADSTS90002', 'AADSTS700016', 'AADSTS7000222', 'AADSTS500011', 'AADSTS1', 'redirect-refused'];

  for (const code of Object.keys(KIND) as ErrorCode[]) {
    for (const credential of credentials) {
      for (const reason of reasons) {
        const error = new AppError(code, { ...details, reason });
        const { cause, cure } = diagnose(error, { organization, credential, endpoints: endpointsOf('global') });
        const text = inConnectorWords(`${cause} ${cure}`);

        assert.doesNotMatch(text, /CONNECTOR_|--verbose/, `${code} ${reason}`);
      }
    }
  }
});

test('each cmdlet of the classic list is run today under a name that the connector may run, or says why not', () => {
  const known = new Set<string>(cmdletNames);

  for (const cmdlet of classicCmdlets) {
    if ('today' in cmdlet) assert.ok(known.has(cmdlet.today), cmdlet.today);
    else assert.ok(cmdlet.note.length > 0);
  }
  const gone = classicCmdlets.filter((cmdlet) => !('today' in cmdlet)).map(({ classic }) => classic);
  assert.deepEqual(gone, ['Get-ExchangeServer', 'Set-ADServerSettings', 'Get-User']);
});

test('a cmdlet is judged by the list of rights, and a read that was refused counts for more', () => {
  const denied: Finding = { check: 'List of devices', ability: 'devices.read', state: 'missing', detail: 'Get-MobileDevice' };
  const granted = { ability: 'devices.read', cmdlet: 'Get-MobileDevice', state: 'granted' } as const;
  const stateOf = (rights: Parameters<typeof checkCmdlets>[0], findings: readonly Finding[]): string | undefined =>
    checkCmdlets(rights, findings).find(({ today }) => today === 'Get-MobileDevice')?.state;

  assert.equal(stateOf([granted], []), 'works');
  assert.equal(stateOf([granted], [denied]), 'missing');
  assert.equal(stateOf([{ ...granted, state: 'missing' }], []), 'missing');
  assert.equal(stateOf([], []), 'unknown');
});

test('the notification mailbox has to be one user or shared mailbox', () => {
  const cases: [Recipient[], CheckFinding['state'], RegExp][] = [
    [[{ recipientTypeDetails: 'UserMailbox' }], 'works', /a user mailbox/],
    [[{ recipientTypeDetails: 'SharedMailbox' }], 'works', /a shared mailbox/],
    [[{ recipientType: 'UserMailbox' }], 'works', /a user mailbox/],
    [
      [{ recipientTypeDetails: 'MailUniversalSecurityGroup' }],
      'failed',
      /a group \(MailUniversalSecurityGroup\), which can receive mail but not send/,
    ],
    [[{ recipientTypeDetails: 'GroupMailbox' }], 'failed', /a group/],
    [[{ recipientTypeDetails: 'RoomMailbox' }], 'failed', /no mailbox of a kind that can send \(RoomMailbox\)/],
    [[{}], 'failed', /of an unknown kind/],
    [[], 'failed', /No recipient of the organization has the address/],
    [[{ recipientTypeDetails: 'UserMailbox' }, { recipientTypeDetails: 'UserMailbox' }], 'failed', /2 recipients have the address/],
  ];

  for (const [recipients, state, text] of cases) {
    const finding = judgeNotificationMailbox(recipients);
    assert.equal(finding.state, state);
    assert.match(`${finding.detail} ${finding.cause}`, text);
    assert.equal(finding.cure === undefined, state === 'works');
  }
});

test('storage that refuses names the role that is missing; storage that does not answer says where to look', () => {
  const denied = failingStorage('blobs', { code: 'store.denied' });
  const silent = failingStorage('tables', { code: 'store.unavailable' });

  assert.deepEqual(
    [denied.state, denied.detail, silent.state, silent.detail],
    ['missing', 'Storage Blob Data Contributor', 'failed', 'store.unavailable'],
  );
  assert.match(`${denied.cure} ${silent.cure}`, /role Storage Blob Data Contributor .*firewall/);
});
