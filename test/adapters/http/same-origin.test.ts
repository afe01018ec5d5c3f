// Changes that come with a session: whether the browser says that one of our own pages sent them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requireSameOrigin } from '../../../src/adapters/http/same-origin.ts';
import type { Caller } from '../../../src/domain/caller.ts';

const caller = (via: Caller['via']): Caller => ({
  tenantId: 't',
  objectId: 'o',
  kind: 'user',
  name: 'n',
  roles: [],
  groups: [],
  areGroupsComplete: true,
  via,
});

function isTaken(
  headers: Record<string, string>,
  { via = 'session', method = 'POST', url = 'https://app.example/api/x' }: { via?: Caller['via']; method?: string; url?: string } = {},
): boolean {
  try {
    requireSameOrigin({ method, url, headers: new Headers(headers) }, caller(via));
    return true;
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'caller.cross-origin');
    return false;
  }
}

test('a session needs a header of the browser that names this app, and none that names another', () => {
  const here = 'https://app.example';
  const taken = [{ 'sec-fetch-site': 'same-origin' }, { origin: here }, { 'sec-fetch-site': 'same-origin', origin: here }];
  const refused = [
    {},
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site', origin: here },
    { 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: '' },
    { origin: 'http://app.example' },
    { origin: 'https://app.example:8443' },
    { origin: 'https://app.example.evil.example' },
  ];

  assert.deepEqual(
    taken.map((headers) => isTaken({ ...headers })),
    [true, true, true],
  );
  for (const headers of refused) assert.equal(isTaken({ ...headers }), false, JSON.stringify(headers));
});

test('behind a platform that ends TLS, a page loaded over https counts as ours', () => {
  assert.equal(isTaken({ origin: 'https://app.example' }, { url: 'http://app.example/api/x' }), true);
});

test('reading, and a token that no browser sends by itself, need neither header', () => {
  assert.equal(isTaken({}, { method: 'GET' }), true);
  assert.equal(isTaken({ origin: 'https://evil.example' }, { via: 'token' }), true);
});
