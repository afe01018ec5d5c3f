// From a request on the socket to what a function or one of the host's own routes receives.
// Rules (joined headers, dropped bodies, size limit) as recorded from the real host: cases http-request-* and http-url-host.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpRequestData } from '../protocol.ts';
import type { PlainRequest } from './plain-http.ts';
import { decodePath, joinQuery } from './request-path.ts';

/** Kestrel's limit as the Functions host sets it: 100 MiB. FUNCTIONS_REQUEST_BODY_SIZE_LIMIT replaces it. */
const DEFAULT_BODY_LIMIT_BYTES = 104_857_600;

/** Headers that App Service Authentication sets and takes away from what clients send. */
const PRINCIPAL_HEADERS = /^x-ms-(?:client-principal|token)(?:-|$)/;

export interface RequestTarget {
  /** As received: encoded, without query. */
  rawPath: string;
  /** Decoded for matching routes. */
  path: string;
  /** Without the question mark. */
  search: string;
  origin: string;
}

/** Thrown when a body is longer than the host takes. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

/** Where a request goes; undefined when target and Host header make no URL. X-Forwarded-* change nothing, as on the bare host. */
export function readTarget(request: IncomingMessage): RequestTarget | undefined {
  const { url = '/' } = request;
  const absolute = /^(https?:\/\/[^/?#]+)(.*)$/i.exec(url);
  const origin = absolute?.[1] ?? `http://${request.headers.host ?? 'localhost'}`;
  const [rawPath = '', ...rest] = (absolute?.[2] ?? url).split('?');
  if (!URL.canParse(origin) || /[/?#@\\]/.test(origin.slice(origin.indexOf('//') + 2)) || !/^(?:\/|$)/.test(rawPath)) return undefined;
  return { rawPath: rawPath || '/', path: decodePath(rawPath), search: rest.join('?'), origin };
}

/** The most bytes a request may carry. */
export function bodyLimitBytes(settings: Readonly<Record<string, string>>): number {
  const text = settings['FUNCTIONS_REQUEST_BODY_SIZE_LIMIT'];
  if (text === undefined) return DEFAULT_BODY_LIMIT_BYTES;
  if (!/^\d+$/.test(text))
    throw new Error(`FUNCTIONS_REQUEST_BODY_SIZE_LIMIT is '${text}'; write a number of bytes, for example 104857600.`);
  return Number(text);
}

/** Whether the client holds its body back until it is asked for (RFC 9110, 10.1.1). */
export function expectsContinue(request: IncomingMessage): boolean {
  return request.headers.expect?.toLowerCase() === '100-continue';
}

/** Reads the whole body, asking for it where the client waits for that; rejects with BodyTooLargeError beyond the limit, and when the client goes away. */
export async function readBody(request: IncomingMessage, response: ServerResponse, limitBytes: number): Promise<Buffer> {
  const tooLarge = (): BodyTooLargeError => new BodyTooLargeError(`The request body is longer than ${limitBytes} bytes.`);
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge();
  if (expectsContinue(request)) {
    response.writeContinue();
    response.removeHeader('connection');
  }
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const parts: Buffer[] = [];
  let length = 0;
  request.on('data', (part: Buffer) => {
    length += part.length;
    if (length <= limitBytes) parts.push(part);
    else {
      // What still comes is thrown away, so that the client can read the answer instead of a reset connection.
      parts.length = 0;
      reject(tooLarge());
    }
  });
  request.on('end', () => resolve(Buffer.concat(parts)));
  request.on('error', reject);
  request.on('close', () => reject(new Error('The client closed the connection before its request was complete.')));
  return promise;
}

/** Headers by lower-case name, repeated ones joined as the host does: cookies by `; `, others by `,`. */
function joinedHeaders(request: IncomingMessage): Map<string, string> {
  return new Map(Object.entries(request.headersDistinct).map(([name, values = []]) => [name, values.join(name === 'cookie' ? '; ' : ',')]));
}

const nullable = (entries: Iterable<readonly [string, string]>): Record<string, { value: string }> =>
  Object.fromEntries([...entries].map(([name, value]) => [name, { value }]));

export interface FunctionRequestParts {
  target: RequestTarget;
  params: Record<string, string>;
  body: Buffer;
  /** Headers of a signed-in person; they replace whatever the client sent under these names. */
  principal: Readonly<Record<string, string>> | undefined;
  /** Lets client-sent principal headers through when there is no session. */
  trustPrincipalHeaders: boolean;
}

/** What the worker receives for a request to a function. The body of GET and HEAD does not reach it. */
export function toHttpRequestData(request: IncomingMessage, parts: FunctionRequestParts): HttpRequestData {
  const { method = 'GET' } = request;
  const { target, body, principal } = parts;
  const headers = joinedHeaders(request);
  if (principal || !parts.trustPrincipalHeaders) {
    for (const name of headers.keys()) if (PRINCIPAL_HEADERS.test(name)) headers.delete(name);
  }
  for (const [name, value] of Object.entries(principal ?? {})) headers.set(name, value);
  return {
    method,
    url: `${target.origin}${target.rawPath}${target.search === '' ? '' : `?${target.search}`}`,
    nullableHeaders: nullable(headers),
    nullableQuery: nullable(joinQuery(target.search)),
    nullableParams: nullable(Object.entries(parts.params)),
    ...(body.length > 0 && !['GET', 'HEAD'].includes(method) ? { body: { bytes: body } } : {}),
  };
}

/** The request as the host's own routes see it. */
export function toPlainRequest(request: IncomingMessage, target: RequestTarget, body: Buffer): PlainRequest {
  return {
    method: request.method ?? 'GET',
    path: target.rawPath,
    query: new URLSearchParams(target.search),
    headers: Object.fromEntries(joinedHeaders(request)),
    body,
    origin: target.origin,
  };
}
