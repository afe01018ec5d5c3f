import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createDraw, type Kind } from '../../../../src/local/tenant/world/hash.ts';

const kind = fc.constantFrom<Kind[]>('mailbox', 'user', 'device', 'rule', 'policy', 'managed-device');
const index = fc.integer({ min: 0, max: 2_000_000_000 });

test('a guid leads back to its index, and to no index of another kind', () => {
  const draw = createDraw('seed');

  fc.assert(
    fc.property(kind, kind, index, (one, other, position) => {
      const guid = draw.guid(one, position);

      assert.match(guid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      assert.equal(draw.indexOf(one, guid.toUpperCase()), position);
      assert.equal(draw.indexOf(other, guid), one === other ? position : undefined);
    }),
  );
});

test('a text that is no guid of ours has no index', () => {
  const draw = createDraw('seed');

  const found = ['', 'x', '11111111-2222-3333-4444-555555555555', 'zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz'].map((text) =>
    draw.indexOf('device', text),
  );

  assert.deepEqual(found, [undefined, undefined, undefined, undefined]);
});

test('the same seed gives the same numbers, another seed gives others', () => {
  const [first, again, other] = [createDraw('a'), createDraw('a'), createDraw('b')];

  assert.equal(first.guid('device', 7), again.guid('device', 7));
  assert.notEqual(first.guid('device', 7), other.guid('device', 7));
  assert.equal(first.bits('churn', 3, 1), again.bits('churn', 3, 1));
});

test('a choice among n falls on all of them about equally often', () => {
  const draw = createDraw('seed');
  const counts = Array.from({ length: 10 }, () => 0);

  for (let position = 0; position < 10_000; position += 1)
    counts[draw.below(10, 'device', position, 5)] = (counts[draw.below(10, 'device', position, 5)] ?? 0) + 1;

  for (const count of counts) assert.ok(count > 800 && count < 1200, String(count));
});
