// Stores and files for contract suites: in memory, or on an Azurite that stops when the tests of the file are over. Their clock moves when it is told to.
import { createBlobContainer } from '../../src/adapters/blobs/blob-container.ts';
import { createFiles } from '../../src/adapters/blobs/discovery-files.ts';
import { createMemoryStores } from '../../src/adapters/memory/stores.ts';
import { randomIds } from '../../src/adapters/random-ids.ts';
import { createStores } from '../../src/adapters/tables/stores.ts';
import type { Stores } from '../../src/adapters/tables/stores.ts';
import { createTable } from '../../src/adapters/tables/table.ts';
import { addMs } from '../../src/domain/instant.ts';
import type { DiscoveryFiles } from '../../src/domain/discovery-files-port.ts';
import type { Clock } from '../../src/domain/ports.ts';
import { startTestAzurite } from './test-azurite.ts';

export interface StoreScene extends Stores {
  readonly files: DiscoveryFiles;
  readonly slowDown: (stepMs: number) => void;
}

function steppingClock(): Clock & { slowDown(stepMs: number): void } {
  let now = '2026-03-01T06:00:00.000Z';
  let step = 0;
  return {
    now: () => (now = addMs(now, step)),
    slowDown(stepMs) {
      step = stepMs;
    },
  };
}

/** Empty stores each time. */
export function memoryScene(): StoreScene {
  const clock = steppingClock();
  return { ...createMemoryStores(clock), slowDown: (stepMs) => clock.slowDown(stepMs) };
}

/** The same tables each time: tests keep apart by their organizations. */
export async function azuriteScene(): Promise<() => StoreScene> {
  const { connectionString } = await startTestAzurite('stores');
  return storageScene(connectionString);
}

/** Stores in any storage account. */
export function storageScene(connectionString: string): () => StoreScene {
  const account = { connectionString };
  return () => {
    const clock = steppingClock();
    const stores = createStores((name) => createTable({ account, name, ids: randomIds }), clock);
    const files = createFiles(createBlobContainer({ account, name: 'discovery' }));
    return { ...stores, files, slowDown: (stepMs) => clock.slowDown(stepMs) };
  };
}
