import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAhead } from '../../src/operations/read-ahead.ts';
import type { AheadPages } from '../../src/operations/read-ahead.ts';

/** A list that tells what is asked of it; the pages are numbers from 1, and the one after `good` fails. */
function aList(pages: number, good = pages) {
  const told: string[] = [];
  async function* list(): AsyncGenerator<number, void, undefined> {
    try {
      for (let page = 1; page <= pages; page += 1) {
        told.push(`asked ${page}`);
        if (page > good) throw new Error(`page ${page}`);
        yield page;
      }
    } finally {
      told.push('closed');
    }
  }
  return { told, list: list() };
}

/** What is due by now has happened. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Works on each page with the next one under way. */
async function workThrough(pages: AheadPages<number>, told: string[]): Promise<void> {
  for await (const page of pages) {
    await pages.askForNext();
    told.push(`done ${page}`);
  }
}

test('the next page is asked for before one is worked on, and no further one', async () => {
  const { told, list } = aList(3);

  await workThrough(readAhead(list), told);

  assert.deepEqual(told, ['asked 1', 'asked 2', 'done 1', 'asked 3', 'done 2', 'closed', 'done 3']);
});

test('what is not asked for ahead is asked for when it is wanted', async () => {
  const { told, list } = aList(2);

  for await (const page of readAhead(list)) {
    await settled();
    told.push(`done ${page}`);
  }

  assert.deepEqual(told, ['asked 1', 'done 1', 'asked 2', 'done 2', 'closed']);
});

test('who stops early leaves no list open', async () => {
  const { told, list } = aList(9);
  const pages = readAhead(list);

  for await (const page of pages) {
    await pages.askForNext();
    if (page === 2) break;
  }

  assert.deepEqual(told, ['asked 1', 'asked 2', 'asked 3', 'closed']);
});

test('the failure of a page is told after the work on the one before', async () => {
  const { told, list } = aList(3, 1);

  const work = workThrough(readAhead(list), told);

  await assert.rejects(work, { message: 'page 2' });

  assert.deepEqual(told, ['asked 1', 'asked 2', 'closed', 'done 1']);
});

test('the failure of a page that nobody wants any more is nobody’s', async () => {
  const { told, list } = aList(3, 1);
  const pages = readAhead(list);

  for await (const page of pages) {
    await pages.askForNext();
    told.push(`done ${page}`);
    break;
  }

  assert.deepEqual(told, ['asked 1', 'asked 2', 'closed', 'done 1']);
});
