// The object behind `require('@azure/functions-core')`: what the real Node worker gives to @azure/functions, so that the same bundle registers here.
// Truth: azure-functions-nodejs-worker, types-core/index.d.ts and setupCoreModule.ts.
import { Module } from 'node:module';
import type { FunctionMetadata, LogLevel } from '../protocol.ts';

type FunctionCallback = (...args: unknown[]) => unknown;

/** A call in the shape the library's model wants it. */
export interface CoreInvocationContext {
  invocationId: string;
  request: Record<string, unknown>;
  metadata: FunctionMetadata;
  state?: 'preInvocationHooks' | 'invocation' | 'postInvocationHooks' | undefined;
  log(level: LogLevel, category: 'user' | 'system' | 'customMetric', message: string): void;
}

/** The library's side of an invocation. */
interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: FunctionCallback): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<{ outputData?: unknown[]; returnValue?: unknown }>;
}

interface ProgrammingModel {
  name: string;
  version: string;
  getInvocationModel(context: CoreInvocationContext): InvocationModel | Promise<InvocationModel>;
  getCapabilities?(defaults: Record<string, string>): Record<string, string> | Promise<Record<string, string>>;
}

const HOOK_NAMES = ['preInvocation', 'postInvocation', 'appStart', 'appTerminate', 'log'] as const;
type HookName = (typeof HOOK_NAMES)[number];
type Hook = (context: Record<string, unknown>) => unknown;

/** All that one app start registers. */
export interface AppState {
  programmingModel: ProgrammingModel | undefined;
  readonly functions: Map<string, { metadata: FunctionMetadata; callback: FunctionCallback }>;
  readonly hooks: Record<HookName, Hook[]>;
  /** Entry point being loaded, for the functions' scriptFile. */
  currentEntryPoint: string | undefined;
  isUsingWorkerIndexing: boolean;
  /** Set when the host has been told of the functions; registering later is an error. */
  isLocked: boolean;
  log(level: LogLevel, category: string, message: string): void;
}

export function createAppState(log: AppState['log']): AppState {
  return {
    programmingModel: undefined,
    functions: new Map(),
    hooks: { preInvocation: [], postInvocation: [], appStart: [], appTerminate: [], log: [] },
    currentEntryPoint: undefined,
    isUsingWorkerIndexing: false,
    isLocked: false,
    log,
  };
}

class Disposable {
  static from(...disposables: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => disposables.map((disposable) => disposable.dispose()));
  }

  #run: (() => unknown) | undefined;

  constructor(run: () => unknown) {
    this.#run = run;
  }

  dispose(): unknown {
    const run = this.#run;
    this.#run = undefined;
    return run?.();
  }
}

function registerFunction(state: AppState, metadata: FunctionMetadata, callback: FunctionCallback): Disposable {
  if (state.isLocked) throw new Error('A function can only be registered during app startup.');
  const functionId = metadata.functionId ?? metadata.name;
  if (state.functions.has(functionId)) throw new Error(`A function with id "${functionId}" has already been registered.`);
  const scriptFile = state.currentEntryPoint;
  state.functions.set(functionId, { metadata: { ...metadata, functionId, ...(scriptFile ? { scriptFile } : {}) }, callback });
  return new Disposable(() => {
    if (state.isLocked) throw new Error('A function can only be disposed during app startup.');
    state.functions.delete(functionId);
  });
}

function registerHook(state: AppState, name: string, hook: Hook): Disposable {
  const hooks = state.hooks[name as HookName];
  if (!hooks) throw Object.assign(new RangeError(`Unrecognized hook "${name}"`), { isAzureFunctionsSystemError: true });
  hooks.push(hook);
  return new Disposable(() => {
    const index = hooks.indexOf(hook);
    if (index >= 0) hooks.splice(index, 1);
  });
}

/** Puts the module in front of `require`, before the app is loaded: the library keeps the first answer for the life of the process. */
export function installCoreModule(state: AppState, hostVersion: string): void {
  const core = {
    version: '3.9.1',
    hostVersion,
    setProgrammingModel: (model: ProgrammingModel): void => void (state.programmingModel = model),
    getProgrammingModel: () => state.programmingModel,
    registerFunction: (metadata: FunctionMetadata, callback: FunctionCallback) => registerFunction(state, metadata, callback),
    registerHook: (name: string, hook: Hook) => registerHook(state, name, hook),
    log: (level: LogLevel, category: string, message: string) => state.log(level, category, message),
    Disposable,
  };
  // oxlint-disable-next-line typescript/unbound-method -- called below with the module as `this`
  const original = Module.prototype.require;
  Module.prototype.require = function requireWithCore(this: Module, id: string): unknown {
    return id === '@azure/functions-core' ? core : original.call(this, id);
  } as typeof original;
}
