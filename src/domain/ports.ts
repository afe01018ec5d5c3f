// What the domain and the operations ask of the outside, in our words. Adapters implement these; tests give memory versions.
// A port is added here by the change that first needs it. No SDK type appears in this file.
import type { Instant } from './instant.ts';

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

/** Everything an operation may ask for; each takes the part it needs: `Pick<Ports, 'clock' | 'ids'>`. */
export interface Ports {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}
