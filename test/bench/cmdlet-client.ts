// Cmdlets of the simulated tenant by its wire protocol, as a script of an administrator calls them: one at a time, whole rows.
import type { Connection } from '../../src/local/tenant/tenant-process.ts';
import { createHttpsClient, exchangeToken } from './https-client.ts';

export type Row = Readonly<Record<string, unknown>>;

export interface CmdletClient {
  /** All rows, page by page, as `rows` of one page at a time, and how many requests that took. */
  list(cmdlet: string, parameters: object, onPage: (text: string) => void): Promise<number>;
  close(): void;
}

/** The arbitration mailbox that every organization has; calls for a whole organization are routed by it. */
const SYSTEM_MAILBOX = 'SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}';

export interface CmdletClientOptions {
  readonly connection: Connection;
  /** Rows that are asked for in a page; the PowerShell module's own number is 1000. */
  readonly pageSize?: number;
}

/** A client with a token of the connector's application. */
export async function createCmdletClient({ connection, pageSize = 1000 }: CmdletClientOptions): Promise<CmdletClient> {
  const client = createHttpsClient(connection);
  const token = await exchangeToken(client, connection);
  const tenantId = connection.organizations[0]?.tenantId ?? '';
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    prefer: `odata.maxpagesize=${pageSize}`,
    'x-anchormailbox': `APP:${SYSTEM_MAILBOX}@${tenantId}`,
  };
  return {
    async list(cmdlet, parameters, onPage) {
      const body = JSON.stringify({ CmdletInput: { CmdletName: cmdlet, Parameters: parameters } });
      let requests = 0;
      let url: string | undefined = `${connection.origin}/adminapi/beta/${tenantId}/InvokeCommand`;
      while (url !== undefined) {
        const text: string = await client.send({ method: 'POST', url, headers, body });
        requests += 1;
        onPage(text);
        const link = /"@odata\.nextLink":("(?:[^"\\]|\\.)*")/.exec(text)?.[1];
        url = link === undefined ? undefined : (JSON.parse(link) as string);
      }
      return requests;
    },
    close: () => client.close(),
  };
}

/** The rows of a page. */
export function rowsIn(page: string): readonly Row[] {
  return (JSON.parse(page) as { value: readonly Row[] }).value;
}
