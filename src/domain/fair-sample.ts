// A few of many values that come one by one, each part of the stream with the same weight, in bounded memory and without chance:
// every value at first, then every second, every fourth, and so on. Fair as long as the stream has no rhythm of its own.

/** Values that stand for a stream. */
export class FairSample<T> {
  readonly #capacity: number;
  #kept: T[] = [];
  #stride = 1;
  #offered = 0;

  /** Keeps at most `capacity` values, and at least half as many of a stream that has them. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(value: T): void {
    if (this.#offered % this.#stride === 0) this.#kept.push(value);
    this.#offered += 1;
    if (this.#kept.length <= this.#capacity) return;
    this.#kept = this.#kept.filter((_, index) => index % 2 === 0);
    this.#stride *= 2;
  }

  /** What is kept, in the order in which it came. */
  values(): readonly T[] {
    return this.#kept;
  }

  /** How many values came. */
  get offered(): number {
    return this.#offered;
  }
}

/** At most `count` of values in order that cut them into parts of equal length, ascending, the first and last among them. */
export function quantilesOf<T>(sorted: readonly T[], count: number): readonly T[] {
  if (sorted.length <= count) return sorted;
  const step = (sorted.length - 1) / (count - 1);
  return Array.from({ length: count }, (_, index) => sorted[Math.round(index * step)]).filter((value) => value !== undefined);
}
