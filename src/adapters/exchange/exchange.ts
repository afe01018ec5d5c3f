// The Exchange of one organization behind the port: the client and the four parts over it.
import type { ExchangePort } from '../../domain/exchange-port.ts';
import { createExchangeAccess } from './exchange-access.ts';
import { ExchangeClient } from './exchange-client.ts';
import type { ExchangeClientOptions } from './exchange-client.ts';
import { createExchangeDevices } from './exchange-devices.ts';
import { createExchangeMailboxes } from './exchange-mailboxes.ts';
import { createExchangeOrganization } from './exchange-organization.ts';
import { createExchangePolicies } from './exchange-policies.ts';

/** The port to the Exchange of one organization; nothing is sent before the first call. */
export function createExchange(options: ExchangeClientOptions): ExchangePort {
  const client = new ExchangeClient(options);
  return {
    ...createExchangeDevices(client),
    ...createExchangeMailboxes(client),
    ...createExchangeAccess(client),
    ...createExchangePolicies(client),
    ...createExchangeOrganization(client),
  };
}
