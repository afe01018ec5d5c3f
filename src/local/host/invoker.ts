// Runs a function with its bindings: input data in, the handler in the worker, output data out, and the two log lines people look for.
import { randomBytes, randomUUID } from 'node:crypto';
import type { HostClock } from './clock.ts';
import type { InputBinding, Invocation, Invoker, LoadedFunction, OutputBinding } from './host-context.ts';
import type { HostLog } from './log.ts';
import type { Binding, InvocationRequest, InvocationResult, TypedData } from './protocol.ts';

export interface InvokerNeeds {
  log: HostLog;
  clock: HostClock;
  /** Runs a request in the present worker, waiting for one that is being started. */
  run(request: InvocationRequest): Promise<InvocationResult>;
  /** By binding type, lower case. */
  inputs: ReadonlyMap<string, InputBinding>;
  outputs: ReadonlyMap<string, OutputBinding>;
}

/** A W3C trace parent with fresh ids. */
function newTraceParent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
}

function inputData(needs: InvokerNeeds, fn: LoadedFunction, data: TypedData | undefined): InvocationRequest['inputData'] {
  const result = data === undefined ? [{ name: fn.triggerName, data: {} }] : [{ name: fn.triggerName, data }];
  for (const [name, binding] of Object.entries(fn.metadata.bindings)) {
    if (binding.direction !== 'in' || name === fn.triggerName) continue;
    const supply = needs.inputs.get(binding.type.toLowerCase());
    if (!supply) throw new Error(`The input binding '${name}' of type '${binding.type}' is not served by the local host.`);
    result.push({ name, data: supply(binding) });
  }
  return result;
}

async function deliver(needs: InvokerNeeds, name: string, binding: Binding | undefined, data: TypedData | null | undefined): Promise<void> {
  if (!binding || data === null || data === undefined || binding.type.toLowerCase() === 'http') return;
  const output = needs.outputs.get(binding.type.toLowerCase());
  if (!output) throw new Error(`The output binding '${name}' of type '${binding.type}' is not served by the local host.`);
  await output(binding, data);
}

async function deliverOutputs(needs: InvokerNeeds, fn: LoadedFunction, result: InvocationResult & { ok: true }): Promise<void> {
  const { bindings } = fn.metadata;
  for (const { name, data } of result.outputData) await deliver(needs, name, bindings[name], data);
  await deliver(needs, '$return', bindings['$return'], result.returnValue);
}

/** The invoker every trigger of the host shares. */
export function createInvoker(needs: InvokerNeeds): Invoker {
  async function attempt(fn: LoadedFunction, invocation: Invocation, invocationId: string): Promise<InvocationResult> {
    try {
      const result = await needs.run({
        invocationId,
        functionName: fn.metadata.functionId ?? fn.name,
        inputData: inputData(needs, fn, invocation.data),
        triggerMetadata: invocation.metadata ?? {},
        traceParent: newTraceParent(),
        ...(invocation.retryContext ? { retryContext: invocation.retryContext } : {}),
      });
      if (result.ok) await deliverOutputs(needs, fn, result);
      return result;
    } catch (error) {
      const { message, stack } = error instanceof Error ? error : new Error(String(error));
      return { ok: false, error: { message, ...(stack ? { stack } : {}) } };
    }
  }

  return {
    async invoke(fn, invocation) {
      const invocationId = randomUUID();
      const category = `Function.${fn.name}`;
      const startedMs = needs.clock.now();
      needs.log.write('information', category, `Executing 'Functions.${fn.name}' (Reason='${invocation.reason}', Id=${invocationId})`);
      const result = await attempt(fn, invocation, invocationId);
      const duration = `Duration=${Math.round(needs.clock.now() - startedMs)}ms`;
      if (result.ok) {
        needs.log.write('information', category, `Executed 'Functions.${fn.name}' (Succeeded, Id=${invocationId}, ${duration})`);
      } else {
        const reason = result.error.stack ?? result.error.message;
        needs.log.write('error', category, `Executed 'Functions.${fn.name}' (Failed, Id=${invocationId}, ${duration})\n${reason}`);
      }
      return result;
    },
  };
}
