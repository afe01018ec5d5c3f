// Devices in Azure Tables keep the promises of their port.
import { deviceRunsContract } from './device-runs.ts';
import { deviceStoreContract } from './device-store.ts';
import { azuriteScene } from './stores-under-test.ts';

const makeScene = await azuriteScene();

deviceStoreContract('Azurite', makeScene);
deviceRunsContract('Azurite', () => makeScene().devices);
