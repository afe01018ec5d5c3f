// Cross-origin answers, from `Host.CORS` of local.settings.json or CORS_ALLOWED_ORIGINS; without configuration nothing is added.
// Source: azure-functions-host HostCorsOptionsSetup.cs: listed origins, any method, any header, credentials by switch.
import type { HostConfig } from '../host-config.ts';

export interface CorsQuestion {
  method: string;
  origin: string | undefined;
  requestedMethod: string | undefined;
  requestedHeaders: string | undefined;
}

export interface CorsAnswer {
  /** A preflight is answered with 204 at once, also one that is refused: then without the headers. */
  isPreflight: boolean;
  headers: Record<string, string>;
}

const withoutSlash = (origin: string): string => origin.replace(/\/$/, '').toLowerCase();

/** What CORS adds to the answer; undefined when it is not configured or the request has no origin. */
export function corsAnswer(
  cors: HostConfig['cors'],
  { method, origin, requestedMethod, requestedHeaders }: CorsQuestion,
): CorsAnswer | undefined {
  if (cors.origins.length === 0 || origin === undefined) return undefined;
  const isPreflight = method === 'OPTIONS' && requestedMethod !== undefined;
  const isOpenToAll = cors.origins.includes('*');
  const vary: Record<string, string> = isOpenToAll ? {} : { vary: 'Origin' };
  if (!isOpenToAll && !cors.origins.some((allowed) => withoutSlash(allowed) === withoutSlash(origin)))
    return { isPreflight, headers: vary };
  return {
    isPreflight,
    headers: {
      ...vary,
      'access-control-allow-origin': isOpenToAll ? '*' : origin,
      // Browsers refuse credentials together with `*`; naming every origin instead would open the app to all of them.
      ...(cors.credentials && !isOpenToAll ? { 'access-control-allow-credentials': 'true' } : {}),
      ...(isPreflight ? { 'access-control-allow-methods': requestedMethod } : {}),
      ...(isPreflight && requestedHeaders ? { 'access-control-allow-headers': requestedHeaders } : {}),
    },
  };
}
