// Between rows of ours and what the SDK sends and answers: filters in OData, entities read.
// https://learn.microsoft.com/rest/api/storageservices/querying-tables-and-entities
import type { RowQuery, StoredRow } from './row.ts';

/** The filter of a query; undefined when all rows of the table are asked for. */
export function filterOf(query: Pick<RowQuery, 'partition' | 'rows' | 'after' | 'filter'> & { readonly row?: string }): string | undefined {
  const conditions = [
    condition('PartitionKey eq', query.partition),
    condition('RowKey eq', query.row),
    condition('RowKey ge', query.rows?.from),
    condition('RowKey lt', query.rows?.before),
    condition('RowKey gt', query.after),
    query.filter && `(${query.filter})`,
  ].filter((text) => text !== undefined);
  return conditions.length === 0 ? undefined : conditions.join(' and ');
}

function condition(comparison: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : `${comparison} '${value.replaceAll("'", "''")}'`;
}

const SYSTEM = new Set(['etag', 'partitionKey', 'rowKey', 'timestamp', 'odata.metadata']);

/** The row in an entity; what is no text of ours is left out, and so is the property `hidden`. */
export function toStoredRow(entity: object, hidden?: string): StoredRow {
  let partition = '';
  let row = '';
  let version = '';
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(entity)) {
    if (typeof value !== 'string') continue;
    if (name === 'partitionKey') partition = value;
    else if (name === 'rowKey') row = value;
    else if (name === 'etag') version = value;
    else if (name !== hidden && !SYSTEM.has(name)) values[name] = value;
  }
  return { partition, row, version, values };
}
