// The rule of concurrency alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createLanes } from '../../src/workflows/lanes.ts';

test('there is always one lane at least, never more than the limit, and no answer moves the number by more than halving or one', () => {
  const answers = fc.array(fc.boolean(), { maxLength: 200 });

  fc.assert(
    fc.property(fc.integer({ min: -2, max: 10 }), fc.integer({ min: -2, max: 10 }), answers, (start, most, given) => {
      const lanes = createLanes(start, most);
      for (const wasThrottled of given) {
        const before = lanes.width;
        lanes.note(wasThrottled);
        assert.ok(lanes.width >= 1 && lanes.width <= Math.max(1, most));
        if (wasThrottled) assert.equal(lanes.width, Math.max(1, Math.floor(before / 2)));
        else assert.ok(lanes.width === before || lanes.width === before + 1);
      }
    }),
  );
});

test('from one lane it takes two, three and four quiet answers more to win each further lane', () => {
  const lanes = createLanes(1, 4);
  const widths: number[] = [];

  for (let answer = 0; answer < 7; answer += 1) {
    lanes.note(false);
    widths.push(lanes.width);
  }

  assert.deepEqual(widths, [2, 2, 3, 3, 3, 4, 4]);
});
