// What the domain and the operations ask of the outside, in our words. Adapters implement these; tests give memory versions.
// A port is added here by the change that first needs it. No SDK type appears in this file.
import type { Digest } from './audit-chain.ts';
import type { Deployment } from './authorization.ts';
import type { AuditHeads, AuditKey, AuditOutbox, AuditStore, Refusals } from './audit-port.ts';
import type { Callers } from './caller.ts';
import type { CollectionStore } from './collection-store-port.ts';
import type { Connector } from './connector.ts';
import type { ConnectorStore } from './connector-store-port.ts';
import type { DeviceStore } from './device-store-port.ts';
import type { DiagnosedConnection } from './diagnosis.ts';
import type { Directory } from './directory-port.ts';
import type { DiscoveryFiles } from './discovery-files-port.ts';
import type { ExchangePort } from './exchange-port.ts';
import type { InstallationStore } from './installation-store-port.ts';
import type { Instant } from './instant.ts';
import type { MailboxStore } from './mailbox-store-port.ts';
import type { Memberships } from './memberships-port.ts';
import type { OrganizationStore } from './organization-store-port.ts';
import type { RoleStore } from './role-store-port.ts';
import type { RunStore } from './run-store-port.ts';
import type { Seals } from './seals-port.ts';
import type { StatusMessageStore } from './status-message-store-port.ts';
import type { Timetable } from './timetable-port.ts';
import type { Tokens } from './token-port.ts';
import type { UserStore } from './user-store-port.ts';
import type { Workflows } from './workflows-port.ts';

/** The present, real or held. */
export interface Clock {
  now(): Instant;
}

/** New identifiers that nobody can guess and that never repeat. */
export interface Ids {
  next(): string;
}

/** Facts of one log entry. Ids only: no tokens, and no names or addresses at info level. */
export interface LogFields {
  /** The component in the classic connector's words, for instance `SMS_EXCHANGE_CONNECTOR`. */
  readonly component?: string;
  /** The classic log in which people look for this line. */
  readonly log?: 'SiteComp' | 'EasDisc';
  /** Set by the log itself. */
  readonly event?: never;
  /** Set by the log itself. */
  readonly level?: never;
  readonly [name: string]: unknown;
}

/** From the least to the most urgent. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Structured log entries. `event` is a static text to search for; what varies goes into the fields. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  /** Something was given up or refused; nobody has to act today. */
  warn(event: string, fields?: LogFields): void;
  /** Somebody must act today. */
  error(event: string, fields?: LogFields): void;
  /** The same log with fields that every further entry carries, such as the id of a run. */
  with(fields: LogFields): Log;
}

/** What a connector reaches in its organization. Made from its credential; nothing is sent before the first call. */
export interface Connections {
  exchange(connector: Connector): ExchangePort;
  directory(connector: Connector): Directory;
  /** A connection with new tokens, to be examined; the ones in use are made anew as well, so that new grants and certificates count from now on. */
  anew(connector: Connector): ExaminedConnection;
}

/** Everything about a connection that an examination looks at. */
export interface ExaminedConnection extends DiagnosedConnection {
  readonly tokens: Tokens;
  readonly exchange: ExchangePort;
  readonly directory: Directory;
}

/** Everything an operation may ask for; each takes the part it needs: `Pick<Ports, 'clock' | 'ids'>`. */
export interface Ports {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly timetable: Timetable;
  readonly callers: Callers;
  readonly deployment: Deployment;
  readonly seals: Seals;
  readonly memberships: Memberships;
  readonly connections: Connections;
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
  readonly files: DiscoveryFiles;
  readonly workflows: Workflows;
  readonly digest: Digest;
  readonly audit: AuditStore;
  readonly auditOutbox: AuditOutbox;
  readonly auditHeads: AuditHeads;
  readonly auditKey: AuditKey;
  readonly refusals: Refusals;
}
