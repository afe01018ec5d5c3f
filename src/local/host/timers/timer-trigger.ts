// Timer functions of the app: finds them, checks their schedules, starts and stops their listeners, and runs them by hand.
import { resolveSettings, type HostContext, type HostPart, type LoadedFunction } from '../host-context.ts';
import { invokeWithRetries } from '../retry-policy.ts';
import { parseSchedule } from './schedule.ts';
import { createTimerListener, timerInvocation, type Timer } from './timer-listener.ts';
import { createTimerMonitor, type TimerMonitor } from './timer-monitor.ts';
import { createZone, zoneSetting, type Zone } from './zoned-time.ts';

const MANUAL_REASON = 'This function was programmatically called via the host APIs.';

function zoneOf(settings: HostContext['settings']): Zone {
  const { name, source } = zoneSetting(settings);
  try {
    return createZone(name);
  } catch (error) {
    throw new Error(`The time zone in the setting ${source} is wrong: ${(error as Error).message}`, { cause: error });
  }
}

function loadTimer(context: HostContext, fn: LoadedFunction, monitors: (zone: Zone) => TimerMonitor): Timer {
  const { schedule: text, useMonitor, runOnStartup } = fn.trigger;
  if (typeof text !== 'string' || text === '') throw new Error(`It has no schedule; write one such as '0 */5 * * * *'.`);
  const zone = zoneOf(context.settings);
  const schedule = parseSchedule(resolveSettings(text, context.settings), zone);
  if (schedule.warning) context.log.write('warning', `Function.${fn.name}`, `Schedule '${text}' of '${fn.name}': ${schedule.warning}.`);
  const keepsStatus = useMonitor !== false && !schedule.isSubMinute(context.clock.now());
  return { fn, schedule, zone, runsOnStartup: runOnStartup === true, ...(keepsStatus ? { monitor: monitors(zone) } : {}) };
}

/** The app's timers, and `timerTrigger` among the runs by hand. A timer with a wrong schedule is left out, with the reason among its errors. */
export function createTimerTriggers(context: HostContext): HostPart {
  const timers = new Map<string, Timer>();
  let monitor: TimerMonitor | undefined;
  for (const fn of context.functions) {
    if (fn.trigger.type.toLowerCase() !== 'timertrigger' || fn.errors.length > 0) continue;
    try {
      const timer = loadTimer(context, fn, (zone) => (monitor ??= createTimerMonitor(context.dataDirectory, zone, context.log)));
      timers.set(fn.name, timer);
    } catch (error) {
      const message = `Function '${fn.name}' cannot be loaded. ${(error as Error).message}`;
      fn.errors.push(message);
      context.log.write('error', `Function.${fn.name}`, message);
    }
  }

  // A disabled function can still be run by hand: https://learn.microsoft.com/azure/azure-functions/disable-function
  const listeners = [...timers.values()].filter(({ fn }) => !fn.isDisabled).map((timer) => createTimerListener(context, timer));
  const stopping = new AbortController();
  const manualRuns = new Set<Promise<unknown>>();

  context.manualRuns.set('timertrigger', async (fn) => {
    const timer = timers.get(fn.name);
    if (!timer) throw new Error(`The timer '${fn.name}' could not be loaded; /admin/functions/${fn.name}/status says why.`);
    const stored = await timer.monitor?.read(fn.name);
    const run = invokeWithRetries(context, fn, timerInvocation(timer, stored, false, MANUAL_REASON), stopping.signal);
    manualRuns.add(run);
    await run.finally(() => manualRuns.delete(run));
  });

  async function stop(): Promise<void> {
    stopping.abort();
    await Promise.all([...listeners.map((listener) => listener.stop()), ...manualRuns]);
  }

  return {
    name: 'timers',
    async start() {
      try {
        await Promise.all(listeners.map((listener) => listener.start()));
      } catch (error) {
        await stop();
        throw error;
      }
    },
    stop,
  };
}
