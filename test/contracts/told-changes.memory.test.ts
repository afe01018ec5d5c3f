// Changes that are told, in memory.
import { createMemoryTable } from '../../src/adapters/memory/memory-table.ts';
import type { Table } from '../../src/adapters/tables/row.ts';
import { toldChangesContract } from './told-changes.ts';

toldChangesContract('memory', () => {
  const tables = new Map<string, Table>();
  return (name) => {
    const table = tables.get(name) ?? createMemoryTable(name);
    tables.set(name, table);
    return table;
  };
});
