import assert from 'node:assert/strict';
import { test } from 'node:test';
import { indexFunctions } from '../../../src/local/host/index-functions.ts';
import type { FunctionMetadata } from '../../../src/local/host/protocol.ts';

const timer = (name: string): FunctionMetadata => ({ name, bindings: { tick: { type: 'timerTrigger', direction: 'in' } } });

test('functions are ordered by name without regard to case', () => {
  const names = indexFunctions(['b', 'C', 'a', 'B2', '_'].map(timer), {}).map(({ name }) => name);

  assert.deepEqual(names, ['a', 'b', 'B2', 'C', '_']);
});

const SWITCHES: [settings: Record<string, string>, isDisabled: boolean][] = [
  [{}, false],
  [{ 'AzureWebJobs.tick.Disabled': 'true' }, true],
  [{ AzureWebJobs_tick_Disabled: 'TRUE' }, true],
  [{ 'AzureWebJobs.tick.Disabled': '1' }, true],
  [{ 'AzureWebJobs.tick.Disabled': 'false' }, false],
  [{ 'AzureWebJobs.other.Disabled': 'true' }, false],
];

for (const [settings, isDisabled] of SWITCHES) {
  test(`with ${JSON.stringify(settings)} the function 'tick' is ${isDisabled ? 'off' : 'on'}`, () => {
    const [fn] = indexFunctions([timer('tick')], settings);

    assert.equal(fn?.isDisabled, isDisabled);
  });
}

test('a trigger is found by its type, whatever its case and place', () => {
  const metadata = { name: 'q', bindings: { out: { type: 'queue', direction: 'out' }, item: { type: 'QueueTrigger', direction: 'in' } } };

  const [fn] = indexFunctions([metadata], {});

  assert.deepEqual([fn?.triggerName, fn?.errors], ['item', []]);
});

test('a trigger that is not served here, and a function without one, are in error', () => {
  const blob = { name: 'a', bindings: { blob: { type: 'blobTrigger', direction: 'in' } } };
  const none = { name: 'b', bindings: { out: { type: 'queue', direction: 'out' } } };

  const [first, second] = indexFunctions([blob, none], {});

  assert.match(first?.errors.join() ?? '', /'blobTrigger' is not served by the local host/);
  assert.match(second?.errors.join() ?? '', /no trigger binding/);
});
