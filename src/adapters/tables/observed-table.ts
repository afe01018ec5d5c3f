// What mailboxes and users have in common: one row an object, in the partition of its id, found by one name as well.
// Devices have more parts and writers; they are kept by device-store.ts.
import pMap from 'p-map';
import { AppError } from '../../domain/errors.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import { partitionDigitOf, partitionDigits } from '../../domain/store-page.ts';
import type { Comparison, ObservationWriter, PartitionDigit } from '../../domain/store-page.ts';
import { createDocument } from './document.ts';
import { FINGERPRINT, fingerprintOf, PRINT_DIGITS } from './fingerprint.ts';
import { keyOf } from './keys.ts';
import type { RowKey } from './keys.ts';
import type { StoredPrint } from './known-rows.ts';
import { lookupChange, lookUp, lookupSegment, removeLookups } from './lookup-rows.ts';
import type { LookupKind } from './lookup-rows.ts';
import { createObservationWriter } from './observation-writer.ts';
import { rebuildLookups } from './rebuild-lookups.ts';
import { removePartitions } from './remove-partitions.ts';
import type { BatchChange, StoredRow, Table } from './row.ts';
import { writeEach } from './transactions.ts';

export interface ObservedKind<Content> {
  readonly table: Table;
  readonly lookups: Table;
  readonly idOf: (content: Content) => string;
  readonly lookup: { readonly kind: LookupKind; readonly nameOf: (content: Content) => string | undefined };
}

/** A content and when it was read. */
export interface Observed<Content> {
  readonly content: Content;
  readonly observedAt: string;
}

const PARALLEL_READS = 16;
const isMissing = (error: unknown): boolean => error instanceof AppError && error.code === 'store.missing';

/** Objects of one kind of all organizations. */
export class ObservedTable<Content> {
  readonly #kind: ObservedKind<Content>;
  readonly #document = createDocument<Content>('content');

  constructor(kind: ObservedKind<Content>) {
    this.#kind = kind;
  }

  async get(organization: OrganizationId, id: string): Promise<Observed<Content> | undefined> {
    const row = await this.#kind.table.get(keyOfId(organization, id));
    return row && this.#read(row);
  }

  writer(organization: OrganizationId, comparison: Comparison): ObservationWriter<Observed<Content>> {
    const { table, lookups, idOf, lookup } = this.#kind;
    return createObservationWriter<Observed<Content>>({
      table,
      lookups,
      comparison,
      kind: {
        idOf: ({ content }) => idOf(content),
        keyOf: (id) => keyOfId(organization, id),
        fingerprintOf: ({ content }) => fingerprintOf([content], [lookup.nameOf(content)]),
        storedPrint,
        rowOf: ({ content, observedAt }, fingerprint) => ({
          ...keyOfId(organization, idOf(content)),
          values: { ...this.#document.pack(content), observedAt, [FINGERPRINT]: fingerprint },
        }),
        lookupsOf: ({ content }) => this.#lookupsOf(organization, content),
      },
      read: (digit) => this.#prints(organization, digit),
      digits: PRINT_DIGITS,
    });
  }

  async *#prints(organization: OrganizationId, digit: PartitionDigit): AsyncGenerator<StoredPrint[]> {
    for await (const { rows } of this.#kind.table.pages({ partition: keyOf(organization, digit), properties: [FINGERPRINT] })) {
      yield rows.map((row) => ({ id: row.row, fingerprint: storedPrint(row) }));
    }
  }

  #lookupsOf(organization: OrganizationId, content: Content): BatchChange[] {
    const { idOf, lookup } = this.#kind;
    const name = lookup.nameOf(content);
    return name === undefined ? [] : [lookupChange(organization, lookup.kind, name, idOf(content))];
  }

  #read({ values }: StoredRow): Observed<Content> {
    const content = this.#document.unpack(values);
    if (content === undefined) {
      throw new AppError('store.unexpected', { request: `reading ${this.#kind.table.name}`, problem: 'a row holds no content' });
    }
    return { content, observedAt: values['observedAt'] ?? '' };
  }

  async *pages(organization: OrganizationId, digit: PartitionDigit): AsyncGenerator<Observed<Content>[]> {
    for await (const { rows } of this.#kind.table.pages({ partition: keyOf(organization, digit) })) {
      if (rows.length > 0) yield rows.map((row) => this.#read(row));
    }
  }

  /** What the lookup leads to, less what has another name by now. */
  async named(organization: OrganizationId, name: string): Promise<Observed<Content>[]> {
    const { lookups, lookup } = this.#kind;
    const ids = await lookUp(lookups, organization, lookup.kind, name);
    const found = await pMap(ids, (id) => this.get(organization, id), { concurrency: PARALLEL_READS });
    const isNamed = ({ content }: Observed<Content>): boolean => lookupSegment(lookup.nameOf(content) ?? '') === lookupSegment(name);
    return found.filter((each) => each !== undefined).filter(isNamed);
  }

  /** Lookups that lead nowhere are left until they are rebuilt: whoever follows one looks where it leads. */
  async remove(organization: OrganizationId, ids: readonly string[]): Promise<void> {
    const removals = ids.map((id): BatchChange => ({ kind: 'remove', key: keyOfId(organization, id) }));
    await writeEach(this.#kind.table, removals, isMissing);
  }

  /** Writes the lookups that are missing and removes those that no row bears out. */
  async rebuildLookups(organization: OrganizationId): Promise<{ written: number; removed: number }> {
    const { lookups, lookup } = this.#kind;
    return rebuildLookups({
      lookups,
      organization,
      kinds: [lookup.kind],
      wanted: this.#wantedLookups(organization),
      isBorneOut: async (_kind, { id, segment }) => {
        const found = await this.get(organization, id);
        return found !== undefined && lookupSegment(lookup.nameOf(found.content) ?? '') === segment;
      },
    });
  }

  async *#wantedLookups(organization: OrganizationId): AsyncGenerator<BatchChange[]> {
    for (const digit of partitionDigits) {
      for await (const page of this.pages(organization, digit)) yield page.flatMap(({ content }) => this.#lookupsOf(organization, content));
    }
  }

  async removeAll(organization: OrganizationId): Promise<void> {
    const { table, lookups, lookup } = this.#kind;
    await removePartitions(
      table,
      partitionDigits.map((digit) => keyOf(organization, digit)),
    );
    await removeLookups(lookups, organization, lookup.kind, async () => true);
  }
}

function storedPrint({ values }: StoredRow): string {
  return values[FINGERPRINT] ?? '';
}

function keyOfId(organization: OrganizationId, id: string): RowKey {
  return { partition: keyOf(organization, partitionDigitOf(id)), row: id };
}
