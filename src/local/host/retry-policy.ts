// Runs a function under its retry policy (`retry` of app.timer and the like): in memory, lost when the host stops.
// What an attempt is told of the failure before it has the wording of the real host (conformance case timer-retry-policy).
import { createBackoff } from '../backoff.ts';
import type { HostContext, Invocation, LoadedFunction } from './host-context.ts';
import type { FunctionFailure, InvocationResult, RetryContext, RetryOptions } from './protocol.ts';

type Needs = Pick<HostContext, 'invoker' | 'clock' | 'log'>;

function delaysOf(options: RetryOptions): () => number {
  const ms = (duration: { seconds?: number } | undefined): number => (duration?.seconds ?? 0) * 1000;
  if (options.retryStrategy === 'fixedDelay') return () => ms(options.delayInterval);
  const backoff = createBackoff(ms(options.minimumInterval), ms(options.maximumInterval));
  return () => backoff.next();
}

function exceptionOf(fn: LoadedFunction, failure: FunctionFailure): NonNullable<RetryContext['exception']> {
  const stack = failure.stack ?? '';
  return {
    source: 'System.Private.CoreLib',
    message:
      `Microsoft.Azure.WebJobs.Host.FunctionInvocationException : Exception while executing function: Functions.${fn.name}` +
      ' ---> Microsoft.Azure.WebJobs.Script.Workers.Rpc.RpcException : Result: Failure\n' +
      `Exception: ${failure.message}\nStack: ${stack}`,
    stackTrace: stack,
  };
}

/** Waits on the host's clock; false when the host stopped first. */
function elapsed(clock: Needs['clock'], delayMs: number, stopping: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const onStop = (): void => {
      alarm.cancel();
      resolve(false);
    };
    const alarm = clock.at(clock.now() + delayMs, () => {
      stopping.removeEventListener('abort', onStop);
      resolve(true);
    });
    if (stopping.aborted) onStop();
    else stopping.addEventListener('abort', onStop, { once: true });
  });
}

function timeSpan(ms: number): string {
  const [, time = ''] = new Date(ms % 86_400_000).toISOString().split('T');
  const days = Math.floor(ms / 86_400_000);
  return `${days > 0 ? `${days}.` : ''}${time.slice(0, 8)}`;
}

/** The result of the last attempt: the first that succeeds, or the one after which the policy (or the host's stop) allows no more. */
export async function invokeWithRetries(
  needs: Needs,
  fn: LoadedFunction,
  invocation: Invocation,
  stopping: AbortSignal,
): Promise<InvocationResult> {
  const options = fn.metadata.retryOptions;
  if (!options) return needs.invoker.invoke(fn, invocation);
  const { maxRetryCount } = options;
  const nextDelayMs = delaysOf(options);

  let retryContext: RetryContext = { retryCount: 0, maxRetryCount };
  for (;;) {
    const result = await needs.invoker.invoke(fn, { ...invocation, retryContext });
    const retryCount = retryContext.retryCount + 1;
    if (result.ok || stopping.aborted || (maxRetryCount !== -1 && retryCount > maxRetryCount)) return result;
    const delayMs = nextDelayMs();
    needs.log.write(
      'information',
      `Function.${fn.name}`,
      `Waiting for \`${timeSpan(delayMs)}\` before retrying function execution. Next attempt: '${retryCount}'. Max retry count: '${maxRetryCount}'`,
    );
    if (!(await elapsed(needs.clock, delayMs, stopping))) return result;
    retryContext = { retryCount, maxRetryCount, exception: exceptionOf(fn, result.error) };
  }
}
