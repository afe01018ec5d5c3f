import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRunCounter } from '../../../src/local/host/run-counter.ts';

test('it is idle when nothing runs', async () => {
  const counter = createRunCounter();

  await counter.idle();

  assert.equal(counter.isBusy, false);
});

test('it is busy until the last run has ended, and gives results and errors on', async () => {
  const counter = createRunCounter();
  const [first, second] = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
  const runs = [counter.count(() => first.promise), counter.count(() => second.promise)];
  let isIdle = false;
  const idle = counter.idle().then(() => (isIdle = true));

  first.resolve(7);
  const value = await runs[0];
  const stateBetween = [counter.isBusy, isIdle];
  second.reject(new Error('boom'));
  await assert.rejects(runs[1] ?? Promise.resolve(), /boom/);
  await idle;

  assert.equal(value, 7);
  assert.deepEqual(stateBetween, [true, false]);
  assert.deepEqual([counter.isBusy, isIdle], [false, true]);
});
