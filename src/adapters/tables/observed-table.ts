// What mailboxes and users have in common: one row an object, in the partition of its id, found by one name as well.
// Devices have more parts and writers; they are kept by device-store.ts.
import pMap from 'p-map';
import { AppError } from '../../domain/errors.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import { partitionDigitOf, partitionDigits } from '../../domain/store-page.ts';
import type { Comparison, ObservationWriter, PartitionDigit } from '../../domain/store-page.ts';
import { createDocument } from './document.ts';
import { keyOf } from './keys.ts';
import type { RowKey } from './keys.ts';
import { lookupChange, lookUp, lookupRows, lookupSegment } from './lookup-rows.ts';
import type { LookupKind } from './lookup-rows.ts';
import { createObservationWriter, fingerprintOf } from './observation-writer.ts';
import type { ObservedRow } from './observation-writer.ts';
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
    const { table, lookups } = this.#kind;
    const toRow = (observed: Observed<Content>): ObservedRow => this.#toRow(organization, observed);
    return createObservationWriter({
      table,
      lookups,
      comparison,
      partitionOf: (digit) => keyOf(organization, digit),
      rowPrefix: '',
      toRow,
    });
  }

  #toRow(organization: OrganizationId, { content, observedAt }: Observed<Content>): ObservedRow {
    const { idOf, lookup } = this.#kind;
    const id = idOf(content);
    const name = lookup.nameOf(content);
    const values = this.#document.pack(content);
    const lookups = name === undefined ? [] : [lookupChange(organization, lookup.kind, name, id)];
    return {
      row: { ...keyOfId(organization, id), values: { ...values, observedAt } },
      fingerprint: fingerprintOf(values, lookups),
      ifNew: {},
      lookups,
    };
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

  /** Lookups that lead nowhere are left; nobody follows them any further. */
  async remove(organization: OrganizationId, ids: readonly string[]): Promise<void> {
    const removals = ids.map((id): BatchChange => ({ kind: 'remove', key: keyOfId(organization, id) }));
    await writeEach(this.#kind.table, removals, isMissing);
  }

  async removeAll(organization: OrganizationId): Promise<void> {
    const { table, lookups, lookup } = this.#kind;
    await removePartitions(
      table,
      partitionDigits.map((digit) => keyOf(organization, digit)),
    );
    for await (const rows of lookupRows(lookups, organization, lookup.kind)) {
      const removals = rows.map(({ removal }) => removal);
      await writeEach(lookups, removals, isMissing);
    }
  }
}

function keyOfId(organization: OrganizationId, id: string): RowKey {
  return { partition: keyOf(organization, partitionDigitOf(id)), row: id };
}
