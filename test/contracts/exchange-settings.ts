// What every Exchange port promises about the organization's access settings, rules and policies.
// Run on memory and on the adapter over the simulated tenant, like exchange-port.ts.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ExchangePort } from '../../src/domain/exchange-port.ts';

const NOBODY = 'ffffffff-ffff-4fff-bfff-ffffffffffff';

/** Runs the promises on organizations that nobody else changes. */
export function exchangeSettingsContract(name: string, makeExchange: () => Promise<ExchangePort>): void {
  describe(`the settings of Exchange (${name})`, () => {
    accessContract(makeExchange);
    ruleContract(makeExchange);
    policyContract(makeExchange);

    test('the organization says its name, and every right is told', async () => {
      const exchange = await makeExchange();

      const facts = await exchange.getOrganization();
      const { rights } = await exchange.checkRights();

      assert.ok(facts.name);
      assert.ok(rights.every(({ cmdlet, state }) => cmdlet !== '' && ['granted', 'missing', 'unknown'].includes(state)));
    });
  });
}

function accessContract(makeExchange: () => Promise<ExchangePort>): void {
  test('access settings change one by one, and recipients are added and removed', async () => {
    const exchange = await makeExchange();
    await exchange.setAccessSettings({ defaultAccessLevel: 'Allow', userMailInsert: 'Ask the help desk.' });
    await exchange.setAccessSettings({ adminMailRecipients: { add: ['first@contoso.example', 'second@contoso.example'] } });

    await exchange.setAccessSettings({ defaultAccessLevel: 'Quarantine', adminMailRecipients: { remove: ['FIRST@contoso.example'] } });

    const settings = await exchange.getAccessSettings();
    assert.equal(settings.defaultAccessLevel, 'Quarantine');
    assert.equal(settings.userMailInsert, 'Ask the help desk.');
    assert.ok(settings.adminMailRecipients?.includes('second@contoso.example'));
    assert.ok(!settings.adminMailRecipients?.includes('first@contoso.example'));
  });
}

function ruleContract(makeExchange: () => Promise<ExchangePort>): void {
  const draft = { characteristic: 'DeviceModel', queryString: 'Contract phone 7', accessLevel: 'Block' } as const;
  const found = async (exchange: ExchangePort) => (await exchange.listAccessRules()).find((rule) => rule.queryString === draft.queryString);

  test('a rule is made once, changes its level, and is removed once', async () => {
    const exchange = await makeExchange();
    await exchange.createAccessRule(draft);
    const made = await found(exchange);
    assert.ok(made?.guid);

    await assert.rejects(exchange.createAccessRule({ ...draft, accessLevel: 'Allow' }), { code: 'exchange.exists' });
    await exchange.setAccessRuleLevel(made.guid, 'Quarantine');
    const changed = await found(exchange);
    const outcomes = [await exchange.removeAccessRule(made.guid), await exchange.removeAccessRule(made.guid)];

    assert.deepEqual({ ...made, ...draft, name: 'Contract phone 7 (DeviceModel)' }, made);
    assert.equal(changed?.accessLevel, 'Quarantine');
    assert.deepEqual(outcomes, ['removed', 'missing']);
    assert.equal(await found(exchange), undefined);
  });

  test('a rule that is not there cannot be changed', async () => {
    const exchange = await makeExchange();

    await assert.rejects(exchange.setAccessRuleLevel(NOBODY, 'Allow'), { code: 'exchange.missing' });
  });
}

function policyContract(makeExchange: () => Promise<ExchangePort>): void {
  const settings = {
    passwordEnabled: true,
    minPasswordLength: 8,
    maxPasswordFailedAttempts: 'unlimited',
    maxInactivityTimeLockSeconds: 900,
    passwordExpirationSeconds: 7_776_000,
    maxAttachmentSizeBytes: 1_048_576,
    allowBluetooth: 'HandsfreeOnly',
    unapprovedInRomApplicationList: ['a.exe', 'b.exe'],
  } as const;
  const found = async (exchange: ExchangePort, name: string) => (await exchange.listPolicies()).find((policy) => policy.name === name);

  test('a policy is made once and holds what it was given', async () => {
    const exchange = await makeExchange();

    await exchange.createPolicy('Contract strict', settings);

    const policy = await found(exchange, 'Contract strict');
    assert.ok(policy?.guid);
    assert.deepEqual(policy.settings, { ...policy.settings, ...settings });
    assert.deepEqual(await exchange.getPolicy(policy.guid), policy);
    await assert.rejects(exchange.createPolicy('contract STRICT', {}), { code: 'exchange.exists' });
  });

  test('a change of a policy keeps what it does not name', async () => {
    const exchange = await makeExchange();
    await exchange.createPolicy('Contract strict', settings);
    const { guid = assert.fail() } = (await found(exchange, 'Contract strict')) ?? {};

    await exchange.changePolicy(guid, {
      name: 'Contract stricter',
      minPasswordLength: null,
      unapprovedInRomApplicationList: { add: ['c.exe'], remove: ['a.exe'] },
    });

    const changed = await exchange.getPolicy(guid);
    assert.equal(changed?.name, 'Contract stricter');
    const { unapprovedInRomApplicationList: list = [], ...values } = changed.settings;
    assert.deepEqual([...list].sort(), ['b.exe', 'c.exe']);
    const { unapprovedInRomApplicationList: _, ...given } = settings;
    assert.deepEqual(values, { ...values, ...given, minPasswordLength: null });
  });

  test('only one policy is the default', async () => {
    const exchange = await makeExchange();
    await exchange.createPolicy('Contract default', { isDefault: true });

    const policies = await exchange.listPolicies();

    assert.deepEqual(
      policies.filter((policy) => policy.settings.isDefault).map(({ name }) => name),
      ['Contract default'],
    );
  });

  test('a removed policy is gone, and one that is not there cannot be changed', async () => {
    const exchange = await makeExchange();
    await exchange.createPolicy('Contract strict', settings);
    const { guid = assert.fail() } = (await found(exchange, 'Contract strict')) ?? {};

    const outcomes = [await exchange.removePolicy(guid), await exchange.removePolicy(guid)];

    assert.deepEqual(outcomes, ['removed', 'missing']);
    assert.equal(await exchange.getPolicy(guid), undefined);
    await assert.rejects(exchange.changePolicy(guid, { passwordEnabled: false }), { code: 'exchange.missing' });
  });
}
