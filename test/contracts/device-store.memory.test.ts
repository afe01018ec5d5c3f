// Devices in memory keep the promises of their port.
import { deviceStoreContract } from './device-store.ts';
import { memoryScene } from './stores-under-test.ts';

deviceStoreContract('memory', memoryScene);
