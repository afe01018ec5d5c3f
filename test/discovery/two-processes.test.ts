// Two app processes on one storage: no run is begun twice, a run changes hands when its process stands still, and no write is lost.
// For hours and with 10,000 writes: npm run soak.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runInterleaved } from '../soak/interleaved-writes.ts';
import { runSchedule, runTakeover, startPair, type Pair } from '../soak/two-processes.ts';

const app = fileURLToPath(new URL('../..', import.meta.url));
let pair: Pair;

before(async () => {
  pair = await startPair({ app, mailboxes: 30 });
});

after(() => pair?.stop());

test('each time that is due begins one run in one of the two processes', async () => {
  const report = await runSchedule(pair, 16);

  assert.equal(report.slots, 4);
});

test('a run whose process stands still is taken over by the other, and the first one changes nothing when it wakes', async () => {
  const run = await runTakeover(pair);

  assert.equal(run.restarts, 1);
});

test('of annotations that people write while discovery observes the same devices none is lost', async () => {
  const report = await runInterleaved(pair, { annotations: 120, observations: 120 });

  assert.equal(report.annotations, 120);
  assert.ok(report.refused > 0, 'writers have met');
});
