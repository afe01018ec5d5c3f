import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BlobAnswer, BlobContainer } from '../../../src/adapters/blobs/blob.ts';
import { FileCache } from '../../../src/adapters/blobs/file-cache.ts';
import { createMemoryBlobs } from '../../../src/adapters/memory/memory-blobs.ts';

/** A container that tells what it answered. */
function observed(): { container: BlobContainer; answers: BlobAnswer['kind'][]; fail: (error: Error) => void } {
  const blobs = createMemoryBlobs();
  const answers: BlobAnswer['kind'][] = [];
  let failure: Error | undefined;
  const container: BlobContainer = {
    ...blobs,
    async get(name, version) {
      const error = failure;
      failure = undefined;
      if (error) throw error;
      const answer = await blobs.get(name, version);
      answers.push(answer.kind);
      return answer;
    },
  };
  return {
    container,
    answers,
    fail: (error) => {
      failure = error;
    },
  };
}

const read = (bytes: Buffer) => ({ count: 1, body: bytes });

test('many that open a file at the same time share one copy, and a file that was replaced is read anew', async () => {
  const { container, answers } = observed();
  const cache = new FileCache(container);
  await container.put('a', [Buffer.from('one')]);

  const first = await Promise.all(Array.from({ length: 4 }, () => cache.open('a', read)));
  await container.put('a', [Buffer.from('two')]);
  const second = await cache.open('a', read);
  await container.remove('a');
  const third = await cache.open('a', read);

  assert.equal(new Set(first.map((content) => content?.body)).size, 1);
  assert.deepEqual(answers, ['found', 'unchanged', 'unchanged', 'unchanged', 'found', 'missing']);
  assert.deepEqual([first[0]?.body.toString(), second?.body.toString(), third], ['one', 'two', undefined]);
});

test('the files opened last are held as long as they are not too large together', async () => {
  const { container, answers } = observed();
  const cache = new FileCache(container, 100);
  for (const name of ['a', 'b', 'c']) await container.put(name, [Buffer.alloc(40)]);
  await container.put('huge', [Buffer.alloc(101)]);

  for (const name of ['a', 'b', 'a', 'c', 'a', 'b', 'huge', 'huge', 'a']) await cache.open(name, read);

  assert.deepEqual(answers, ['found', 'found', 'unchanged', 'found', 'unchanged', 'found', 'found', 'found', 'found']);
});

test('who opens a file after a failure is not told of it', async () => {
  const { container, fail } = observed();
  const cache = new FileCache(container);
  await container.put('a', [Buffer.from('one')]);
  fail(new Error('lost'));

  const outcomes = await Promise.allSettled([cache.open('a', read), cache.open('a', read)]);

  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'fulfilled'],
  );
});
