// Queue functions and outputs against a real Azurite.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { QueueServiceClient, type QueueClient } from '@azure/storage-queue';
import { startAzurite, type Azurite } from '../../../../src/local/launcher/azurite.ts';
import { createRunningClock } from '../../../../src/local/host/clock.ts';
import type { HostPart, LoadedFunction } from '../../../../src/local/host/host-context.ts';
import { holdMessage } from '../../../../src/local/host/queues/message-lease.ts';
import { createQueueOutput } from '../../../../src/local/host/queues/queue-output.ts';
import { createQueueTriggers, type QueueTriggerOptions } from '../../../../src/local/host/queues/queue-trigger.ts';
import { aFunction, testHost, until, type TestHandler, type TestHost } from '../timers/test-host.ts';

const dataDirectory = mkdtempSync(join(tmpdir(), 'queues-'));
let azurite: Azurite;

before(async () => {
  azurite = await startAzurite({ dataDirectory });
});

after(async () => {
  await azurite.stop();
  rmSync(dataDirectory, { recursive: true, force: true });
});

interface QueueHost extends TestHost {
  readonly part: HostPart;
  readonly queue: QueueClient;
  readonly poison: QueueClient;
  put(text: string): Promise<void>;
}

interface QueueSpec extends QueueTriggerOptions {
  readonly handler?: TestHandler;
  readonly options?: Record<string, unknown>;
  readonly functions?: readonly LoadedFunction[];
}

const encoded = (text: string): string => Buffer.from(text).toString('base64');
const decoded = (text: string): string => Buffer.from(text, 'base64').toString();

/** A host with the function 'onJob' on `queueName`; stopped after the test. */
function queueHost(t: TestContext, queueName: string, spec: QueueSpec = {}): QueueHost {
  const functions = spec.functions ?? [
    aFunction('onJob', { type: 'queueTrigger', direction: 'in', queueName, connection: 'AzureWebJobsStorage' }),
  ];
  const host = testHost({
    functions,
    clock: createRunningClock(),
    settings: { AzureWebJobsStorage: azurite.connectionString, JOBS: queueName },
    extensions: { queues: { maxPollingInterval: '00:00:00.2', ...spec.options } },
    ...(spec.handler ? { handler: spec.handler } : {}),
  });
  const part = createQueueTriggers(host.context, spec.leaseMs === undefined ? {} : { leaseMs: spec.leaseMs });
  const service = QueueServiceClient.fromConnectionString(azurite.connectionString);
  const queue = service.getQueueClient(queueName);
  t.after(() => part.stop());
  return {
    ...host,
    part,
    queue,
    poison: service.getQueueClient(`${queueName}-poison`),
    async put(text) {
      await queue.createIfNotExists();
      await queue.sendMessage(text);
    },
  };
}

/** All messages in the queue, also those out of sight. */
async function countOf(queue: QueueClient): Promise<number> {
  return (await queue.getProperties()).approximateMessagesCount ?? 0;
}

async function textsOf(queue: QueueClient): Promise<string[]> {
  if (!(await queue.exists())) return [];
  const { peekedMessageItems } = await queue.peekMessages({ numberOfMessages: 32 });
  return peekedMessageItems.map(({ messageText }) => messageText);
}

test('A message runs the function with its text and is deleted', async (t) => {
  const host = queueHost(t, 'simple');
  await host.put(encoded('{"n":1,"text":"é"}'));

  await host.part.start();
  await until('the message is gone', async () => host.runs.length > 0 && (await countOf(host.queue)) === 0);

  const [run] = host.runs;
  assert.deepEqual(run?.data, { string: '{"n":1,"text":"é"}' });
  assert.equal(run?.reason, "New queue message detected on 'simple'.");
  assert.deepEqual(run?.metadata?.['DequeueCount'], { json: '1' });
  assert.match(run?.metadata?.['InsertionTime']?.json ?? '', /^"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00"$/);
  assert.deepEqual(run?.metadata?.['text'], { string: 'é' });
  assert.equal(host.runs.length, 1);
});

test('A queue that does not exist yet is waited for quietly; an output makes it and its reader runs', async (t) => {
  const host = queueHost(t, 'late-born');
  const send = createQueueOutput(host.context);
  await host.part.start();

  await send({ type: 'queue', direction: 'out', queueName: '%JOBS%', connection: 'AzureWebJobsStorage' }, { json: '[{"n":1},{"n":2}]' });
  await until('both messages', () => host.runs.length === 2);

  assert.deepEqual(
    host.runs
      .map(({ data }) => JSON.parse(data?.string ?? 'null') as unknown)
      .toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b))),
    [{ n: 1 }, { n: 2 }],
  );
  assert.deepEqual(host.lines, []);
});

test('A message that always fails is tried five times and then set aside as it was', async (t) => {
  const host = queueHost(t, 'always-bad', {
    handler: () => {
      throw new Error('this message is bad');
    },
  });
  await host.put(encoded('{"n":1}'));

  await host.part.start();
  await until('the poison message', async () => (await textsOf(host.poison)).length > 0 && (await countOf(host.queue)) === 0);

  assert.deepEqual(
    host.runs.map(({ metadata }) => metadata?.['DequeueCount']?.json),
    ['1', '2', '3', '4', '5'],
  );
  assert.deepEqual((await textsOf(host.poison)).map(decoded), ['{"n":1}']);
  assert.match(host.lines.join('\n'), /Message has reached MaxDequeueCount of 5\. Moving message '.*' to queue 'always-bad-poison'\./);
});

test('A message fetched too often already is set aside without a run', async (t) => {
  const host = queueHost(t, 'too-often', { options: { maxDequeueCount: 1 } });
  await host.put(encoded('crashed before'));
  await host.queue.receiveMessages({ visibilityTimeout: 1 });

  await host.part.start();
  await until('the poison message', async () => (await textsOf(host.poison)).length > 0);

  assert.deepEqual((await textsOf(host.poison)).map(decoded), ['crashed before']);
  assert.deepEqual(host.runs, []);
});

test('A message whose run was cut off by a kill comes back with the next number', async (t) => {
  const host = queueHost(t, 'cut-off');
  await host.put(encoded('again'));
  await host.queue.receiveMessages({ visibilityTimeout: 1 });

  await host.part.start();
  await until('the run', () => host.runs.length > 0);

  assert.deepEqual(host.runs[0]?.metadata?.['DequeueCount'], { json: '2' });
});

test('A message that is not base64 is set aside with a warning that says why', async (t) => {
  const host = queueHost(t, 'not-base64');
  await host.put('{"plain":true}');

  await host.part.start();
  await until('the poison message', async () => (await textsOf(host.poison)).length > 0);

  assert.deepEqual(await textsOf(host.poison), ['{"plain":true}']);
  assert.deepEqual(host.runs, []);
  assert.match(
    host.lines.join('\n'),
    /^warning Function\.onJob: A message of queue 'not-base64' is not base64, .* "messageEncoding": "none"/m,
  );
});

test('With messageEncoding none, texts are read and written as they are', async (t) => {
  const host = queueHost(t, 'plain-text', { options: { messageEncoding: 'none' } });
  const send = createQueueOutput(host.context);
  await host.part.start();

  await send({ type: 'queue', direction: 'out', queueName: 'plain-text' }, { string: '<hello> & "you"' });
  await until('the run', () => host.runs.length > 0);

  assert.deepEqual(host.runs[0]?.data, { string: '<hello> & "you"' });
});

test('A failed message stays out of sight for visibilityTimeout', async (t) => {
  const host = queueHost(t, 'patient', {
    options: { visibilityTimeout: '01:00:00' },
    handler: () => {
      throw new Error('not now');
    },
  });
  await host.put(encoded('later'));

  await host.part.start();
  await until('the run', () => host.runs.length > 0);
  await host.part.stop();

  assert.deepEqual(await textsOf(host.queue), []);
  assert.equal(await countOf(host.queue), 1);
});

test('A failing message of a poison queue stays in it, out of sight, so that it does not loop', async (t) => {
  const host = queueHost(t, 'own-poison', {
    handler: () => {
      throw new Error('bad');
    },
  });
  await host.put(encoded('bad'));

  await host.part.start();
  await until('the run', () => host.runs.length > 0);
  await host.part.stop();

  assert.equal(host.runs.length, 1);
  assert.equal(await countOf(host.queue), 1);
});

test('Messages run side by side, up to a batch and the threshold for the next', async (t) => {
  let running = 0;
  let most = 0;
  const gate = Promise.withResolvers<void>();
  const host = queueHost(t, 'parallel', {
    options: { batchSize: 2, newBatchThreshold: 1 },
    async handler() {
      running += 1;
      most = Math.max(most, running);
      await gate.promise;
      running -= 1;
    },
  });
  for (let n = 0; n < 7; n += 1) await host.put(encoded(String(n)));

  await host.part.start();
  await until('a full house', () => running >= 2);
  gate.resolve();
  await until('all seven', async () => host.runs.length === 7 && (await countOf(host.queue)) === 0);

  assert.ok(most >= 2 && most <= 3, `at most ${most} at once`);
});

test('The hold on a message is renewed for as long as its function runs, and ends with a receipt that still works', async (t) => {
  const host = queueHost(t, 'long-run');
  await host.put(encoded('long'));
  const [message] = (await host.queue.receiveMessages({ visibilityTimeout: 1 })).receivedMessageItems;
  assert.ok(message);
  let renewals = 0;
  const counting: Pick<QueueClient, 'updateMessage'> = {
    async updateMessage(...values) {
      const answer = await host.queue.updateMessage(...values);
      renewals += 1;
      return answer;
    },
  };

  const lease = holdMessage(counting, message, 1000, (error) => assert.ifError(error));
  await until('more renewals than one hold lasts', () => renewals === 3);
  const visible = await textsOf(host.queue);
  await host.queue.deleteMessage(message.messageId, await lease.end());

  assert.deepEqual(visible, []);
  assert.equal(await countOf(host.queue), 0);
});

test('A message that someone else has taken is not renewed any more, and the fault is reported once', async (t) => {
  const host = queueHost(t, 'taken');
  await host.put(encoded('x'));
  const [message] = (await host.queue.receiveMessages({ visibilityTimeout: 1 })).receivedMessageItems;
  assert.ok(message);
  await host.queue.updateMessage(message.messageId, message.popReceipt, undefined, 60);
  const faults: string[] = [];

  const lease = holdMessage(host.queue, message, 20, (error) => faults.push((error as { code: string }).code));
  await until('the fault', () => faults.length > 0);
  await lease.end();

  assert.deepEqual(faults, ['PopReceiptMismatch']);
});

test('Stopping waits for messages being worked on and leaves the others in the queue', async (t) => {
  const gate = Promise.withResolvers<void>();
  const host = queueHost(t, 'stopping', { options: { batchSize: 1, newBatchThreshold: 0 }, handler: () => gate.promise });
  await host.put(encoded('first'));
  await host.put(encoded('second'));
  await host.part.start();
  await until('the first run', () => host.runs.length > 0);

  const stopping = host.part.stop();
  const early = await Promise.race([stopping, new Promise((resolve) => setImmediate(resolve, 'still running'))]);
  gate.resolve();
  await stopping;

  assert.equal(early, 'still running');
  assert.deepEqual(
    host.runs.map(({ data }) => data?.string),
    ['first'],
  );
  assert.equal(await countOf(host.queue), 1);
});

test('A retry policy of the function runs within one delivery, with a warning that Azure has none for queues', async (t) => {
  const binding = { type: 'queueTrigger', direction: 'in', queueName: 'with-retry', connection: 'Storage' };
  const fn = aFunction('onJob', binding, {
    retryOptions: { retryStrategy: 'fixedDelay', delayInterval: { seconds: 0 }, maxRetryCount: 1 },
  });
  const host = queueHost(t, 'with-retry', {
    functions: [fn],
    handler({ retryContext }) {
      if (retryContext?.retryCount === 0) throw new Error('once');
    },
  });
  await host.put(encoded('x'));

  await host.part.start();
  await until('the message is gone', async () => host.runs.length === 2 && (await countOf(host.queue)) === 0);

  assert.deepEqual(
    host.runs.map(({ metadata, retryContext }) => [metadata?.['DequeueCount']?.json, retryContext?.retryCount]),
    [
      ['1', 0],
      ['1', 1],
    ],
  );
  assert.match(
    host.lines[0] ?? '',
    /^warning Function\.onJob: 'onJob' has a retry policy, which Azure does not support for queue triggers/,
  );
});

test('A run by hand takes the text as the message, though the queue does not exist', async (t) => {
  const host = queueHost(t, 'by-hand');
  const [fn] = host.context.functions;
  assert.ok(fn);

  await host.context.manualRuns.get('queuetrigger')?.(fn, '{"n":1}');

  assert.deepEqual(host.runs[0]?.data, { string: '{"n":1}' });
  assert.deepEqual(host.runs[0]?.metadata?.['queueTrigger560312a3cb'], { string: '{"n":1}' });
  assert.deepEqual(host.runs[0]?.metadata?.['DequeueCount'], { json: '0' });
});

const WRONG: [claim: string, binding: Record<string, unknown>, complaint: RegExp][] = [
  ['no queue name', {}, /It has no queueName/],
  [
    'an unknown setting as queue name',
    { queueName: '%NO_QUEUE%' },
    /'%NO_QUEUE%' does not resolve to a value: there is no app setting NO_QUEUE/,
  ],
  ['a name storage does not allow', { queueName: 'my_queue' }, /'my_queue' is not the name of a storage queue: 3 to 63 letters/],
  [
    'a connection without a setting',
    { queueName: 'jobs', connection: 'Other' },
    /Storage connection 'Other' has no value: set the app setting Other/,
  ],
  [
    'a connection that is none',
    { queueName: 'jobs', connection: 'JOBS' },
    /The setting of storage connection 'JOBS' is not a connection string/,
  ],
];

for (const [claim, binding, complaint] of WRONG) {
  test(`A function with ${claim} is not served and says why`, (t) => {
    const fn = aFunction('onJob', { type: 'queueTrigger', direction: 'in', ...binding });

    const host = queueHost(t, 'jobs', { functions: [fn] });

    assert.match(fn.errors[0] ?? '', complaint);
    assert.deepEqual(host.lines, [`error Function.onJob: ${fn.errors[0]}`]);
  });
}

test('A function with a wrong queue output is not served either', (t) => {
  const fn = aFunction('onTick', { type: 'timerTrigger', direction: 'in' });
  fn.metadata.bindings['$return'] = { type: 'queue', direction: 'out', queueName: '%NO_QUEUE%' };

  queueHost(t, 'jobs', { functions: [fn] });

  assert.match(fn.errors[0] ?? '', /there is no app setting NO_QUEUE/);
});

test('A message too large for storage is refused with its size and the limit', async (t) => {
  const host = queueHost(t, 'large');
  const send = createQueueOutput(host.context);

  const sent = send({ type: 'queue', direction: 'out', queueName: 'large' }, { string: 'x'.repeat(50_000) });

  await assert.rejects(sent, /A message for queue 'large' takes 66668 bytes as base64; a storage queue takes 65536/);
});

test('An outage of the storage is logged when it begins and when it ends, and the messages arrive after it', async (t) => {
  const host = queueHost(t, 'outage');
  await host.put(encoded('before'));
  await host.part.start();
  await until('the first run', async () => host.runs.length === 1 && (await countOf(host.queue)) === 0);

  await azurite.stop();
  await until('the news of the outage', () => host.lines.length > 0);
  azurite = await startAzurite({ dataDirectory, ports: azurite.ports });
  await host.put(encoded('after'));
  await until('the second run', () => host.runs.length === 2);

  assert.equal(host.lines.length, 2);
  assert.match(
    host.lines[0] ?? '',
    /^warning Function\.onJob: Queue 'outage' cannot be read: .*ECONNREFUSED.*\. Trying until it answers\.$/,
  );
  assert.equal(host.lines[1], "information Function.onJob: Queue 'outage' answers again.");
});
