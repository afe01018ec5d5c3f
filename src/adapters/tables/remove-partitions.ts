// Empties partitions: what is left of an organization whose connector is removed. Safe to repeat. Audit events that wait there stay,
// because they tell of changes that were made.
import { AppError } from '../../domain/errors.ts';
import { isWaiting } from './outbox.ts';
import type { BatchChange, Table } from './row.ts';
import { writeEach } from './transactions.ts';

/** Removes every row of the partitions but events that wait. */
export async function removePartitions(table: Table, partitions: readonly string[]): Promise<void> {
  const isMissing = (error: unknown): boolean => error instanceof AppError && error.code === 'store.missing';
  for (const partition of partitions) {
    for await (const { rows } of table.pages({ partition, properties: [] })) {
      const removals = rows
        .filter(({ row }) => !isWaiting(row))
        .map(({ row }): BatchChange => ({ kind: 'remove', key: { partition, row } }));
      await writeEach(table, removals, isMissing);
    }
  }
}
