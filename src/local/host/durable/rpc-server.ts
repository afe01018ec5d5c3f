// The loopback listener that durable-functions' client calls (`rpcBaseUrl`): the management routes without keys.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PlainAnswer, PlainRequest } from '../http/plain-http.ts';

/** The real host's port; any free one when it is taken. */
const USUAL_PORT = 17_071;
const PREFIX = '/durabletask/';

export interface RpcServer {
  /** `http://127.0.0.1:17071/durabletask/` */
  readonly baseUrl: string;
  /** Until this is called requests get 503. */
  serve(handle: (request: PlainRequest, path: string) => Promise<PlainAnswer>, onError: (error: unknown) => void): void;
  stop(): Promise<void>;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

async function toPlainRequest(incoming: IncomingMessage): Promise<{ request: PlainRequest; path: string }> {
  const origin = `http://${incoming.headers.host ?? '127.0.0.1'}`;
  const url = new URL(incoming.url ?? '/', origin);
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
  );
  const request = {
    method: incoming.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers,
    body: await readBody(incoming),
    origin,
  };
  return { request, path: url.pathname.slice(PREFIX.length) };
}

/** Whether a request was sent to this machine by address. */
const isLoopback = (host: string | undefined): boolean => /^(127\.0\.0\.1|localhost)(:\d+)?$/i.test(host ?? '');

function write(response: ServerResponse, { status, headers = {}, body = '' }: PlainAnswer): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

/** Listens at once, so that its address is known before the app starts. */
export async function listenRpc(): Promise<RpcServer> {
  let answer: (incoming: IncomingMessage, response: ServerResponse) => void = (_incoming, response) => write(response, { status: 503 });
  const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, response) => answer(incoming, response));
  try {
    await listen(server, USUAL_PORT);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    await listen(server, 0);
  }
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}${PREFIX}`,
    serve(handle, onError) {
      answer = (incoming, response) => {
        const reply = async (): Promise<void> => {
          // There are no keys here: a web page must not reach it, neither by itself nor through a name that resolves to this machine.
          if (incoming.headers.origin !== undefined || !isLoopback(incoming.headers.host)) return write(response, { status: 403 });
          const { request, path } = await toPlainRequest(incoming);
          write(response, await handle(request, path));
        };
        reply().catch((error: unknown) => {
          onError(error);
          if (!response.headersSent) write(response, { status: 500 });
        });
      };
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
