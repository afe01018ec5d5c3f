// The socket of the local host: listens before the app is loaded (503 until then), serves it, and stops in order.
// What a request meets on its way is request-handler.ts.
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HostContext } from '../host-context.ts';
import { writePlainAnswer } from './http-response.ts';
import { createRequestHandler } from './request-handler.ts';
import type { RequestHandler } from './request-handler.ts';
import type { ServeOptions } from './site.ts';

export interface ListenOptions {
  /** 0 takes any free port. */
  port: number;
  hostname: string;
  /** How long running requests may take to end when the host stops. */
  graceMs?: number;
}

export interface HttpFront {
  readonly url: string;
  readonly port: number;
  /** Serves the loaded app from now on. Throws when host.json or a setting makes no sense. */
  serve(context: HostContext, options: ServeOptions): void;
  /** Takes nothing new, lets running requests end within the grace period, then closes every connection. */
  stop(): Promise<void>;
}

const DEFAULT_GRACE_MS = 10_000;
/** Kestrel's limits, so that clients meet the same ones. */
const KEEP_ALIVE_MS = 130_000;
const MAX_HEADER_BYTES = 32_768;

const LISTEN_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'it is already in use. Stop the program that uses it or choose another port with --port.',
  EACCES: 'this user may not open it. Choose a port above 1023 with --port.',
  EADDRNOTAVAIL: 'this computer has no such address. Listen on localhost instead.',
};

async function listen(server: Server, { port, hostname }: ListenOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  server.once('error', reject);
  server.listen({ port, host: hostname }, () => resolve(undefined));
  try {
    await promise;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new Error(`Cannot listen on port ${port} of ${hostname}: ${LISTEN_ERRORS[code] ?? message}`, { cause: error });
  } finally {
    server.off('error', reject);
  }
}

/** Resolves when all are done or the time is over. */
async function settle(running: ReadonlyMap<ServerResponse, Promise<void>>, graceMs: number): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<undefined>();
  const timeout = setTimeout(() => resolve(undefined), graceMs);
  const drain = async (): Promise<void> => {
    while (running.size > 0) await Promise.all(running.values());
  };
  await Promise.race([drain(), over]);
  clearTimeout(timeout);
}

const answerNotRunning: RequestHandler = (_, response) => {
  writePlainAnswer(response, {
    status: 503,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'retry-after': '1' },
    body: 'Function host is not running.',
  });
  return Promise.resolve();
};

/** `http://localhost:7071` for what people type; an address that means "all" is reached as localhost. */
function urlOf(hostname: string, port: number): string {
  const name = ['0.0.0.0', '::', ''].includes(hostname) ? 'localhost' : hostname;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** Opens the port; every request gets 503 until `serve`. A port that cannot be opened is an error that names it and the cure. */
export async function listenHttp(options: ListenOptions): Promise<HttpFront> {
  const running = new Map<ServerResponse, Promise<void>>();
  let handler = answerNotRunning;
  let stopped: Promise<void> | undefined;

  function accept(request: IncomingMessage, response: ServerResponse): void {
    if (stopped) response.setHeader('connection', 'close');
    const { promise: closed, resolve } = Promise.withResolvers<undefined>();
    // 'close' follows the last byte as well as a lost connection.
    response.on('close', () => resolve(undefined));
    // A handler answers its own errors; should that fail too, the client must not wait for ever.
    const answered = (stopped ? answerNotRunning : handler)(request, response).catch(() => void response.destroy());
    running.set(
      response,
      Promise.all([answered, closed]).then(() => void running.delete(response)),
    );
  }

  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: KEEP_ALIVE_MS }, accept);
  // With a listener the server does not ask for the body by itself: the handler does, once it knows that it wants it.
  server.on('checkContinue', accept);
  await listen(server, options);
  const { port } = server.address() as AddressInfo;

  async function stop(): Promise<void> {
    const { promise: closed, resolve } = Promise.withResolvers<undefined>();
    server.close(() => resolve(undefined));
    for (const response of running.keys()) if (!response.headersSent) response.setHeader('connection', 'close');
    await settle(running, options.graceMs ?? DEFAULT_GRACE_MS);
    server.closeAllConnections();
    await closed;
  }

  return {
    url: urlOf(options.hostname, port),
    port,
    serve(context, serveOptions) {
      handler = createRequestHandler(context, serveOptions);
    },
    stop: () => (stopped ??= stop()),
  };
}
