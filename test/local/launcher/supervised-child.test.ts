// Child processes of the launcher, with real ones: their lines, their orderly and their violent ends, and starting them again.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { startChild, type Child } from '../../../src/local/launcher/child.ts';
import { superviseChild, type SupervisionOptions } from '../../../src/local/launcher/supervised-child.ts';
import { until } from '../host/timers/test-host.ts';

interface Script {
  readonly lines: string[];
  readonly start: () => Child;
}

/** A script whose runs print into one list; what still runs is killed after the test. */
function aScript(t: TestContext, source: string): Script {
  const folder = mkdtempSync(join(tmpdir(), 'child-'));
  const file = join(folder, 'script.mjs');
  writeFileSync(file, source);
  const lines: string[] = [];
  const children: Child[] = [];
  t.after(() => {
    for (const child of children) child.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    lines,
    start() {
      const child = startChild({ command: [file, 'one', 'two'], onLine: (line) => lines.push(line) });
      children.push(child);
      return child;
    },
  };
}

const STAYS = `console.log('up'); setInterval(() => {}, 1000); process.once('SIGTERM', () => { console.log('saving'); process.exit(0); });`;

function supervise(script: Script, more: Partial<SupervisionOptions> = {}) {
  const events: string[] = [];
  const supervised = superviseChild({
    start: script.start,
    onRestart: ({ text }) => events.push(`restart after ${text}`),
    onGiveUp: ({ text }) => events.push(`given up after ${text}`),
    firstPauseMs: 1,
    ...more,
  });
  return { events, supervised };
}

test('A child runs as if started itself: its arguments, its lines from both streams, its exit code', async (t) => {
  const script = aScript(t, `console.log(process.argv.slice(2).join()); console.error('oops'); process.exitCode = 3;`);

  const ending = await script.start().ended;

  assert.deepEqual(ending, { text: 'exit code 3', code: 3 });
  assert.deepEqual(script.lines.toSorted(), ['one,two', 'oops']);
});

test('A child that has nothing left to do ends, though the launcher could still speak to it', async (t) => {
  const script = aScript(t, `process.once('SIGTERM', () => undefined);`);

  const ending = await script.start().ended;

  assert.equal(ending.code, 0);
});

test('Stopping asks, waits for the child to finish, and tells its exit code', async (t) => {
  const script = aScript(t, STAYS);
  const child = script.start();
  await until('it is up', () => script.lines.includes('up'));

  const ending = await child.stop(60_000);

  assert.deepEqual(ending, { text: 'exit code 0', code: 0 });
  assert.deepEqual(script.lines, ['up', 'saving']);
});

test('A child that does not end in time is killed', async (t) => {
  const script = aScript(t, `console.log('up'); setInterval(() => {}, 1000); process.on('SIGTERM', () => console.log('no'));`);
  const child = script.start();
  await until('it is up', () => script.lines.includes('up'));

  const ending = await child.stop(100);

  assert.deepEqual(ending, { text: 'signal SIGKILL', code: undefined });
});

test('A killed child is started again; a stop ends the last one', async (t) => {
  const script = aScript(t, STAYS);
  const { events, supervised } = supervise(script);
  await until('the first is up', () => script.lines.length === 1);
  const first = supervised.child?.pid ?? 0;

  process.kill(first, 'SIGKILL');
  await until('the second is up', () => script.lines.length === 2);
  const second = supervised.child?.pid;
  await supervised.stop(60_000);

  assert.notEqual(second, first);
  assert.deepEqual(events, ['restart after signal SIGKILL']);
  assert.deepEqual(script.lines, ['up', 'up', 'saving']);
});

test('One that keeps ending quickly is given up after five times', async (t) => {
  const script = aScript(t, `console.log('up'); process.exit(7);`);
  const { events } = supervise(script);

  await until('it is given up', () => events.some((event) => event.startsWith('given up')));

  assert.deepEqual(events, [...Array.from({ length: 4 }, () => 'restart after exit code 7'), 'given up after exit code 7']);
  assert.equal(script.lines.length, 5);
});

test('Ends that are not quick do not add up', async (t) => {
  const script = aScript(t, `console.log('up'); process.exit(7);`);
  const { events, supervised } = supervise(script, { quickMs: 0, maxQuickEnds: 2 });

  await until('six runs', () => script.lines.length >= 6);
  await supervised.stop(60_000);

  assert.equal(events.includes('given up after exit code 7'), false);
});

test('An ending that may not be followed by a new start is final', async (t) => {
  const script = aScript(t, `process.exit(2);`);
  const { events } = supervise(script, { mayRestart: ({ code }) => code === undefined });

  await until('it is given up', () => events.length > 0);

  assert.deepEqual(events, ['given up after exit code 2']);
});

test('A wanted restart ends the old one in order and is no accident', async (t) => {
  const script = aScript(t, STAYS);
  const { events, supervised } = supervise(script);
  await until('the first is up', () => script.lines.length === 1);

  await supervised.restart(60_000);
  await until('the second is up', () => script.lines.length === 3);
  await supervised.stop(60_000);

  assert.deepEqual(events, []);
  assert.deepEqual(script.lines, ['up', 'saving', 'up', 'saving']);
});
