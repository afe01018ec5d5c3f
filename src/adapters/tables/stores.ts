// All stores over tables, wherever those are: in Azure, in Azurite, or in memory for tests. The names of the tables are written here only.
import type { CollectionStore } from '../../domain/collection-store-port.ts';
import type { ConnectorStore } from '../../domain/connector-store-port.ts';
import type { DeviceStore } from '../../domain/device-store-port.ts';
import type { InstallationStore } from '../../domain/installation-store-port.ts';
import type { MailboxStore } from '../../domain/mailbox-store-port.ts';
import type { OrganizationStore } from '../../domain/organization-store-port.ts';
import type { Clock } from '../../domain/ports.ts';
import type { RoleStore } from '../../domain/role-store-port.ts';
import type { RunStore } from '../../domain/run-store-port.ts';
import type { StatusMessageStore } from '../../domain/status-message-store-port.ts';
import type { UserStore } from '../../domain/user-store-port.ts';
import { createCollectionStore } from './collection-store.ts';
import { createConnectorStore } from './connector-store.ts';
import { createDeviceStore } from './device-store.ts';
import { createInstallationStore } from './installation-store.ts';
import { createMailboxStore } from './mailbox-store.ts';
import { createOrganizationStore } from './organization-store.ts';
import type { Table } from './row.ts';
import { createRoleStore } from './role-store.ts';
import { createRunStore } from './run-store.ts';
import { sharedKey } from './shared-key.ts';
import { createStatusMessageStore } from './status-message-store.ts';
import { createUserStore } from './user-store.ts';

/** What the connector keeps. */
export interface Stores {
  readonly connectors: ConnectorStore;
  readonly installations: InstallationStore;
  readonly statusMessages: StatusMessageStore;
  readonly organizations: OrganizationStore;
  readonly runs: RunStore;
  readonly devices: DeviceStore;
  readonly mailboxes: MailboxStore;
  readonly users: UserStore;
  readonly roles: RoleStore;
  readonly collections: CollectionStore;
  /** A secret key of that name, the same for all instances of the deployment. */
  readonly sharedKey: (name: string) => Promise<Uint8Array>;
}

/** The stores on the tables that `open` gives for their names. */
export function createStores(open: (name: string) => Table, clock: Clock): Stores {
  const lookups = open('Lookups');
  const connectors = open('Connectors');
  const keys = open('Keys');
  const access = open('Access');
  return {
    connectors: createConnectorStore(connectors),
    installations: createInstallationStore(connectors),
    statusMessages: createStatusMessageStore(open('StatusMessages'), clock),
    organizations: createOrganizationStore(connectors),
    runs: createRunStore(open('Runs')),
    devices: createDeviceStore({ devices: open('Devices'), lookups, clock }),
    mailboxes: createMailboxStore({ mailboxes: open('Mailboxes'), lookups }),
    users: createUserStore({ users: open('Users'), lookups }),
    roles: createRoleStore(access),
    collections: createCollectionStore(access),
    sharedKey: (name) => sharedKey(keys, name),
  };
}
