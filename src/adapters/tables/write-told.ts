// Writes a row together with the audit events that tell of the change: both or neither.
import type { AuditEntry } from '../../domain/audit.ts';
import { outboxRow } from './outbox.ts';
import type { BatchChange, Row, Table } from './row.ts';

/** Makes or replaces the row; answers its version. */
export async function writeTold(
  table: Table,
  change: BatchChange & { readonly kind: 'insert' | 'replace'; readonly row: Row },
  entries: readonly AuditEntry[],
): Promise<string> {
  if (entries.length === 0) return table.write(change);
  const [version = ''] = await table.transact([change, ...entries.map((entry) => outboxRow(change.row.partition, entry))]);
  return version;
}
