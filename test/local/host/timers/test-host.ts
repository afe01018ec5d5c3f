// A host context for tests of triggers: real log lines kept in a list, functions that are plain callbacks.
import { createHeldClock, type HeldClock } from '../../../../src/local/host/clock.ts';
import type { HostContext, Invocation, LoadedFunction } from '../../../../src/local/host/host-context.ts';
import type { Binding, InvocationResult, RetryOptions } from '../../../../src/local/host/protocol.ts';

export interface TestRun extends Invocation {
  readonly functionName: string;
  readonly atMs: number;
}

export type TestHandler = (run: TestRun) => void | Promise<void>;

export interface TestHost {
  readonly context: HostContext;
  readonly runs: TestRun[];
  readonly lines: string[];
}

export interface TestHostOptions {
  readonly functions: readonly LoadedFunction[];
  readonly handler?: TestHandler;
  readonly clock?: HostContext['clock'];
  readonly dataDirectory?: string;
  readonly settings?: Record<string, string>;
  /** `extensions` of host.json. */
  readonly extensions?: Record<string, Record<string, unknown>>;
}

/** A loaded function with one trigger binding. */
export function aFunction(
  name: string,
  trigger: Binding,
  more: { retryOptions?: RetryOptions; isDisabled?: boolean } = {},
): LoadedFunction {
  const triggerName = `${trigger.type}560312a3cb`;
  const { retryOptions, isDisabled = false } = more;
  return {
    name,
    metadata: { name, bindings: { [triggerName]: trigger }, ...(retryOptions ? { retryOptions } : {}) },
    trigger,
    triggerName,
    isDisabled,
    errors: [],
  };
}

/** A host whose functions all run `handler`; one that throws is a failed invocation. */
export function testHost(options: TestHostOptions): TestHost {
  const { handler = () => undefined, clock = createHeldClock(0), extensions = {} } = options;
  const runs: TestRun[] = [];
  const lines: string[] = [];

  async function invoke(fn: LoadedFunction, invocation: Invocation): Promise<InvocationResult> {
    const run = { ...invocation, functionName: fn.name, atMs: clock.now() };
    runs.push(run);
    try {
      await handler(run);
      return { ok: true, outputData: [] };
    } catch (error) {
      const { message, stack = '' } = error as Error;
      return { ok: false, error: { message, stack } };
    }
  }

  const context: HostContext = {
    appDirectory: '/app',
    dataDirectory: options.dataDirectory ?? '/nowhere',
    config: {
      extension: (name) => extensions[name] ?? {},
      hasExtensionBundle: true,
      functionTimeoutMs: undefined,
      logLevels: {},
      cors: { origins: [], credentials: false },
    },
    settings: options.settings ?? {},
    log: { write: (level, category, message) => void lines.push(`${level} ${category}: ${message}`) },
    clock,
    functions: options.functions,
    invoker: { invoke },
    manualRuns: new Map(),
  };
  return { context, runs, lines };
}

/** Waits until the condition holds; after half a minute the test fails with what was waited for. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Moves the clock of a host with one timer to an ISO time; at each stop the timer has run, stored its status and set its next alarm. */
export async function advance(clock: HeldClock, to: string): Promise<void> {
  await clock.advanceTo(Date.parse(to), () => until('the next alarm', () => clock.nextAlarmMs !== undefined));
}
