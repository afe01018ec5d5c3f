// The cookie of a signed-in person: who, until when, and an HMAC over both. It holds no secret; forging one needs the key in the data directory.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { readCookies } from '../http/cookies.ts';

const SESSION_COOKIE = 'AppServiceAuthSession';

export interface Session {
  personId: string;
  signedInAtMs: number;
  expiresAtMs: number;
}

function sign(payload: string, key: Buffer): Buffer {
  return createHmac('sha256', key).update(payload).digest();
}

/** The value to put into the cookie. */
function sealSession({ personId, signedInAtMs, expiresAtMs }: Session, key: Buffer): string {
  const payload = Buffer.from(JSON.stringify([personId, signedInAtMs, expiresAtMs])).toString('base64url');
  return `${payload}.${sign(payload, key).toString('base64url')}`;
}

function unseal(value: string, key: Buffer): Session | undefined {
  const [payload = '', signature = '', ...more] = value.split('.');
  const expected = sign(payload, key);
  const given = Buffer.from(signature, 'base64url');
  if (more.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const [personId, signedInAtMs, expiresAtMs] = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as [string, number, number];
  return { personId, signedInAtMs, expiresAtMs };
}

/** The session of a Cookie header: the first that is ours, whole and not over. */
export function readSession(cookieHeader: string | undefined, key: Buffer, nowMs: number): Session | undefined {
  for (const value of readCookies(cookieHeader, SESSION_COOKIE)) {
    const session = unseal(value, key);
    if (session && nowMs < session.expiresAtMs) return session;
  }
  return undefined;
}

/** The Set-Cookie line that starts a session. */
export function sessionCookieLine(session: Session, key: Buffer): string {
  const maxAgeSeconds = Math.floor((session.expiresAtMs - session.signedInAtMs) / 1000);
  return `${SESSION_COOKIE}=${sealSession(session, key)}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax`;
}

/** The Set-Cookie line that ends it. */
export const ENDED_COOKIE_LINE = `${SESSION_COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax`;
