// Brings lookups in line with the rows that they lead to: writes those that are missing, removes those that no row bears out.
// Where all is well it reads each side once, keeps sixteen bytes of each lookup, and writes nothing.
import type { OrganizationId } from '../../domain/organization.ts';
import { EntryList, findEntry } from '../blobs/entry-list.ts';
import { TEXT_KEY_BYTES, textKey } from '../blobs/text-key.ts';
import { lookupRows, removeLookups } from './lookup-rows.ts';
import type { LookupKind, LookupRow } from './lookup-rows.ts';
import { keyOfChange } from './row.ts';
import type { BatchChange, Table } from './row.ts';
import { writeAll } from './transactions.ts';

export interface RebuildOptions {
  readonly lookups: Table;
  readonly organization: OrganizationId;
  readonly kinds: readonly LookupKind[];
  /** The lookups that the stored rows have, page by page. */
  readonly wanted: AsyncIterable<readonly BatchChange[]>;
  /** Reads the row that a lookup leads to, and tells whether it bears the lookup out. */
  readonly isBorneOut: (kind: LookupKind, row: LookupRow) => Promise<boolean>;
}

/** Answers how many lookups were written and how many were removed. */
export async function rebuildLookups(options: RebuildOptions): Promise<{ written: number; removed: number }> {
  const { lookups, organization, kinds, isBorneOut } = options;
  const stored = await storedKeys(options);
  const { wanted, written } = await writeMissing(options, stored);
  let removed = 0;
  if (isSubset(stored, wanted)) return { written, removed };
  for (const kind of kinds) {
    removed += await removeLookups(lookups, organization, kind, async (row) => {
      // A row that came since the rows were read has lookups too.
      return !has(wanted, keyOf(row.removal)) && !(await isBorneOut(kind, row));
    });
  }
  return { written, removed };
}

async function storedKeys({ lookups, organization, kinds }: RebuildOptions): Promise<Buffer> {
  const keys = new EntryList(TEXT_KEY_BYTES, TEXT_KEY_BYTES);
  for (const kind of kinds) {
    for await (const rows of lookupRows(lookups, organization, kind)) for (const { removal } of rows) keyOf(removal).copy(keys.add());
  }
  return keys.takeSorted();
}

async function writeMissing({ lookups, wanted }: RebuildOptions, stored: Buffer): Promise<{ wanted: Buffer; written: number }> {
  const keys = new EntryList(TEXT_KEY_BYTES, TEXT_KEY_BYTES);
  let written = 0;
  for await (const changes of wanted) {
    for (const change of changes) keyOf(change).copy(keys.add());
    const missing = changes.filter((change) => !has(stored, keyOf(change)));
    await writeAll(lookups, missing);
    written += missing.length;
  }
  return { wanted: keys.takeSorted(), written };
}

function isSubset(keys: Buffer, of: Buffer): boolean {
  for (let start = 0; start < keys.length; start += TEXT_KEY_BYTES)
    if (!has(of, keys.subarray(start, start + TEXT_KEY_BYTES))) return false;
  return true;
}

function has(keys: Buffer, key: Buffer): boolean {
  return findEntry(keys, TEXT_KEY_BYTES, key) !== undefined;
}

/** The key of a lookup row says what kind it is, what it is found by and where it leads. */
function keyOf(change: BatchChange): Buffer {
  return textKey(keyOfChange(change).row);
}
