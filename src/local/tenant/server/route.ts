// What a part of the tenant (Exchange, Entra, Graph, control) looks like to the https server: it says which paths are its own and answers them.
// Paths alone decide, never host names, so that one server on one port can play all of them.
import type { IncomingHttpHeaders } from 'node:http';

/** One request, its body read. */
export interface TenantRequest {
  readonly method: string;
  /** `https://` with the host and port as the caller wrote them. */
  readonly origin: string;
  /** Path and query as sent. */
  readonly target: string;
  /** Path alone, not decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Aborted when the caller hangs up or the server stops. */
  readonly signal: AbortSignal;
}

export interface TenantAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Text is sent as UTF-8. */
  readonly body?: string | Buffer;
  /** How the answer goes wrong on the wire. */
  readonly fate?: AnswerFate;
}

/** `reset` drops the connection without an answer; `cut` drops it after half of the body. */
export type AnswerFate = 'reset' | 'cut';

export interface TenantRoute {
  readonly name: string;
  /** Whether the path is this part's own; `path` is in lower case. */
  owns(path: string): boolean;
  answer(request: TenantRequest): Promise<TenantAnswer>;
}
