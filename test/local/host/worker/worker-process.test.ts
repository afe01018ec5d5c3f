// The worker process from the host's side: time, limits, ends.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHeldClock, createRunningClock } from '../../../../src/local/host/clock.ts';
import { superviseWorker } from '../../../../src/local/host/worker-supervisor.ts';
import { untilEnded } from '../../../support/processes.ts';
import { tempApp } from '../../../support/temp-app.ts';
import { tempDirectory } from '../../../support/temp-directory.ts';
import { appOf, requestFor, startWorkerOn, workerOptions } from './app-under-test.ts';

const folder = tempDirectory('worker-process');
const START_MS = Date.parse('2030-01-01T00:00:00.000Z');

const DATES = `
  df.app.activity('dates', { handler: () => ({
    now: Date.now(), made: new Date().getTime(), called: new Date(Date()).getTime(), given: new Date(5).getTime(),
    isDate: new Date() instanceof Date, utc: Date.UTC(2000, 0), text: new Date(0).toISOString(),
    parts: new Date(2000, 0, 1, 0, 0, 0).getFullYear(),
  }) });
  df.app.activity('subclass', { handler: () => { class Day extends Date { get day() { return this.getTime() / 86400000; } } return new Day().day; } });
`;

// They mostly wait for processes, so they wait together.
describe('the worker process', { concurrency: true }, () => {
  test('shows the app the held time of the host, and follows it', async () => {
    const clock = createHeldClock(START_MS);
    const { worker, call } = await startWorkerOn(folder, appOf(DATES), { clock });

    const first = await call('dates');
    await clock.advanceTo(START_MS + 90_000, () => Promise.resolve());
    worker.moveClock();
    const second = await call('dates');
    const day = await call('subclass');
    await worker.terminate();

    const times = [first, second].map((result) => JSON.parse((result.ok && result.returnValue?.json) || '{}') as Record<string, unknown>);
    const common = { given: 5, isDate: true, utc: Date.UTC(2000, 0), text: '1970-01-01T00:00:00.000Z', parts: 2000 };
    assert.deepEqual(times, [
      { now: START_MS, made: START_MS, called: START_MS, ...common },
      { now: START_MS + 90_000, made: START_MS + 90_000, called: START_MS + 90_000, ...common },
    ]);
    assert.deepEqual(day.ok && day.returnValue, { double: (START_MS + 90_000) / 86_400_000 });
  });

  test('runs ahead by the offset of a running clock', async () => {
    const { worker, call } = await startWorkerOn(folder, appOf(DATES), { clock: createRunningClock(1e10) });
    const before = Date.now();

    const result = await call('dates');
    await worker.terminate();

    const { now } = JSON.parse((result.ok && result.returnValue?.json) || '{}') as { now: number };
    assert.ok(now >= before + 1e10 && now <= Date.now() + 1e10);
  });

  test('is ended when a function takes too long: that one timed out, the others were lost', async () => {
    const { worker, call, lost } = await startWorkerOn(
      folder,
      appOf(`df.app.activity('hang', { handler: () => new Promise(() => undefined) }); df.app.activity('fast', { handler: () => 1 });`),
      { functionTimeoutMs: 1_000 },
    );
    const fast = await call('fast');

    const slow = call('hang');
    // Late, so that the second is far from too slow when the first is; should it come too late, it is lost all the same.
    await sleep(900);
    const beside = call('hang');
    const [timedOut, lostBeside] = await Promise.all([slow, beside]);

    assert.ok(fast.ok);
    assert.ok(!timedOut.ok && !lostBeside.ok);
    assert.deepEqual([timedOut.cause, lostBeside.cause], ['timeout', 'worker-lost']);
    assert.equal(await lost, 'signal SIGKILL');
    assert.match(timedOut.error.message, /^Timeout value of 1 s was exceeded by function 'Functions\.hang' \(Id: 'call-\d+'\)\.$/);
    assert.equal(worker.functions.length, 2);
  });

  test('waits for what runs when it is told to end', async () => {
    const go = join(folder, 'go');
    const { worker, call, log } = await startWorkerOn(
      folder,
      appOf(`
        const { existsSync } = require('node:fs');
        const core = require('@azure/functions-core');
        app.hook.appTerminate(() => { core.log('information', 'user', 'the last word'); });
        df.app.activity('wait', { handler: async () => {
          while (!existsSync(${JSON.stringify(go)})) await new Promise((resolve) => setTimeout(resolve, 5));
          return 'done';
        } });
      `),
    );
    const running = call('wait');

    const ended = worker.terminate();
    writeFileSync(go, '');
    const result = await running;
    await ended;

    assert.deepEqual(result.ok && result.returnValue, { string: 'done' });
    assert.match(log.join(), /the last word/);
  });

  for (const { name, code, how } of [
    { name: 'an exit', code: 'process.exit(7)', how: 'exit code 7' },
    {
      name: 'an unhandled rejection',
      code: 'void Promise.reject(new Error("nobody cares")); return new Promise(() => undefined)',
      how: 'exit code 1',
    },
    { name: 'a broken channel', code: 'process.disconnect(); return new Promise(() => undefined)', how: 'exit code 0' },
  ]) {
    test(`is lost by ${name} in the app, and what ran is told`, async () => {
      const { call, lost } = await startWorkerOn(folder, appOf(`df.app.activity('end', { handler: () => { ${code}; } });`));

      const result = await call('end');
      const afterwards = await call('end');

      assert.ok(!result.ok && !afterwards.ok);
      assert.deepEqual([result.cause, afterwards.cause], ['worker-lost', 'worker-lost']);
      assert.equal(await lost, how);
    });
  }

  test('is replaced when it ends, also when the app does not load at the first try', async () => {
    const [starts, log] = [join(folder, 'starts'), [] as string[]];
    const app = tempApp(
      folder,
      appOf(`
        const { appendFileSync, readFileSync } = require('node:fs');
        appendFileSync(${JSON.stringify(starts)}, 'x');
        if (readFileSync(${JSON.stringify(starts)}, 'utf8').length === 2) throw new Error('half-written');
        df.app.activity('end', { handler: () => process.exit(1) });
        df.app.activity('work', { handler: () => 'works' });
      `),
    );
    const options = { ...workerOptions(app), onLog: () => undefined };
    const supervisor = await superviseWorker(options, { write: (_level, _category, message) => void log.push(message) });
    const { workerPid } = supervisor;

    const ended = await supervisor.run(requestFor(supervisor.functions, 'end'));
    const broken = await supervisor.run(requestFor(supervisor.functions, 'work'));
    const works = await supervisor.run(requestFor(supervisor.functions, 'work'));
    const secondPid = supervisor.workerPid;
    await supervisor.stop();

    assert.deepEqual([!ended.ok && ended.cause, !broken.ok && broken.cause, works.ok], ['worker-lost', 'worker-lost', true]);
    assert.notEqual(secondPid, workerPid);
    assert.match(log[0] ?? '', /^The worker process ended \(exit code 1\)\. Starting a new one\.$/);
    assert.match(
      log[1] ?? '',
      /^The app did not load again: Worker was unable to load entry point "app\.js": half-written\. Starting a new one in 0\.1 s\.$/,
    );
  });

  test('does not come back while the host stops', async () => {
    const starts = join(folder, 'starts-of-the-stopped');
    const app = tempApp(
      folder,
      appOf(
        `require('node:fs').appendFileSync(${JSON.stringify(starts)}, 'x'); df.app.activity('end', { handler: () => process.exit(1) });`,
      ),
    );
    const supervisor = await superviseWorker({ ...workerOptions(app), onLog: () => undefined }, { write: () => undefined });
    for (let deaths = 0; deaths < 4; deaths += 1) await supervisor.run(requestFor(supervisor.functions, 'end'));

    await supervisor.stop();
    const startsAtStop = existsSync(starts) ? readFileSync(starts, 'utf8').length : 0;
    const after = await supervisor.run(requestFor(supervisor.functions, 'end'));

    assert.ok(!after.ok);
    assert.equal(readFileSync(starts, 'utf8').length, startsAtStop);
  });

  test('ends with its host', async () => {
    const app = tempApp(folder, appOf(`df.app.activity('pid', { handler: () => process.pid });`));
    const script = `
      import { superviseWorker } from ${JSON.stringify(new URL('../../../../src/local/host/worker-supervisor.ts', import.meta.url).href)};
      import { createRunningClock } from ${JSON.stringify(new URL('../../../../src/local/host/clock.ts', import.meta.url).href)};
      const supervisor = await superviseWorker({ ...${JSON.stringify({ ...workerOptions(app), clock: null })}, clock: createRunningClock(), onLog() {} }, { write() {} });
      console.log(supervisor.workerPid);
      process.kill(process.pid, 'SIGKILL');
    `;

    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });

    assert.match(stdout, /^\d+\n$/);
    await untilEnded(Number(stdout));
  });
});
