import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { formatCookie, readCookies } from '../../../../src/local/host/http/cookies.ts';
import type { HttpCookieData } from '../../../../src/local/host/protocol.ts';
import { aFunction, anAnswer, startSite } from './site-under-test.ts';

const TABLE: [HttpCookieData, string][] = [
  [{ name: 'a', value: '1' }, 'a=1; path=/'],
  [{ name: 'b', value: 'two words', sameSite: 'none' }, 'b=two%20words; path=/'],
  [
    {
      name: 'c',
      value: 'x',
      path: { value: '/api' },
      domain: { value: 'example.org' },
      httpOnly: { value: true },
      secure: { value: true },
      maxAge: { value: 60 },
      sameSite: 'strict',
    },
    'c=x; max-age=60; domain=example.org; path=/api; secure; samesite=strict; httponly',
  ],
  [{ name: 'd', value: 'x', sameSite: 'explicitNone' }, 'd=x; path=/; samesite=none'],
  [
    { name: 'e', value: 'x', sameSite: 'lax', expires: { value: { seconds: 2_209_086_245 } } },
    'e=x; expires=Mon, 02 Jan 2040 03:04:05 GMT; path=/; samesite=lax',
  ],
  [{ name: 'e', value: 'x', expires: { value: { seconds: '0' } } }, 'e=x; expires=Thu, 01 Jan 1970 00:00:00 GMT; path=/'],
  [{ name: 'f', value: '', maxAge: { value: 0 }, secure: { value: false } }, 'f=; max-age=0; path=/'],
  [{ name: 'g', value: "é;!'()*" }, 'g=%C3%A9%3B%21%27%28%29%2A; path=/'],
];

suite('cookies', () => {
  for (const [cookie, line] of TABLE) {
    test(`is written as ${line}`, () => {
      assert.equal(formatCookie(cookie), line);
    });
  }

  test('any value comes back from the line it was written into', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        const [pair = ''] = formatCookie({ name: 'n', value }).split('; ');

        assert.deepEqual(readCookies(`other=1; ${pair}`, 'n').map(decodeURIComponent), [value]);
      }),
    );
  });

  test('a name that no cookie can have is an error', () => {
    assert.throws(() => formatCookie({ name: 'a b', value: '1' }));
  });

  test('several cookies are several lines, next to a set-cookie header', async (t) => {
    const cookies = [
      { name: 'a', value: '1' },
      { name: 'b', value: '2' },
    ];
    const site = await startSite(t, {
      functions: [aFunction('fn')],
      run: () => anAnswer({ cookies, headers: { 'set-cookie': 'own=1; Path=/' } }),
    });

    const answer = await site.send('GET', '/api/fn');

    assert.deepEqual(answer.headers['set-cookie'], ['own=1; Path=/', 'a=1; path=/', 'b=2; path=/']);
  });
});
