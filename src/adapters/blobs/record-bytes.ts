// A record as bytes: numbers, texts and GUIDs one after the other. Records are put together in one buffer and read where they lie,
// because a run makes and reads one for every device, and a buffer for each value costs more than the value.
import { MOST_NUMBER_BYTES, readNumber, writeNumber } from './byte-heap.ts';
import { GUID_BYTES, readGuid, writeGuid } from './guid-bytes.ts';

const FIRST_BYTES = 1024;

/** Puts one record together after the other. */
export class RecordWriter {
  #bytes = Buffer.alloc(FIRST_BYTES);
  #end = 0;

  /** Begins a new record: what `record` answered before is of no use any more. */
  begin(): void {
    this.#end = 0;
  }

  /** A whole number below 2^32. */
  number(value: number): void {
    this.#makeRoom(MOST_NUMBER_BYTES);
    this.#end = writeNumber(this.#bytes, value, this.#end);
  }

  text(value: string): void {
    const length = Buffer.byteLength(value);
    this.number(length);
    this.#makeRoom(length);
    this.#end += this.#bytes.write(value, this.#end);
  }

  /** Bytes as a text of that length. */
  bytes(value: Uint8Array): void {
    this.number(value.length);
    this.#makeRoom(value.length);
    this.#bytes.set(value, this.#end);
    this.#end += value.length;
  }

  /** A GUID, which has to be in lower case. */
  guid(value: string): void {
    this.#makeRoom(GUID_BYTES);
    writeGuid(this.#bytes, value, this.#end);
    this.#end += GUID_BYTES;
  }

  /** What was written since the beginning. */
  record(): Uint8Array {
    return this.#bytes.subarray(0, this.#end);
  }

  #makeRoom(bytes: number): void {
    if (this.#end + bytes <= this.#bytes.length) return;
    const larger = Buffer.alloc(2 * (this.#end + bytes));
    larger.set(this.record());
    this.#bytes = larger;
  }
}

/** Goes through the values of a record in the order in which they were written. */
export class RecordReader {
  readonly #bytes: Buffer;
  #place: number;

  constructor(bytes: Buffer, place: number) {
    this.#bytes = bytes;
    this.#place = place;
  }

  number(): number {
    const { value, next } = readNumber(this.#bytes, this.#place);
    this.#place = next;
    return value;
  }

  text(): string {
    const { start, end } = this.#value();
    return this.#bytes.toString('utf8', start, end);
  }

  /** Part of the record itself, no copy. */
  bytes(): Buffer {
    const { start, end } = this.#value();
    return this.#bytes.subarray(start, end);
  }

  guid(): string {
    const start = this.#place;
    this.#place += GUID_BYTES;
    return readGuid(this.#bytes, start);
  }

  #value(): { readonly start: number; readonly end: number } {
    const length = this.number();
    const start = this.#place;
    this.#place += length;
    return { start, end: this.#place };
  }
}
