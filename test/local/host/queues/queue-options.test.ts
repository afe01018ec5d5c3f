import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { HostConfigError } from '../../../../src/local/host/host-config.ts';
import { readQueueOptions, type QueueOptions } from '../../../../src/local/host/queues/queue-options.ts';

function read(written: Record<string, unknown>): QueueOptions {
  return readQueueOptions({ extension: (name) => (name === 'queues' ? written : {}) });
}

test('What host.json leaves out has the defaults of the real host', () => {
  const options = read({});

  assert.deepEqual(options, {
    batchSize: 16,
    newBatchThreshold: 8 * availableParallelism(),
    maxDequeueCount: 5,
    visibilityTimeoutMs: 0,
    maxPollingIntervalMs: 60_000,
    messageEncoding: 'base64',
  });
});

test('What host.json says is used', () => {
  const options = read({
    batchSize: 1,
    newBatchThreshold: 0,
    maxDequeueCount: 2,
    visibilityTimeout: '00:00:30',
    maxPollingInterval: '00:00:00.5',
    messageEncoding: 'None',
  });

  assert.deepEqual(options, {
    batchSize: 1,
    newBatchThreshold: 0,
    maxDequeueCount: 2,
    visibilityTimeoutMs: 30_000,
    maxPollingIntervalMs: 500,
    messageEncoding: 'none',
  });
});

test('All faults are named in one error, each with what to write', () => {
  const faulty = {
    batchSize: 33,
    newBatchThreshold: -1,
    maxDequeueCount: '5',
    visibilityTimeout: 30,
    maxPollingInterval: '00:00:00.05',
    messageEncoding: 'utf8',
  };

  assert.throws(
    () => read(faulty),
    (error) =>
      error instanceof HostConfigError &&
      [
        'host.json, extensions.queues: ',
        'batchSize is 33; write a whole number from 1 to 32',
        'newBatchThreshold is -1; write a whole number from 0',
        'maxDequeueCount is "5"; write a whole number from 1',
        'visibilityTimeout is 30; write a time of at least 0 ms',
        'maxPollingInterval is "00:00:00.05"; write a time of at least 100 ms',
        'messageEncoding is "utf8"; write "base64" or "none"',
      ].every((part) => error.message.includes(part)),
  );
});
