// A session is a cookie, and browsers send cookies along with what other sites ask for. So a change that comes with one has to come from our own pages.
// Headers that no page can forge: https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header and https://www.rfc-editor.org/rfc/rfc6454#section-7
import type { HttpRequest } from '@azure/functions';
import type { Caller } from '../../domain/caller.ts';
import { AppError } from '../../domain/errors.ts';

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Refuses a change that came with a session unless everything that the browser says about its origin names this app. */
export function requireSameOrigin(request: Pick<HttpRequest, 'method' | 'headers' | 'url'>, caller: Caller): void {
  if (caller.via !== 'session' || READING.has(request.method)) return;
  const site = request.headers.get('sec-fetch-site');
  const origin = request.headers.get('origin');
  const isFromHere = site === null ? origin !== null : site === 'same-origin';
  if (!isFromHere || (origin !== null && !isOriginOf(origin, request.url))) throw new AppError('caller.cross-origin', { site, origin });
}

/** Schemes may differ in one way: the platform ends TLS, and the app then sees itself called over http. */
function isOriginOf(origin: string, address: string): boolean {
  if (!URL.canParse(origin)) return false;
  const [from, here] = [new URL(origin), new URL(address)];
  return from.host === here.host && (from.protocol === here.protocol || (from.protocol === 'https:' && here.protocol === 'http:'));
}
