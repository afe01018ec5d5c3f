import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createMemberDigest } from '../../src/domain/member-digest.ts';

function digestOf(ids: readonly string[]): string {
  const digest = createMemberDigest();
  ids.forEach((id) => digest.add(id));
  return digest.text();
}

const members = fc.uniqueArray(fc.uuid(), { maxLength: 20 });

test('the same members in another order have the same digest, and others another one', () => {
  fc.assert(
    fc.property(members, members, (some, others) => {
      const areSame = some.toSorted().join() === others.toSorted().join();

      assert.equal(digestOf(some), digestOf(some.toReversed()));
      assert.equal(digestOf(some) === digestOf(others), areSame);
      if (some.length > 0) assert.notEqual(digestOf(some), digestOf(some.slice(1)));
    }),
  );
});

test('a group without members has a digest, too', () => {
  assert.equal(digestOf([]), '0-00000000000000000000000000000000');
});
