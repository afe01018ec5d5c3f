// All stores and files in memory, for tests of operations and workflows: those of production on tables and blobs that a process keeps for itself.
import type { Clock, Ports } from '../../domain/ports.ts';
import { createFiles } from '../blobs/discovery-files.ts';
import { createAuditStore } from '../tables/audit-store.ts';
import { createOutbox } from '../tables/outbox.ts';
import { outboxSources } from '../tables/outbox-sources.ts';
import type { Table } from '../tables/row.ts';
import { createStores } from '../tables/stores.ts';
import type { Stores } from '../tables/stores.ts';
import { createMemoryBlobs } from './memory-blobs.ts';
import { createMemoryTable } from './memory-table.ts';

/** Empty stores with the audit of their changes, and no files. */
export function createMemoryStores(clock: Clock): Stores & Pick<Ports, 'files' | 'audit' | 'auditOutbox'> {
  const tables = new Map<string, Table>();
  const open = (name: string): Table => {
    const table = tables.get(name) ?? createMemoryTable(name);
    tables.set(name, table);
    return table;
  };
  return {
    ...createStores(open, clock),
    files: createFiles(createMemoryBlobs()),
    audit: createAuditStore(open('Audit'), clock),
    auditOutbox: createOutbox(open('Audit'), outboxSources(open)),
  };
}
