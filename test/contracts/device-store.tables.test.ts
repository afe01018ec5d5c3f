// Devices in Azure Tables keep the promises of their port.
import { deviceStoreContract } from './device-store.ts';
import { azuriteScene } from './stores-under-test.ts';

deviceStoreContract('Azurite', await azuriteScene());
