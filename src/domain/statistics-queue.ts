// The order in which statistics are read: what was never read or has changed since, the newest change first, then what was read longest ago.
// Bounded: however many devices are offered, no more than what can be read is kept. Reading is the operations' work.
import type { DeviceFreshness } from './device-store-port.ts';
import type { Instant } from './instant.ts';

/** One reading to make, and when its reason arose. */
interface Entry<Key> {
  readonly key: Key;
  readonly at: Instant;
}

/** Keeps the first so many of all keys that are offered, by the earliest or the latest of the times with which each came. */
class FirstOf<Key extends string> {
  readonly #limit: number;
  readonly #sign: 1 | -1;
  /** A heap whose root is the entry that goes first when there is no room. */
  readonly #heap: Entry<Key>[] = [];
  readonly #places = new Map<Key, number>();

  constructor(limit: number, order: 'earliest-first' | 'latest-first') {
    this.#limit = limit;
    this.#sign = order === 'earliest-first' ? 1 : -1;
  }

  offer(key: Key, at: Instant): void {
    const entry = { key, at };
    const place = this.#places.get(key);
    const root = this.#heap[0];
    if (place !== undefined) {
      const kept = this.#heap[place];
      if (kept !== undefined && this.#isBefore(entry, kept)) this.#sink(place, entry);
    } else if (this.#heap.length < this.#limit) this.#rise(this.#heap.length, entry);
    else if (root !== undefined && this.#isBefore(entry, root)) {
      this.#places.delete(root.key);
      this.#sink(0, entry);
    }
  }

  inOrder(): readonly Entry<Key>[] {
    return this.#heap.toSorted((a, b) => (this.#isBefore(a, b) ? -1 : 1));
  }

  /** Keys decide between equal times, so that the order never depends on the order of offers. */
  #isBefore(a: Entry<Key>, b: Entry<Key>): boolean {
    if (a.at !== b.at) return this.#sign === 1 ? a.at < b.at : a.at > b.at;
    return a.key < b.key;
  }

  #put(place: number, entry: Entry<Key>): void {
    this.#heap[place] = entry;
    this.#places.set(entry.key, place);
  }

  #rise(from: number, entry: Entry<Key>): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = this.#heap[parent];
      if (above === undefined || !this.#isBefore(above, entry)) break;
      this.#put(place, above);
      place = parent;
    }
    this.#put(place, entry);
  }

  #sink(from: number, entry: Entry<Key>): void {
    let place = from;
    for (;;) {
      const [left, right] = [this.#heap[2 * place + 1], this.#heap[2 * place + 2]];
      const isRight = left !== undefined && right !== undefined && this.#isBefore(left, right);
      const below = isRight ? right : left;
      if (below === undefined || !this.#isBefore(entry, below)) break;
      this.#put(place, below);
      place = 2 * place + (isRight ? 2 : 1);
    }
    this.#put(place, entry);
  }
}

/** A queue that devices are offered to. */
export interface ReadingQueue<Key extends string> {
  /** `key`: what is read to learn about the device, its mailbox or itself. */
  offer(key: Key, device: Pick<DeviceFreshness, 'readAt' | 'observedAt'>): void;
  /** Each key once, in the order of reading. */
  keys(): readonly Key[];
}

/**
 * A queue of at most so many readings. Readings that were last made before `overdueBefore` take turns with what is new or changed:
 * one that fails again and again counts as new for ever, and must not keep the others waiting.
 */
export function createReadingQueue<Key extends string>(limit: number, overdueBefore: Instant): ReadingQueue<Key> {
  // The newest change first: what cannot be read ages and falls behind.
  const changed = new FirstOf<Key>(limit, 'latest-first');
  // A key can be in both; then there are still enough others here.
  const unread = new FirstOf<Key>(2 * limit, 'earliest-first');
  return {
    offer(key, { readAt, observedAt }) {
      if (readAt === undefined || observedAt > readAt) changed.offer(key, observedAt);
      else unread.offer(key, readAt);
    },
    keys() {
      const [first, then] = [changed.inOrder(), unread.inOrder()];
      const overdue = then.filter(({ at }) => at < overdueBefore);
      const turns = first.flatMap((entry, index) => [entry, overdue[index] ?? entry]);
      const order = new Set([...turns, ...then].map(({ key }) => key));
      return [...order].slice(0, limit);
    },
  };
}
