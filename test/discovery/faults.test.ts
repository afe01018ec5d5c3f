// Discovery while faults of all kinds strike its requests: a run completes or fails with a code, nothing that exists is marked gone, and the next
// run puts everything right. Dozens of rounds: npm run soak.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runDiscoveryFaults } from '../soak/discovery-faults.ts';

const app = fileURLToPath(new URL('../..', import.meta.url));
/** Always the same, because in two rounds of another one it may be that nothing strikes. The soak takes a new one each time. */
const seed = 23;

test('runs that many faults strike complete or fail, mark nothing gone, and leave nothing that the next run does not put right', async () => {
  const report = await runDiscoveryFaults({ app, mailboxes: 60, pageSize: 10, kinds: ['full', 'delta'], rounds: 2, seed });

  assert.equal(report.runs, 4);
  assert.ok(report.strikes > 0, JSON.stringify(report));
});
