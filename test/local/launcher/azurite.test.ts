// Azurite as a service of the launcher, for real: start, persistence, refusals, and every way it can end.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { TableClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { startAzurite, type Azurite } from '../../../src/local/launcher/azurite.ts';
import { until } from '../host/timers/test-host.ts';

function tempFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'azurite-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function fill({ connectionString }: Azurite): Promise<void> {
  const table = TableClient.fromConnectionString(connectionString, 'people', { allowInsecureConnection: true });
  await table.createTable();
  await table.createEntity({ partitionKey: 'a', rowKey: 'b', name: 'Alice' });
  const container = BlobServiceClient.fromConnectionString(connectionString).getContainerClient('files');
  await container.create();
  await container.uploadBlockBlob('note', 'kept', 4);
  const queue = QueueServiceClient.fromConnectionString(connectionString).getQueueClient('jobs');
  await queue.create();
  await queue.sendMessage('later');
}

async function contents({ connectionString }: Azurite): Promise<unknown[]> {
  const table = TableClient.fromConnectionString(connectionString, 'people', { allowInsecureConnection: true });
  const { name } = await table.getEntity<{ name: string }>('a', 'b');
  const blob = await BlobServiceClient.fromConnectionString(connectionString)
    .getContainerClient('files')
    .getBlobClient('note')
    .downloadToBuffer();
  const queue = QueueServiceClient.fromConnectionString(connectionString).getQueueClient('jobs');
  const { peekedMessageItems } = await queue.peekMessages();
  return [name, blob.toString(), peekedMessageItems.map(({ messageText }) => messageText)];
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('What was stored is there again after a stop and a start', async (t) => {
  const dataDirectory = tempFolder(t);
  const first = await startAzurite({ dataDirectory });
  await fill(first);
  await first.stop();

  const second = await startAzurite({ dataDirectory });
  t.after(() => second.stop());
  const found = await contents(second);

  assert.deepEqual(found, ['Alice', 'kept', ['later']]);
  assert.equal(isAlive(first.pid), false);
});

test('A folder that an Azurite uses is refused to a second one, with the process that holds it', async (t) => {
  const dataDirectory = tempFolder(t);
  const first = await startAzurite({ dataDirectory });
  t.after(() => first.stop());

  const second = startAzurite({ dataDirectory });

  await assert.rejects(second, new RegExp(`The storage in .* is in use by process ${first.pid}\\. Stop that one first`));
});

test('A taken port is named with what it was wanted for, and the folder stays free', async (t) => {
  const dataDirectory = tempFolder(t);
  const squatter = createServer().listen(0, '127.0.0.1');
  await once(squatter, 'listening');
  t.after(() => squatter.close());
  const { port } = squatter.address() as AddressInfo;

  const refused = startAzurite({ dataDirectory, ports: { queue: port } });

  await assert.rejects(
    refused,
    new RegExp(
      `Port ${port}, wanted for queue storage, is taken, perhaps by another Azurite\\. End that process, or choose another port\\.`,
    ),
  );
  assert.throws(() => readFileSync(join(dataDirectory, 'azurite.lock')), { code: 'ENOENT' });
});

test('A kill from outside is reported once, and the folder can be used again', async (t) => {
  const dataDirectory = tempFolder(t);
  const ends: string[] = [];
  const first = await startAzurite({ dataDirectory, onExit: (how) => ends.push(how) });

  process.kill(first.pid, 'SIGKILL');
  await until('the news of its end', () => ends.length > 0);
  const second = await startAzurite({ dataDirectory, onExit: (how) => ends.push(how) });
  await second.stop();

  assert.deepEqual(ends, ['signal SIGKILL']);
});

test('When the process that started it is killed, it saves and ends by itself, and the next start waits for that', async (t) => {
  const dataDirectory = tempFolder(t);
  const parent = spawn(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `const { startAzurite } = await import(${JSON.stringify(import.meta.resolve('../../../src/local/launcher/azurite.ts'))});
       process.send(await startAzurite({ dataDirectory: ${JSON.stringify(dataDirectory)} }));`,
    ],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  );
  const [orphan] = (await once(parent, 'message')) as [Azurite];
  await fill(orphan);

  parent.kill('SIGKILL');
  const next = await startAzurite({ dataDirectory, lockWaitMs: 10_000 });
  t.after(() => next.stop());
  const found = await contents(next);

  assert.deepEqual(found, ['Alice', 'kept', ['later']]);
  await until('the system has cleared the ended process away', () => !isAlive(orphan.pid));
});
