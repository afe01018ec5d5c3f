// Values of different lengths, one after the other, each found by the place that adding it gave. A length goes before its value: seven bits
// a byte, the lowest first, the highest bit set on all but the last byte, as in https://protobuf.dev/programming-guides/encoding/#varints.

const BLOCK_BYTES = 64 * 1024;
const MORE = 0x80;

/** Gathers values. */
export class ByteHeap {
  readonly #full: Buffer[] = [];
  #fullBytes = 0;
  #block = Buffer.alloc(BLOCK_BYTES);
  #used = 0;

  /** Keeps the value; answers where. */
  add(value: Uint8Array): number {
    const most = MOST_NUMBER_BYTES + value.length;
    if (this.#used + most > this.#block.length) {
      this.#close();
      this.#block = Buffer.alloc(Math.max(BLOCK_BYTES, most));
    }
    const place = this.#fullBytes + this.#used;
    const start = writeNumber(this.#block, value.length, this.#used);
    this.#block.set(value, start);
    this.#used = start + value.length;
    return place;
  }

  /** All values, in parts. */
  parts(): Buffer[] {
    return [...this.#full, this.#block.subarray(0, this.#used)];
  }

  #close(): void {
    this.#full.push(this.#block.subarray(0, this.#used));
    this.#fullBytes += this.#used;
    this.#used = 0;
  }
}

/** The value at that place. */
export function readHeap(heap: Buffer, place: number): Buffer {
  const { value: length, next } = readNumber(heap, place);
  return heap.subarray(next, next + length);
}

/** How many bytes a number below 2^32 takes at most. */
export const MOST_NUMBER_BYTES = 5;

/** Writes a whole number below 2^32 in as few bytes as it needs; answers where it ends. */
export function writeNumber(bytes: Uint8Array, value: number, place: number): number {
  let next = place;
  let rest = value;
  for (; rest >= MORE; rest = Math.floor(rest / MORE)) {
    bytes[next] = (rest % MORE) + MORE;
    next += 1;
  }
  bytes[next] = rest;
  return next + 1;
}

/** The number that was written there, and where the next thing begins. */
export function readNumber(bytes: Buffer, place: number): { readonly value: number; readonly next: number } {
  let value = 0;
  let next = place;
  for (let factor = 1; ; factor *= MORE) {
    const byte = bytes[next] ?? 0;
    next += 1;
    value += (byte % MORE) * factor;
    if (byte < MORE) return { value, next };
  }
}
