import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRetryAfter } from '../../src/adapters/retry-after.ts';

test('Retry-After is read as seconds and as a date, and as nothing else', () => {
  const now = '2026-03-01T00:00:00.000Z';

  const read = ['5', ' 2.2 ', 'Sun, 01 Mar 2026 00:01:00 GMT', 'Sat, 28 Feb 2026 00:00:00 GMT', '-1', 'soon', '', '2026-03-02', null].map(
    (header) => readRetryAfter(header, '', now),
  );

  assert.deepEqual(read, [5, 3, 60, 0, undefined, undefined, undefined, undefined, undefined]);
});
