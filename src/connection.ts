// From the settings to where a connector connects, and as whom. It opens nothing (adapters do) and reads no environment (settings.ts does).
import { endpointsOf } from './domain/cloud.ts';
import type { Cloud, CloudEndpoints } from './domain/cloud.ts';
import type { Credential } from './domain/credential.ts';
import type { ConnectionSettings } from './settings.ts';

export interface Connection {
  readonly endpoints: CloudEndpoints;
  readonly credential: Credential;
}

/** The connection that checked settings describe: what the doctor tries before there is a connector. */
export function connectionOf(settings: ConnectionSettings): Connection {
  return { endpoints: endpointsIn(settings, settings.CONNECTOR_CLOUD), credential: credentialOf(settings) };
}

/** The endpoints of a cloud, or of the stand-in that the settings name. */
export function endpointsIn(settings: ConnectionSettings, cloud: Cloud): CloudEndpoints {
  const { AUTHORITY: authority, GRAPH_ENDPOINT: graph, EXCHANGE_ENDPOINT: exchange, EXCHANGE_TRUSTED_HOSTS: trusted = [] } = settings;
  const usual = endpointsOf(cloud);
  return endpointsOf(cloud, {
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
