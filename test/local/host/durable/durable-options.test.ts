import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { durableOptions } from '../../../../src/local/host/durable/durable-options.ts';
import type { HostConfig } from '../../../../src/local/host/host-config.ts';

const configOf = (section: Record<string, unknown>): HostConfig =>
  ({ extension: (name: string) => (name === 'durableTask' ? section : {}) }) as unknown as HostConfig;

test('without settings the defaults of the extension hold', () => {
  const options = durableOptions(configOf({}));

  const usual = 10 * availableParallelism();
  assert.deepEqual(options.hub, { maxConcurrentActivities: usual, maxConcurrentOrchestrators: usual, httpSleepMs: 30_000 });
  assert.equal(options.mayReplaceLive, false);
  assert.equal(options.hubName({}), 'TestHubName');
});

test('settings of host.json are taken', () => {
  const options = durableOptions(
    configOf({
      hubName: '%HUB%x',
      maxConcurrentActivityFunctions: 3,
      maxConcurrentOrchestratorFunctions: 4,
      overridableExistingInstanceStates: 'AnyState',
      httpSettings: { defaultAsyncRequestSleepTimeMilliseconds: 5 },
    }),
  );

  assert.deepEqual(options.hub, { maxConcurrentActivities: 3, maxConcurrentOrchestrators: 4, httpSleepMs: 5 });
  assert.equal(options.mayReplaceLive, true);
  assert.equal(options.hubName({ HUB: 'My' }), 'Myx');
});

for (const value of [0, -1, 1.5, '3', null]) {
  test(`a limit of ${JSON.stringify(value)} is refused with the cure`, () => {
    assert.throws(
      () => durableOptions(configOf({ maxConcurrentActivityFunctions: value })),
      /host\.json: extensions\.durableTask\.maxConcurrentActivityFunctions is .*; write a whole number above 0/,
    );
  });
}

for (const hubName of ['ab', '1abc', 'with-dash', 'x'.repeat(46)]) {
  test(`the hub name '${hubName}' is refused`, () => {
    const options = durableOptions(configOf({ hubName }));

    assert.throws(() => options.hubName({}), /must have 3 to 45 letters and digits and start with a letter/);
  });
}

test('a hub name whose setting is missing is refused by that name', () => {
  const options = durableOptions(configOf({ hubName: '%NOWHERE%' }));

  assert.throws(() => options.hubName({}), /'%NOWHERE%' does not resolve to a value/);
});
