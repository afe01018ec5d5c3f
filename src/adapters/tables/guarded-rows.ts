// Rows of one organization that are changed one at a time, because each change was checked against all of them: collections, roles, assignments.
// One partition, one guard row: every change replaces it in its transaction, so that of two which were checked at the same time one is stale.
import { AppError } from '../../domain/errors.ts';
import type { GuardedChange } from '../../domain/collection-store-port.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { Versioned } from '../../domain/store-page.ts';
import type { Document } from './document.ts';
import { keyOf } from './keys.ts';
import type { RowKey } from './keys.ts';
import { outboxRow } from './outbox.ts';
import type { BatchChange, RowValues, StoredRow, Table } from './row.ts';

const GUARD = 'guard';

/** The row of that kind and id in the organization's partition. */
export function guardedKey(organization: OrganizationId, ...segments: readonly string[]): RowKey {
  return { partition: keyOf(organization), row: keyOf(...segments) };
}

/** The version of the organization's guard. */
export async function readGuard(table: Table, organization: OrganizationId): Promise<string | undefined> {
  return (await table.get(guardedKey(organization, GUARD)))?.version;
}

/** Writes a row, with the guard and the events. Answers its version. */
export async function saveGuarded(table: Table, key: RowKey, values: RowValues, change: GuardedChange): Promise<string> {
  const row = { ...key, values };
  const { version } = change;
  const written: BatchChange = version === undefined ? { kind: 'insert', row } : { kind: 'replace', row, version };
  const [saved = ''] = await table.transact([written, ...companions(key, change)]);
  return saved;
}

/** Removes a row, with the guard and the events. The guard has not changed since the row had its version, so neither has the row. */
export async function removeGuarded(table: Table, key: RowKey, change: GuardedChange): Promise<void> {
  await table.transact([{ kind: 'remove', key }, ...companions(key, change)]);
}

/** The guard says nothing but its version; the property tells its rows from empty ones. */
function companions({ partition }: RowKey, { guard, entries }: GuardedChange): readonly BatchChange[] {
  const row = { partition, row: keyOf(GUARD), values: { form: '1' } };
  const guarding: BatchChange = guard === undefined ? { kind: 'insert', row } : { kind: 'replace', row, version: guard };
  return [guarding, ...entries.map((entry) => outboxRow(partition, entry))];
}

/** What a row holds, with its version. */
export function readGuarded<T>(document: Document<T>, { values, version }: StoredRow, what: string): Versioned<T> {
  const value = document.unpack(values);
  if (value === undefined) throw new AppError('store.unexpected', { request: `reading ${what}`, problem: `a row holds no ${what}` });
  return { value, version };
}
