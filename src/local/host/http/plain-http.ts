// Requests and answers as the host's own routes (admin, durable management, sign-in) see them: no sockets, no framework.

export interface PlainRequest {
  method: string;
  /** Path as received (still encoded), without query. */
  path: string;
  query: URLSearchParams;
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>;
  body: Buffer;
  /** Scheme and host as the caller wrote them: `http://localhost:7071`. */
  origin: string;
}

export interface PlainAnswer {
  status: number;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer;
}

/** A part of the host that answers everything below a path prefix. */
export interface MountedRoute {
  /** Lower case, without trailing slash: `/runtime/webhooks/durabletask`. Matched without case. */
  prefix: string;
  /** Which keys open it when keys are enforced: the master key only, or that and the system key of the extension. */
  access: 'master' | 'system';
  /** Paths (as `handle` gets them) that answer without any key. */
  isOpen?(path: string): boolean;
  /** `path` is what follows the prefix, without leading slash, still encoded. */
  handle(request: PlainRequest, path: string): Promise<PlainAnswer>;
}

/** A JSON answer with the content type of the host's own APIs. */
export function jsonAnswer(status: number, value: unknown, headers: Record<string, string> = {}): PlainAnswer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body: JSON.stringify(value) };
}
