// Azure Tables in memory, as a program: node test/support/table-server.ts <port>. As much of the protocol as the product uses, held to the contracts of
// the stores (test/contracts/stores.table-server.test.ts). For hundreds of thousands of rows with random keys, for which Azurite takes a time that
// grows with the square of their number. It knows no keys, no limits and no faults.
// https://learn.microsoft.com/rest/api/storageservices/table-service-rest-api
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createTables, Refusal, type Entity, type Keys, type Tables, type Write } from './table-rows.ts';

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A request, or one part of a transaction. */
interface Ask {
  readonly method: string;
  readonly url: URL;
  readonly ifMatch: string | undefined;
  readonly body: string;
}

const JSON_TYPE = { 'content-type': 'application/json;odata=minimalmetadata' };
const REASONS: Readonly<Record<number, string>> = { 204: 'No Content', 404: 'Not Found', 409: 'Conflict', 412: 'Precondition Failed' };

const json = (status: number, value: unknown): Answer => ({ status, headers: JSON_TYPE, body: JSON.stringify(value) });
const written = (etag: string): Answer => ({ status: 204, headers: { ETag: etag } });

function refused({ status, code }: Refusal): Answer {
  const body = JSON.stringify({ 'odata.error': { code, message: { lang: 'en-US', value: code } } });
  return { status, headers: { ...JSON_TYPE, 'x-ms-error-code': code }, body };
}

/** `/account/Table(PartitionKey='p',RowKey='r')`: quotes are doubled. */
function placeIn({ pathname }: URL): { readonly table: string; readonly keys: Keys | undefined } {
  const path = decodeURIComponent(pathname.slice(pathname.indexOf('/', 1) + 1));
  const [, table = '', partition, row] = /^(\w+)(?:\((?:PartitionKey='((?:[^']|'')*)',RowKey='((?:[^']|'')*)')?\))?$/.exec(path) ?? [];
  if (partition === undefined || row === undefined) return { table, keys: undefined };
  return { table, keys: { partition: partition.replaceAll("''", "'"), row: row.replaceAll("''", "'") } };
}

function writeIn({ method, url, ifMatch, body }: Ask): Write {
  const { table, keys } = placeIn(url);
  const entity = body === '' ? {} : (JSON.parse(body) as Entity);
  if (!keys) return { kind: 'insert', table, keys: { partition: String(entity['PartitionKey']), row: String(entity['RowKey']) }, entity };
  const kind = method === 'DELETE' ? 'remove' : method === 'PUT' ? 'replace' : 'merge';
  return { kind, table, keys, entity, ifMatch };
}

const CLAUSE = /(PartitionKey|RowKey|Timestamp) (eq|ge|gt|lt) (?:datetime)?'((?:[^']|'')*)'/g;

/** What each comparison of a filter compares with, such as `RowKey ge`; a filter of another kind is refused, never ignored. */
function boundsIn(filter: string): ReadonlyMap<string, string> {
  const clauses = [...filter.matchAll(CLAUSE)];
  if (clauses.map(([text]) => text).join(' and ') !== filter.replaceAll(/[()]/g, '')) throw new Refusal(501, 'NotImplemented');
  return new Map(clauses.map(([, name, operator, text = '']) => [`${name} ${operator}`, text.replaceAll("''", "'")]));
}

function list(tables: Tables, table: string, { searchParams }: URL): Answer {
  const bounds = boundsIn(searchParams.get('$filter') ?? '');
  const token = (name: string): string | undefined => {
    const text = searchParams.get(name);
    return text === null ? undefined : Buffer.from(text, 'base64').toString('utf8');
  };
  const [partition, row] = [token('NextPartitionKey'), token('NextRowKey')];
  const exactly = bounds.get('RowKey eq');
  const { entities, next } = tables.list(table, {
    partition: bounds.get('PartitionKey eq'),
    from: exactly ?? bounds.get('RowKey ge'),
    after: bounds.get('RowKey gt'),
    before: exactly === undefined ? bounds.get('RowKey lt') : `${exactly}\0`,
    since: bounds.get('Timestamp ge'),
    top: Number(searchParams.get('$top') ?? 1000),
    ...(partition !== undefined && row !== undefined && { start: { partition, row } }),
  });
  const select = searchParams.get('$select')?.split(',');
  const shown = select ? entities.map((entity) => pick(entity, ['odata.etag', ...select])) : entities;
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const more = next && {
    'x-ms-continuation-NextPartitionKey': base64(next.partition),
    'x-ms-continuation-NextRowKey': base64(next.row),
  };
  return { ...json(200, { value: shown }), headers: { ...JSON_TYPE, ...more } };
}

function pick(entity: Entity, names: readonly string[]): Entity {
  return Object.fromEntries(names.filter((name) => Object.hasOwn(entity, name)).map((name) => [name, entity[name]]));
}

function answerTo(tables: Tables, ask: Ask): Answer {
  const { method, url, body } = ask;
  const { table, keys } = placeIn(url);
  if (table === 'Tables') {
    if (method === 'GET') return json(200, { value: tables.names().map((TableName) => ({ TableName })) });
    tables.make(String((JSON.parse(body) as Entity)['TableName']));
    return { status: 204 };
  }
  if (method !== 'GET') return written(tables.write([writeIn(ask)])[0] ?? '');
  if (!keys) return list(tables, table, url);
  const entity = tables.get(table, keys);
  return { ...json(200, entity), headers: { ...JSON_TYPE, ETag: String(entity['odata.etag']) } };
}

/** All parts or none; the answer to a refused one tells of its first fault. */
function transact(tables: Tables, body: string): Answer {
  const [, boundary = ''] = /boundary=(changeset_[\w-]+)/.exec(body) ?? [];
  const parts = body.split(`--${boundary}\r\n`).slice(1).map(partOf);
  const answers: Answer[] = [];
  try {
    answers.push(...tables.write(parts.map(writeIn)).map(written));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    answers.push(refused(error));
  }
  const texts = answers.map(
    ({ status, headers = {}, body: text = '' }) =>
      `--changesetresponse_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nHTTP/1.1 ${status} ${REASONS[status]}\r\n${Object.entries(
        headers,
      )
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')}\r\n${text}\r\n`,
  );
  const head = '--batchresponse_1\r\nContent-Type: multipart/mixed; boundary=changesetresponse_1\r\n\r\n';
  return {
    status: 202,
    headers: { 'content-type': 'multipart/mixed; boundary=batchresponse_1' },
    body: `${head}${texts.join('')}--changesetresponse_1--\r\n--batchresponse_1--\r\n`,
  };
}

function partOf(text: string): Ask {
  const [, head = '', content = ''] = /\r\n\r\n([\s\S]*?)\r\n\r\n([\s\S]*)$/.exec(text) ?? [];
  const [, method = '', address = ''] = /^(\w+) (\S+) HTTP/.exec(head) ?? [];
  const [, ifMatch] = /^If-Match: (.*)$/im.exec(head) ?? [];
  const [body = ''] = content.split('\r\n--changeset_');
  return { method, url: new URL(address, 'http://tables'), ifMatch: ifMatch?.trim(), body: body.trim() };
}

async function handle(tables: Tables, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString('utf8');
  const url = new URL(request.url ?? '/', 'http://tables');
  let answer: Answer;
  try {
    const ask = { method: String(request.headers['x-http-method'] ?? request.method), url, ifMatch: request.headers['if-match'], body };
    answer = url.pathname.endsWith('/$batch') ? transact(tables, body) : answerTo(tables, ask);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    answer = refused(error);
  }
  response.writeHead(answer.status, answer.headers).end(answer.body);
}

const tables = createTables();
const server = createServer((request, response) => {
  handle(tables, request, response).catch((error: unknown) => response.destroy(error as Error));
});
server.keepAliveTimeout = 60_000;
server.listen(Number(process.argv[2]), '127.0.0.1');
