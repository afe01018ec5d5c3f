// A request that a function answers: key, limits, invocation, answer.
import type { InvocationResult } from '../protocol.ts';
import { MANUAL_RUN_REASON } from './admin-api.ts';
import { toHttpRequestData } from './http-request.ts';
import { writeInvocationResult, writePlainAnswer } from './http-response.ts';
import { opensFunction } from './keys.ts';
import type { RouteMatch } from './router.ts';
import { bodyOf, sentKey } from './site.ts';
import type { Exchange, Site } from './site.ts';

const CHUNKS_WARNING =
  'A request came in chunks, without Content-Length. Its body is delivered here; the Azure Functions host would deliver an empty one.';

async function invoke(site: Site, exchange: Exchange, { fn, params }: RouteMatch): Promise<InvocationResult> {
  const { request, target } = exchange;
  const { auth, trustPrincipalHeaders = false } = site.options;
  const body = await bodyOf(site, exchange);
  if (body.length > 0 && request.headers['content-length'] === undefined) site.warnOnce(CHUNKS_WARNING);
  const principal = auth?.principalHeaders(request.headers.cookie);
  const http = toHttpRequestData(request, { target, params, body, principal, trustPrincipalHeaders });
  return site.context.invoker.invoke(fn, { data: { http }, metadata: {}, reason: MANUAL_RUN_REASON });
}

/** Answers a request with what its function returns: 401 without the right key, 429 beyond the limits of host.json. */
export async function answerFunction(site: Site, exchange: Exchange, match: RouteMatch): Promise<void> {
  const { response } = exchange;
  if (!opensFunction(site.options.keys, match.fn.trigger['authLevel'], sentKey(site, exchange))) {
    writePlainAnswer(response, { status: 401 });
    return;
  }
  const result = await site.queue.run(() => invoke(site, exchange, match));
  if (!result) {
    site.log('information', `Http request queue limit of ${String(site.httpConfig['maxOutstandingRequests'])} has been exceeded.`);
    writePlainAnswer(response, { status: 429 });
    return;
  }
  const problem = writeInvocationResult(response, result);
  if (problem !== undefined) site.log('error', `The answer of '${match.fn.name}' cannot be sent, the caller gets 500: ${problem}`);
}
