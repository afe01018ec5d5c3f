import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWorkQueue, type WorkQueue } from '../../../../src/local/host/durable/work-queue.ts';

interface Bench {
  queue: WorkQueue<string>;
  /** What was begun, in order. */
  begun: string[];
  errors: string[];
  /** Ends the run of an item; with a message it fails. */
  end: (item: string, error?: string) => Promise<void>;
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function createBench(limit: number): Bench {
  const begun: string[] = [];
  const errors: string[] = [];
  const running = new Map<string, PromiseWithResolvers<void>>();
  const queue = createWorkQueue<string>({
    limit,
    key: (item) => item.slice(0, 1),
    run(item) {
      begun.push(item);
      const run = Promise.withResolvers<void>();
      running.set(item, run);
      return run.promise;
    },
    onError: (error, item) => void errors.push(`${item}: ${(error as Error).message}`),
  });
  return {
    queue,
    begun,
    errors,
    async end(item, error) {
      const run = running.get(item);
      if (error === undefined) run?.resolve();
      else run?.reject(new Error(error));
      await tick();
    },
  };
}

test('nothing runs before the queue is open', async () => {
  const { queue, begun } = createBench(2);

  queue.add('a');
  await tick();
  const before = [...begun];
  queue.open();

  assert.deepEqual([before, begun, queue.isBusy], [[], ['a'], true]);
});

test('no more than the limit runs at once, in the order of adding', async () => {
  const { queue, begun, end } = createBench(2);
  queue.open();

  for (const item of ['a', 'b', 'c', 'd']) queue.add(item);
  const atFirst = [...begun];
  await end('b');

  assert.deepEqual(atFirst, ['a', 'b']);
  assert.deepEqual(begun, ['a', 'b', 'c']);
});

test('one key never runs twice at once, and what came meanwhile runs once afterwards', async () => {
  const { queue, begun, end } = createBench(5);
  queue.open();

  queue.add('a1');
  queue.add('a2');
  queue.add('a3');
  const atFirst = [...begun];
  await end('a1');
  await end('a3');

  assert.deepEqual(atFirst, ['a1']);
  assert.deepEqual(begun, ['a1', 'a3']);
  assert.equal(queue.isBusy, false);
});

test('a failing run is reported with its item and does not stop the others', async () => {
  const { queue, begun, errors, end } = createBench(1);
  queue.open();
  queue.add('a');
  queue.add('b');

  await end('a', 'boom');

  assert.deepEqual([errors, begun], [['a: boom'], ['a', 'b']]);
});

test('closing begins nothing more and waits for what runs', async () => {
  const { queue, begun, end } = createBench(1);
  queue.open();
  queue.add('a');
  queue.add('b');
  let isClosed = false;

  const closed = queue.close().then(() => (isClosed = true));
  await tick();
  const before = isClosed;
  await end('a');
  await closed;

  assert.deepEqual([before, isClosed, begun], [false, true, ['a']]);
});

test('idle resolves when all is done, also what was added while it waited', async () => {
  const { queue, end } = createBench(1);
  queue.open();
  queue.add('a');
  let isIdle = false;
  const idle = queue.idle().then(() => (isIdle = true));

  queue.add('b');
  await end('a');
  const between = isIdle;
  await end('b');
  await idle;

  assert.deepEqual([between, isIdle], [false, true]);
});
