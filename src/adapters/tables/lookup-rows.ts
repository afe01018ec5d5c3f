// Rows that find an id by something else: by its owner, by a name. Never the truth: whoever reads one checks what it leads to.
// Sixteen partitions for all kinds, so that many can be written in full transactions; one question reads one range.
import pMap from 'p-map';
import { AppError } from '../../domain/errors.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import { partitionDigits } from '../../domain/store-page.ts';
import { digitOf, keyOf, keySegment, keysBelow } from './keys.ts';
import type { BatchChange, StoredRow, Table } from './row.ts';
import { writeEach } from './transactions.ts';

const PARALLEL_READS = 16;

/** What is looked up: devices by user or DeviceId, mailboxes by distinguished name, users by sign-in name. */
export type LookupKind = 'user-device' | 'device-id' | 'mailbox-name' | 'user-name';

/** A lookup row as it was read. */
export interface LookupRow {
  /** What the row is found by, as keys hold it. */
  readonly segment: string;
  readonly id: string;
  /** The change that removes the row. */
  readonly removal: BatchChange;
}

/** The partition of a folded name. */
function partitionOf(organization: OrganizationId, name: string): string {
  return keyOf(organization, digitOf(name));
}

/** Names are compared without case. */
function folded(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/** What a row found by `name` has as its segment. */
export function lookupSegment(name: string): string {
  return keySegment(folded(name));
}

/** The row by which `id` is found under `name`. */
export function lookupChange(organization: OrganizationId, kind: LookupKind, name: string, id: string): BatchChange {
  const key = folded(name);
  return { kind: 'set', row: { partition: partitionOf(organization, key), row: keyOf(kind, key, id), values: { id } } };
}

/** The ids that are found under `name`. */
export async function lookUp(table: Table, organization: OrganizationId, kind: LookupKind, name: string): Promise<string[]> {
  const key = folded(name);
  const ids: string[] = [];
  for await (const page of table.pages({ partition: partitionOf(organization, key), rows: keysBelow(kind, key) }))
    ids.push(...page.rows.map(idOf));
  return ids;
}

function idOf({ values }: StoredRow): string {
  return values['id'] ?? '';
}

/** Removes the lookup rows of a kind that are stale; answers how many. */
export async function removeLookups(
  table: Table,
  organization: OrganizationId,
  kind: LookupKind,
  isStale: (row: LookupRow) => Promise<boolean>,
): Promise<number> {
  let removed = 0;
  for await (const rows of lookupRows(table, organization, kind)) {
    const verdicts = await pMap(rows, isStale, { concurrency: PARALLEL_READS });
    const removals = rows.filter((_, index) => verdicts[index]).map(({ removal }) => removal);
    await writeEach(table, removals, (error) => error instanceof AppError && error.code === 'store.missing');
    removed += removals.length;
  }
  return removed;
}

/** Every lookup row of a kind, page by page. */
export async function* lookupRows(table: Table, organization: OrganizationId, kind: LookupKind): AsyncGenerator<readonly LookupRow[]> {
  for (const digit of partitionDigits) {
    for await (const page of table.pages({ partition: keyOf(organization, digit), rows: keysBelow(kind) })) {
      yield page.rows.map((row) => ({
        segment: row.row.split('|')[1] ?? '',
        id: idOf(row),
        removal: { kind: 'remove', key: { partition: row.partition, row: row.row } },
      }));
    }
  }
}
