// Holds the local host against the recorded answers of the real Azure Functions host (expected.json; README.md says where they come from).
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startAzurite, type Azurite } from '../../src/local/launcher/azurite.ts';
import { startHostProcess, type HostProcess } from '../support/host-process.ts';
import { tempDirectory } from '../support/temp-directory.ts';
import { KEPT_DIFFERENCES } from './kept-differences.ts';

const folder = import.meta.dirname;
const data = tempDirectory('conformance');
const MASTER = 'probe-master-key';
const FUNCTION = 'probe-function-key';
let azurite: Azurite;
let host: HostProcess;

before(async () => {
  azurite = await startAzurite({ dataDirectory: join(data, 'azurite') });
  host = await startHostProcess({
    app: join(folder, 'app'),
    data: join(data, 'host'),
    args: ['--enforce-keys', '--master-key', MASTER, '--function-key', FUNCTION, '--trust-principal-headers'],
    env: { AzureWebJobsStorage: azurite.connectionString },
  });
});

after(async () => {
  await host?.stop();
  await azurite?.stop();
});

/** Runs the recorded runner; gives its lines. */
function runCases(): Promise<string[]> {
  return new Promise((resolve) => {
    const args = [join(folder, 'run.mjs'), host.url, '--master-key', MASTER, '--function-key', FUNCTION];
    // Its exit code is 1 as soon as one case differs, also one of the kept differences: the lines decide.
    execFile(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 }, (_error, stdout, stderr) =>
      resolve(`${stdout}${stderr}`.split('\n')),
    );
  });
}

test('the local host answers every recorded case as the real host did, but for the kept differences', async () => {
  const lines = await runCases();

  const differing = lines.flatMap((line) => /^DIFF ([\w-]+):/.exec(line)?.[1] ?? []);
  const agreeing = lines.flatMap((line) => /^ok {3}([\w-]+) /.exec(line)?.[1] ?? []);
  const unexpected = differing.filter((id) => !(id in KEPT_DIFFERENCES));
  assert.deepEqual(unexpected, [], lines.filter((line) => !line.startsWith('ok')).join('\n'));
  assert.deepEqual(differing.sort(), Object.keys(KEPT_DIFFERENCES).sort(), 'a kept difference that no longer differs comes off the list');
  assert.equal(agreeing.length + differing.length, 149);
});
