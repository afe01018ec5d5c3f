// How long a retried call waits. Truth: DurableTask.Core RetryInterceptor; the longest wait is the extension's default.
import type { RetryPolicy } from './orchestrator-answer.ts';

const LONGEST_RETRY_MS = 6 * 24 * 3_600_000;

/** The wait before attempt `attempt + 1`. */
export function retryDelayMs(policy: RetryPolicy, attempt: number): number {
  const delayMs = policy.firstRetryIntervalInMilliseconds * (policy.backoffCoefficient ?? 1) ** (attempt - 1);
  return Math.min(delayMs, policy.maxRetryIntervalInMilliseconds ?? LONGEST_RETRY_MS);
}
