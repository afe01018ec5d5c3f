// The Connections port: clients of each connector's organization, kept as long as the connector stays as it is, because tokens, connections and
// the learnt way to the regional host are worth keeping.
import { createExchange } from './adapters/exchange/exchange.ts';
import { createGraphDirectory } from './adapters/graph/graph-directory.ts';
import { createCredential } from './adapters/identity/credential.ts';
import { createTokens } from './adapters/identity/token-facts.ts';
import { endpointsIn } from './connection.ts';
import type { Connector } from './domain/connector.ts';
import type { Directory } from './domain/directory-port.ts';
import type { ExchangePort } from './domain/exchange-port.ts';
import type { Connections, ExaminedConnection, Ports } from './domain/ports.ts';
import type { ConnectionSettings } from './settings.ts';
import { readCredentialSetting } from './settings.ts';

interface Kept {
  readonly changedAt: string;
  readonly generation: number;
  readonly exchange: ExchangePort;
  readonly directory: Directory;
}

type Needs = Pick<Ports, 'clock' | 'ids' | 'log'>;

/** Connections of connectors; nothing is opened before the first call. */
export function createConnections(settings: ConnectionSettings, needs: Needs): Connections {
  const kept = new Map<string, Kept>();

  function connectionFor(connector: Connector): Kept {
    const { organization, changedAt, generation } = connector;
    const found = kept.get(organization);
    if (found && found.changedAt === changedAt && found.generation === generation) return found;
    const made = { changedAt, generation, ...connect(settings, needs, connector) };
    kept.set(organization, made);
    return made;
  }

  return {
    exchange: (connector) => connectionFor(connector).exchange,
    directory: (connector) => connectionFor(connector).directory,
    anew(connector) {
      kept.delete(connector.organization);
      return connect(settings, needs, connector, { isAnew: true });
    },
  };
}

function connect(
  settings: ConnectionSettings,
  { clock, ids, log }: Needs,
  connector: Connector,
  { isAnew = false } = {},
): ExaminedConnection {
  const { organization } = connector;
  const endpoints = endpointsIn(settings, connector.cloud);
  const credential = createCredential({
    tenantId: organization,
    credential: connector.credential,
    endpoints,
    setting: readCredentialSetting,
  });
  if (isAnew) credential.renew();
  const common = { credential, clock, log: log.with({ organization }) };
  return {
    organization,
    endpoints,
    credential: connector.credential,
    tokens: createTokens(credential, endpoints),
    exchange: createExchange({ ...common, organization, endpoint: endpoints, ids }),
    directory: createGraphDirectory({ ...common, endpoints }),
  };
}
