import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import { createAppServiceAuth, localPath } from '../../../../src/local/host/auth/app-service-auth.ts';
import { personId, seededPeople } from '../../../../src/local/host/auth/people.ts';
import type { Person } from '../../../../src/local/host/auth/people.ts';
import { createHeldClock } from '../../../../src/local/host/clock.ts';
import type { HeldClock } from '../../../../src/local/host/clock.ts';
import { aFunction, startSite, temporaryDirectory } from '../http/site-under-test.ts';
import type { Answer, SiteUnderTest } from '../http/site-under-test.ts';

const TENANT = '0f0f0f0f-1111-4222-8333-444444444444';
const START_MS = Date.parse('2026-01-01T08:00:00Z');
const HOUR_MS = 3_600_000;

interface SignInSite extends SiteUnderTest {
  clock: HeldClock;
  choose(form: Record<string, string>, headers?: Record<string, string>): Promise<Answer>;
}

async function startSignIn(
  t: TestContext,
  options: { people?: Person[]; dataDirectory?: string; trustPrincipalHeaders?: boolean; hostnames?: string[] } = {},
): Promise<SignInSite> {
  const clock = createHeldClock(START_MS);
  const { people = seededPeople(TENANT), dataDirectory = temporaryDirectory(t), trustPrincipalHeaders = false, hostnames = [] } = options;
  const auth = createAppServiceAuth({ people, dataDirectory, clock, hostnames });
  const site = await startSite(t, { auth, functions: [aFunction('fn')], trustPrincipalHeaders });
  return {
    ...site,
    clock,
    choose: (form, headers = { origin: site.front.url }) =>
      site.send('POST', '/.auth/login/aad', {
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: new URLSearchParams(form).toString(),
      }),
  };
}

const settle = (): Promise<void> => Promise.resolve();

/** The pair of the first Set-Cookie line. */
function cookieOf({ headers }: Answer): string {
  return headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

/** The principal headers the last invocation got, by the rest of their names. */
function principalOf(site: SiteUnderTest): Record<string, string> {
  const entries = Object.entries(site.lastRequest().nullableHeaders).filter(([name]) => name.startsWith('x-ms-client-principal'));
  return Object.fromEntries(
    entries.map(([name, { value }]) => [name.replace('x-ms-client-principal', '').replace('-', '') || 'principal', value]),
  );
}

interface Principal {
  auth_typ: string;
  name_typ: string;
  role_typ: string;
  claims: { typ: string; val: string }[];
}

function decode(principal: string | undefined): Principal {
  return JSON.parse(Buffer.from(principal ?? '', 'base64').toString('utf8')) as Principal;
}

suite('signing in', () => {
  test('the page lists everybody with role and rights, one button each, and forbids scripts', async (t) => {
    const site = await startSignIn(t);

    const answer = await site.send('GET', '/.auth/login/aad');

    const buttons = [
      ...answer.text.matchAll(/<button type="submit" name="person" value="([^"]+)">\s*Sign in<span class="hidden"> as ([^<]+)</g),
    ];
    assert.deepEqual(
      buttons.map(([, id]) => id),
      seededPeople(TENANT).map(({ id }) => id),
    );
    assert.equal(buttons.at(-1)?.[2], 'Chloé Lefèvre, Device User');
    assert.match(answer.text, /stand-in for Microsoft Entra sign-in[^]*Sees devices, runs and reports\. Changes nothing\./);
    assert.doesNotMatch(answer.text, /<script|style="|onclick/i);
    assert.match(
      answer.headers['content-security-policy']?.toString() ?? '',
      /default-src 'none'.*form-action 'self'.*frame-ancestors 'none'/,
    );
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  });

  test('choosing a person sets a cookie that scripts cannot read and leads back', async (t) => {
    const site = await startSignIn(t);

    const answer = await site.choose({ person: personId('alice'), post_login_redirect_uri: '/api/fn?x=1#there' });

    assert.deepEqual([answer.status, answer.headers.location], [302, '/api/fn?x=1#there']);
    assert.match(
      answer.headers['set-cookie']?.join() ?? '',
      /^AppServiceAuthSession=[\w-]+\.[\w-]+; Path=\/; Max-Age=28800; HttpOnly; SameSite=Lax$/,
    );
  });

  test('without a wish it leads to a page that says who is signed in', async (t) => {
    const site = await startSignIn(t);
    const signedIn = await site.choose({ person: personId('auditor') });

    const page = await site.send('GET', String(signedIn.headers.location), { headers: { cookie: cookieOf(signedIn) } });

    assert.match(page.text, /You are signed in as Audrey Okafor/);
  });

  test('a choice from another page, without a sender or as JSON is refused without a cookie', async (t) => {
    const site = await startSignIn(t);
    const person = personId('admin');

    const answers = await Promise.all([
      site.choose({ person }, { origin: 'http://evil.example' }),
      site.choose({ person }, { origin: 'null' }),
      site.choose({ person }, {}),
      site.choose({ person }, { 'sec-fetch-site': 'cross-site' }),
      site.choose({ person }, { 'sec-fetch-site': 'same-site' }),
      site.choose({ person }, { origin: site.front.url, 'content-type': 'text/plain' }),
    ]);

    assert.deepEqual(
      answers.map(({ status, headers }) => [status, headers['set-cookie']]),
      answers.map(() => [403, undefined]),
    );
  });

  test('a browser that sends no Origin may say that the page is of the same origin', async (t) => {
    const site = await startSignIn(t);

    const answer = await site.choose({ person: personId('admin') }, { 'sec-fetch-site': 'same-origin' });

    assert.equal(answer.status, 302);
  });

  test('a name that is not one of this host signs nobody in, unless it was allowed', async (t) => {
    const site = await startSignIn(t, { hostnames: ['dev.example'] });
    const person = personId('admin');
    const asName = (host: string): Promise<Answer> => site.choose({ person }, { host, origin: `http://${host}` });

    const answers = await Promise.all([
      asName('rebound.example:7071'),
      asName('localhost.evil.example'),
      asName('dev.example'),
      asName('127.0.0.1:9'),
    ]);

    assert.deepEqual(
      answers.map(({ status }) => status),
      [403, 403, 302, 302],
    );
    assert.match(answers[0]?.text ?? '', /opened under the name rebound\.example[^]*http:\/\/localhost:7071/);
  });

  test('nobody can sign in as somebody who is not listed', async (t) => {
    const site = await startSignIn(t);

    const answer = await site.choose({ person: 'admin' });

    assert.deepEqual([answer.status, answer.headers['set-cookie']], [400, undefined]);
  });

  test('names from a tenant are escaped everywhere', async (t) => {
    const [first] = seededPeople(TENANT);
    assert.ok(first);
    const odd = `<img src=x onerror="alert('1')">&`;
    const person: Person = {
      ...first,
      id: `"><script>`,
      displayName: odd,
      title: odd,
      role: odd,
      mayDo: odd,
      userPrincipalName: `${odd}@x`,
    };
    const site = await startSignIn(t, { people: [person] });

    const page = await site.send('GET', `/.auth/login/aad?post_login_redirect_uri=${encodeURIComponent('/"><script>')}`);

    assert.doesNotMatch(page.text, /<img|<script|onerror="/);
    assert.match(page.text, /&lt;img src=x onerror=&quot;alert\(&#39;1&#39;\)&quot;&gt;&amp;/);
  });
});

suite('a session', () => {
  test('puts the principal of the person on every request, as App Service does for Entra', async (t) => {
    const site = await startSignIn(t);
    const cookie = cookieOf(await site.choose({ person: personId('operator') }));

    await site.send('GET', '/api/fn', { headers: { cookie: `other=1; ${cookie}` } });

    const { principal, ...others } = principalOf(site);
    const { auth_typ: kind, name_typ: nameType, role_typ: roleType, claims } = decode(principal);
    const valuesOf = (typ: string): string[] => claims.filter((claim) => claim.typ === typ).map(({ val }) => val);
    assert.deepEqual(others, { id: personId('operator'), name: 'operator@contoso.example', idp: 'aad' });
    assert.deepEqual(
      [kind, nameType, roleType],
      [
        'aad',
        'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress',
        'http://schemas.microsoft.com/ws/2008/06/identity/claims/role',
      ],
    );
    assert.deepEqual(valuesOf('http://schemas.microsoft.com/identity/claims/objectidentifier'), [personId('operator')]);
    assert.deepEqual(valuesOf('http://schemas.microsoft.com/identity/claims/tenantid'), [TENANT]);
    assert.deepEqual([valuesOf('name'), valuesOf('preferred_username')], [['Oscar Lindgren'], ['operator@contoso.example']]);
    assert.deepEqual([valuesOf('roles'), valuesOf('groups').length], [['OperationsAdministrator'], 2]);
  });

  test('replaces whatever principal the client sends, also where such headers are trusted', async (t) => {
    const site = await startSignIn(t, { trustPrincipalHeaders: true });
    const cookie = cookieOf(await site.choose({ person: personId('bob') }));

    await site.send('GET', '/api/fn', {
      headers: { cookie, 'X-MS-Client-Principal-Id': personId('admin'), 'x-ms-client-principal-extra': '1' },
    });

    assert.deepEqual(Object.keys(principalOf(site)).sort(), ['id', 'idp', 'name', 'principal']);
    assert.equal(principalOf(site)['id'], personId('bob'));
  });

  test('without one a request passes, without a principal', async (t) => {
    const site = await startSignIn(t);

    const answer = await site.send('GET', '/api/fn', { headers: { 'x-ms-client-principal-id': personId('admin') } });

    assert.deepEqual([answer.status, principalOf(site)], [200, {}]);
  });

  test('ends after eight hours by the host’s clock', async (t) => {
    const site = await startSignIn(t);
    const cookie = cookieOf(await site.choose({ person: personId('bob') }));

    await site.clock.advanceTo(START_MS + 8 * HOUR_MS - 1, settle);
    const before = await site.send('GET', '/.auth/me', { headers: { cookie } });
    await site.clock.advanceTo(START_MS + 8 * HOUR_MS, settle);
    const after = await site.send('GET', '/.auth/me', { headers: { cookie } });

    assert.deepEqual([before.status, after.status], [200, 401]);
  });

  test('outlives a restart of the host, but not a new key', async (t) => {
    const dataDirectory = temporaryDirectory(t);
    const cookie = cookieOf(await (await startSignIn(t, { dataDirectory })).choose({ person: personId('bob') }));

    const restarted = await (await startSignIn(t, { dataDirectory })).send('GET', '/.auth/me', { headers: { cookie } });
    const elsewhere = await (await startSignIn(t)).send('GET', '/.auth/me', { headers: { cookie } });

    assert.deepEqual([restarted.status, elsewhere.status], [200, 401]);
    assert.equal(statSync(join(dataDirectory, 'sign-in.key')).mode & 0o777, 0o600);
  });

  test('cannot be altered: no byte of the cookie may change', async (t) => {
    const site = await startSignIn(t);
    const cookie = cookieOf(await site.choose({ person: personId('bob') }));
    const start = 'AppServiceAuthSession='.length;
    // The last character of each part may hold unused bits, which say nothing.
    const places = Array.from({ length: cookie.length - start - 1 }, (_, index) => start + index).filter(
      (at) => cookie[at] !== '.' && cookie[at + 1] !== '.',
    );

    const statuses = new Set<number>();
    for (const at of places.filter((_, index) => index % 7 === 0)) {
      const other = cookie[at] === 'A' ? 'B' : 'A';
      statuses.add(
        (await site.send('GET', '/.auth/me', { headers: { cookie: cookie.slice(0, at) + other + cookie.slice(at + 1) } })).status,
      );
    }

    assert.deepEqual([...statuses], [401]);
  });

  for (const value of ['', 'x', '.', 'a.b.c', 'e30.', 'W10.AAAA']) {
    test(`the cookie value '${value}' is nobody`, async (t) => {
      const site = await startSignIn(t);

      assert.equal((await site.send('GET', '/.auth/me', { headers: { cookie: `AppServiceAuthSession=${value}` } })).status, 401);
    });
  }

  test('of a person who is no longer listed is nobody', async (t) => {
    const dataDirectory = temporaryDirectory(t);
    const cookie = cookieOf(await (await startSignIn(t, { dataDirectory })).choose({ person: personId('bob') }));
    const site = await startSignIn(t, { dataDirectory, people: seededPeople(TENANT).filter(({ id }) => id !== personId('bob')) });

    assert.equal((await site.send('GET', '/.auth/me', { headers: { cookie } })).status, 401);
  });

  test('a signing key that was damaged is an error that names the file and the cure', (t) => {
    const dataDirectory = temporaryDirectory(t);
    writeFileSync(join(dataDirectory, 'sign-in.key'), 'short');

    assert.throws(
      () => createAppServiceAuth({ people: [], dataDirectory, clock: createHeldClock(0) }),
      /sign-in\.key does not hold.*delete it/,
    );
  });
});

suite('the other routes of /.auth/', () => {
  test('/.auth/me is the list App Service gives', async (t) => {
    const site = await startSignIn(t);
    const cookie = cookieOf(await site.choose({ person: personId('chloe') }));

    const answer = await site.send('GET', '/.auth/me', { headers: { cookie } });

    const [entry, ...more] = JSON.parse(answer.text) as {
      provider_name: string;
      user_id: string;
      expires_on: string;
      user_claims: { typ: string; val: string }[];
    }[];
    assert.equal(more.length, 0);
    assert.deepEqual(
      [entry?.provider_name, entry?.user_id, entry?.expires_on],
      ['aad', 'chloe@contoso.example', '2026-01-01T16:00:00.000Z'],
    );
    assert.deepEqual(
      entry?.user_claims.filter(({ typ }) => ['name', 'xms_pl', 'exp'].includes(typ)),
      [
        { typ: 'exp', val: String((START_MS + 8 * HOUR_MS) / 1000) },
        { typ: 'name', val: 'Chloé Lefèvre' },
        { typ: 'xms_pl', val: 'fr-FR' },
      ],
    );
    assert.equal(answer.headers['cache-control'], 'no-store');
  });

  test('signing out takes the cookie away and leads to a page that says so, or where one wishes', async (t) => {
    const site = await startSignIn(t);

    const plain = await site.send('GET', '/.auth/logout');
    const wished = await site.send('GET', '/.auth/logout?post_logout_redirect_uri=/bye');
    const abroad = await site.send('GET', '/.auth/logout?post_logout_redirect_uri=https://evil.example');
    const page = await site.send('GET', '/.auth/logout/complete');

    assert.deepEqual(
      [plain.status, plain.headers.location, wished.headers.location, abroad.headers.location],
      [302, '/.auth/logout/complete', '/bye', '/.auth/logout/complete'],
    );
    assert.match(plain.headers['set-cookie']?.join() ?? '', /^AppServiceAuthSession=; Path=\/; Max-Age=0;/);
    assert.match(page.text, /You are signed out/);
  });

  test('the sign-in page tells who is signed in already', async (t) => {
    const site = await startSignIn(t);
    const cookie = cookieOf(await site.choose({ person: personId('approver') }));

    const page = await site.send('GET', '/.AUTH/Login/AAD/', { headers: { cookie } });

    assert.match(page.text, /You are signed in as <strong>Priya Raman<\/strong> \(Access Approver\)/);
  });

  test('other providers, other methods and the done page of nobody', async (t) => {
    const site = await startSignIn(t);

    const answers = await Promise.all([
      site.send('GET', '/.auth/login/github'),
      site.send('DELETE', '/.auth/me'),
      site.send('GET', '/.auth'),
      site.send('GET', '/.auth/login/done'),
    ]);

    assert.deepEqual(
      answers.map(({ status }) => status),
      [404, 404, 404, 302],
    );
  });

  test('without sign-in the routes are not there', async (t) => {
    const site = await startSite(t);

    assert.equal((await site.send('GET', '/.auth/login/aad')).status, 404);
  });
});

suite('where one may be led', () => {
  const kept = ['/', '/a', '/a/b?c=d#e', '/api/fn?x=https://elsewhere.example', '/%5C'];
  const ignored = [
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '\\/evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    'javascript:alert(1)',
    'relative',
    '',
    '/a\\b',
    '/a\u0000b',
    '/.//evil.example',
    '/a/..//evil.example',
  ];
  for (const path of kept) {
    test(`${path} is kept`, () => {
      assert.equal(localPath(path, 'http://localhost:7071', '/fallback'), path);
    });
  }
  for (const path of ignored) {
    test(`${JSON.stringify(path)} is ignored`, () => {
      assert.equal(localPath(path, 'http://localhost:7071', '/fallback'), '/fallback');
    });
  }
});
