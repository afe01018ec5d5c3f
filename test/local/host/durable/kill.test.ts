// The promise of the task hub, from outside: whatever is killed and whenever, nothing is lost and no stored result is made again.
// The soak runs the same with hundreds of kills.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  checkResults,
  createCrashBench,
  keysOf,
  liveUntilCrash,
  runKills,
  startMixed,
  undisturbedKeys,
  waitForResults,
} from '../../../support/crash-run.ts';
import { killProcess } from '../../../support/processes.ts';

// They mostly wait for processes, so they wait together.
describe('the task hub under kills', { concurrency: true }, () => {
  test('orchestrations survive random deaths of the host', async (t) => {
    const seed = randomInt(2 ** 31);
    t.diagnostic(`seed ${seed}`);

    const report = await runKills({ kills: 8, seed, instances: 3, width: 100 });

    t.diagnostic(JSON.stringify(report));
    assert.equal(report.activitiesStored, report.instances * (2 * 112));
  });

  test('an activity whose result was not stored when the host died runs again, and no other does', async () => {
    const bench = createCrashBench();
    try {
      await liveUntilCrash(bench, 5, (host) => startMixed(host, 'crash', 20));
      for (let deaths = 1; deaths < 4; deaths += 1) await liveUntilCrash(bench, 5);
      const ranBefore = bench.journal().length;
      const host = await bench.start();
      try {
        const results = await waitForResults(host, 'crash');

        const journal = bench.journal();
        checkResults(results, journal);
        assert.ok(ranBefore >= 4, `${ranBefore} runs before the last start`);
        assert.ok(journal.length > results.length, 'at least one run was repeated');
      } finally {
        await host.stop();
      }
    } finally {
      bench.remove();
    }
  });

  test('orchestrations survive deaths of the worker alone', async () => {
    const expected = await undisturbedKeys(60);
    const bench = createCrashBench();
    try {
      const host = await bench.start();
      try {
        await startMixed(host, 'worker', 60);
        while (bench.journal().length < 20) await new Promise((resolve) => setTimeout(resolve, 2));

        await killProcess(host.workerPid);

        const results = await waitForResults(host, 'worker');
        assert.deepEqual(keysOf('worker', results), expected);
        checkResults(results, bench.journal());
        assert.match(host.output(), /The worker process ended \(signal SIGKILL\)/);
      } finally {
        await host.stop();
      }
    } finally {
      bench.remove();
    }
  });
});
