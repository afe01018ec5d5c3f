// The table server that stands in for Azure Tables where there are very many rows keeps the promises that the stores make on Azure Tables.
import { after } from 'node:test';
import { startLargeStorage } from '../support/large-storage.ts';
import { connectorStoreContract } from './connector-store.ts';
import { deviceStoreContract } from './device-store.ts';
import { mailboxStoreContract } from './observed-stores.ts';
import { runStoreContract } from './run-store.ts';
import { storageScene } from './stores-under-test.ts';

const storage = await startLargeStorage();
after(() => storage.stop());
const makeScene = storageScene(storage.connectionString);

connectorStoreContract('table server', () => makeScene().connectors);
runStoreContract('table server', () => makeScene().runs);
mailboxStoreContract('table server', () => makeScene().mailboxes);
deviceStoreContract('table server', makeScene);
