// What every part of the host is given: the loaded functions, a way to run them, settings, log and clock.
import type { HostClock } from './clock.ts';
import type { HostConfig } from './host-config.ts';
import type { HostLog } from './log.ts';
import type { Binding, FunctionMetadata, InvocationResult, RetryContext, TypedData } from './protocol.ts';

/** A registered function as the host sees it. */
export interface LoadedFunction {
  readonly name: string;
  readonly metadata: FunctionMetadata;
  /** The trigger binding; `triggerName` is its key in the metadata. */
  readonly trigger: Binding;
  readonly triggerName: string;
  /** Switched off by the setting `AzureWebJobs.<name>.Disabled`. */
  readonly isDisabled: boolean;
  /** Why the host does not serve it (shown at /admin/functions/{name}/status); empty when it does. */
  readonly errors: string[];
}

/** A trigger's input for one run. */
export interface Invocation {
  /** Goes to the trigger binding; undefined = no data. */
  data?: TypedData;
  metadata?: Record<string, TypedData>;
  retryContext?: RetryContext;
  /** What started it, for the log: "This function was programmatically called via the host APIs." or "Timer fired at ...". */
  reason: string;
}

/** Runs functions in the worker, with their input and output bindings. */
export interface Invoker {
  /** Never throws for a failing function or a lost worker: that is `ok: false`. */
  invoke(fn: LoadedFunction, invocation: Invocation): Promise<InvocationResult>;
}

/** Supplies the data of an input binding such as `durableClient`. */
export type InputBinding = (binding: Binding) => TypedData;
/** Delivers the data of an output binding such as `queue`; a rejection fails the invocation. */
export type OutputBinding = (binding: Binding, data: TypedData) => Promise<void>;
/** Runs a function by hand (`POST /admin/functions/{name}`) with the request's `input` text. */
export type ManualRun = (fn: LoadedFunction, input: string) => Promise<void>;

export interface HostContext {
  readonly appDirectory: string;
  /** Everything the host and its worker keep between starts lies here. */
  readonly dataDirectory: string;
  readonly config: HostConfig;
  /** App settings: environment over local.settings.json. */
  readonly settings: Readonly<Record<string, string>>;
  readonly log: HostLog;
  readonly clock: HostClock;
  readonly functions: readonly LoadedFunction[];
  readonly invoker: Invoker;
  readonly manualRuns: Map<string, ManualRun>;
}

/** A part of the host with a life: started in order, stopped in reverse. `stop` takes no new work and waits for what runs. */
export interface HostPart {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The enabled, error-free functions of one trigger type (compared without case). */
export function servedFunctions(context: Pick<HostContext, 'functions'>, triggerType: string): LoadedFunction[] {
  return context.functions.filter(
    (fn) => fn.trigger.type.toLowerCase() === triggerType.toLowerCase() && !fn.isDisabled && fn.errors.length === 0,
  );
}

/** Replaces `%NAME%` by the app setting NAME; an unknown name is an error that says which setting is missing. */
export function resolveSettings(text: string, settings: Readonly<Record<string, string>>): string {
  return text.replaceAll(/%([^%]+)%/g, (_, name: string) => {
    const value = settings[name];
    if (value === undefined) throw new Error(`'%${name}%' does not resolve to a value: there is no app setting ${name}.`);
    return value;
  });
}

/** The value of a `connection` field: the setting AzureWebJobs<name> if it exists, else <name>. */
export function connectionString(name: string, settings: Readonly<Record<string, string>>): string {
  const value = settings[`AzureWebJobs${name}`] ?? settings[name];
  if (!value)
    throw new Error(`Storage connection '${name}' has no value: set the app setting ${name}, for example UseDevelopmentStorage=true.`);
  return value;
}
