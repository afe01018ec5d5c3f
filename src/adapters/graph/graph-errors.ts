// What a refusal or a lost request of Microsoft Graph means: from the wire to our codes.
// Error bodies: https://learn.microsoft.com/graph/errors; throttling: https://learn.microsoft.com/graph/throttling
import * as z from 'zod';
import { AppError } from '../../domain/errors.ts';
import type { ErrorCode, ErrorDetails } from '../../domain/errors.ts';

/** An answer of Graph, or of one item of a batch, that is not a success. */
export interface GraphRefusal {
  readonly status: number;
  /** Graph's own code: `Request_ResourceNotFound`, `syncStateNotFound`, … */
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly requestId: string | undefined;
}

const ErrorBody = z.object({
  error: z.object({
    code: z.string().optional().catch(undefined),
    message: z.string().optional().catch(undefined),
    innerError: z
      .object({ 'request-id': z.string().optional().catch(undefined) })
      .optional()
      .catch(undefined),
  }),
});

const MAX_MESSAGE = 300;

/** Reads the error that a body holds; one in any other form leaves only the status. */
export function toRefusal(status: number, body: unknown, retryAfterSeconds: number | undefined, requestId?: string): GraphRefusal {
  const error = ErrorBody.safeParse(body).data?.error;
  return {
    status,
    code: error?.code,
    message: error?.message?.slice(0, MAX_MESSAGE),
    retryAfterSeconds,
    requestId: requestId ?? error?.innerError?.['request-id'],
  };
}

/** Codes that come with a client error's status but pass by themselves. */
const PASSING = new Set(['serviceNotAvailable', 'generalException', 'TooManyRequests', 'ApplicationThrottled', 'activityLimitReached']);

/** Whether the same request can succeed in a moment. */
export function isPassing(refusal: GraphRefusal): boolean {
  return refusal.status === 408 || refusal.status === 429 || refusal.status >= 500 || PASSING.has(refusal.code ?? '');
}

/** Whether Graph asked for fewer requests: it did not carry out this one. */
export function isThrottling(refusal: GraphRefusal): boolean {
  return refusal.status === 429;
}

/** Whether a delta token is too old or lost: https://learn.microsoft.com/graph/delta-query-overview#token-duration */
export function isExpiredCursor(refusal: GraphRefusal): boolean {
  return refusal.status === 410 || /^(?:syncStateNotFound|syncStateInvalid|resyncRequired)$/i.test(refusal.code ?? '');
}

/** The AppError for a refusal; `request` names the call without ids. */
export function toGraphError(refusal: GraphRefusal, request: string, more: ErrorDetails = {}): AppError {
  const { status, code, message, retryAfterSeconds, requestId } = refusal;
  return new AppError(codeFor(refusal), {
    request,
    status,
    ...(code === undefined ? {} : { graphCode: code }),
    ...(message === undefined ? {} : { answer: message }),
    ...(requestId === undefined ? {} : { graphRequestId: requestId }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...more,
  });
}

function codeFor(refusal: GraphRefusal): ErrorCode {
  if (isThrottling(refusal)) return 'graph.throttled';
  if (isPassing(refusal)) return 'graph.unavailable';
  if (refusal.status === 401 || refusal.status === 403) return 'graph.denied';
  // A tenant without Intune answers so: field reports, no documentation.
  if (/not applicable to target tenant/i.test(refusal.message ?? '')) return 'intune.unlicensed';
  return refusal.status >= 400 && refusal.status < 500 ? 'graph.bad-request' : 'graph.unexpected';
}

/** The AppError for an answer that came, as a success, in a form that cannot be right. */
export function unexpected(request: string, problem: string, cause?: unknown): AppError {
  return new AppError('graph.unexpected', { request, problem }, { cause });
}
