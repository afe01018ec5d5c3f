// Where connectors are kept, with what their discovery has to remember. Events are kept with the change that they tell of: both or neither.
import type { AuditEntry } from './audit.ts';
import type { Connector, DiscoveryState } from './connector.ts';
import type { OrganizationId } from './organization.ts';
import type { Versioned } from './store-page.ts';

export interface ConnectorStore {
  get(organization: OrganizationId): Promise<Versioned<Connector> | undefined>;
  /** All connectors of the deployment, in the order of their organizations. */
  list(): Promise<readonly Versioned<Connector>[]>;
  /** Adds the connector of an organization; `store.exists` when it has one. Answers the version. */
  add(connector: Connector, entries?: readonly AuditEntry[]): Promise<string>;
  /** Keeps a changed connector in place of that version; `store.stale` when it is another one by now. Answers the new version. */
  change(connector: Connector, version: string, entries?: readonly AuditEntry[]): Promise<string>;
  /** Removes the connector of that version and what its discovery remembered; `store.stale` when it is another one by now. */
  remove(organization: OrganizationId, version: string, entries?: readonly AuditEntry[]): Promise<void>;
  discoveryState(organization: OrganizationId): Promise<Versioned<DiscoveryState> | undefined>;
  /** Keeps the state: a first one without a version, else in place of that version. Answers the new version. */
  keepDiscoveryState(organization: OrganizationId, state: DiscoveryState, version: string | undefined): Promise<string>;
}
