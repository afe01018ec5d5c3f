// All stores in memory, for tests of operations and workflows: those of production on tables that a process keeps for itself.
import type { Clock } from '../../domain/ports.ts';
import { createStores } from '../tables/stores.ts';
import type { Stores } from '../tables/stores.ts';
import { createMemoryTable } from './memory-table.ts';

/** Empty stores. */
export function createMemoryStores(clock: Clock): Stores {
  return createStores((name) => createMemoryTable(name), clock);
}
