// A small https server that speaks Exchange's wire as a script tells it to, and remembers what it was sent.
// It has no state of an organization: that is the simulated tenant. Certificates come from the tenant's own authority.
import { createServer } from 'node:https';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import type { Authority } from '../../src/local/tenant/entra/authority.ts';

/** A request as it arrived. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The cmdlet in the body, blank when there is none. */
  readonly cmdlet: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The items of a batch; none in any other request. */
  readonly items: readonly SentItem[];
}

interface SentBody {
  readonly CmdletInput?: { readonly CmdletName: string; readonly Parameters: Readonly<Record<string, unknown>> };
}

/** One item of a batch as it arrived. */
export interface SentItem {
  readonly id: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: SentBody;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Sent as JSON unless it is text or bytes. */
  readonly body?: unknown;
  /** `silent`: no answer ever; `cut`: the connection breaks in the middle of the body; `reset`: it breaks before any answer. */
  readonly fate?: 'silent' | 'cut' | 'reset';
}

/** Answers the n-th request (from 0); undefined is an answer with no rows. */
export type Script = (seen: Seen, index: number) => Reply | undefined;

export interface ExchangeServer {
  /** `https://localhost:…` */
  readonly origin: string;
  /** The same server under the name by which tests call a regional host. */
  readonly regionalOrigin: string;
  readonly port: number;
  readonly seen: Seen[];
  answer(script: Script): void;
  /** Stops listening and breaks every connection. */
  close(): Promise<void>;
}

/** A server that listens until the tests of the file are over. */
export async function startExchangeServer(authority: Authority): Promise<ExchangeServer> {
  const seen: Seen[] = [];
  let script: Script = () => undefined;
  const server = createServer({ key: authority.key, cert: authority.cert }, (request, response) => {
    void readRequest(request).then((arrived) => {
      seen.push(arrived);
      return send(response, script(arrived, seen.length - 1) ?? { body: envelope([]) });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  after(close);
  return {
    origin: `https://localhost:${port}`,
    regionalOrigin: `https://127.0.0.1:${port}`,
    port,
    seen,
    answer: (next) => void (script = next),
    close,
  };
}

async function readRequest(request: IncomingMessage): Promise<Seen> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  const body: SentBody & { readonly requests?: readonly SentItem[] } = text === '' ? {} : JSON.parse(text);
  const { method = '', url = '', headers } = request;
  const { CmdletName: cmdlet = '', Parameters: parameters = {} } = body.CmdletInput ?? {};
  return { method, path: url, headers, text, cmdlet, parameters, items: body.requests ?? [] };
}

function send(response: ServerResponse, reply: Reply): void {
  if (reply.fate === 'silent') return;
  if (reply.fate === 'reset') return void response.socket?.destroy();
  const plain = plainBody(reply.body);
  const bytes = plain ?? Buffer.from(JSON.stringify(reply.body));
  const type: Record<string, string> = plain ? {} : { 'Content-Type': 'application/json;odata.metadata=minimal;charset=utf-8' };
  response.writeHead(reply.status ?? 200, { ...type, 'Content-Length': bytes.length, ...(reply.headers as Record<string, string>) });
  if (reply.fate !== 'cut') return void response.end(bytes);
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.socket?.destroy());
}

function plainBody(body: unknown): Buffer | undefined {
  if (Buffer.isBuffer(body)) return body;
  return typeof body === 'string' || body === undefined ? Buffer.from(body ?? '') : undefined;
}

/** The body of a successful answer. */
export function envelope(rows: unknown, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    '@odata.context': 'https://outlook.office365.com/adminapi/beta/$metadata#Collection(Exchange.GenericHashTable)',
    'adminapi.warnings@odata.type': '#Collection(String)',
    '@adminapi.warnings': [],
    ...more,
    value: rows,
  };
}

/** The body of a refusal, with the fault in its details and inside the inner error. */
export function refusal(type: string, text: string, code = 'BadRequest'): Record<string, unknown> {
  return {
    error: {
      code,
      message: 'Invalid Operation',
      details: [{ code: 'Client', target: '', message: `Ex6F9304|${type}|${text}` }],
      innererror: {
        message: 'Error executing cmdlet',
        type: 'Microsoft.Exchange.Admin.OData.Core.ODataServiceException',
        internalexception: { message: text, type },
      },
    },
    '@adminapi.warnings': [],
  };
}

export const notFound = refusal(
  'Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException',
  "The operation couldn't be performed because object 'x' couldn't be found on 'DC01.contoso.example'.",
);
export const cursorExpired = refusal(
  'Microsoft.Exchange.Admin.OData.Core.ODataServiceException',
  'Expired or Invalid pagination request. Default Expiry time is 00:30:00',
);
