// The stores on Azure Tables keep the promises of their ports.
import { connectorStoreContract } from './connector-store.ts';
import { mailboxStoreContract, userStoreContract } from './observed-stores.ts';
import { runStoreContract } from './run-store.ts';
import { azuriteScene } from './stores-under-test.ts';

const makeScene = await azuriteScene();

connectorStoreContract('Azurite', () => makeScene().connectors);
runStoreContract('Azurite', () => makeScene().runs);
mailboxStoreContract('Azurite', () => makeScene().mailboxes);
userStoreContract('Azurite', () => makeScene().users);
