// Devices in memory keep the promises of their port.
import { deviceRunsContract } from './device-runs.ts';
import { deviceStoreContract } from './device-store.ts';
import { memoryScene } from './stores-under-test.ts';

deviceStoreContract('memory', memoryScene);
deviceRunsContract('memory', () => memoryScene().devices);
