// A log for what outlives an invocation, such as the kept connection of a connector: its lines go into the log of the invocation that uses it.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Log, LogFields, LogLevel } from '../../domain/ports.ts';

export interface InvocationLog {
  /** Writes into the log that was entered last in the present flow of calls, else into the fallback. */
  readonly log: Log;
  /** From here on, what this flow of calls starts writes into that log. */
  enter(log: Log): void;
}

/** A log that finds its invocation. */
export function createInvocationLog(fallback: Log): InvocationLog {
  const current = new AsyncLocalStorage<Log>();

  function forwarding(fields: LogFields): Log {
    const at =
      (level: LogLevel) =>
      (event: string, more: LogFields = {}): void =>
        (current.getStore() ?? fallback)[level](event, { ...fields, ...more });
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      with: (more) => forwarding({ ...fields, ...more }),
    };
  }

  return { log: forwarding({}), enter: (log) => current.enterWith(log) };
}
