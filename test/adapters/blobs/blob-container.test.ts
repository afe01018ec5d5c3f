// The container over real storage, through a proxy that fails as the service and the network do.
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { createBlobContainer } from '../../../src/adapters/blobs/blob-container.ts';
import type { BlobContainer } from '../../../src/adapters/blobs/blob.ts';
import { createFiles } from '../../../src/adapters/blobs/discovery-files.ts';
import { parseDeviceGuid } from '../../../src/domain/device-identity.ts';
import { parseOrganizationId } from '../../../src/domain/organization.ts';
import { startTestAzurite } from '../../contracts/test-azurite.ts';
import { startStorageProxy } from '../../support/storage-proxy.ts';
import type { Fate, ProxiedRequest } from '../../support/storage-proxy.ts';

const azurite = await startTestAzurite('blobs');
// The proxy stands before the endpoint of tables; here that is the one of blobs.
const asTables = azurite.connectionString.replace(/TableEndpoint=[^;]+;/, '').replace('BlobEndpoint', 'TableEndpoint');
const proxy = await startStorageProxy(asTables);
after(() => proxy.close());
const connectionString = proxy.connectionString.replace('TableEndpoint', 'BlobEndpoint');

const waits: number[] = [];
let containers = 0;
let container: BlobContainer;

function openContainer(name: string, timeLimitMs = 400): BlobContainer {
  const wait = async (delayMs: number, signal: AbortSignal | undefined): Promise<void> => {
    signal?.throwIfAborted();
    waits.push(delayMs);
  };
  return createBlobContainer({ account: { connectionString }, name, wait, random: () => 0.5, timeLimitMs });
}

beforeEach(() => {
  proxy.judge(() => undefined);
  proxy.seen.length = 0;
  waits.length = 0;
  containers += 1;
  container = openContainer(`container${containers}`);
});

const isMaking = ({ method, path }: ProxiedRequest): boolean => method === 'PUT' && path.endsWith('=container');

function befall(fates: readonly Fate[]): void {
  const left = [...fates];
  proxy.judge((request) => (isMaking(request) ? undefined : left.shift()));
}

const busy: Fate = { kind: 'refuse', status: 503, code: 'ServerBusy' };

async function textOf(name: string): Promise<string | undefined> {
  const answer = await container.get(name);
  return answer.kind === 'found' ? answer.bytes.toString() : undefined;
}

async function names(prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const page of container.list(prefix)) found.push(...page);
  return found;
}

test('the container is made when it is first needed, by a read, a list or a write', async () => {
  const nothing = await container.get('a');
  await container.put('a', [Buffer.from('on'), Buffer.from('e')]);
  const listed: string[] = [];
  for await (const page of openContainer(`list${containers}`).list('')) listed.push(...page);

  assert.deepEqual([nothing, await textOf('a'), listed], [{ kind: 'missing' }, 'one', []]);
  assert.equal(proxy.seen.filter(isMaking).length, 2);
});

test('a blob is replaced whole, and is not read again when it is known', async () => {
  await container.put('a/b', [Buffer.from('one')]);
  const first = await container.get('a/b');
  assert.ok(first.kind === 'found');
  const again = await container.get('a/b', first.version);
  await container.put('a/b', []);
  const changed = await container.get('a/b', first.version);
  await container.remove('a/b');
  await container.remove('a/b');

  assert.deepEqual(again, { kind: 'unchanged' });
  assert.ok(changed.kind === 'found' && changed.bytes.length === 0 && changed.version !== first.version);
  assert.deepEqual(await container.get('a/b', first.version), { kind: 'missing' });
});

test('blobs are listed by the beginning of their names', async () => {
  for (const name of ['a/1', 'a/2', 'ab/1', 'b/1']) await container.put(name, [Buffer.from(name)]);

  assert.deepEqual(await names('a/'), ['a/1', 'a/2']);
  assert.deepEqual(await names('c/'), []);
});

test('a busy storage is asked again after the time it names, and given up after five attempts', async () => {
  await container.put('a', [Buffer.from('one')]);
  befall([{ kind: 'refuse', status: 503, code: 'ServerBusy', retryAfterSeconds: 3 }, busy]);
  const text = await textOf('a');
  const waited = waits.splice(0);
  befall(Array.from({ length: 5 }, () => busy));

  await assert.rejects(container.put('a', [Buffer.from('two')]), { code: 'store.busy' });

  assert.deepEqual([text, waited, waits], ['one', [3000, 400], [200, 400, 800, 1600]]);
  assert.equal(await textOf('a'), 'one');
});

for (const fate of [
  { kind: 'cut-before' },
  { kind: 'cut-within' },
  { kind: 'cut-after' },
  { kind: 'silence' },
  { kind: 'refuse-afterwards', status: 500, code: 'OperationTimedOut' },
  { kind: 'refuse', status: 503, code: 'ServiceUnavailable' },
] satisfies Fate[]) {
  test(`a blob is written, read, listed and removed whole when each first request meets: ${fate.kind}`, async () => {
    const bytes = Buffer.alloc(300_000, 'abc');
    await container.put('b', [bytes]);
    befall([fate]);
    await container.put('a', [bytes.subarray(0, 100), bytes.subarray(100)]);
    befall([fate]);
    const read = await container.get('a');
    befall([fate]);
    const listed = await names('');
    befall([fate]);
    await container.remove('a');
    proxy.judge(() => undefined);

    assert.ok(read.kind === 'found' && read.bytes.equals(bytes));
    assert.deepEqual(listed, ['a', 'b']);
    assert.deepEqual(await names(''), ['b']);
  });
}

test('a refused identity is named as such and not tried again', async () => {
  await container.put('a', [Buffer.from('one')]);
  befall([{ kind: 'refuse', status: 403, code: 'AuthorizationPermissionMismatch' }]);

  await assert.rejects(container.get('a'), { code: 'store.denied' });

  assert.deepEqual(waits, []);
});

test('a caller who stops waiting gets no further attempt', async () => {
  await container.put('a', [Buffer.from('one')]);
  const stop = new AbortController();
  proxy.judge(() => {
    stop.abort();
    return { kind: 'silence' };
  });
  proxy.seen.length = 0;

  await assert.rejects(container.get('a', undefined, { signal: stop.signal }), { name: 'AbortError' });

  assert.equal(proxy.seen.length, 1);
});

test('a file that was only half written, or is none, is an error and no shorter list', async () => {
  const run = { organization: present(parseOrganizationId('aaaaaaaa-0000-4000-8000-000000000001')), runId: 'run-1' };
  const files = createFiles(container);
  const writer = files.setWriter(run, 'seen');
  writer.add(Array.from({ length: 100 }, (_, n) => present(parseDeviceGuid(`00000000-0000-4000-8000-${String(n + 1).padStart(12, '0')}`))));
  await writer.finish();
  const [name = ''] = await names('');
  const whole = await container.get(name);
  assert.ok(whole.kind === 'found');
  await container.put(name, [whole.bytes.subarray(0, 500)]);

  await assert.rejects(files.set(run, 'seen'), { code: 'store.unexpected', message: /not whole/ });
  await container.put(name, [Buffer.from('<html>captive portal</html> and some more')]);
  await assert.rejects(files.set(run, 'seen'), { code: 'store.unexpected', message: /no file of a run/ });
  await container.put(name, [whole.bytes]);
  assert.equal((await files.set(run, 'seen'))?.size, 100);
});

function present<T>(value: T | undefined): T {
  assert.notEqual(value, undefined);
  return value as T;
}
