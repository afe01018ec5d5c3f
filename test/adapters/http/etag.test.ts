// Entity tags and the conditions that callers make of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { etagOf, preconditionFaults, preconditionOf } from '../../../src/adapters/http/etag.ts';

test('any version comes back from its tag, also a weak one', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (version) => {
      const tag = etagOf(version);

      assert.match(tag, /^"[\w-]+"$/);
      for (const header of [tag, `W/${tag}`, ` "x", ${tag}`]) {
        const condition = preconditionOf(new Headers({ 'if-match': header }));
        assert.ok(condition.kind === 'versions' && condition.versions.at(-1) === version);
      }
    }),
  );
});

test('what is no tag of ours names no version', () => {
  for (const header of ['""', '"0=="', '"ab c"', 'plain', '', '"', ',']) {
    assert.deepEqual(preconditionOf(new Headers({ 'if-match': header })), { kind: 'versions', versions: [] }, header);
  }
});

test('a star means whatever is there, or that there is none yet', () => {
  assert.deepEqual(preconditionOf(new Headers({ 'if-match': ' * ' })), { kind: 'present' });
  assert.deepEqual(preconditionOf(new Headers({ 'if-none-match': '*' })), { kind: 'absent' });
  assert.deepEqual(preconditionOf(new Headers()), { kind: 'none' });
});

test('conditions that no change can meet are faults', () => {
  const faultsOf = (headers: Record<string, string>): number => preconditionFaults(new Headers(headers)).length;

  assert.deepEqual(
    [
      faultsOf({}),
      faultsOf({ 'if-none-match': '*' }),
      faultsOf({ 'if-none-match': '"a"' }),
      faultsOf({ 'if-match': '*', 'if-none-match': '*' }),
    ],
    [0, 0, 1, 1],
  );
});
