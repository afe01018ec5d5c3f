// Plain requests to the simulated tenant over kept connections, for what the bench does besides the product: tokens, lists, the control API.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { text as textOf } from 'node:stream/consumers';
import type { Connection } from '../../src/local/tenant/tenant-process.ts';

export interface Call {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpsClient {
  /** The text of a good answer; anything else is an error with what was said. */
  send(call: Call): Promise<string>;
  close(): void;
}

/** A client that trusts the tenant's authority. */
export function createHttpsClient({ caFile }: Connection): HttpsClient {
  const agent = new Agent({ keepAlive: true, ca: readFileSync(caFile) });
  return {
    async send({ method, url, headers, body }) {
      const outgoing = request(url, { method, agent, headers: { ...headers } }).end(body);
      const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
      const text = await textOf(incoming);
      if (incoming.statusCode === 200) return text;
      throw new Error(`${method} ${url}: ${incoming.statusCode} ${text.slice(0, 300)}`);
    },
    close: () => agent.destroy(),
  };
}

/** Where the tenant gives tokens of its managed identity for a resource. */
export function tokenUrl({ identityEndpoint, organizations }: Connection, resource: string): string {
  const query = new URLSearchParams({ resource, 'api-version': '2019-08-01', client_id: organizations[0]?.clientId ?? '' });
  return `${identityEndpoint}?${query.toString()}`;
}

/** A token of the connector's application for Exchange. */
export async function exchangeToken(client: HttpsClient, connection: Connection): Promise<string> {
  const url = tokenUrl(connection, 'https://outlook.office365.com');
  const text = await client.send({ method: 'GET', url, headers: { 'x-identity-header': connection.identityHeader } });
  return (JSON.parse(text) as { access_token: string }).access_token;
}
