// `extensions.durableTask` of host.json, with the extension's defaults.
import { availableParallelism } from 'node:os';
import type { HostConfig } from '../host-config.ts';
import { resolveSettings } from '../host-context.ts';
import type { HubOptions } from './durable-hub.ts';

export interface DurableOptions {
  hub: Omit<HubOptions, 'onActivityEnded' | 'stopGraceMs'>;
  mayReplaceLive: boolean;
  /** The task hub's name, with `%SETTING%` resolved; rejects a name that Azure would refuse. */
  hubName(settings: Readonly<Record<string, string>>): string;
}

function positive(value: unknown, name: string, usual: number): number {
  if (value === undefined) return usual;
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
  throw new Error(
    `host.json: extensions.durableTask.${name} is ${JSON.stringify(value)}; write a whole number above 0, or leave it out for ${usual}.`,
  );
}

export function durableOptions(config: HostConfig): DurableOptions {
  const section = config.extension('durableTask');
  const usual = 10 * availableParallelism();
  const http = (section['httpSettings'] ?? {}) as { defaultAsyncRequestSleepTimeMilliseconds?: unknown };
  return {
    hub: {
      maxConcurrentActivities: positive(section['maxConcurrentActivityFunctions'], 'maxConcurrentActivityFunctions', usual),
      maxConcurrentOrchestrators: positive(section['maxConcurrentOrchestratorFunctions'], 'maxConcurrentOrchestratorFunctions', usual),
      httpSleepMs: positive(http.defaultAsyncRequestSleepTimeMilliseconds, 'httpSettings.defaultAsyncRequestSleepTimeMilliseconds', 30_000),
    },
    mayReplaceLive: section['overridableExistingInstanceStates'] === 'AnyState',
    hubName(settings) {
      const given = typeof section['hubName'] === 'string' ? section['hubName'] : 'TestHubName';
      const name = resolveSettings(given, settings);
      if (/^[A-Za-z][A-Za-z0-9]{2,44}$/.test(name)) return name;
      throw new Error(`host.json: the task hub name '${name}' must have 3 to 45 letters and digits and start with a letter.`);
    },
  };
}
