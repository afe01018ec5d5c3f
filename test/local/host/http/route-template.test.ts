import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { decodePath } from '../../../../src/local/host/http/request-path.ts';
import { RouteTemplateError } from '../../../../src/local/host/http/route-constraints.ts';
import { compileRoute } from '../../../../src/local/host/http/route-template.ts';

/** Template, path, parameters (undefined: no match). */
const TABLE: [string, string, Record<string, string> | undefined][] = [
  ['api/items', '/api/items', {}],
  ['api/items', '/API/Items/', {}],
  ['api/items', '/api//items', undefined],
  ['api/items', '/api/items//', undefined],
  ['api/items', '/api/items/more', undefined],
  ['api/items', '/api', undefined],
  ['api/{Name}', '/api/AbC', { Name: 'AbC' }],
  ['api/{v:int}', '/api/', undefined],
  ['api/{v:int?}', '/api', {}],
  ['api/{v:int?}', '/api/7', { v: '7' }],
  ['api/{v:int?}', '/api/x', undefined],
  ['api/{v:int:min(1)}', '/api/0', undefined],
  ['api/{v:int:min(1)?}', '/api', {}],
  ['api/{v=five}', '/api', { v: 'five' }],
  ['api/{v=five}', '/api/x', { v: 'x' }],
  ['api/{v:int=5}', '/api', { v: '5' }],
  ['api/{v:int=five}', '/api', undefined],
  ['api/{v=}', '/api', { v: '' }],
  ['api/{a=1}/{b?}', '/api', { a: '1' }],
  ['api/{a}/{b?}', '/api/x', { a: 'x' }],
  ['api/{a}/tail', '/api/x', undefined],
  ['api/{a?}/tail', '/api/tail', undefined],
  ['api/{*rest}', '/api', {}],
  ['api/{*rest}', '/api/', {}],
  ['api/{*rest}', '/api/a/b/', { rest: 'a/b/' }],
  ['api/{*rest}', '/api/a//b', { rest: 'a//b' }],
  ['api/{*rest}', '/api//a', undefined],
  ['api/{**rest}', '/api/a/b', { rest: 'a/b' }],
  ['api/{*rest=none}', '/api', { rest: 'none' }],
  ['api/{*rest:minlength(2)}', '/api', undefined],
  ['{*rest}', '/', {}],
  ['api/{a}-{b}', '/api/a-b', { a: 'a', b: 'b' }],
  ['api/{a}-{b}', '/api/a-b-c', { a: 'a-b', b: 'c' }],
  ['api/{a}-{b}', '/api/ab', undefined],
  ['api/{a}-{b}', '/api/-b', undefined],
  ['api/{a}-{b}', '/api/a-', undefined],
  ['api/{a}--{b}', '/api/a---', { a: 'a', b: '-' }],
  ['api/{a}--{b}', '/api/---', undefined],
  ['api/v{n:int}', '/api/V12', { n: '12' }],
  ['api/v{n:int}', '/api/xv12', undefined],
  ['api/{name}.txt', '/api/readme.TXT', { name: 'readme' }],
  ['api/{name}.txt', '/api/readme.txt.bak', undefined],
  ['api/{name}.{ext?}', '/api/readme.md', { name: 'readme', ext: 'md' }],
  ['api/{name}.{ext?}', '/api/a.b.c', { name: 'a.b', ext: 'c' }],
  ['api/{name}.{ext?}', '/api/readme', { name: 'readme' }],
  ['api/{name}.{ext?}', '/api/readme.', undefined],
  ['api/{v:regex(^\\d{{2}}$)}', '/api/12', { v: '12' }],
  ['api/{v:regex(^\\d{{2}}$)}', '/api/123', undefined],
  ['api/{v:regex(^(a=b|a:c)$)}', '/api/a:c', { v: 'a:c' }],
  ['api/{v:regex(^[a-c]$):length(1)}', '/api/b', { v: 'b' }],
  ['api/{v:regex(^x/y$)}', '/api/x', undefined],
  ['api/{{literal}}', '/api/{literal}', {}],
  ['/api/items/', '/api/items', {}],
  ['api/{:odd}', '/api/x', { ':odd': 'x' }],
  ['İ/{a}-{b}', '/İ/İ-x', { a: 'İ', b: 'x' }],
];

const REFUSED = [
  'a//b',
  'a/{',
  'a/}',
  'a/{x',
  'a/{}',
  'a/{x}{y}',
  'a/{x}/{X}',
  'a/{*x}/b',
  'a/pre{*x}',
  'a/{*x?}',
  'a/{x=1?}',
  'a/{x?}-b',
  'a/{x}-{y?}',
  'a/b?',
  'a/{x:unknown}',
  'a/{x{y}',
  'a/{*}',
];

suite('route templates', () => {
  for (const [template, path, expected] of TABLE) {
    test(`${template} ${expected ? 'matches' : 'does not match'} ${path}`, () => {
      const params = compileRoute(template).match(path);

      assert.deepEqual(params, expected);
    });
  }

  for (const template of REFUSED) {
    test(`'${template}' is refused as a route, with a reason`, () => {
      assert.throws(
        () => compileRoute(template),
        (error) => error instanceof RouteTemplateError && error.message.length > 20,
      );
    });
  }

  test('a parameter gives back any text that was encoded into the path, but keeps encoded slashes', () => {
    const route = compileRoute('api/{value}/end');

    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (value) => {
        fc.pre(value !== '.' && value !== '..');
        const params = route.match(decodePath(`/api/${encodeURIComponent(value)}/end`));

        assert.deepEqual(params, { value: value.replaceAll('/', '%2F') });
      }),
    );
  });

  test('two parameters around a literal put together again are the segment', () => {
    const route = compileRoute('{a}-{b}');

    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Z-]{1,12}$/), (segment) => {
        const params = route.match(`/${segment}`);

        const canMatch = segment.slice(1, -1).includes('-');
        assert.equal(params === undefined ? undefined : `${params['a']}-${params['b']}`, canMatch ? segment : undefined);
      }),
    );
  });

  test('literals match themselves in any case and nothing else', () => {
    const word = fc.stringMatching(/^[a-z0-9_]{1,8}$/);

    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), fc.array(word, { minLength: 1, maxLength: 5 }), (one, other) => {
        const route = compileRoute(one.join('/'));

        assert.deepEqual(route.match(`/${one.join('/').toUpperCase()}`), {});
        assert.equal(route.match(`/${other.join('/')}`) !== undefined, one.join('/') === other.join('/'));
      }),
    );
  });
});
