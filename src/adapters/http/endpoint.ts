// Wraps the handler of an HTTP function: request id, time limit, and one translation of errors into problem answers.
// It neither knows routes nor who may call them; reading bodies is json.ts, the form of error answers is problem.ts.
import type { HttpHandler, HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { AppError, RULES, toAppError } from '../../domain/errors.ts';
import type { Log, Ports } from '../../domain/ports.ts';
import { problem } from './problem.ts';

/** One HTTP request on its way through a handler. */
export interface HttpCall {
  readonly request: HttpRequest;
  readonly ports: Ports;
  /** Aborts when the time limit is reached; hand it to everything that waits. */
  readonly signal: AbortSignal;
}

/** Answers one request; throws AppErrors for what it refuses. */
export type HttpCallHandler = (call: HttpCall) => Promise<HttpResponseInit>;

/** Design: an HTTP answer takes at most 10 s; what takes longer is recorded and answered with 202. */
const DEFAULT_LIMIT_MS = 10_000;

async function withinLimit(handle: HttpCallHandler, call: Omit<HttpCall, 'signal'>, limitMs: number): Promise<HttpResponseInit> {
  const limit = new AbortController();
  const timedOut = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = new AppError('request.timed-out', { limitMs });
    timedOut.reject(error);
    limit.abort(error);
  }, limitMs);
  // Inside an async function, so that a handler which throws at once is a rejection too.
  const work = (async () => handle({ ...call, signal: limit.signal }))();
  work.catch((error: unknown) => {
    // The caller has its answer already, so that a failure now would be seen by nobody.
    if (limit.signal.aborted && error !== limit.signal.reason) call.ports.log.warn('http.failed-after-limit', { error });
  });
  try {
    return await Promise.race([work, timedOut.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function report(log: Log, error: AppError): void {
  const { code, message, details } = error;
  const { logLevel } = RULES[error.kind];
  // What a caller did wrong needs no stack: it would only show this file.
  if (logLevel === 'info') log.info('http.refused', { code, message, details });
  else log[logLevel]('http.failed', { code, error });
}

// Data of one organization must not stay in caches, no browser may guess at a content type, and an answer that a browser
// shows as a page may load nothing, run nothing and stand in no frame. A page of ours states its own policy.
const COMMON_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
};

function withCommonHeaders(answer: HttpResponseInit, requestId: string): HttpResponseInit {
  const headers = new Headers(answer.headers);
  headers.set('x-request-id', requestId);
  headers.set('x-content-type-options', 'nosniff');
  for (const [name, value] of Object.entries(COMMON_HEADERS)) if (!headers.has(name)) headers.set(name, value);
  return { ...answer, headers };
}

/** The handler to register: never throws, answers within the limit, and gives every answer the invocation's id as request id. */
export function endpoint(
  handle: HttpCallHandler,
  portsFor: (context: InvocationContext) => Ports,
  limitMs: number = DEFAULT_LIMIT_MS,
): HttpHandler {
  return async (request, context) => {
    const ports = portsFor(context);
    const requestId = context.invocationId;
    try {
      return withCommonHeaders(await withinLimit(handle, { request, ports }, limitMs), requestId);
    } catch (thrown) {
      const error = toAppError(thrown);
      report(ports.log, error);
      return withCommonHeaders(problem(error, requestId), requestId);
    }
  };
}
