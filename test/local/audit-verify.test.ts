// `npm run audit:verify` on a laptop: it finds the storage of `npm start`, whether that runs or not.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { runningAzurite, startAzurite } from '../../src/local/launcher/azurite.ts';
import { sequenceAudit } from '../../src/operations/sequence-audit.ts';
import { auditOn } from '../support/audit-on-storage.ts';
import { ALICE, aRun, entryAt, writeChange } from '../support/audit-scene.ts';
import { organization, START } from '../support/discovery-scene.ts';
import { tempDirectory } from '../support/temp-directory.ts';
import { runTool } from './launcher/run-tool.ts';

test('without anything stored it says what to do', async () => {
  const { code, err } = await runTool('audit-verify.ts', ['--data', tempDirectory('audit-verify-none')]);

  assert.equal(code, 2);
  assert.match(err, /Nothing was stored in .* yet[^]*Run npm start/);
});

test('it checks the storage that runs, and the same as it was left, with the key of the run', async () => {
  const data = tempDirectory('audit-verify-local');
  const storage = join(data, 'azurite');
  const azurite = await startAzurite({ dataDirectory: storage });
  const { ports, changes } = auditOn(azurite.connectionString, join(data, 'audit-key.json'));
  await writeChange(changes, 'e1', entryAt(START, 'e1', aRun('e1'), ALICE));
  await sequenceAudit(ports);

  const running = await runTool('audit-verify.ts', ['--data', data, organization]);
  const found = runningAzurite(storage);
  await azurite.stop();
  const left = await runTool('audit-verify.ts', ['--data', data]);

  assert.equal(found, azurite.connectionString);
  assert.equal(runningAzurite(storage), undefined);
  for (const { code, out, err } of [running, left]) {
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /intact\n {4}1 records \(1 to 1\); 1 valid signed heads/);
  }
  assert.match(left.out, /, as it was left\n/);
  assert.doesNotMatch(running.out, /as it was left/);
});
