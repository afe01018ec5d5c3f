import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openKeptClock } from '../../../../src/local/tenant/server/kept-clock.ts';
import { createTenantClock } from '../../../../src/local/tenant/world/clock.ts';
import { tempDirectory } from '../../../support/temp-directory.ts';

const directory = tempDirectory('clock');

/** Real time by hand. */
function handClock(): { now: () => number; pass(ms: number): void } {
  let ms = 1_000_000;
  return { now: () => ms, pass: (more) => void (ms += more) };
}

test('a clock runs at its speed, stands still when held, and moves by steps', () => {
  const real = handClock();
  const clock = createTenantClock({ nowMs: 0, wireMs: 0, speed: 60, held: false }, real.now);

  real.pass(1000);
  const ran = [clock.now(), clock.wireNow()];
  clock.hold();
  real.pass(5000);
  const held = [clock.now(), clock.wireNow()];
  clock.step(500);
  const stepped = [clock.now(), clock.wireNow()];
  clock.run(2);
  real.pass(1000);

  assert.deepEqual(
    [ran, held, stepped],
    [
      [60_000, 1000],
      [60_000, 1000],
      [60_500, 1500],
    ],
  );
  assert.deepEqual([clock.now(), clock.wireNow()], [62_500, 2500]);
});

test('a real clock that is set back does not turn the tenant back', () => {
  const real = handClock();
  const clock = createTenantClock({ nowMs: 0, wireMs: 0, speed: 1, held: false }, real.now);
  real.pass(1000);
  clock.now();

  real.pass(-600_000);
  const behind = clock.now();
  real.pass(100);

  assert.deepEqual([behind, clock.now()], [1000, 1100]);
});

test('impossible speeds and steps are refused', () => {
  const clock = createTenantClock({ nowMs: 0, wireMs: 0, speed: 1, held: true });

  for (const speed of [0, -1, Number.NaN, Infinity]) assert.throws(() => clock.run(speed), RangeError);
  for (const step of [-1, Number.NaN, Infinity]) assert.throws(() => clock.step(step), RangeError);
});

test('a kept clock never tells an earlier time after a kill than before it', () => {
  const real = handClock();
  const path = join(directory, 'killed.json');
  const order = { startMs: 0, speed: 1000, held: false };
  let latest = 0;

  for (let life = 0; life < 5; life += 1) {
    const clock = openKeptClock(path, order, real.now);
    assert.ok(clock.now() >= latest);
    for (let tick = 0; tick < 7; tick += 1) {
      real.pass(900);
      latest = clock.now();
    }
    // Killed here: nothing is written down.
  }

  assert.ok(latest >= 5 * 7 * 900 * 1000);
});

test('a kept clock that is stopped in order goes on exactly, plus the real time it was down', () => {
  const real = handClock();
  const path = join(directory, 'stopped.json');
  const clock = openKeptClock(path, { startMs: 0, speed: 10, held: false }, real.now);
  real.pass(1000);
  clock.settle();
  real.pass(3_600_000);

  const again = openKeptClock(path, { startMs: 99, speed: 1, held: false }, real.now);

  assert.deepEqual([again.now(), again.speed], [10_000 + 3_600_000, 10]);
});

test('a kept clock that is held stays where it is, however long the tenant is down', () => {
  const real = handClock();
  const path = join(directory, 'held.json');
  const clock = openKeptClock(path, { startMs: 5000, speed: 1, held: true }, real.now);
  clock.step(250);
  real.pass(3_600_000);

  const again = openKeptClock(path, { startMs: 0, speed: 1, held: false }, real.now);

  assert.deepEqual([again.now(), again.held], [5250, true]);
});
