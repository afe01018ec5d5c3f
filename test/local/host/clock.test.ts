import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createHeldClock, createRunningClock, neverBack, type HostClock } from '../../../src/local/host/clock.ts';

const settle = (): Promise<void> => Promise.resolve();

test('a held clock stands still and fires alarms in the order of their times', async () => {
  const clock = createHeldClock(1_000);
  const fired: number[] = [];
  for (const dueMs of [3_000, 1_500, 9_000]) clock.at(dueMs, () => fired.push(clock.now()));

  await clock.advanceTo(3_000, settle);

  assert.deepEqual(fired, [1_500, 3_000]);
  assert.deepEqual([clock.now(), clock.nextAlarmMs], [3_000, 9_000]);
});

test('alarms that are set on the way fire on the way', async () => {
  const clock = createHeldClock(0);
  const fired: number[] = [];
  const again = (): void => {
    fired.push(clock.now());
    clock.at(clock.now() + 10, again);
  };
  clock.at(10, again);

  await clock.advanceTo(35, settle);

  assert.deepEqual(fired, [10, 20, 30]);
});

test('work that an alarm woke is waited for before time goes on', async () => {
  const clock = createHeldClock(0);
  const seen: number[] = [];
  let work = Promise.resolve();
  clock.at(10, () => {
    work = new Promise((resolve) => setImmediate(() => resolve(void seen.push(clock.now()))));
  });
  clock.at(20, () => seen.push(clock.now()));

  await clock.advanceTo(30, () => work);

  assert.deepEqual(seen, [10, 20]);
});

test('a held alarm that is due at once fires without a move, one that was cancelled never', async () => {
  const clock = createHeldClock(50);
  const fired: string[] = [];
  clock.at(50, () => fired.push('due'));
  clock.at(50, () => fired.push('cancelled')).cancel();
  clock.at(60, () => fired.push('cancelled')).cancel();

  await new Promise((resolve) => setImmediate(resolve));
  await clock.advanceTo(100, settle);

  assert.deepEqual(fired, ['due']);
});

test('listeners hear of every move', async () => {
  const clock = createHeldClock(0);
  const heard: number[] = [];
  clock.onChange(() => heard.push(clock.now()));
  clock.at(5, () => undefined);

  await clock.advanceTo(8, settle);

  assert.deepEqual(heard, [5, 8]);
  assert.deepEqual(clock.state, { kind: 'held', nowMs: 8 });
});

/** A running clock on mocked timers. */
function mocked(t: TestContext, now: number): HostClock {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now });
  return createRunningClock();
}

test('a running clock fires when the time has come, also after more than the longest timeout', (t) => {
  const clock = mocked(t, 1_000);
  const fired: number[] = [];
  const days30 = 30 * 24 * 3_600_000;
  clock.at(1_000 + days30, () => fired.push(clock.now()));

  for (let day = 0; day < 29; day += 1) t.mock.timers.tick(24 * 3_600_000);
  const early = [...fired];
  t.mock.timers.tick(24 * 3_600_000);

  assert.deepEqual([early, fired], [[], [1_000 + days30]]);
});

test('a running alarm never fires early, also when the clock was set back meanwhile', (t) => {
  const clock = mocked(t, 10_000);
  const fired: number[] = [];
  clock.at(11_000, () => fired.push(clock.now()));

  t.mock.timers.setTime(5_000);
  t.mock.timers.tick(1_000);
  const early = [...fired];
  t.mock.timers.tick(5_000);

  assert.deepEqual(early, []);
  assert.equal(fired.length, 1);
  assert.ok((fired[0] ?? 0) >= 11_000);
});

test('a cancelled running alarm does not fire', (t) => {
  const clock = mocked(t, 0);
  let count = 0;

  clock.at(100, () => (count += 1)).cancel();
  t.mock.timers.tick(1_000);

  assert.equal(count, 0);
});

test('a view that never goes back stands still until the clock has caught up', () => {
  let nowMs = 100;
  const view = neverBack({ ...createHeldClock(0), now: () => nowMs });

  const seen = [100, 40, 90, 130, 120].map((ms) => {
    nowMs = ms;
    return view.now();
  });

  assert.deepEqual(seen, [100, 100, 100, 130, 130]);
});
