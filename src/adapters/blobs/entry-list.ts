// Many entries of one width in few large buffers instead of an object each: added in any order, sorted by their
// first bytes, searched as they are. A key has four bytes at least.

/** How many entries are set aside at a time. */
const PART_ENTRIES = 4096;

/** Entries while they are gathered. */
export class EntryList {
  readonly #width: number;
  readonly #keyWidth: number;
  readonly #parts: Buffer[] = [];
  #length = 0;

  constructor(width: number, keyWidth: number) {
    this.#width = width;
    this.#keyWidth = keyWidth;
  }

  /** A new entry of zeros, to be filled before the next one is added. */
  add(): Buffer {
    const index = this.#length % PART_ENTRIES;
    if (index === 0) this.#parts.push(Buffer.alloc(PART_ENTRIES * this.#width));
    this.#length += 1;
    const start = index * this.#width;
    return this.#parts.at(-1)?.subarray(start, start + this.#width) ?? Buffer.alloc(0);
  }

  /** Takes all entries out, in the order in which they were added. */
  takeInOrder(): Buffer {
    const entries = Buffer.alloc(this.#length * this.#width);
    let end = 0;
    for (const part of this.#parts.splice(0)) end += part.copy(entries, end);
    this.#length = 0;
    return entries;
  }

  /** Takes all entries out, in the order of their keys; of those with one key the last. */
  takeSorted(): Buffer {
    const count = this.#length;
    const entries = this.takeInOrder();
    const width = this.#width;
    if (this.#isSorted(entries)) return entries;
    const compare = (a: number, b: number): number => this.#compare(entries, a * width, b * width);
    // Stable: entries with one key stay in the order in which they were added.
    const order = Uint32Array.from({ length: count }, (_, index) => index).sort(compare);
    const sorted = Buffer.alloc(entries.length);
    let end = 0;
    for (const [place, index] of order.entries()) {
      const next = order[place + 1];
      if (next !== undefined && compare(index, next) === 0) continue;
      entries.copy(sorted, end, index * width, (index + 1) * width);
      end += width;
    }
    return sorted.subarray(0, end);
  }

  #isSorted(entries: Buffer): boolean {
    const width = this.#width;
    for (let start = width; start < entries.length; start += width) {
      if (this.#compare(entries, start - width, start) >= 0) return false;
    }
    return true;
  }

  #compare(entries: Buffer, a: number, b: number): number {
    return entries.readUInt32BE(a) - entries.readUInt32BE(b) || entries.compare(entries, b, b + this.#keyWidth, a, a + this.#keyWidth);
  }
}

/** Where the entry with that key, of four bytes or more, begins among sorted entries; undefined when there is none. */
export function findEntry(entries: Buffer, width: number, key: Buffer): number | undefined {
  const first = key.readUInt32BE();
  let low = 0;
  let high = entries.length / width;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const start = middle * width;
    // The first four bytes decide nearly always, and comparing numbers costs a tenth of comparing bytes.
    const order = entries.readUInt32BE(start) - first || entries.compare(key, 0, key.length, start, start + key.length);
    if (order === 0) return start;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return undefined;
}
