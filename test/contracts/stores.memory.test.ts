// The stores in memory keep the promises of their ports.
import { connectorStoreContract } from './connector-store.ts';
import { mailboxStoreContract, userStoreContract } from './observed-stores.ts';
import { runStoreContract } from './run-store.ts';
import { memoryScene } from './stores-under-test.ts';

connectorStoreContract('memory', () => memoryScene().connectors);
runStoreContract('memory', () => memoryScene().runs);
mailboxStoreContract('memory', () => memoryScene().mailboxes);
userStoreContract('memory', () => memoryScene().users);
