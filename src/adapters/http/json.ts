// JSON in and out of an HTTP function: reads a request body against a schema and names every fault at once.
// The order of checks is size, media type, text, JSON, schema: nothing is parsed that is too large or something else.
import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import type * as z from 'zod';
import { AppError } from '../../domain/errors.ts';
import type { Fault } from '../../domain/errors.ts';
import { check, invalidRequest } from './faults.ts';
import type { Checked } from './faults.ts';

const DEFAULT_MAX_BYTES = 1024 * 1024;

/** A JSON answer. */
export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpResponseInit {
  return { status, headers: { 'content-type': 'application/json', ...headers }, jsonBody: body };
}

function invalid(problem: string, faults: readonly Fault[], cause?: unknown): AppError {
  return new AppError('body.invalid', { problem, faults }, { cause });
}

function requireMediaType(request: HttpRequest): void {
  const expected = 'application/json in UTF-8';
  const encoding = request.headers.get('content-encoding');
  if (encoding !== null && encoding.toLowerCase() !== 'identity')
    throw new AppError('body.unsupported', { expected, received: 'a compressed body' });
  const [type = '', ...parameters] = (request.headers.get('content-type') ?? '').toLowerCase().split(';');
  const charset = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('charset='));
  const isUtf8 = charset === undefined || /^charset="?utf-8"?$/.test(charset);
  if (!/^application\/(?:json|[\w.-]+\+json)$/.test(type.trim()) || !isUtf8)
    throw new AppError('body.unsupported', { expected, received: type.trim().slice(0, 100) || 'a body without a Content-Type' });
}

async function readBytes(request: HttpRequest, maxBytes: number): Promise<ArrayBuffer> {
  if (Number(request.headers.get('content-length')) > maxBytes) throw new AppError('body.too-large', { maxBytes });
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > maxBytes) throw new AppError('body.too-large', { maxBytes });
  return bytes;
}

function parseJson(bytes: ArrayBuffer): unknown {
  if (bytes.byteLength === 0) {
    // The Functions host hands over an empty body when a request comes in chunks without a Content-Length.
    throw invalid('it is empty; send JSON with a Content-Length', [{ pointer: '#', detail: 'The body is empty.' }]);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw invalid('it is not JSON in UTF-8', [{ pointer: '#', detail: 'Not JSON in UTF-8.' }], error);
  }
}

/** The request's JSON body as `schema` reads it, or every wrong or unknown field; throws 413, 415, or 400 for what is no JSON at all. */
export async function checkJson<T>(request: HttpRequest, schema: z.ZodType<T>, maxBytes: number = DEFAULT_MAX_BYTES): Promise<Checked<T>> {
  const bytes = await readBytes(request, maxBytes);
  requireMediaType(request);
  return check(schema, parseJson(bytes));
}

/** The request's JSON body as `schema` reads it; throws 413, 415 or a 400 that names every wrong or unknown field. */
export async function readJson<T>(request: HttpRequest, schema: z.ZodType<T>, maxBytes: number = DEFAULT_MAX_BYTES): Promise<T> {
  const checked = await checkJson(request, schema, maxBytes);
  if (!checked.isValid) throw invalidRequest(checked.faults);
  return checked.value;
}
