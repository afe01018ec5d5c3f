// The way of one request through the host: CORS, sign-in, the host's own routes, then functions, then the homepage or 404.
// The order is that of App Service and the Functions host: what stands in front of the app there is asked first here.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HostContext } from '../host-context.ts';
import { corsAnswer } from './cors.ts';
import { answerFunction } from './function-endpoint.ts';
import { homepageAnswer } from './homepage.ts';
import { BodyTooLargeError, expectsContinue, readTarget, toPlainRequest } from './http-request.ts';
import { writePlainAnswer } from './http-response.ts';
import { refusalOfOwnRoute } from './keys.ts';
import type { MountedRoute } from './plain-http.ts';
import { bodyOf, createSite, sentKey } from './site.ts';
import type { Exchange, ServeOptions, Site } from './site.ts';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** What follows the prefix, or undefined when the path is elsewhere. */
function below(prefix: string, path: string): string | undefined {
  const isBelow = path.toLowerCase() === prefix || path.toLowerCase().startsWith(`${prefix}/`);
  return isBelow ? path.slice(prefix.length + 1) : undefined;
}

/** Applies CORS; true when that was the whole answer. The host's own pages and admin routes are for this origin alone. */
function answerCors(site: Site, { request, response, target, method }: Exchange): boolean {
  if (['/admin', '/.auth'].some((prefix) => below(prefix, target.rawPath) !== undefined)) return false;
  const cors = corsAnswer(site.context.config.cors, {
    method,
    origin: request.headers.origin,
    requestedMethod: request.headers['access-control-request-method'],
    requestedHeaders: request.headers['access-control-request-headers'],
  });
  for (const [name, value] of Object.entries(cors?.headers ?? {})) response.setHeader(name, value);
  if (cors?.isPreflight) writePlainAnswer(response, { status: 204 });
  return cors?.isPreflight ?? false;
}

async function answerOwnRoute(site: Site, exchange: Exchange, route: MountedRoute, path: string): Promise<void> {
  const { request, response, target } = exchange;
  const refused = route.isOpen?.(path) ? undefined : refusalOfOwnRoute(site.options.keys, route.access, sentKey(site, exchange));
  if (refused !== undefined) {
    writePlainAnswer(response, { status: refused, headers: refused === 401 ? { 'www-authenticate': 'Bearer' } : {} });
    return;
  }
  const body = await bodyOf(site, exchange);
  writePlainAnswer(response, await route.handle(toPlainRequest(request, target, body), path));
}

function answerRest(site: Site, { response, target, method }: Exchange): void {
  const isHomepage = target.path === '/' && ['GET', 'HEAD'].includes(method);
  const facts = {
    hostVersion: site.options.hostVersion,
    functionsPath: `/${site.routePrefix}`,
    httpFunctionCount: site.router.routes.length,
    hasSignIn: site.options.auth !== undefined,
  };
  writePlainAnswer(response, isHomepage ? homepageAnswer(facts, site.context.settings) : { status: 404 });
}

async function answer(site: Site, exchange: Exchange): Promise<void> {
  const { request, response, target, method } = exchange;
  const { auth } = site.options;
  for (const [name, value] of site.customHeaders) response.setHeader(name, value);
  if (answerCors(site, exchange)) return;
  if (auth && below('/.auth', target.rawPath) !== undefined) {
    writePlainAnswer(response, auth.handle(toPlainRequest(request, target, await bodyOf(site, exchange))));
    return;
  }
  for (const route of site.mounted) {
    const path = below(route.prefix, target.rawPath);
    if (path !== undefined) return answerOwnRoute(site, exchange, route, path);
  }
  const match = site.router.match(method, target.path);
  if (match) return answerFunction(site, exchange, match);
  answerRest(site, exchange);
}

function answerError(site: Site, { request, response, target, method }: Exchange, error: unknown): void {
  const what = `${method} ${target.rawPath}`;
  if (error instanceof BodyTooLargeError && !response.headersSent) {
    site.log('warning', `${what} is refused: ${error.message}`);
    writePlainAnswer(response, { status: 413 });
  } else if (request.destroyed && !request.complete) {
    site.log('debug', `${what}: the client went away while its request was read.`);
  } else {
    site.log('error', `${what} failed in the host: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    if (response.headersSent) response.destroy();
    else writePlainAnswer(response, { status: 500 });
  }
}

function logLostClients(site: Site, { response, target, method }: Exchange): void {
  const what = `${method} ${target.rawPath}`;
  response.on('error', (error) => site.log('debug', `${what}: the answer could not be written: ${error.message}`));
  response.on('close', () => {
    if (!response.writableFinished) site.log('debug', `${what}: the client went away before the answer was written.`);
  });
}

/** Everything a served app answers, from its functions, settings and options. Throws when host.json or a setting makes no sense. */
export function createRequestHandler(context: HostContext, options: ServeOptions): RequestHandler {
  const site = createSite(context, options);
  return async (request, response) => {
    const target = readTarget(request);
    if (!target) {
      writePlainAnswer(response, { status: 400 });
      return;
    }
    const exchange: Exchange = { request, response, target, method: request.method ?? 'GET' };
    logLostClients(site, exchange);
    // Who holds a body back may or may not send it after an answer that did not ask for it: such a connection cannot be used again.
    if (expectsContinue(request)) response.setHeader('connection', 'close');
    try {
      await answer(site, exchange);
    } catch (error) {
      answerError(site, exchange, error);
    }
  };
}
