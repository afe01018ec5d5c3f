// Set-Cookie lines as the Functions host writes them: path `/` unless given, attributes in lower case and in this order (case http-response-cookies).
import { validateHeaderName } from 'node:http';
import type { HttpCookieData } from '../protocol.ts';

/** Uri.EscapeDataString: everything but the unreserved characters of RFC 3986. */
function escapeValue(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

const SAME_SITE = { none: undefined, lax: 'lax', strict: 'strict', explicitNone: 'none' } as const;

/** The value of one Set-Cookie header; a name that no cookie can have throws. */
export function formatCookie(cookie: HttpCookieData): string {
  validateHeaderName(cookie.name);
  const expiresSeconds = cookie.expires?.value.seconds;
  const sameSite = SAME_SITE[cookie.sameSite ?? 'none'];
  const attributes = [
    `${cookie.name}=${escapeValue(cookie.value)}`,
    expiresSeconds === undefined ? undefined : `expires=${new Date(Number(expiresSeconds) * 1000).toUTCString()}`,
    cookie.maxAge ? `max-age=${Math.trunc(cookie.maxAge.value)}` : undefined,
    cookie.domain?.value ? `domain=${cookie.domain.value}` : undefined,
    `path=${cookie.path?.value || '/'}`,
    cookie.secure?.value ? 'secure' : undefined,
    sameSite && `samesite=${sameSite}`,
    cookie.httpOnly?.value ? 'httponly' : undefined,
  ];
  return attributes.filter((attribute) => attribute !== undefined).join('; ');
}

/** All values a Cookie header carries under a name, in order; a header may repeat a name. */
export function readCookies(header: string | undefined, name: string): string[] {
  return (header ?? '').split(';').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at > 0 && pair.slice(0, at).trim() === name ? [pair.slice(at + 1).trim()] : [];
  });
}
