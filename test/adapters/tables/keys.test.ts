import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { digitOf, keyOf, keysBelow, keySegment, newestFirst } from '../../../src/adapters/tables/keys.ts';

/** Any UTF-16 there is, halves of surrogate pairs and what keys may not hold included. */
const anyText = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)), maxLength: 400 }),
  fc.string({ unit: fc.constantFrom('/', '\\', '#', '?', '|', '=', '~', '%', 'a', '\t', '\u0085', '\uD800', '}', ' '), maxLength: 300 }),
);
const instant = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());

test('a segment has no character that storage refuses or that separates segments, and is short', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      assert.match(keySegment(text), /^[A-Za-z0-9._@=~-]{0,160}$/);
    }),
  );
});

test('different texts have different segments, also when they are long and alike', () => {
  const pair = fc.oneof(
    fc.tuple(anyText, anyText),
    fc.tuple(anyText, anyText, anyText).map(([start, a, b]) => [start.repeat(3) + a, start.repeat(3) + b] as const),
    anyText.map((text) => [text, keySegment(text)] as const),
  );
  fc.assert(
    fc.property(pair, ([a, b]) => {
      assert.equal(keySegment(a) === keySegment(b), a === b || (b === keySegment(a) && b === keySegment(b)));
    }),
  );
});

test('keys of different segments differ, and one is below another only when its first segments are the same', () => {
  const segments = fc.array(anyText, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(segments, segments, (above, below) => {
      const { from, before } = keysBelow(...above);
      const key = keyOf(...below);

      const isBelow = above.length < below.length && above.every((segment, index) => segment === below[index]);

      assert.equal(key >= from && key < before, isBelow);
    }),
  );
});

test('later instants come first', () => {
  fc.assert(
    fc.property(instant, instant, (a, b) => {
      assert.equal(newestFirst(a) < newestFirst(b), a > b);
      assert.doesNotMatch(newestFirst(a), /[/\\#?|]/);
    }),
  );
});

test('texts are spread over sixteen digits', () => {
  const digits = new Set(Array.from({ length: 400 }, (_, index) => digitOf(`text ${index}`)));

  assert.deepEqual([...digits].toSorted().join(''), '0123456789abcdef');
});
