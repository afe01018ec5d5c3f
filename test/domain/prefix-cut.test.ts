import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { cutByPrefix } from '../../src/domain/prefix-cut.ts';
import type { PrefixCut } from '../../src/domain/prefix-cut.ts';

const characters = /^[\p{L}\p{N}]$/u;
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'ж', '7', ' ', "'", '*'), maxLength: 6 });
const fits = (each: string, { prefix, without }: PrefixCut): boolean =>
  each.startsWith(prefix) && !without.some((longer) => each.startsWith(longer));

test('any text is in exactly one of the cuts, planned for or not', () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 50 }), fc.integer({ min: 1, max: 10 }), text, (texts, most, any) => {
      const cuts = cutByPrefix(texts, { most, characters });

      for (const each of [...texts, any]) assert.equal(cuts.filter((cut) => fits(each, cut)).length, 1);
    }),
  );
});

test('a cut that has too many texts has only such as no further character tells apart', () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 50 }), fc.integer({ min: 1, max: 10 }), (texts, most) => {
      for (const cut of cutByPrefix(texts, { most, characters })) {
        const held = texts.filter((each) => fits(each, cut));
        if (held.length <= most) continue;
        assert.ok(held.every((each) => !characters.test(each.charAt(cut.prefix.length))));
      }
    }),
  );
});

test('prefixes hold nothing but the characters that are allowed', () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 50 }), (texts) => {
      const prefixes = cutByPrefix(texts, { most: 1, characters }).flatMap(({ prefix, without }) => [prefix, ...without]);

      for (const prefix of prefixes) assert.match(prefix, /^[\p{L}\p{N}]*$/u);
    }),
  );
});

test('a cut of a cut stays inside it', () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 50 }), text, (texts, any) => {
      const [within = { prefix: '', without: [] }] = cutByPrefix(texts, { most: 3, characters });
      const held = texts.filter((each) => fits(each, within));

      const cuts = cutByPrefix(held, { most: 1, characters }, within);

      assert.equal(cuts.filter((cut) => fits(any, cut)).length, fits(any, within) ? 1 : 0);
    }),
  );
});
