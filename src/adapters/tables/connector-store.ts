// The ConnectorStore port on one small table: in the partition of each organization the connector and the state of its discovery.
import type { Connector, DiscoveryState } from '../../domain/connector.ts';
import type { ConnectorStore } from '../../domain/connector-store-port.ts';
import { AppError } from '../../domain/errors.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { Versioned } from '../../domain/store-page.ts';
import { createDocument } from './document.ts';
import { keyOf } from './keys.ts';
import type { RowKey } from './keys.ts';
import type { StoredRow, Table } from './row.ts';

const CONNECTOR = 'connector';
const STATE = 'discovery-state';

const connectorDocument = createDocument<Connector>('connector');
const stateDocument = createDocument<DiscoveryState>('state');

/** Connectors kept in a table. */
export function createConnectorStore(table: Table): ConnectorStore {
  async function keepState(organization: OrganizationId, state: DiscoveryState, version: string | undefined): Promise<string> {
    const row = { ...keyIn(organization, STATE), values: stateDocument.pack(state) };
    return table.write(version === undefined ? { kind: 'insert', row } : { kind: 'replace', row, version });
  }

  return {
    async get(organization) {
      const row = await table.get(keyIn(organization, CONNECTOR));
      return row && readConnector(row);
    },

    async list() {
      const found: Versioned<Connector>[] = [];
      // A deployment holds a handful of organizations, two rows each: the one list that crosses organizations.
      for await (const { rows } of table.pages({})) found.push(...rows.filter(({ row }) => row === CONNECTOR).map(readConnector));
      return found;
    },

    add: (connector) => table.write({ kind: 'insert', row: rowOf(connector) }),

    change: (connector, version) => table.write({ kind: 'replace', row: rowOf(connector), version }),

    async remove(organization, version) {
      await table.write({ kind: 'remove', key: keyIn(organization, CONNECTOR), version });
      await table.write({ kind: 'remove', key: keyIn(organization, STATE) });
    },

    async discoveryState(organization) {
      const row = await table.get(keyIn(organization, STATE));
      const value = row && stateDocument.unpack(row.values);
      return row && value && { value, version: row.version };
    },

    keepDiscoveryState: keepState,
  };
}

function keyIn(organization: OrganizationId, row: string): RowKey {
  return { partition: keyOf(organization), row };
}

function rowOf(connector: Connector): RowKey & { readonly values: Readonly<Record<string, string>> } {
  return { ...keyIn(connector.organization, CONNECTOR), values: connectorDocument.pack(connector) };
}

function readConnector({ values, version }: StoredRow): Versioned<Connector> {
  const value = connectorDocument.unpack(values);
  if (!value) throw new AppError('store.unexpected', { request: 'reading a connector', problem: 'a row holds no connector' });
  return { value, version };
}
