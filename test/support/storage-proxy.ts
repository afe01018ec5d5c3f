// A proxy in front of Azurite that does to requests what the real service and the network do and Azurite never does:
// empty pages, refusals, silence, answers that get lost after the work was done. It understands no more of a request than its method and path.
import { once } from 'node:events';
import { createServer, request as forward } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it arrived. */
export interface ProxiedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What happens to one request. */
export type Fate =
  /** Answered by the proxy; storage never sees it. */
  | { readonly kind: 'refuse'; readonly status: number; readonly code: string; readonly retryAfterSeconds?: number }
  /** Storage does what was asked, and its answer is replaced. */
  | { readonly kind: 'refuse-afterwards'; readonly status: number; readonly code: string }
  /** The connection breaks before storage sees the request. */
  | { readonly kind: 'cut-before' }
  /** Storage does what was asked; then the connection breaks. */
  | { readonly kind: 'cut-after' }
  /** Storage does what was asked; the connection breaks in the middle of the answer. */
  | { readonly kind: 'cut-within' }
  /** Storage does what was asked, and no answer ever comes. */
  | { readonly kind: 'silence' }
  /** Storage gets the request only after `release`, and `arrived` is told when it has done what was asked; the answer is lost. */
  | { readonly kind: 'late'; readonly release: Promise<void>; readonly arrived: (status: number) => void }
  /** The same page, first without its rows: the token leads to it. Lists only. */
  | { readonly kind: 'empty-page' };

/** Decides what happens to a request; undefined passes it on. */
export type Judge = (request: ProxiedRequest) => Fate | undefined;

export interface StorageProxy {
  /** Like the one it was made with, for tables, through the proxy. */
  readonly connectionString: string;
  /** Every request that arrived, in order. */
  readonly seen: ProxiedRequest[];
  judge(judge: Judge): void;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A proxy for the tables of the account in the connection string. */
export async function startStorageProxy(connectionString: string): Promise<StorageProxy> {
  const target = new URL(/TableEndpoint=([^;]+)/.exec(connectionString)?.[1] ?? '');
  const seen: ProxiedRequest[] = [];
  let judge: Judge = () => undefined;

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming);
    const { method = 'GET', url: path = '/', headers } = incoming;
    const request: ProxiedRequest = { method, path, headers, body: body.toString() };
    seen.push(request);
    const fate = judge(request);
    if (fate?.kind === 'refuse') return refuse(outgoing, fate.status, fate.code, fate.retryAfterSeconds);
    if (fate?.kind === 'cut-before') return void incoming.socket.destroy();
    if (fate?.kind === 'empty-page') return emptyPage(outgoing, path);
    if (fate?.kind === 'late') await fate.release;
    const answer = await pass(target, incoming, body);
    if (fate?.kind === 'late') fate.arrived(answer.status);
    if (fate?.kind === 'cut-after' || fate?.kind === 'late') return void incoming.socket.destroy();
    if (fate?.kind === 'refuse-afterwards') return refuse(outgoing, fate.status, fate.code);
    if (fate?.kind === 'silence') return undefined;
    outgoing.writeHead(answer.status, answer.headers);
    if (fate?.kind === 'cut-within') return cutWithin(incoming, outgoing, answer);
    outgoing.end(answer.body);
    return undefined;
  }

  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    connectionString: connectionString.replace(/TableEndpoint=[^;]+/, `TableEndpoint=http://127.0.0.1:${port}${target.pathname}`),
    seen,
    judge(next) {
      judge = next;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function bodyOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The host header stays that of the proxy; the signature covers the path alone. */
async function pass(target: URL, incoming: IncomingMessage, body: Buffer): Promise<Answer> {
  const { method, url: path, headers } = incoming;
  const { 'transfer-encoding': _, ...kept } = headers;
  const sent = forward({ host: target.hostname, port: target.port, method, path, headers: { ...kept, 'content-length': body.length } });
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const { 'transfer-encoding': __, connection: ___, ...answered } = answer.headers;
  return { status: answer.statusCode ?? 500, headers: answered, body: await bodyOf(answer) };
}

/** Half of the body, or the head alone where there is no more. */
function cutWithin(incoming: IncomingMessage, outgoing: ServerResponse, { body }: Answer): void {
  outgoing.write(body.subarray(0, body.length / 2), () => incoming.socket.destroy());
}

function refuse(outgoing: ServerResponse, status: number, code: string, retryAfterSeconds?: number): void {
  const body = JSON.stringify({ 'odata.error': { code, message: { lang: 'en-US', value: `Refused by the proxy: ${code}` } } });
  const more = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  outgoing.writeHead(status, { 'content-type': 'application/json', 'x-ms-error-code': code, ...more }).end(body);
}

/** As the service does when it gave up its turn before it found anything: the token it hands out is where it stood. */
function emptyPage(outgoing: ServerResponse, path: string): void {
  const query = new URL(path, 'http://proxy').searchParams;
  const partition =
    query.get('NextPartitionKey') ??
    Buffer.from(/PartitionKey eq '([^']*)'/.exec(query.get('$filter') ?? '')?.[1] ?? '').toString('base64');
  const row = query.get('NextRowKey') ?? Buffer.from(/RowKey ge '([^']*)'/.exec(query.get('$filter') ?? '')?.[1] ?? '').toString('base64');
  outgoing
    .writeHead(200, {
      'content-type': 'application/json',
      'x-ms-continuation-NextPartitionKey': partition,
      ...(row !== '' && { 'x-ms-continuation-NextRowKey': row }),
    })
    .end(JSON.stringify({ value: [] }));
}
