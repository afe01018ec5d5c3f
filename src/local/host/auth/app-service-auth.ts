// App Service Authentication as an app sees it, without Entra: the /.auth/ routes, a session cookie, and the principal of a session.
// Requests without a session pass; the app decides. Bearer tokens are none of its business. Source: design section 7, learn.microsoft.com
// /azure/app-service/configure-authentication-customize-sign-in-out and -user-identities.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { HostClock } from '../clock.ts';
import { pageAnswer } from '../http/html-page.ts';
import { jsonAnswer } from '../http/plain-http.ts';
import type { PlainAnswer, PlainRequest } from '../http/plain-http.ts';
import { readOrCreateSecret } from '../http/secret-file.ts';
import { meOf, principalHeadersOf } from './client-principal.ts';
import type { Person } from './people.ts';
import { ENDED_COOKIE_LINE, readSession, sessionCookieLine } from './session-cookie.ts';
import type { Session } from './session-cookie.ts';
import { refusedPage, signedInPage, signedOutPage, signInPage } from './sign-in-page.ts';

export interface AppServiceAuth {
  /** Answers everything below `/.auth`. */
  handle(request: PlainRequest): PlainAnswer;
  /** The x-ms-client-principal headers of a valid session in the Cookie header; undefined without one. */
  principalHeaders(cookieHeader: string | undefined): Readonly<Record<string, string>> | undefined;
}

export interface AppServiceAuthNeeds {
  people: readonly Person[];
  /** Keeps the key that signs sessions, so that they outlive a restart. */
  dataDirectory: string;
  clock: HostClock;
  /** Names this host is reached by besides the loopback ones, for instance behind port forwarding. */
  hostnames?: readonly string[];
}

const SESSION_MS = 8 * 60 * 60_000;
const DONE_PATH = '/.auth/login/done';
const SIGNED_OUT_PATH = '/.auth/logout/complete';

function loadSigningKey(dataDirectory: string): Buffer {
  const path = join(dataDirectory, 'sign-in.key');
  const key = Buffer.from(readOrCreateSecret(path, () => `${randomBytes(32).toString('base64url')}\n`).trim(), 'base64url');
  if (key.length !== 32)
    throw new Error(`${path} does not hold the 32-byte key of the local sign-in; delete it and a new one is made at the next start.`);
  return key;
}

/** Browsers read a backslash as a slash and drop control characters, so `/\evil` and `/<tab>/evil` leave the origin as `//evil` does. */
const LOCAL = /^\/(?!\/)[^\\\p{Cc}]*$/u;

/** A path of this origin, or the fallback: anything that could lead elsewhere is ignored, as App Service does. */
export function localPath(wanted: string | null, origin: string, fallback: string): string {
  if (wanted === null || !LOCAL.test(wanted) || !URL.canParse(wanted, origin)) return fallback;
  const { pathname, search, hash } = new URL(wanted, origin);
  // Resolved dots can leave two slashes in front: `/.//evil`.
  return LOCAL.test(pathname) ? `${pathname}${search}${hash}` : fallback;
}

/** Whether the browser says that one of our own pages sent this form. */
function isSameOrigin({ headers, origin }: PlainRequest): boolean {
  const sender = headers['origin'];
  if (sender !== undefined) return sender === new URL(origin).origin;
  return headers['sec-fetch-site'] === 'same-origin';
}

/** Names that lead to this computer and nowhere else. Any other name may be a web page's that points it here (DNS rebinding). */
const LOOPBACK = /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/;

/** Why a choice is not taken, or undefined. */
function refusalOf(request: PlainRequest, hostnames: readonly string[]): string | undefined {
  const { hostname, port } = new URL(request.origin);
  if (!LOOPBACK.test(hostname) && !hostnames.includes(hostname)) {
    return `This page was opened under the name ${hostname}, which is not known as one of this host. Open it as http://localhost:${port || '80'}.`;
  }
  const isForm = request.headers['content-type']?.toLowerCase().startsWith('application/x-www-form-urlencoded') ?? false;
  if (isForm && isSameOrigin(request)) return undefined;
  return 'The request did not come from the sign-in page of this host. Open that page and choose a person there.';
}

const redirect = (location: string, cookieLine?: string): PlainAnswer => ({
  status: 302,
  headers: { location, 'cache-control': 'no-store', ...(cookieLine === undefined ? {} : { 'set-cookie': cookieLine }) },
});

/** The sign-in of the local host. */
export function createAppServiceAuth({ people, dataDirectory, clock, hostnames = [] }: AppServiceAuthNeeds): AppServiceAuth {
  const key = loadSigningKey(dataDirectory);
  const findPerson = (id: string | null | undefined): Person | undefined => people.find((person) => person.id === id);

  function signedIn(cookieHeader: string | undefined): { person: Person; session: Session } | undefined {
    const session = readSession(cookieHeader, key, clock.now());
    const person = findPerson(session?.personId);
    return session && person ? { person, session } : undefined;
  }

  function signIn(request: PlainRequest): PlainAnswer {
    const refused = refusalOf(request, hostnames);
    if (refused !== undefined) return pageAnswer(403, 'Not signed in', refusedPage(refused));
    const form = new URLSearchParams(request.body.toString('utf8'));
    const person = findPerson(form.get('person'));
    if (!person) return pageAnswer(400, 'Not signed in', refusedPage('There is no such person in this tenant. Choose one from the list.'));
    const nowMs = clock.now();
    const session: Session = { personId: person.id, signedInAtMs: nowMs, expiresAtMs: nowMs + SESSION_MS };
    return redirect(localPath(form.get('post_login_redirect_uri'), request.origin, DONE_PATH), sessionCookieLine(session, key));
  }

  function showSignIn(request: PlainRequest): PlainAnswer {
    const returnTo = localPath(request.query.get('post_login_redirect_uri'), request.origin, DONE_PATH);
    return pageAnswer(200, 'Sign in', signInPage({ people, returnTo, signedIn: signedIn(request.headers['cookie'])?.person }));
  }

  function showDone(request: PlainRequest): PlainAnswer {
    const present = signedIn(request.headers['cookie']);
    return present ? pageAnswer(200, 'Signed in', signedInPage(present.person)) : redirect('/.auth/login/aad');
  }

  function me(request: PlainRequest): PlainAnswer {
    const present = signedIn(request.headers['cookie']);
    if (!present) return { status: 401, headers: { 'cache-control': 'no-store' } };
    return jsonAnswer(200, meOf(present.person, present.session), { 'cache-control': 'no-store' });
  }

  const routes: Readonly<Record<string, (request: PlainRequest) => PlainAnswer>> = {
    'GET /.auth/login/aad': showSignIn,
    'POST /.auth/login/aad': signIn,
    [`GET ${DONE_PATH}`]: showDone,
    'GET /.auth/me': me,
    'GET /.auth/logout': (request) =>
      redirect(localPath(request.query.get('post_logout_redirect_uri'), request.origin, SIGNED_OUT_PATH), ENDED_COOKIE_LINE),
    [`GET ${SIGNED_OUT_PATH}`]: () => pageAnswer(200, 'Signed out', signedOutPage()),
  };

  return {
    handle(request) {
      const method = request.method === 'HEAD' ? 'GET' : request.method;
      const route = `${method} ${request.path.toLowerCase().replace(/\/$/, '')}`;
      const answer = Object.hasOwn(routes, route) ? routes[route] : undefined;
      return answer ? answer(request) : { status: 404 };
    },
    principalHeaders(cookieHeader) {
      const present = signedIn(cookieHeader);
      return present && principalHeadersOf(present.person, present.session);
    },
  };
}
