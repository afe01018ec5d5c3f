// JSON in and out of an HTTP function: reads a request body against a schema and names every fault at once.
// The order of checks is size, media type, text, JSON, schema: nothing is parsed that is too large or something else.
import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import type * as z from 'zod';
import { AppError } from '../../domain/errors.ts';
import type { Fault } from '../../domain/errors.ts';

const DEFAULT_MAX_BYTES = 1024 * 1024;
const MAX_FAULTS = 50;
const MAX_POINTER = 200;

/** A JSON answer. */
export function json(status: number, body: unknown): HttpResponseInit {
  return { status, headers: { 'content-type': 'application/json' }, jsonBody: body };
}

/** RFC 6901 section 6: a JSON Pointer as a URI fragment. */
function pointerOf(path: readonly PropertyKey[]): string {
  const pointer = path.map((step) => `/${encodeURIComponent(String(step).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1'))}`);
  return `#${pointer.join('')}`.slice(0, MAX_POINTER);
}

function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ pointer: pointerOf([...issue.path, key]), detail: 'Unknown field.' }));
  }
  return [{ pointer: pointerOf(issue.path), detail: issue.message }];
}

function invalid(problem: string, faults: readonly Fault[], cause?: unknown): AppError {
  return new AppError('body.invalid', { problem, faults: faults.slice(0, MAX_FAULTS) }, { cause });
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

/** The request's JSON body as `schema` reads it; throws 413, 415 or a 400 that names every wrong or unknown field. */
export async function readJson<T>(request: HttpRequest, schema: z.ZodType<T>, maxBytes: number = DEFAULT_MAX_BYTES): Promise<T> {
  const bytes = await readBytes(request, maxBytes);
  requireMediaType(request);
  const parsed = schema.safeParse(parseJson(bytes));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.flatMap(faultsOf);
  throw invalid(faults.length === 1 ? 'one field is wrong, see errors' : `${faults.length} fields are wrong, see errors`, faults);
}
