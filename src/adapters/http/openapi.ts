// The API as an OpenAPI 3.1 document, made from the definitions that validate requests: nothing in it is written by hand twice.
// https://spec.openapis.org/oas/v3.1.1.html
import * as z from 'zod';
import type { Ports } from '../../domain/ports.ts';
import { ProblemView } from './answers.ts';
import type { ApiAnswer, ApiRoute } from './route.ts';

type Json = Readonly<Record<string, unknown>>;
type Schemas = Record<string, unknown>;

/** The document for these routes. `ports` are those that schemas of bodies ask for. */
export function openApi(routes: readonly ApiRoute[], version: string, ports: Ports): Json {
  const schemas: Schemas = {};
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes.toSorted((a, b) => (a.route < b.route ? -1 : 1))) {
    const path = (paths[`/${route.route}`] ??= {});
    path[route.method.toLowerCase()] = operationOf(route, ports, schemas);
  }
  const problem = contentOf(ProblemView, 'output', schemas, 'application/problem+json');
  return {
    openapi: '3.1.1',
    info: { title: 'Exchange Connector', version },
    servers: [{ url: '/api' }],
    security: [{ bearer: [] }, { session: [] }],
    paths,
    components: {
      schemas,
      responses: { Problem: { description: 'A refusal or a failure; `code` says which.', content: problem } },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'A token of Microsoft Entra for this app.' },
        session: { type: 'apiKey', in: 'cookie', name: 'AppServiceAuthSession', description: 'The sign-in of App Service Authentication.' },
      },
    },
  };
}

function operationOf(route: ApiRoute, ports: Ports, schemas: Schemas): Json {
  const { name, about, summary, permission, isConditional } = route;
  const parameters = [
    ...parametersOf(route.path, 'path', schemas),
    ...parametersOf(route.query, 'query', schemas),
    ...(isConditional ? CONDITIONS : []),
  ];
  const body = bodyOf(route, ports, schemas);
  return {
    operationId: name,
    summary,
    ...(permission !== undefined && { description: `Needs the permission ${permission} ${REACH[about]}.`, 'x-permission': permission }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: body } }),
    responses: {
      ...Object.fromEntries(Object.entries(route.answers).map(([status, answer]) => [status, answerOf(answer, schemas)])),
      default: { $ref: '#/components/responses/Problem' },
    },
  };
}

const REACH: Readonly<Record<ApiRoute['about'], string>> = {
  caller: '',
  deployment: 'by an app role in the home tenant',
  organization: 'for the whole organization',
  devices: 'for the whole organization or for collections of it, and then is about what is in these',
};

const CONDITIONS = ['If-Match', 'If-None-Match'].map((name) => ({ name, in: 'header', schema: { type: 'string' } }));

const TABLE = { 'text/csv': { schema: { type: 'string' } } };

function answerOf({ description, schema, isTableToo, headers = {} }: ApiAnswer, schemas: Schemas): Json {
  const described = Object.entries(headers).map(([name, text]) => [name, { description: text, schema: { type: 'string' } }]);
  return {
    description,
    ...(described.length > 0 && { headers: Object.fromEntries(described) }),
    ...(schema && { content: { ...contentOf(schema, 'output', schemas), ...(isTableToo && TABLE) } }),
  };
}

function bodyOf({ method, body }: ApiRoute, ports: Ports, schemas: Schemas): Json | undefined {
  return method === 'PUT' || method === 'POST' ? contentOf(body(ports), 'input', schemas) : undefined;
}

function contentOf(schema: z.ZodType, io: 'input' | 'output', schemas: Schemas, mediaType = 'application/json'): Json {
  return { [mediaType]: { schema: jsonSchemaOf(schema, io, schemas) } };
}

function parametersOf(schema: z.ZodType, place: 'path' | 'query', schemas: Schemas): Json[] {
  const { properties, required } = jsonSchemaOf(schema, 'input', schemas);
  const needed = Array.isArray(required) ? required : [];
  return Object.entries(isObject(properties) ? properties : {}).map(([name, property]) => {
    const { description, ...rest } = isObject(property) ? property : {};
    const isRequired = place === 'path' || needed.includes(name);
    return { name, in: place, ...(isRequired && { required: true }), ...(description !== undefined && { description }), schema: rest };
  });
}

/** The JSON Schema of a schema. Parts with a name of their own go to the document's components. */
function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output', schemas: Schemas): Json {
  const { $schema: _, $defs, ...rest } = z.toJSONSchema(schema, { io, override: asNumber });
  Object.assign(schemas, relocate($defs ?? {}));
  const moved = relocate(rest);
  return isObject(moved) ? moved : {};
}

/** A number in a query is read from a text; only the number is of interest to who sends it. */
function asNumber({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.type === 'integer') delete jsonSchema.pattern;
}

/** References as they are in an OpenAPI document. */
function relocate(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relocate);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const isReference = name === '$ref' && typeof inner === 'string';
      return [name, isReference ? inner.replace('#/$defs/', '#/components/schemas/') : relocate(inner)];
    }),
  );
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
