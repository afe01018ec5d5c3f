// The stores on Azure Tables keep the promises of their ports.
import { connectorStoreContract } from './connector-store.ts';
import { discoveryFilesContract } from './discovery-files.ts';
import { installationStoreContract } from './installation-store.ts';
import { mailboxStoreContract, userStoreContract } from './observed-stores.ts';
import { organizationStoreContract } from './organization-store.ts';
import { runStoreContract } from './run-store.ts';
import { statusMessageStoreContract } from './status-message-store.ts';
import { azuriteScene } from './stores-under-test.ts';

const makeScene = await azuriteScene();

connectorStoreContract('Azurite', () => makeScene().connectors);
organizationStoreContract('Azurite', () => makeScene().organizations);
runStoreContract('Azurite', () => makeScene().runs);
installationStoreContract('Azurite', () => makeScene());
statusMessageStoreContract('Azurite', () => makeScene().statusMessages);
mailboxStoreContract('Azurite', () => makeScene().mailboxes);
userStoreContract('Azurite', () => makeScene().users);
discoveryFilesContract('Azurite', () => makeScene().files);
