import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createUserIndex, MOST_MARKS } from '../../src/domain/user-index.ts';

const marks = fc.array(fc.nat({ max: MOST_MARKS - 1 }), { maxLength: 5 });
const users = fc.uniqueArray(fc.record({ id: fc.uuid(), value: fc.nat({ max: 2 ** 32 - 1 }), marks }), {
  selector: ({ id }) => id,
  maxLength: 60,
});

test('an index finds each user with the number and the marks that were kept, and nobody else', () => {
  fc.assert(
    fc.property(users, fc.uuid(), (all, other) => {
      const index = createUserIndex();
      for (const { id, value } of all.toSorted((a, b) => (a.id < b.id ? -1 : 1))) index.add(id, value);
      for (const { id, marks: bits } of all) for (const bit of bits) index.mark(id, bit);
      if (!all.some(({ id }) => id === other)) index.mark(other, 1);

      assert.equal(index.size, all.length);
      for (const { id, value, marks: bits } of all) {
        const found = index.find(id);
        assert.equal(found?.value, value);
        const kept = Array.from({ length: MOST_MARKS }, (_, bit) => bit).filter((bit) => found?.has(bit));
        assert.deepEqual(
          kept,
          [...new Set(bits)].toSorted((a, b) => a - b),
        );
      }
      assert.equal(
        index.find(other) !== undefined,
        all.some(({ id }) => id === other),
      );
    }),
  );
});

test('an index grows beyond its first room and refuses users out of order', () => {
  const index = createUserIndex();
  const idOf = (number: number): string => `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
  for (let number = 0; number < 5000; number += 1) index.add(idOf(number), number);

  assert.equal(index.find(idOf(4321))?.value, 4321);
  assert.throws(() => index.add(idOf(4999), 1), RangeError);
  assert.throws(() => index.add(idOf(3), 1), RangeError);
});
