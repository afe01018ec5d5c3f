import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { decodePath, joinQuery } from '../../../../src/local/host/http/request-path.ts';

const PATHS: [string, string][] = [
  ['', '/'],
  ['/', '/'],
  ['/a%20b', '/a b'],
  ['/a+b', '/a+b'],
  ['/%C3%A9', '/é'],
  ['/a%2Fb', '/a%2Fb'],
  ['/a%2fb%20c', '/a%2fb c'],
  ['/a/../b', '/b'],
  ['/a/./b/', '/a/b/'],
  ['/a/b/..', '/a/'],
  ['/../../a', '/a'],
  ['/a/%2e%2e/b', '/b'],
  ['/a//b', '/a//b'],
  ['/%', '/%'],
  ['/%zz%41', '/%zzA'],
  ['/%ff', '/%ff'],
];

const QUERIES: [string, [string, string][]][] = [
  ['', []],
  ['a=1&a=2', [['a', '1,2']]],
  ['a=', [['a', '']]],
  ['a', [['a', '']]],
  ['a=x%20y+z', [['a', 'x y z']]],
  ['A=1&a=2', [['a', '1,2']]],
  ['a=1,2', [['a', '1,2']]],
  [
    'x=%C3%A9&y=%26',
    [
      ['x', 'é'],
      ['y', '&'],
    ],
  ],
  ['a[]=1&a[]=2', [['a[]', '1,2']]],
  ['=1', [['', '1']]],
  [
    'a=1&&b=2',
    [
      ['a', '1'],
      ['b', '2'],
    ],
  ],
  ['a=b=c', [['a', 'b=c']]],
  ['a=%zz', [['a', '%zz']]],
  ['__proto__=1', [['__proto__', '1']]],
];

suite('paths and queries', () => {
  for (const [raw, decoded] of PATHS) {
    test(`the path '${raw}' is matched as '${decoded}'`, () => {
      assert.equal(decodePath(raw), decoded);
    });
  }

  for (const [raw, pairs] of QUERIES) {
    test(`the query '${raw}' reaches a function as ${JSON.stringify(pairs)}`, () => {
      assert.deepEqual([...joinQuery(raw)], pairs);
    });
  }

  test('a decoded path never has dot segments, whatever was sent', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', '.', '..', '%2e', '%2E%2e', '', '%2F')), (segments) => {
        const path = decodePath(`/${segments.join('/')}`);

        assert.ok(path.startsWith('/'));
        assert.ok(!path.split('/').some((segment) => segment === '.' || segment === '..'));
      }),
    );
  });
});
