import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createHeldClock } from '../../../../src/local/host/clock.ts';
import type { HostPart } from '../../../../src/local/host/host-context.ts';
import { createTimerTriggers } from '../../../../src/local/host/timers/timer-trigger.ts';
import { advance, aFunction, testHost, until, type TestHandler, type TestHost } from './test-host.ts';

const START = '2026-03-01T12:00:30Z';

function tempFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'timers-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

interface Timer extends TestHost {
  readonly clock: ReturnType<typeof createHeldClock>;
  readonly part: HostPart;
}

interface TimerSpec {
  readonly at?: string;
  readonly folder: string;
  readonly handler?: TestHandler;
  readonly settings?: Record<string, string>;
  readonly isDisabled?: boolean;
}

/** A host with one timer function 'tick', not started yet. */
function aTimer(trigger: Record<string, unknown>, spec: TimerSpec): Timer {
  const clock = createHeldClock(Date.parse(spec.at ?? START));
  const fn = aFunction('tick', { type: 'timerTrigger', direction: 'in', ...trigger }, { isDisabled: spec.isDisabled ?? false });
  const { handler, settings } = spec;
  const host = testHost({
    functions: [fn],
    clock,
    dataDirectory: spec.folder,
    ...(handler ? { handler } : {}),
    ...(settings ? { settings } : {}),
  });
  return { ...host, clock, part: createTimerTriggers(host.context) };
}

const payloads = (host: TestHost): unknown[] => host.runs.map(({ data }) => JSON.parse(data?.json ?? 'null'));
const times = (host: TestHost): string[] => host.runs.map(({ atMs }) => new Date(atMs).toISOString().slice(11, 19));
const stored = (folder: string): Record<string, string> =>
  JSON.parse(readFileSync(join(folder, 'timers', 'tick.json'), 'utf8')) as Record<string, string>;

test('A timer runs at each due time, with the status of the run before', async (t) => {
  const folder = tempFolder(t);
  const timer = aTimer({ schedule: '0 */5 * * * *' }, { folder });
  await timer.part.start();

  await advance(timer.clock, '2026-03-01T12:10:00Z');

  assert.deepEqual(times(timer), ['12:05:00', '12:10:00']);
  assert.deepEqual(payloads(timer), [
    {
      Schedule: { AdjustForDST: true },
      ScheduleStatus: { Last: '0001-01-01T00:00:00+00:00', Next: '2026-03-01T12:05:00+00:00', LastUpdated: '0001-01-01T00:00:00+00:00' },
      IsPastDue: false,
    },
    {
      Schedule: { AdjustForDST: true },
      ScheduleStatus: { Last: '2026-03-01T12:05:00+00:00', Next: '2026-03-01T12:10:00+00:00', LastUpdated: '2026-03-01T12:05:00+00:00' },
      IsPastDue: false,
    },
  ]);
  assert.equal(timer.runs[0]?.metadata, undefined);
  assert.equal(timer.runs[0]?.reason, 'Timer fired at 2026-03-01T12:05:00+00:00');
  await timer.part.stop();
});

test('The first start stores when the timer is due; no temporary file stays', async (t) => {
  const folder = tempFolder(t);
  const timer = aTimer({ schedule: '0 */5 * * * *' }, { folder });

  await timer.part.start();
  await timer.part.stop();

  assert.deepEqual(stored(folder), {
    Last: '0001-01-01T00:00:00+00:00',
    Next: '2026-03-01T12:05:00+00:00',
    LastUpdated: '2026-03-01T12:00:30+00:00',
  });
  assert.deepEqual(readdirSync(join(folder, 'timers')), ['tick.json']);
});

test('A run by hand shows the stored status, is not past due and does not move the schedule', async (t) => {
  const folder = tempFolder(t);
  const timer = aTimer({ schedule: '0 0 0 1 1 *' }, { folder });
  await timer.part.start();
  const [fn] = timer.context.functions;
  assert.ok(fn);

  await timer.context.manualRuns.get('timertrigger')?.(fn, 'ignored');

  assert.deepEqual(payloads(timer), [
    {
      Schedule: { AdjustForDST: true },
      ScheduleStatus: { Last: '0001-01-01T00:00:00+00:00', Next: '2027-01-01T00:00:00+00:00', LastUpdated: '2026-03-01T12:00:30+00:00' },
      IsPastDue: false,
    },
  ]);
  assert.equal(timer.runs[0]?.reason, 'This function was programmatically called via the host APIs.');
  assert.equal(stored(folder)['Next'], '2027-01-01T00:00:00+00:00');
  await timer.part.stop();
});

const WITHOUT_STATUS: [claim: string, trigger: Record<string, unknown>, adjustsForDst: boolean][] = [
  ['useMonitor false', { schedule: '0 0 0 1 1 *', useMonitor: false }, true],
  ['a schedule of every two seconds', { schedule: '*/2 * * * * *' }, true],
  ['an interval of three seconds', { schedule: '00:00:03' }, false],
];

for (const [claim, trigger, adjustsForDst] of WITHOUT_STATUS) {
  test(`With ${claim} there is no status, in the payload or on disk`, async (t) => {
    const folder = tempFolder(t);
    const timer = aTimer(trigger, { folder });
    await timer.part.start();

    await timer.context.manualRuns.get('timertrigger')?.(timer.context.functions[0] ?? assert.fail(), '');

    assert.deepEqual(payloads(timer), [{ Schedule: { AdjustForDST: adjustsForDst }, ScheduleStatus: null, IsPastDue: false }]);
    assert.deepEqual(readdirSync(folder), []);
    await timer.part.stop();
  });
}

test('A constant interval is first due one interval after the start', async (t) => {
  const timer = aTimer({ schedule: '00:00:03' }, { folder: tempFolder(t) });
  await timer.part.start();

  await advance(timer.clock, '2026-03-01T12:00:39Z');

  assert.deepEqual(times(timer), ['12:00:33', '12:00:36', '12:00:39']);
  await timer.part.stop();
});

test('runOnStartup runs once at the start and then as the schedule says', async (t) => {
  const timer = aTimer({ schedule: '0 */5 * * * *', runOnStartup: true }, { folder: tempFolder(t) });
  await timer.part.start();

  await advance(timer.clock, '2026-03-01T12:05:00Z');

  assert.deepEqual(times(timer), ['12:00:30', '12:05:00']);
  assert.deepEqual(payloads(timer)[0], {
    Schedule: { AdjustForDST: true },
    ScheduleStatus: { Last: '0001-01-01T00:00:00+00:00', Next: '2026-03-01T12:05:00+00:00', LastUpdated: '0001-01-01T00:00:00+00:00' },
    IsPastDue: false,
  });
  await timer.part.stop();
});

test('However many occurrences a downtime swallowed, there is one run past due, and runOnStartup adds none', async (t) => {
  const folder = tempFolder(t);
  const before = aTimer({ schedule: '0 */5 * * * *', runOnStartup: true }, { folder });
  await before.part.start();
  await advance(before.clock, '2026-03-01T12:05:00Z');
  await before.part.stop();
  const after = aTimer({ schedule: '0 */5 * * * *', runOnStartup: true }, { folder, at: '2026-03-01T13:42:00Z' });
  await after.part.start();

  await advance(after.clock, '2026-03-01T13:45:00Z');

  assert.deepEqual(times(after), ['13:42:00', '13:45:00']);
  assert.deepEqual(
    payloads(after).map((payload) => (payload as { IsPastDue: boolean }).IsPastDue),
    [true, false],
  );
  assert.deepEqual((payloads(after)[0] as { ScheduleStatus: unknown }).ScheduleStatus, {
    Last: '2026-03-01T12:05:00+00:00',
    Next: '2026-03-01T12:10:00+00:00',
    LastUpdated: '2026-03-01T12:05:00+00:00',
  });
  await after.part.stop();
});

test('A timer that never ran is past due once its first time has passed during a downtime', async (t) => {
  const folder = tempFolder(t);
  const before = aTimer({ schedule: '0 0 13 * * *' }, { folder });
  await before.part.start();
  await before.part.stop();
  const after = aTimer({ schedule: '0 0 13 * * *' }, { folder, at: '2026-03-01T13:00:01Z' });
  await after.part.start();

  await advance(after.clock, '2026-03-01T13:00:02Z');

  assert.deepEqual(times(after), ['13:00:01']);
  await after.part.stop();
});

test('A changed schedule is not past due; it is stored anew and comes at its own next time', async (t) => {
  const folder = tempFolder(t);
  const before = aTimer({ schedule: '0 */5 * * * *' }, { folder });
  await before.part.start();
  await advance(before.clock, '2026-03-01T12:05:00Z');
  await before.part.stop();

  const after = aTimer({ schedule: '0 30 * * * *' }, { folder, at: '2026-03-01T15:00:00Z' });
  await after.part.start();
  const storedAtStart = stored(folder);
  await advance(after.clock, '2026-03-01T15:30:00Z');

  assert.deepEqual(storedAtStart, {
    Last: '0001-01-01T00:00:00+00:00',
    Next: '2026-03-01T15:30:00+00:00',
    LastUpdated: '2026-03-01T15:00:00+00:00',
  });
  assert.deepEqual(times(after), ['15:30:00']);
  await after.part.stop();
});

test('A timer never overlaps itself: occurrences during a long run are skipped, a late one comes at once after it', async (t) => {
  let release: () => void = () => undefined;
  let running = 0;
  let mostAtOnce = 0;
  async function handler(): Promise<void> {
    running += 1;
    mostAtOnce = Math.max(mostAtOnce, running);
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    running -= 1;
  }
  const timer = aTimer({ schedule: '0 * * * * *' }, { folder: tempFolder(t), handler });
  await timer.part.start();

  await timer.clock.advanceTo(Date.parse('2026-03-01T12:04:10Z'), () =>
    until('a run or an alarm', () => running > 0 || timer.clock.nextAlarmMs !== undefined),
  );
  release();
  await until('the late run', () => timer.runs.length === 2);
  release();
  await until('the next alarm', () => timer.clock.nextAlarmMs !== undefined);

  assert.deepEqual(times(timer), ['12:01:00', '12:04:10']);
  assert.equal(mostAtOnce, 1);
  assert.equal(new Date(timer.clock.nextAlarmMs ?? 0).toISOString(), '2026-03-01T12:05:00.000Z');
  await timer.part.stop();
});

test('A failing run stores its status like any other and the schedule goes on', async (t) => {
  const folder = tempFolder(t);
  const timer = aTimer(
    { schedule: '0 */5 * * * *' },
    {
      folder,
      handler: () => {
        throw new Error('broken');
      },
    },
  );
  await timer.part.start();

  await advance(timer.clock, '2026-03-01T12:10:00Z');

  assert.deepEqual(times(timer), ['12:05:00', '12:10:00']);
  assert.equal(stored(folder)['Last'], '2026-03-01T12:10:00+00:00');
  await timer.part.stop();
});

test('Stopping waits for the run under way, stores its status and starts no other', async (t) => {
  const folder = tempFolder(t);
  const finish = Promise.withResolvers<void>();
  const timer = aTimer({ schedule: '0 */5 * * * *', runOnStartup: true }, { folder, handler: () => finish.promise });
  await timer.part.start();
  await until('the run', () => timer.runs.length === 1);
  let isStopped = false;

  const stopping = timer.part.stop().then(() => {
    isStopped = true;
    return undefined;
  });
  await new Promise(setImmediate);
  const wasStoppedEarly = isStopped;
  finish.resolve();
  await stopping;

  assert.equal(wasStoppedEarly, false);
  assert.equal(stored(folder)['Last'], '2026-03-01T12:00:30+00:00');
  assert.equal(timer.clock.nextAlarmMs, undefined);
});

for (const [what, content] of [
  ['torn', '{"Last":"2026-03-01T1'],
  ['empty', ''],
  ['foreign', '{"version":1}'],
  ['null', 'null'],
  ['wrongly dated', '{"Last":"yesterday","Next":"2026-03-01T12:05:00Z","LastUpdated":"2026-03-01T12:05:00Z"}'],
]) {
  test(`A ${what} status file is treated as missing, with a warning that names it`, async (t) => {
    const folder = tempFolder(t);
    await mkdir(join(folder, 'timers'));
    writeFileSync(join(folder, 'timers', 'tick.json'), content ?? '');
    const timer = aTimer({ schedule: '0 */5 * * * *' }, { folder });

    await timer.part.start();
    await timer.part.stop();

    assert.match(timer.lines.join('\n'), /^warning Function\.tick: .*tick\.json is not the schedule status of a timer/m);
    assert.equal(stored(folder)['Next'], '2026-03-01T12:05:00+00:00');
  });
}

test('A data folder that cannot be written to does not stop the schedule, and the log says what it may cost', async (t) => {
  const folder = tempFolder(t);
  const timer = aTimer({ schedule: '0 */5 * * * *' }, { folder });
  await timer.part.start();
  rmSync(join(folder, 'timers'), { recursive: true });
  writeFileSync(join(folder, 'timers'), 'a file where the folder should be');

  await advance(timer.clock, '2026-03-01T12:10:00Z');

  assert.deepEqual(times(timer), ['12:05:00', '12:10:00']);
  assert.match(timer.lines.join('\n'), /The schedule status of 'tick' was not saved, so the next start may repeat a run: E/);
  await timer.part.stop();
});

test('A wrong schedule keeps the function from being served, and says which and why', (t) => {
  const timer = aTimer({ schedule: '0 0 25 * * *' }, { folder: tempFolder(t) });

  const [fn] = timer.context.functions;

  assert.deepEqual(fn?.errors, [
    "Function 'tick' cannot be loaded. The schedule '0 0 25 * * *' was not recognized as a cron expression or a time such as 00:05:00: the hour field has '25'; write 0 to 23.",
  ]);
  assert.deepEqual(timer.lines, [`error Function.tick: ${fn?.errors[0]}`]);
});

test('A schedule may be an app setting, and a missing setting is named', (t) => {
  const folder = tempFolder(t);

  const resolved = aTimer({ schedule: '%TICK%' }, { folder, settings: { TICK: '0 */5 * * * *' } });
  const missing = aTimer({ schedule: '%TICK%' }, { folder });

  assert.deepEqual(resolved.context.functions[0]?.errors, []);
  assert.match(missing.context.functions[0]?.errors[0] ?? '', /there is no app setting TICK/);
});

test('Times are in the zone of WEBSITE_TIME_ZONE, and a wrong zone names the setting', async (t) => {
  const folder = tempFolder(t);
  const timer = aTimer({ schedule: '0 0 6 * * *' }, { folder, settings: { WEBSITE_TIME_ZONE: 'America/New_York', TZ: 'Asia/Tokyo' } });
  await timer.part.start();

  await advance(timer.clock, '2026-03-02T12:00:00Z');
  const wrong = aTimer({ schedule: '0 0 6 * * *' }, { folder, settings: { WEBSITE_TIME_ZONE: 'Eastern Standard Time' } });

  assert.deepEqual(times(timer), ['11:00:00']);
  assert.equal(timer.runs[0]?.reason, 'Timer fired at 2026-03-02T06:00:00-05:00');
  assert.match(
    wrong.context.functions[0]?.errors[0] ?? '',
    /The time zone in the setting WEBSITE_TIME_ZONE is wrong: 'Eastern Standard Time' is not an IANA time zone/,
  );
  await timer.part.stop();
});

test('A disabled timer does not run by itself but still runs by hand', async (t) => {
  const timer = aTimer({ schedule: '* * * * * *', runOnStartup: true }, { folder: tempFolder(t), isDisabled: true });
  await timer.part.start();
  await timer.clock.advanceTo(Date.parse('2026-03-01T12:05:00Z'), () => Promise.resolve());

  await timer.context.manualRuns.get('timertrigger')?.(timer.context.functions[0] ?? assert.fail(), '');

  assert.deepEqual(times(timer), ['12:05:00']);
  await timer.part.stop();
});
