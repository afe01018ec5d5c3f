// The published description of the API: complete, whole in itself, and the same as what validates.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiRoutes } from '../../functions/register.ts';
import { createApi } from './api-scene.ts';

interface Operation {
  operationId: string;
  parameters?: { name: string; in: string; required?: boolean; schema: Record<string, unknown> }[];
  requestBody?: { content: Record<string, { schema: unknown }> };
  responses: Record<string, unknown>;
  'x-permission'?: string;
}

interface OpenApi {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { properties?: Record<string, unknown>; required?: string[] }> };
}

async function document(): Promise<OpenApi> {
  const { status, body } = await createApi().call('GET /openapi.json', { as: 'nobody' });
  assert.equal(status, 200);
  return body as unknown as OpenApi;
}

test('every route is in the document, with its permission, answers and problem answers', async () => {
  const { openapi, paths } = await document();

  const listed = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => `${method} ${path} ${operation.operationId} ${operation['x-permission']}`),
  );
  const registered = apiRoutes().map(({ method, route, name, permission }) => `${method.toLowerCase()} /${route} ${name} ${permission}`);

  assert.equal(openapi, '3.1.1');
  assert.deepEqual(listed.toSorted(), registered.toSorted());
  for (const { route, method, answers } of apiRoutes()) {
    const operation = paths[`/${route}`]?.[method.toLowerCase()];
    assert.deepEqual(Object.keys(operation?.responses ?? {}).sort(), [...Object.keys(answers), 'default'].sort());
  }
});

test('every reference leads somewhere, and every named part is used', async () => {
  const whole = await document();
  const text = JSON.stringify(whole);

  const references = new Set([...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name));

  assert.deepEqual(references, new Set(Object.keys(whole.components.schemas)));
  assert.doesNotMatch(text, /\$defs|\$schema/);
});

test('parameters in the path are required and those in the query say what they are', async () => {
  const { paths } = await document();
  const { parameters = [] } = paths['/organizations/{organization}/devices']?.['get'] ?? {};

  const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]));

  assert.deepEqual(
    [byName.get('organization')?.in, byName.get('organization')?.required, byName.get('organization')?.schema['format']],
    ['path', true, 'uuid'],
  );
  assert.deepEqual(byName.get('top')?.schema, { type: 'integer', minimum: 1, maximum: 1000 });
  assert.deepEqual(byName.get('staleDays')?.schema, { type: 'integer', minimum: 0, maximum: 3650 });
  assert.equal(byName.get('search')?.required, undefined);
});

test('a body says which of its fields have to be sent, an answer which are always there', async () => {
  const { components } = await document();

  const { ConnectorSettings, Connector } = components.schemas;

  assert.deepEqual(ConnectorSettings?.required ?? [], []);
  assert.ok(Connector?.required?.includes('schedule'));
});
