import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { addMs } from '../../src/domain/instant.ts';
import { createReadingQueue } from '../../src/domain/statistics-queue.ts';

const NOW = '2026-11-24T08:00:00.000Z';
const hoursAgo = (hours: number): string => addMs(NOW, -hours * 3_600_000);
const A_DAY_AGO = hoursAgo(24);

interface Offer {
  readonly key: string;
  readonly readAt?: string;
  readonly observedAt: string;
}

const unread = (key: string, observed: number): Offer => ({ key, observedAt: hoursAgo(observed) });
const read = (key: string, readHours: number, observed = 1000): Offer => ({
  key,
  readAt: hoursAgo(readHours),
  observedAt: hoursAgo(observed),
});

function orderOf(offers: readonly Offer[], limit = 100): readonly string[] {
  const queue = createReadingQueue<string>(limit, A_DAY_AGO);
  for (const { key, ...device } of offers) queue.offer(key, device);
  return queue.keys();
}

test('what is new or changed is read first, the newest change before older ones, then what was read longest ago', () => {
  const order = orderOf([read('old', 20), read('recent', 1), unread('new', 3), read('changed', 5, 2), read('older', 23)]);

  assert.deepEqual(order, ['changed', 'new', 'older', 'old', 'recent']);
});

test('a mailbox is read once, for the most urgent of its devices', () => {
  const order = orderOf([read('a', 2), read('b', 5), unread('a', 9), read('a', 7), read('b', 1)]);

  assert.deepEqual(order, ['a', 'b']);
});

test('what was not read for a day takes turns with what is new, so that what always fails keeps nothing waiting', () => {
  const failing = Array.from({ length: 50 }, (_, index) => unread(`failing-${index}`, index));

  const order = orderOf([...failing, read('overdue-1', 30), read('overdue-2', 25), read('recent', 3)], 5);

  assert.deepEqual(order, ['failing-0', 'overdue-1', 'failing-1', 'overdue-2', 'failing-2']);
});

test('the queue is the beginning of the whole order, whatever its limit and in whatever order devices are offered', () => {
  const offer = fc.record({ key: fc.nat(11).map(String), readHours: fc.nat(20), observed: fc.nat(30), isRead: fc.boolean() });
  const offers = fc.array(offer, { maxLength: 40 });
  fc.assert(
    fc.property(offers, fc.integer({ min: 1, max: 12 }), (drawn, limit) => {
      const all = drawn.map(({ key, readHours, observed, isRead }) => (isRead ? read(key, readHours, observed) : unread(key, observed)));

      const order = orderOf(all, limit);

      assert.deepEqual(order, orderOf(all.toReversed(), 1000).slice(0, limit));
    }),
  );
});
