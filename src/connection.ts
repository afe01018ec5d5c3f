// From the settings to where a connector connects, and as whom. It opens nothing (adapters do) and reads no environment (settings.ts does).
import { endpointsOf } from './domain/cloud.ts';
import type { CloudEndpoints } from './domain/cloud.ts';
import type { Credential } from './domain/credential.ts';
import type { ConnectionSettings } from './settings.ts';

export interface Connection {
  readonly endpoints: CloudEndpoints;
  readonly credential: Credential;
}

/** The connection that checked settings describe. */
export function connectionOf(settings: ConnectionSettings): Connection {
  return { endpoints: endpointsFor(settings), credential: credentialOf(settings) };
}

function endpointsFor(settings: ConnectionSettings): CloudEndpoints {
  const { AUTHORITY: authority, GRAPH_ENDPOINT: graph, EXCHANGE_ENDPOINT: exchange, EXCHANGE_TRUSTED_HOSTS: trusted = [] } = settings;
  const usual = endpointsOf(settings.CONNECTOR_CLOUD);
  return endpointsOf(settings.CONNECTOR_CLOUD, {
    ...(authority !== undefined && { authority }),
    ...(graph !== undefined && { graph }),
    ...(exchange !== undefined && { exchange }),
    // What a stand-in names is not of Microsoft's cloud, and the other way round.
    exchangeHostSuffixes: [...(exchange === undefined ? usual.exchangeHostSuffixes : []), ...trusted],
  });
}

function credentialOf(settings: ConnectionSettings): Credential {
  const { CONNECTOR_CREDENTIAL: kind, CONNECTOR_CLIENT_ID: id, CONNECTOR_CREDENTIAL_NAME: name = '' } = settings;
  if (kind === 'managed-identity') return { kind, ...(id !== undefined && { clientId: id }) };
  const clientId = id ?? '';
  if (kind !== 'federated-identity') return { kind, clientId, name };
  const voucher = settings.CONNECTOR_VOUCHER_CLIENT_ID;
  return { kind, clientId, ...(voucher !== undefined && { managedIdentityClientId: voucher }) };
}
