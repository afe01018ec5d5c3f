// Reading JSON bodies: every refusal, with the library's own request object.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import azureFunctions from '@azure/functions';
import type { HttpRequest as Request, HttpRequestInit } from '@azure/functions';
import * as z from 'zod';
import { json, readJson } from '../../../src/adapters/http/json.ts';
import { AppError } from '../../../src/domain/errors.ts';

const { HttpRequest } = azureFunctions;

const Ask = z.strictObject({
  action: z.enum(['block', 'allow']),
  devices: z.array(z.strictObject({ id: z.string() })).min(1),
  reason: z.string().max(20).optional(),
});
const good = { action: 'block', devices: [{ id: 'd-1' }] };

function request(body: string | Uint8Array, headers: Record<string, string> = { 'content-type': 'application/json' }): Request {
  const init: HttpRequestInit = { method: 'POST', url: 'http://localhost/api/x', headers };
  return new HttpRequest({ ...init, body: typeof body === 'string' ? { string: body } : { bytes: body } });
}

async function refusal(of: Request, maxBytes?: number): Promise<AppError> {
  try {
    await readJson(of, Ask, maxBytes);
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return error;
  }
  return assert.fail('the body was accepted');
}

test('a good body is read, in every way its media type may be written', async () => {
  const types = ['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"', 'application/cloudevents+json'];

  for (const type of types) assert.deepEqual(await readJson(request(JSON.stringify(good), { 'content-type': type }), Ask), good, type);
});

test('every wrong, missing and unknown field is named at once, by its JSON Pointer', async () => {
  const body = { action: 'wipe', devices: [{ id: 1 }, { id: 'd', 'a/b~c': true }], reason: 'x'.repeat(21), extra: 1, more: 2 };

  const error = await refusal(request(JSON.stringify(body)));

  assert.equal(error.code, 'body.invalid');
  assert.equal(error.message, 'The request body is not valid: 6 fields are wrong, see errors.');
  assert.deepEqual(error.details.faults, [
    { pointer: '#/action', detail: 'Invalid option: expected one of "block"|"allow"' },
    { pointer: '#/devices/0/id', detail: 'Invalid input: expected string, received number' },
    { pointer: '#/devices/1/a~1b~0c', detail: 'Unknown field.' },
    { pointer: '#/reason', detail: 'Too big: expected string to have <=20 characters' },
    { pointer: '#/extra', detail: 'Unknown field.' },
    { pointer: '#/more', detail: 'Unknown field.' },
  ]);
});

test('a body that is JSON but no object is one fault at its root', async () => {
  for (const body of ['[]', '"text"', 'null', '7']) {
    const error = await refusal(request(body));

    assert.deepEqual(
      error.details.faults?.map((fault) => fault.pointer),
      ['#'],
      body,
    );
  }
});

test('a field named __proto__ is an unknown field like any other', async () => {
  const error = await refusal(request('{"action":"block","devices":[{"id":"d"}],"__proto__":{"admin":true}}'));

  assert.deepEqual(error.details.faults, [{ pointer: '#/__proto__', detail: 'Unknown field.' }]);
});

test('what is not JSON in UTF-8 is refused', async () => {
  const bodies = ['{"action":', '{} {}', 'action=block', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d])];

  for (const body of bodies) {
    const error = await refusal(request(body));

    assert.equal(error.message, 'The request body is not valid: it is not JSON in UTF-8.');
    assert.equal(error.kind, 'invalid');
  }
});

test('an empty body is refused with the hint that chunked requests lose theirs', async () => {
  const error = await refusal(request(''));

  assert.match(error.message, /it is empty; send JSON with a Content-Length/);
});

test('another media type, charset or a compressed body is 415', async () => {
  const headers: Record<string, string>[] = [
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': 'application/jsonp' },
    { 'content-type': 'application/json; charset=utf-16' },
    { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    {},
  ];

  for (const given of headers) {
    const error = await refusal(request(JSON.stringify(good), given));

    assert.equal(error.code, 'body.unsupported', JSON.stringify(given));
  }
});

test('a body above the limit is 413, whatever Content-Length says', async () => {
  const tooLong = JSON.stringify({ ...good, reason: 'x'.repeat(200) });

  const honest = await refusal(request(tooLong, { 'content-type': 'application/json', 'content-length': '9999999' }), 100);
  const silent = await refusal(request(tooLong), 100);

  assert.deepEqual([honest.code, silent.code], ['body.too-large', 'body.too-large']);
  assert.equal(silent.message, 'The request body is larger than 100 bytes. Send less at a time.');
});

test('the limit is 1 MiB and a body of exactly that size is read', async () => {
  const padding = ' '.repeat(1024 * 1024 - JSON.stringify(good).length);

  const read = await readJson(request(JSON.stringify(good) + padding), Ask);
  const error = await refusal(request(`${JSON.stringify(good)}${padding} `));

  assert.deepEqual(read, good);
  assert.equal(error.code, 'body.too-large');
});

test('thousands of faults are counted but not all listed', async () => {
  const extra = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`${'n'.repeat(500)}${index}`, 1]));

  const error = await refusal(request(JSON.stringify({ ...good, ...extra }), undefined), 8 * 1024 * 1024);

  assert.match(error.message, /5000 fields are wrong/);
  assert.equal(error.details.faults?.length, 50);
  assert.ok(JSON.stringify(error.details.faults).length < 20_000);
});

test('deeply nested JSON and lone surrogates are refused like any other fault', async () => {
  const nested = await refusal(request(`{"x":${'['.repeat(400_000)}${']'.repeat(400_000)}}`));
  const surrogate = await refusal(request(String.raw`{"action":"block","devices":[{"id":"d"}],"\ud800":1}`));

  assert.equal(nested.code, 'body.invalid');
  assert.deepEqual(surrogate.details.faults, [{ pointer: '#/%EF%BF%BD', detail: 'Unknown field.' }]);
});

test('an answer in JSON says so', () => {
  assert.deepEqual(json(201, { id: 1 }), { status: 201, headers: { 'content-type': 'application/json' }, jsonBody: { id: 1 } });
});
