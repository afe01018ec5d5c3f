// One invocation in the worker: hooks, the library's model, the handler. Truth: the worker's eventHandlers/InvocationHandler.ts.
import type { FunctionFailure, InvocationRequest, InvocationResult, TypedData } from '../protocol.ts';
import type { AppState, CoreInvocationContext } from './core-module.ts';

/** A thrown value as it travels to the host: an Error's message, a text as it is, an object as JSON. */
export function toFailure(thrown: unknown): FunctionFailure {
  if (thrown instanceof Error) return { message: thrown.message, ...(thrown.stack ? { stack: thrown.stack } : {}) };
  if (typeof thrown === 'string') return { message: thrown };
  if (thrown === null || thrown === undefined) return { message: 'Unknown error' };
  return { message: JSON.stringify(thrown) ?? typeof thrown };
}

function coreContext(
  state: AppState,
  request: InvocationRequest,
): { context: CoreInvocationContext; callback: (...args: unknown[]) => unknown } {
  const registered = state.functions.get(request.functionName);
  if (!registered) throw new Error(`Function "${request.functionName}" is not registered in this worker.`);
  const context: CoreInvocationContext = {
    invocationId: request.invocationId,
    metadata: registered.metadata,
    request: {
      invocationId: request.invocationId,
      functionId: registered.metadata.functionId,
      inputData: request.inputData,
      triggerMetadata: request.triggerMetadata,
      traceContext: { traceParent: request.traceParent, traceState: '', attributes: {} },
      retryContext: request.retryContext ?? null,
    },
    log: (level, category, message) => state.log(level, `Function.${request.functionName}${category === 'user' ? '.User' : ''}`, message),
  };
  return { context, callback: registered.callback };
}

async function run(state: AppState, request: InvocationRequest, appHookData: Record<string, unknown>): Promise<InvocationResult> {
  const { context: core, callback } = coreContext(state, request);
  if (!state.programmingModel) throw new Error('No programming model is registered: the app did not load @azure/functions.');
  const model = await state.programmingModel.getInvocationModel(core);
  const { context, inputs } = await model.getArguments();
  const hookData = {};

  core.state = 'preInvocationHooks';
  const pre = { invocationContext: context, inputs, functionCallback: callback, hookData, appHookData };
  for (const hook of state.hooks.preInvocation) await hook(pre);

  core.state = 'invocation';
  const shared = { invocationContext: context, hookData, appHookData };
  const post: typeof shared & { inputs: unknown; result: unknown; error: unknown } = {
    ...shared,
    inputs: pre.inputs,
    result: null,
    error: null,
  };
  try {
    post.result = await model.invokeFunction(context, pre.inputs, pre.functionCallback);
  } catch (error) {
    post.error = error ?? new Error('Unknown error');
  }

  core.state = 'postInvocationHooks';
  for (const hook of state.hooks.postInvocation) await hook(post);
  core.state = undefined;
  // Whatever was thrown is an error, also an empty text or a zero (the worker's isError).
  if (post.error !== null && post.error !== undefined) return { ok: false, error: toFailure(post.error) };

  const response = await model.getResponse(context, post.result);
  return {
    ok: true,
    returnValue: response.returnValue as TypedData | null,
    outputData: (response.outputData ?? []) as { name: string; data: TypedData }[],
  };
}

/** Runs one function; whatever goes wrong is in the result. */
export async function invoke(state: AppState, request: InvocationRequest, appHookData: Record<string, unknown>): Promise<InvocationResult> {
  try {
    return await run(state, request, appHookData);
  } catch (error) {
    return { ok: false, error: toFailure(error) };
  }
}
