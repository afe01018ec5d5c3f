// A discovery whose process is killed on its way stores what an undisturbed one stores. A hundred kills on 20,000 devices: npm run soak.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runDiscoveryKills } from '../soak/discovery-kills.ts';

const app = fileURLToPath(new URL('../..', import.meta.url));
const seed = Date.now() % 1_000_000;

// Pages are so short that the list is too long for one activity, and is read in slices.
test(`a discovery that is killed three times stores what an undisturbed one stores (seed ${seed})`, async () => {
  const report = await runDiscoveryKills({ app, mailboxes: 200, pageSize: 25, kinds: ['full', 'full'], kills: 3, seed });

  assert.equal(report.kills, 3);
  assert.ok(report.devices > 500);
});
