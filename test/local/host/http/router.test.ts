import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRouter } from '../../../../src/local/host/http/router.ts';
import { aFunction } from './site-under-test.ts';

test('the first function by name answers, not the most specific route', () => {
  const functions = [aFunction('bSpecial', { route: 'items/special' }), aFunction('AItem', { route: 'items/{id}' })];

  const match = createRouter(functions, 'api').match('GET', '/api/items/special');

  assert.equal(match?.fn.name, 'AItem');
  assert.deepEqual(match.params, { id: 'special' });
});

test('the method is part of the match, so another function on the same path can answer it', () => {
  const functions = [
    aFunction('get', { route: 'items/{name}', methods: ['get'] }),
    aFunction('post', { route: 'items/{id}', methods: ['POST'] }),
  ];
  const router = createRouter(functions, 'api');

  assert.deepEqual(router.match('GET', '/api/items/1')?.params, { name: '1' });
  assert.deepEqual(router.match('POST', '/api/items/1')?.params, { id: '1' });
  assert.equal(router.match('PUT', '/api/items/1'), undefined);
});

test('a function without methods answers all of them, one without a route at its name', () => {
  const fn = aFunction('Plain', { type: 'httpTrigger' });

  assert.equal(createRouter([fn], 'api').match('PATCH', '/api/plain')?.fn, fn);
});

test('the second function on a route with a common method is refused and names the first', () => {
  const [first, second] = [aFunction('first', { route: 'Same/' }), aFunction('second', { route: 'same', methods: ['POST', 'PUT'] })];

  const router = createRouter([second, first], 'api');

  assert.deepEqual(second.errors, ["The route specified conflicts with the route defined by function 'first'."]);
  assert.equal(router.match('PUT', '/api/same'), undefined);
});

test('a refused function does not refuse others in turn', () => {
  const functions = [
    aFunction('a', { route: 'x', methods: ['GET'] }),
    aFunction('b', { route: 'x', methods: ['GET', 'POST'] }),
    aFunction('c', { route: 'x', methods: ['POST'] }),
  ];

  const router = createRouter(functions, 'api');

  assert.equal(router.match('POST', '/api/x')?.fn.name, 'c');
});

for (const route of ['admin/probe', '/Admin', 'runtime/x', 'administrators']) {
  test(`the route '${route}' is refused because the host's own begin so`, () => {
    const fn = aFunction('fn', { route });

    createRouter([fn], 'api');

    assert.deepEqual(fn.errors, ['The specified route conflicts with one or more built in routes.']);
  });
}

test('a route that cannot be read keeps only its function from being served', () => {
  const [broken, sound] = [aFunction('broken', { route: 'x/{id:nonsense}' }), aFunction('sound')];

  const router = createRouter([broken, sound], 'api');

  assert.match(broken.errors.join(), /'nonsense' is not known\. Use int,/);
  assert.equal(router.match('GET', '/api/sound')?.fn, sound);
});

test('a disabled function answers nothing but keeps its route', () => {
  const [disabled, other] = [aFunction('a', { route: 'x' }, true), aFunction('b', { route: 'x' })];

  const router = createRouter([disabled, other], 'api');

  assert.equal(router.match('GET', '/api/x'), undefined);
  assert.equal(other.errors.length, 1);
});

test('without a route prefix functions lie at the root', () => {
  const fn = aFunction('fn', { route: 'x/{id}' });

  assert.equal(createRouter([fn], '').match('GET', '/x/1')?.fn, fn);
});

test('functions with other triggers and functions with errors have no route', () => {
  const [timer, broken] = [aFunction('timer', { type: 'timerTrigger' }), aFunction('broken')];
  broken.errors.push('it did not load');

  const router = createRouter([timer, broken], 'api');

  assert.deepEqual(router.routes, []);
});
