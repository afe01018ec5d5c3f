// The stores in memory keep the promises of their ports.
import { connectorStoreContract } from './connector-store.ts';
import { discoveryFilesContract } from './discovery-files.ts';
import { installationStoreContract } from './installation-store.ts';
import { mailboxStoreContract, userStoreContract } from './observed-stores.ts';
import { organizationStoreContract } from './organization-store.ts';
import { runStoreContract } from './run-store.ts';
import { statusMessageStoreContract } from './status-message-store.ts';
import { createFiles } from '../../src/adapters/blobs/discovery-files.ts';
import { createMemoryBlobs } from '../../src/adapters/memory/memory-blobs.ts';
import { memoryScene } from './stores-under-test.ts';

connectorStoreContract('memory', () => memoryScene().connectors);
organizationStoreContract('memory', () => memoryScene().organizations);
runStoreContract('memory', () => memoryScene().runs);
installationStoreContract('memory', () => memoryScene());
statusMessageStoreContract('memory', () => memoryScene().statusMessages);
mailboxStoreContract('memory', () => memoryScene().mailboxes);
userStoreContract('memory', () => memoryScene().users);

const blobs = createMemoryBlobs();
discoveryFilesContract('memory', () => createFiles(blobs));
