// The ConnectorStore port on one small table: in the partition of each organization the connector and the state of its discovery.
// What was read about the organization itself is a third row there (organization-store.ts).
import type { AuditEntry } from '../../domain/audit.ts';
import { defaultConnectorSettings } from '../../domain/connector.ts';
import type { Connector, DiscoveryState } from '../../domain/connector.ts';
import type { ConnectorStore } from '../../domain/connector-store-port.ts';
import { AppError } from '../../domain/errors.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { Versioned } from '../../domain/store-page.ts';
import { createDocument } from './document.ts';
import { keyOf } from './keys.ts';
import type { RowKey } from './keys.ts';
import { newOutboxRow } from './outbox.ts';
import type { StoredRow, Table } from './row.ts';
import { writeTold } from './write-told.ts';

const CONNECTOR = 'connector';
const STATE = 'discovery-state';

/** Form 2 has settings that form 1 did not know. */
const connectorDocument = createDocument<Connector>('connector', [(older) => ({ ...defaultConnectorSettings, ...older })]);
/** Form 1 named a held run as `heldRunId`, without its end. No later run may confirm that one: the next that misses as much is held anew. */
const stateDocument = createDocument<DiscoveryState>('state', [
  (older) => Object.fromEntries(Object.entries(older).filter(([name]) => name !== 'heldRunId')),
]);
/** The rows of all connectors: nothing sorts between this key and the one that follows it. */
const CONNECTORS = { from: CONNECTOR, before: `${CONNECTOR}-` };

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
      // A deployment holds a handful of organizations, three rows each: the one list that crosses organizations.
      for await (const { rows } of table.pages({ rows: CONNECTORS })) found.push(...rows.map(readConnector));
      return found;
    },

    add: (connector, entries = []) => writeTold(table, { kind: 'insert', row: rowOf(connector) }, entries),

    change: (connector, version, entries = []) => writeTold(table, { kind: 'replace', row: rowOf(connector), version }, entries),

    async remove(organization, version, entries = []) {
      await removeConnector(table, organization, version, entries);
      // One that was written meanwhile.
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

async function removeConnector(table: Table, organization: OrganizationId, version: string, entries: readonly AuditEntry[]): Promise<void> {
  const state = await table.get(keyIn(organization, STATE));
  try {
    await table.transact([
      { kind: 'remove', key: keyIn(organization, CONNECTOR), version },
      ...(state ? ([{ kind: 'remove', key: keyIn(organization, STATE) }] as const) : []),
      ...entries.map((entry) => newOutboxRow(keyOf(organization), entry)),
    ]);
  } catch (error) {
    const isMissing = error instanceof AppError && error.code === 'store.missing';
    throw isMissing ? new AppError('store.stale', { ...error.details }, { cause: error }) : error;
  }
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
