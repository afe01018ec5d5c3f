// All stores over tables, wherever those are: in Azure, in Azurite, or in memory for tests. The names of the tables are written here only.
import type { ConnectorStore } from '../../domain/connector-store-port.ts';
import type { DeviceStore } from '../../domain/device-store-port.ts';
import type { MailboxStore } from '../../domain/mailbox-store-port.ts';
import type { Clock } from '../../domain/ports.ts';
import type { RunStore } from '../../domain/run-store-port.ts';
import type { UserStore } from '../../domain/user-store-port.ts';
import { createConnectorStore } from './connector-store.ts';
import { createDeviceStore } from './device-store.ts';
import { createMailboxStore } from './mailbox-store.ts';
import type { Table } from './row.ts';
import { createRunStore } from './run-store.ts';
import { createUserStore } from './user-store.ts';

/** What the connector keeps. */
export interface Stores {
  readonly connectors: ConnectorStore;
  readonly runs: RunStore;
  readonly devices: DeviceStore;
  readonly mailboxes: MailboxStore;
  readonly users: UserStore;
}

/** The stores on the tables that `open` gives for their names. */
export function createStores(open: (name: string) => Table, clock: Clock): Stores {
  const lookups = open('Lookups');
  return {
    connectors: createConnectorStore(open('Connectors')),
    runs: createRunStore(open('Runs')),
    devices: createDeviceStore({ devices: open('Devices'), lookups, clock }),
    mailboxes: createMailboxStore({ mailboxes: open('Mailboxes'), lookups }),
    users: createUserStore({ users: open('Users'), lookups }),
  };
}
