import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { runIdOf, startOfRun } from '../../src/domain/run.ts';

test('the id of a run carries its start, and nothing that a path would have to escape', () => {
  const start = fc
    .date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString());
  fc.assert(
    fc.property(start, fc.uuid(), (startedAt, unique) => {
      const id = runIdOf(startedAt, unique);

      assert.equal(startOfRun(id), startedAt);
      assert.match(id, /^[0-9A-Za-z-]+$/);
    }),
  );
});

test('other texts are no id of a run', () => {
  for (const text of ['', 'latest', '20260301T060000000Z', '2026-03-01T06:00:00.000Z-abcdefgh']) assert.equal(startOfRun(text), undefined);
});
