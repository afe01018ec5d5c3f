// A served app as the HTTP front sees it: its routes, limits, keys and settings, read once when serving begins.
import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AppServiceAuth } from '../auth/app-service-auth.ts';
import type { HostContext } from '../host-context.ts';
import type { LogLevel } from '../protocol.ts';
import { createAdminApi } from './admin-api.ts';
import { bodyLimitBytes, readBody } from './http-request.ts';
import type { RequestTarget } from './http-request.ts';
import { grantOf } from './keys.ts';
import type { HostKeys, KeyGrant } from './keys.ts';
import type { MountedRoute } from './plain-http.ts';
import { createRequestQueue } from './request-queue.ts';
import type { RequestQueue } from './request-queue.ts';
import { createRouter } from './router.ts';
import type { Router } from './router.ts';

export interface ServeOptions {
  keys: HostKeys;
  /** Routes of other parts of the host, such as the durable management API. */
  mounted: readonly MountedRoute[];
  /** Sign-in; without it /.auth/ is 404 and nobody is signed in. */
  auth?: AppServiceAuth;
  /** Passes client-sent x-ms-client-principal headers on, as the bare host does. Never where people can reach it. */
  trustPrincipalHeaders?: boolean;
  hostVersion: string;
  hostId: string;
  instanceId: string;
}

export interface Site {
  readonly context: HostContext;
  readonly options: ServeOptions;
  readonly httpConfig: Readonly<Record<string, unknown>>;
  readonly routePrefix: string;
  readonly router: Router;
  readonly queue: RequestQueue;
  /** All routes of the host itself, those of /admin included. */
  readonly mounted: readonly MountedRoute[];
  readonly customHeaders: readonly (readonly [string, string])[];
  readonly bodyLimitBytes: number;
  log(level: LogLevel, message: string): void;
  /** Writes the warning the first time it is asked for. */
  warnOnce(message: string): void;
}

/** One request and the answer it is going to get. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: RequestTarget;
  readonly method: string;
}

function readCustomHeaders(httpConfig: Readonly<Record<string, unknown>>): [string, string][] {
  return Object.entries(Object(httpConfig['customHeaders']) as Record<string, unknown>).map(([name, value]) => {
    const text = String(value);
    try {
      validateHeaderName(name);
      validateHeaderValue(name, text);
    } catch (error) {
      const message = `host.json: extensions.http.customHeaders has '${name}', which is no valid header: ${(error as Error).message}.`;
      throw new Error(message, { cause: error });
    }
    return [name, text];
  });
}

/** Reads what serving needs; throws when host.json or a setting makes no sense. */
export function createSite(context: HostContext, options: ServeOptions): Site {
  const httpConfig = context.config.extension('http');
  const routePrefix = typeof httpConfig['routePrefix'] === 'string' ? httpConfig['routePrefix'] : 'api';
  const warned = new Set<string>();
  const log: Site['log'] = (level, message) => context.log.write(level, 'Host.Http', message);
  return {
    context,
    options,
    httpConfig,
    routePrefix,
    router: createRouter(context.functions, routePrefix),
    queue: createRequestQueue(httpConfig),
    mounted: [...options.mounted, createAdminApi(context, { ...options, routePrefix })],
    customHeaders: readCustomHeaders(httpConfig),
    bodyLimitBytes: bodyLimitBytes(context.settings),
    log,
    warnOnce(message) {
      if (!warned.has(message)) log('warning', message);
      warned.add(message);
    },
  };
}

/** The key a request carries, judged against the site's. */
export function sentKey(site: Site, { request, target }: Exchange): KeyGrant {
  const header = request.headers['x-functions-key'];
  return grantOf(site.options.keys, Array.isArray(header) ? header[0] : header, new URLSearchParams(target.search).get('code'));
}

/** The request's body; GET and HEAD have none, whatever is sent. */
export async function bodyOf(site: Site, { request, response, method }: Exchange): Promise<Buffer> {
  return ['GET', 'HEAD'].includes(method) ? Buffer.alloc(0) : readBody(request, response, site.bodyLimitBytes);
}
