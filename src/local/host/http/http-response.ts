// From what a function or one of the host's own routes answers to the bytes on the socket.
// Quirks (negotiation, lost bodies, no invented content type) as recorded from the real host: cases http-response-*, http-result-*, http-head.
import type { ServerResponse } from 'node:http';
import type { HttpResponseData, InvocationResult } from '../protocol.ts';
import { formatCookie } from './cookies.ts';
import type { PlainAnswer } from './plain-http.ts';

/** Framing is the server's business: a function's own values for these would contradict the bytes that follow. */
const FRAMING_HEADERS = new Set(['content-length', 'transfer-encoding', 'connection', 'keep-alive']);

const EMPTY_STATUSES = new Set([204, 205, 304]);

function isHttpResponseData(value: object | undefined): value is HttpResponseData {
  return value !== undefined && 'statusCode' in value;
}

/** Adds to a header that already has a value where that is right, else replaces it. */
function putHeader(response: ServerResponse, name: string, value: string | readonly string[]): void {
  const isList = ['set-cookie', 'vary'].includes(name.toLowerCase());
  if (isList) response.appendHeader(name, value);
  else response.setHeader(name, value);
}

/** Ends an answer; HEAD and statuses without a body lose it. */
function finish(response: ServerResponse, status: number, body: Uint8Array | string | undefined): void {
  response.statusCode = status;
  const isEmpty = response.req.method === 'HEAD' || EMPTY_STATUSES.has(status);
  response.end(isEmpty ? undefined : body);
}

/** Writes an answer of the host itself. */
export function writePlainAnswer(response: ServerResponse, answer: PlainAnswer): void {
  for (const [name, value] of Object.entries(answer.headers ?? {})) putHeader(response, name, value);
  finish(response, answer.status, answer.body);
}

interface Negotiated {
  status: number;
  contentType: string | undefined;
  body: Uint8Array | string | undefined;
}

/** With negotiation the real host formats the bytes as an object: base64 text in quotes for JSON, 406 for anything else. */
function negotiate(status: number, contentType: string | undefined, body: Uint8Array): Negotiated {
  if (contentType !== undefined && !/^(?:application|text)\/(?:[\w.+-]+\+)?json\b/i.test(contentType))
    return { status: 406, contentType, body: undefined };
  const jsonType = (contentType ?? 'application/json').replace(/;.*$/, '');
  return { status, contentType: `${jsonType}; charset=utf-8`, body: JSON.stringify(Buffer.from(body).toString('base64')) };
}

function writeFunctionAnswer(response: ServerResponse, answer: HttpResponseData): void {
  const status = Number(answer.statusCode);
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw new RangeError(`the status ${answer.statusCode} is not between 200 and 599`);
  const body = answer.body?.bytes ?? new Uint8Array();
  for (const [name, value] of Object.entries(answer.headers)) {
    // To HEAD the length is all the function can tell about the body it leaves out.
    const isKept = !FRAMING_HEADERS.has(name.toLowerCase()) || (name.toLowerCase() === 'content-length' && response.req.method === 'HEAD');
    if (isKept) putHeader(response, name, value);
  }
  for (const cookie of answer.cookies ?? []) response.appendHeader('set-cookie', formatCookie(cookie));

  const contentType = response.getHeader('content-type')?.toString();
  if (answer.enableContentNegotiation !== true || body.length === 0) {
    finish(response, status, body);
    return;
  }
  const negotiated = negotiate(status, contentType, body);
  if (negotiated.contentType !== undefined) response.setHeader('content-type', negotiated.contentType);
  finish(response, negotiated.status, negotiated.body);
}

/** Writes what came of an invocation: 500 for a failure, 204 for no result. Returns what is wrong with an answer that cannot be sent (then 500 is). */
export function writeInvocationResult(response: ServerResponse, result: InvocationResult): string | undefined {
  const value = result.ok ? result.returnValue : undefined;
  if (!result.ok || value === undefined || value === null || Object.keys(value).length === 0) {
    finish(response, result.ok ? 204 : 500, undefined);
    return undefined;
  }
  const before = response.getHeaders();
  try {
    if (!isHttpResponseData(value.http)) throw new TypeError('the result is not an HTTP response');
    writeFunctionAnswer(response, value.http);
    return undefined;
  } catch (error) {
    if (response.headersSent) throw error;
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    for (const [name, header] of Object.entries(before)) if (header !== undefined) response.setHeader(name, header);
    finish(response, 500, undefined);
    return error instanceof Error ? error.message : String(error);
  }
}
