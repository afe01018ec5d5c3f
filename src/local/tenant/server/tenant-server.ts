// The https server of the tenant: reads requests whole, asks the parts in turn whose path it is, and lets answers go wrong when they should.
// It knows nothing of what is answered. Production code speaks https only, so there is no plain http.
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TenantAnswer, TenantRequest, TenantRoute } from './route.ts';

export interface TenantServerOptions {
  readonly key: string;
  readonly cert: string;
  readonly routes: readonly TenantRoute[];
  /** Hears of errors that no part of the tenant foresaw. */
  onError(error: unknown, request: string): void;
}

export interface TenantServer {
  /** `https://localhost:<port>`; known once started. */
  readonly origin: string;
  start(port: number): Promise<void>;
  /** Takes no more requests, ends those under way, waits for the sockets. */
  stop(): Promise<void>;
}

const MOST_BYTES = 16 * 1024 * 1024;
/** Loopback only, by both names that certificates of the tenant's authority cover. */
const HOSTS = ['127.0.0.1', '::1'];
const DRAIN_MS = 2000;

export function createTenantServer(options: TenantServerOptions): TenantServer {
  const stopping = new AbortController();
  const servers: Server[] = [];
  let port = 0;

  async function listen(host: string, wanted: number): Promise<void> {
    const server = createServer({ key: options.key, cert: options.cert }, (incoming, outgoing) => {
      void serve(options, stopping.signal, incoming, outgoing);
    });
    server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE' ? taken(wanted, error) : error));
      server.listen({ host, port: wanted }, resolve);
    });
    servers.push(server);
    port = (server.address() as AddressInfo).port;
  }

  return {
    get origin() {
      return `https://localhost:${port}`;
    },
    async start(wanted) {
      const [first = '', second = ''] = HOSTS;
      await listen(first, wanted);
      try {
        await listen(second, port);
      } catch (error) {
        // A machine without IPv6 has one loopback address.
        if (!['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      }
    },
    async stop() {
      stopping.abort(new Error('The tenant stops'));
      await Promise.all(servers.map(closeServer));
    },
  };
}

function taken(port: number, cause: Error): Error {
  return new Error(`Port ${port} is taken by another program. End that one, or choose another port with --port.`, { cause });
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearTimeout(timer);
}

async function serve(
  options: TenantServerOptions,
  stopping: AbortSignal,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const hungUp = new AbortController();
  outgoing.once('close', () => hungUp.abort(new Error('The caller hung up')));
  try {
    const body = await readBody(incoming);
    const request = body && readRequest(incoming, body, AbortSignal.any([hungUp.signal, stopping]));
    send(outgoing, request ? await answer(options, request) : { status: body ? 400 : 413, body: '' });
  } catch (error) {
    if (hungUp.signal.aborted) return;
    if (stopping.aborted) return void outgoing.destroy();
    options.onError(error, `${incoming.method} ${incoming.url}`);
    send(outgoing, { status: 500, headers: { 'content-type': 'text/plain' }, body: 'The simulated tenant failed; its own log says why.' });
  }
}

async function answer({ routes }: TenantServerOptions, request: TenantRequest): Promise<TenantAnswer> {
  const path = request.path.toLowerCase();
  const route = routes.find((one) => one.owns(path));
  return route ? route.answer(request) : { status: 404, headers: { 'content-type': 'text/plain' }, body: 'Not Found' };
}

/** Undefined when the body is too long. */
async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MOST_BYTES) chunks.push(chunk);
  }
  return size <= MOST_BYTES ? Buffer.concat(chunks) : undefined;
}

/** Undefined when host or path are not what a client sends. */
function readRequest(incoming: IncomingMessage, body: Buffer, signal: AbortSignal): TenantRequest | undefined {
  const target = incoming.url ?? '/';
  const origin = `https://${incoming.headers.host ?? ''}`;
  if (!target.startsWith('/') || !URL.canParse(origin)) return undefined;
  const [path = '/', ...query] = target.split('?');
  const { method = 'GET', headers } = incoming;
  return { method, origin, target, path, query: new URLSearchParams(query.join('?')), headers, body, signal };
}

function send(outgoing: ServerResponse, { status, headers, body, fate }: TenantAnswer): void {
  if (outgoing.destroyed) return;
  if (fate === 'reset') {
    outgoing.destroy();
    return;
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : (body ?? Buffer.alloc(0));
  for (const [name, value] of Object.entries(headers ?? {})) outgoing.setHeader(name, value);
  outgoing.setHeader('content-length', bytes.length);
  outgoing.writeHead(status);
  if (fate !== 'cut') {
    outgoing.end(bytes);
    return;
  }
  outgoing.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => outgoing.destroy());
}
