// The stores of collections, roles and assignments on Azure Tables keep the promises of their ports.
import { after } from 'node:test';
import { randomIds } from '../../src/adapters/random-ids.ts';
import { createCollectionStore } from '../../src/adapters/tables/collection-store.ts';
import { createOutbox } from '../../src/adapters/tables/outbox.ts';
import { createRoleStore } from '../../src/adapters/tables/role-store.ts';
import { createTable } from '../../src/adapters/tables/table.ts';
import { startAzurite } from '../../src/local/launcher/azurite.ts';
import { tempDirectory } from '../support/temp-directory.ts';
import { accessStoresContract } from './access-stores.ts';

const azurite = await startAzurite({ dataDirectory: tempDirectory('access-stores') });
after(() => azurite.stop());
const table = createTable({ account: { connectionString: azurite.connectionString }, name: 'Access', ids: randomIds });

accessStoresContract('Azurite', () => ({
  collections: createCollectionStore(table),
  roles: createRoleStore(table),
  outbox: createOutbox(table, [{ table }]),
}));
