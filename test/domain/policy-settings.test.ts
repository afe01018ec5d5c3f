import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hasForm, isPolicySettings, policySettings } from '../../src/domain/policy-settings.ts';

describe('the table of policy settings', () => {
  test('names every parameter of Exchange once', () => {
    const parameters = Object.values(policySettings).map(({ parameter }) => parameter);

    assert.equal(new Set(parameters).size, parameters.length);
    assert.equal(parameters.length, 54);
  });

  test('tells settings in their form from others', () => {
    assert.ok(
      isPolicySettings({ passwordEnabled: true, minPasswordLength: null, maxPasswordFailedAttempts: 'unlimited', allowBluetooth: 'Allow' }),
    );
    for (const wrong of [
      { passwordEnabled: 'true' },
      { minPasswordLength: 'unlimited' },
      { minPasswordLength: -1 },
      { passwordHistory: null },
      { allowBluetooth: 'allow' },
      { approvedApplicationList: 'a.exe' },
      { notASetting: true },
      { toString: true },
    ]) {
      assert.equal(isPolicySettings(wrong), false, JSON.stringify(wrong));
    }
  });

  test('takes a value beyond its limits for one in its form, because Exchange may hold one', () => {
    assert.ok(hasForm(policySettings.minPasswordLength.form, 40));
  });
});
