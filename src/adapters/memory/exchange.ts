// The Exchange port over a world in memory, for tests and for trying operations without a tenant.
import type { ExchangePort } from '../../domain/exchange-port.ts';
import { createMemoryExchangeDevices } from './exchange-devices.ts';
import { createMemoryExchangeMailboxes } from './exchange-mailboxes.ts';
import { createMemoryExchangeAccess, createMemoryExchangeOrganization, createMemoryExchangePolicies } from './exchange-settings.ts';
import type { MemoryExchangeWorld } from './exchange-world.ts';

/** The port over `world`. */
export function createMemoryExchange(world: MemoryExchangeWorld): ExchangePort {
  return {
    ...createMemoryExchangeDevices(world),
    ...createMemoryExchangeMailboxes(world),
    ...createMemoryExchangeAccess(world),
    ...createMemoryExchangePolicies(world),
    ...createMemoryExchangeOrganization(world),
  };
}
