// The fingerprints of everything stored under an organization, in few bytes: 35 for a device, 10.5 MB for 300,000 of them.
// Read partition by partition when first asked for; what is written meanwhile does not show.
import pMap from 'p-map';
import { partitionDigitOf, partitionDigits } from '../../domain/store-page.ts';
import type { PartitionDigit } from '../../domain/store-page.ts';
import { EntryList, findEntry } from '../blobs/entry-list.ts';
import { GUID_BYTES, writeGuid } from '../blobs/guid-bytes.ts';

/** The fingerprint of one stored row, '' when the next observation has to be written in any case. */
export interface StoredPrint {
  readonly id: string;
  readonly fingerprint: string;
}

export interface KnownRowsOptions {
  /** Reads the stored rows of one partition. */
  readonly read: (digit: PartitionDigit) => AsyncIterable<readonly StoredPrint[]>;
  /** How many hexadecimal digits a fingerprint has. */
  readonly digits: number;
}

/** What is stored, for comparison. */
export class KnownRows {
  readonly #read: KnownRowsOptions['read'];
  readonly #width: number;
  readonly #partitions = new Map<PartitionDigit, Promise<Buffer>>();
  readonly #key = Buffer.alloc(GUID_BYTES);

  constructor({ read, digits }: KnownRowsOptions) {
    this.#read = read;
    this.#width = GUID_BYTES + digits / 2;
  }

  /** The fingerprints of these rows, '' where one has none, undefined where there is no such row. */
  async fingerprints(ids: readonly string[]): Promise<(string | undefined)[]> {
    const digits = [...new Set(ids.map(partitionDigitOf))];
    const loaded = new Map(await pMap(digits, async (digit) => [digit, await this.#partition(digit)] as const, { concurrency: 4 }));
    return ids.map((id) => this.#find(loaded.get(partitionDigitOf(id)), id));
  }

  /** How many rows there were when they were read. */
  async count(): Promise<number> {
    const partitions = await pMap(partitionDigits, (digit) => this.#partition(digit), { concurrency: 4 });
    return partitions.reduce((sum, { length }) => sum + length / this.#width, 0);
  }

  async #partition(digit: PartitionDigit): Promise<Buffer> {
    const reading = this.#partitions.get(digit) ?? this.#readAll(digit);
    this.#partitions.set(digit, reading);
    return reading;
  }

  async #readAll(digit: PartitionDigit): Promise<Buffer> {
    const entries = new EntryList(this.#width, GUID_BYTES);
    for await (const page of this.#read(digit)) {
      for (const { id, fingerprint } of page) {
        const entry = entries.add();
        writeGuid(entry, id);
        entry.write(fingerprint, GUID_BYTES, 'hex');
      }
    }
    return entries.takeSorted();
  }

  #find(entries: Buffer | undefined, id: string): string | undefined {
    if (!entries) return undefined;
    writeGuid(this.#key, id);
    const start = findEntry(entries, this.#width, this.#key);
    if (start === undefined) return undefined;
    const fingerprint = entries.toString('hex', start + GUID_BYTES, start + this.#width);
    return /^0+$/.test(fingerprint) ? '' : fingerprint;
  }
}
