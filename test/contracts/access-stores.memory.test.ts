// The stores of collections, roles and assignments in memory keep the promises of their ports.
import { createMemoryTable } from '../../src/adapters/memory/memory-table.ts';
import { createCollectionStore } from '../../src/adapters/tables/collection-store.ts';
import { createOutbox } from '../../src/adapters/tables/outbox.ts';
import { createRoleStore } from '../../src/adapters/tables/role-store.ts';
import { accessStoresContract } from './access-stores.ts';

accessStoresContract('memory', () => {
  const table = createMemoryTable('Access');
  return { collections: createCollectionStore(table), roles: createRoleStore(table), outbox: createOutbox(table, [{ table }]) };
});
