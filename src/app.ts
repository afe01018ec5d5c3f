// The composition root: reads the settings once and builds the ports from them. Nothing else chooses an implementation.
// Wrong settings do not stop the app from loading; it then serves health only (docs/decisions/0006-settings-failures.md).
import type { InvocationContext } from '@azure/functions';
import { jsonLog, standardError } from './adapters/logging/json-log.ts';
import { randomIds } from './adapters/random-ids.ts';
import { systemClock } from './adapters/system-clock.ts';
import { toAppError } from './domain/errors.ts';
import type { AppError } from './domain/errors.ts';
import type { Ports } from './domain/ports.ts';
import { readSettings } from './settings.ts';
import type { Settings } from './settings.ts';

/** How the app came up: with its settings, or with the error that lists what is wrong with them. */
export type StartState = { readonly isReady: true; readonly settings: Settings } | { readonly isReady: false; readonly reason: AppError };

let state: StartState | undefined;

function start(): StartState {
  try {
    return { isReady: true, settings: readSettings() };
  } catch (thrown) {
    const reason = toAppError(thrown);
    jsonLog(standardError, 'info').error('app.not-ready', { error: reason });
    return { isReady: false, reason };
  }
}

/** The state of this app; the first call reads the settings and, when they are wrong, says so on standard error. */
export function startState(): StartState {
  state ??= start();
  return state;
}

/** The ports for one invocation, whose log is bound to it. Never throws. */
export function portsFor(context: InvocationContext): Ports {
  const current = startState();
  const fields = { function: context.functionName, invocationId: context.invocationId };
  return {
    clock: systemClock,
    ids: randomIds,
    log: jsonLog(context, current.isReady ? current.settings.LOG_LEVEL : 'info', fields),
  };
}
