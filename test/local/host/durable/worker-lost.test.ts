// The worker process dies, or is ended because a function takes too long, while the host goes on.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { tempApp } from '../../../support/temp-app.ts';
import { tempDirectory } from '../../../support/temp-directory.ts';
import { HUB_APP, startHub } from './hub-under-test.ts';

const folder = tempDirectory('worker-lost');
const TIMEOUT_MS = 3_000;

const runsOf = (file: string): number => (existsSync(`${file}.log`) ? readFileSync(`${file}.log`, 'utf8').trim().split('\n').length : 0);

async function untilRuns(file: string, count: number): Promise<void> {
  while (runsOf(file) < count) await sleep(5);
}

// They mostly wait for processes, so they wait together.
describe('the task hub when its worker is lost', { concurrency: true }, () => {
  test('activities, turns and entity operations that the worker takes with it are repeated in a new one', async () => {
    const hub = await startHub({ data: join(folder, 'lost') });
    try {
      const held = join(folder, 'held');
      await hub.start('holds', 'held', { file: held, result: 'survived too' });
      await untilRuns(held, 1);
      await hub.start('fatalActivity', 'activity', { file: join(folder, 'activity') });
      await hub.start('fatalTurn', 'turn', { file: join(folder, 'turn') });
      await hub.start('fatalEntity', 'entity', { file: join(folder, 'entity') });

      const ends = await Promise.all(['activity', 'turn', 'entity'].map((id) => hub.until(id, 'Completed', 'Failed')));
      await untilRuns(held, 2);
      writeFileSync(held, '');
      const last = await hub.until('held', 'Completed', 'Failed');

      assert.deepEqual(
        ends.map(({ output }) => output),
        ['survived', 'survived', 1],
      );
      assert.equal(last.output, 'survived too');
      assert.ok(hub.log.some((line) => line.includes('The worker process ended (signal SIGKILL). Starting a new one')));
    } finally {
      await hub.stop();
    }
  });

  test('an activity that takes longer than functionTimeout fails, and what ran beside it is repeated', async () => {
    const hostJson = JSON.parse(readFileSync(join(HUB_APP, 'host.json'), 'utf8')) as object;
    const app = tempApp(folder, {
      'host.json': { ...hostJson, functionTimeout: `00:00:0${TIMEOUT_MS / 1_000}` },
      'package.json': readFileSync(join(HUB_APP, 'package.json'), 'utf8'),
      'app.js': readFileSync(join(HUB_APP, 'app.js'), 'utf8'),
    });
    const hub = await startHub({ data: join(folder, 'timeout'), app });
    try {
      const [endless, beside] = [join(folder, 'endless'), join(folder, 'beside')];
      await hub.start('holds', 'endless', { file: endless });
      await untilRuns(endless, 1);
      // Half-way, so that only the first can be too slow.
      await sleep(TIMEOUT_MS / 2);
      await hub.start('holds', 'beside', { file: beside, result: 'repeated' });
      await untilRuns(beside, 1);

      const failed = await hub.until('endless', 'Completed', 'Failed');
      await untilRuns(beside, 2);
      writeFileSync(beside, '');
      const repeated = await hub.until('beside', 'Completed', 'Failed');

      assert.equal(failed.runtimeStatus, 'Failed');
      assert.match(
        String(failed.output),
        /Activity function 'hold' failed: {2}Timeout value of 3 s was exceeded by function 'Functions\.hold'/,
      );
      assert.equal(repeated.output, 'repeated');
    } finally {
      await hub.stop();
    }
  });
});
