// From what the app registered to what the host serves: finds each trigger, what is switched off, what cannot be loaded.
import type { LoadedFunction } from './host-context.ts';
import type { FunctionMetadata } from './protocol.ts';

/** Trigger types this host can serve. The app may use nothing else, because nothing else would run here. */
const SERVED_TRIGGERS = new Set([
  'httptrigger',
  'timertrigger',
  'queuetrigger',
  'activitytrigger',
  'orchestrationtrigger',
  'entitytrigger',
]);

function isDisabled(name: string, settings: Readonly<Record<string, string>>): boolean {
  const value = settings[`AzureWebJobs.${name}.Disabled`] ?? settings[`AzureWebJobs_${name}_Disabled`];
  return value !== undefined && ['true', '1'].includes(value.toLowerCase());
}

function load(metadata: FunctionMetadata, settings: Readonly<Record<string, string>>): LoadedFunction {
  const [triggerName, trigger] = Object.entries(metadata.bindings).find(([, binding]) => /trigger$/i.test(binding.type)) ?? [];
  const errors: string[] = [];
  if (trigger && !SERVED_TRIGGERS.has(trigger.type.toLowerCase())) {
    errors.push(
      `The binding type '${trigger.type}' is not served by the local host; it serves HTTP, timer, storage queue and durable triggers.`,
    );
  }
  return {
    name: metadata.name,
    metadata,
    trigger: trigger ?? { type: 'unknownTrigger', direction: 'in' },
    triggerName: triggerName ?? '',
    isDisabled: isDisabled(metadata.name, settings),
    errors: trigger ? errors : [`The function has no trigger binding.`],
  };
}

/** Functions in the host's order: by name, ignoring case. */
export function indexFunctions(registered: readonly FunctionMetadata[], settings: Readonly<Record<string, string>>): LoadedFunction[] {
  const key = (fn: LoadedFunction): string => fn.name.toUpperCase();
  return registered.map((metadata) => load(metadata, settings)).sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}
