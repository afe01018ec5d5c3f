// The fingerprints of everything stored under an organization, in few bytes: 28 for a row, 8.4 MB for 300,000 of them.
// Read partition by partition when first asked for; what is written meanwhile does not show.
import { partitionDigitOf } from '../../domain/store-page.ts';
import type { Row, Table } from './row.ts';

const ID_BYTES = 16;
const ENTRY_BYTES = 28;
const PAGE_SIZE = 1000;

/** What is stored, for comparison. Row keys end in the GUID of what they keep. */
export class KnownRows {
  readonly #table: Table;
  readonly #partitionOf: (digit: string) => string;
  readonly #rowPrefix: string;
  readonly #entries = new Map<string, Promise<Buffer>>();

  constructor(table: Table, partitionOf: (digit: string) => string, rowPrefix: string) {
    this.#table = table;
    this.#partitionOf = partitionOf;
    this.#rowPrefix = rowPrefix;
  }

  /** The fingerprint of a stored row, '' when it has none, undefined when there is no such row. */
  async fingerprint({ row }: Pick<Row, 'row'>): Promise<string | undefined> {
    const id = row.slice(this.#rowPrefix.length);
    const digit = partitionDigitOf(id);
    const reading = this.#entries.get(digit) ?? this.#read(digit);
    this.#entries.set(digit, reading);
    return find(await reading, Buffer.from(id.replaceAll('-', ''), 'hex'));
  }

  async #read(digit: string): Promise<Buffer> {
    const parts: Buffer[] = [];
    const rows = { from: this.#rowPrefix, before: `${this.#rowPrefix}g` };
    const query = { partition: this.#partitionOf(digit), rows, properties: ['fingerprint'], pageSize: PAGE_SIZE };
    for await (const page of this.#table.pages(query)) {
      const part = Buffer.alloc(page.rows.length * ENTRY_BYTES);
      for (const [index, { row, values }] of page.rows.entries()) {
        part.write(row.slice(this.#rowPrefix.length).replaceAll('-', ''), index * ENTRY_BYTES, 'hex');
        part.write(values['fingerprint'] ?? '', index * ENTRY_BYTES + ID_BYTES, 'hex');
      }
      parts.push(part);
    }
    return Buffer.concat(parts);
  }
}

/** Entries are in the order of their ids, as the table lists them. */
function find(entries: Buffer, id: Buffer): string | undefined {
  let low = 0;
  let high = entries.length / ENTRY_BYTES;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const start = middle * ENTRY_BYTES;
    const order = entries.compare(id, 0, ID_BYTES, start, start + ID_BYTES);
    if (order === 0) {
      const fingerprint = entries.toString('hex', start + ID_BYTES, start + ENTRY_BYTES);
      return /^0+$/.test(fingerprint) ? '' : fingerprint;
    }
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return undefined;
}
