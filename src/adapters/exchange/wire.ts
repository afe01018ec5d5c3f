// One HTTP request to Exchange and its answer as bytes; it neither repeats nor follows anything (see exchange-call.ts).
// The pipeline has none of the usual policies: redirects, retries and decompression would each do the wrong thing here.
import { IncomingMessage } from 'node:http';
import { Agent } from 'node:https';
import {
  createDefaultHttpClient,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
  proxyPolicy,
} from '@azure/core-rest-pipeline';
import type { NodeReadableStream, PipelinePolicy, PipelineResponse } from '@azure/core-rest-pipeline';

interface WireRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeLimitMs: number;
  readonly signal?: AbortSignal;
  /** A connection of its own: on a kept one nobody could tell whether a reset came before or after the request was read. */
  readonly usesOwnConnection: boolean;
}

export interface WireAnswer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly setCookies: readonly string[];
  readonly body: Buffer;
}

/** Why there is no whole answer. */
export interface WireFailure {
  readonly reason: 'aborted' | 'time-limit' | 'connection' | 'too-large';
  /** False only when the request certainly did not reach Exchange. */
  readonly mayHaveArrived: boolean;
  readonly cause: unknown;
}

export type WireResult = { readonly answer: WireAnswer } | { readonly failure: WireFailure };

export interface Wire {
  send(request: WireRequest): Promise<WireResult>;
}

// A page of 1,000 devices is about 2 MB.
const LARGEST_BODY_BYTES = 64 * 1024 * 1024;

// Errors of name look-up, connecting and the TLS handshake: nothing of the request was sent.
const NOT_SENT = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'EPROTO']);
const IS_TLS = /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH)/;

/** A wire to Exchange. `ca` adds no trust in production, where it is left out; tests hand over their own authority. */
export function createWire(options: { readonly ca?: string } = {}): Wire {
  const trust = options.ca === undefined ? {} : { ca: options.ca };
  const client = createDefaultHttpClient();
  const pipeline = createEmptyPipeline();
  pipeline.addPolicy(proxyPolicy());
  pipeline.addPolicy(agentPolicy(new Agent({ keepAlive: true, ...trust }), new Agent({ keepAlive: false, ...trust })));

  async function send(request: WireRequest): Promise<WireResult> {
    const timeLimit = AbortSignal.timeout(request.timeLimitMs);
    const signal = request.signal ? AbortSignal.any([request.signal, timeLimit]) : timeLimit;
    try {
      const response = await pipeline.sendRequest(
        client,
        createPipelineRequest({
          method: request.method,
          url: request.url,
          headers: createHttpHeaders(request.headers),
          ...(request.body !== undefined && { body: request.body }),
          abortSignal: signal,
          disableKeepAlive: request.usesOwnConnection,
          // Every status as a stream: error bodies are read as bytes, because some claim an encoding they do not have.
          streamResponseStatusCodes: new Set([Number.POSITIVE_INFINITY]),
        }),
      );
      return await receive(response);
    } catch (error) {
      return { failure: failureOf(error, request.signal, timeLimit) };
    }
  }

  return { send };
}

/** Connections that are kept, and those for one request; where a proxy is set, its agent stays. */
function agentPolicy(kept: Agent, own: Agent): PipelinePolicy {
  return {
    name: 'agentPolicy',
    sendRequest(request, next) {
      request.agent ??= request.disableKeepAlive ? own : kept;
      return next(request);
    },
  };
}

async function receive(response: PipelineResponse): Promise<WireResult> {
  const body = await readBody(response.readableStreamBody);
  if (body === undefined) {
    return { failure: { reason: 'too-large', mayHaveArrived: true, cause: new RangeError(`more than ${LARGEST_BODY_BYTES} bytes`) } };
  }
  const { status, headers } = response;
  return { answer: { status, header: (name) => headers.get(name), setCookies: setCookiesOf(response), body } };
}

/** Undefined when the body is larger than any answer of Exchange. */
async function readBody(stream: NodeReadableStream | undefined): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream ?? []) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    size += bytes.length;
    if (size > LARGEST_BODY_BYTES) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks, size);
}

/** The pipeline's own headers keep only the first of several `Set-Cookie` lines. */
function setCookiesOf(response: PipelineResponse): readonly string[] {
  const { readableStreamBody: stream } = response;
  return stream instanceof IncomingMessage ? (stream.headers['set-cookie'] ?? []) : [];
}

function failureOf(error: unknown, signal: AbortSignal | undefined, timeLimit: AbortSignal): WireFailure {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const message = error instanceof Error ? error.message : String(error);
  const mayHaveArrived = !isBeforeSending(code, message);
  if (signal?.aborted) return { reason: 'aborted', mayHaveArrived, cause: signal.reason };
  // Not the library's error itself: it holds the request, and the body of a batch holds our token.
  const cause = new Error([code, message].filter((part) => part !== '').join(': '));
  return { reason: timeLimit.aborted ? 'time-limit' : 'connection', mayHaveArrived, cause };
}

function isBeforeSending(code: string, message: string): boolean {
  return NOT_SENT.has(code) || IS_TLS.test(code) || message.startsWith('connect ');
}
