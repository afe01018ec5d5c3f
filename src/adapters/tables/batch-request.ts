// A transaction of Azure Tables as its request and its answer: the same bytes that the SDK sends, written without a client, a pipeline and a
// request for each of its rows, which costs ten times as much as the rows themselves.
// https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions
import { RestError } from '@azure/core-rest-pipeline';
import type { PipelineResponse } from '@azure/core-rest-pipeline';
import { isRepeatable, keyOfChange } from './row.ts';
import type { BatchChange } from './row.ts';

/** The table's address, what keeps the parts of the request apart, and properties by which a writer knows again what may not be repeated. */
export interface BatchPlace {
  readonly tableUrl: string;
  readonly boundary: string;
  readonly mark?: Readonly<Record<string, string>>;
}

const END = '\r\n';
const CONTENT = `Content-Type: application/json${END}DataServiceVersion: 3.0${END}Accept: application/json${END}`;
const SUB_REQUEST = `content-type: application/http${END}content-transfer-encoding: binary${END}${END}`;

/** The headers of the request. */
export function batchHeaders({ boundary }: BatchPlace): Record<string, string> {
  return {
    accept: 'application/json',
    'accept-charset': 'UTF-8',
    'x-ms-version': '2019-02-02',
    DataServiceVersion: '3.0;',
    MaxDataServiceVersion: '3.0;NetFx',
    'content-type': `multipart/mixed; boundary=batch_${boundary}`,
  };
}

/** The body of the request: all changes are of one partition. Bytes, because text would be gone through once more for its length and once for its bytes. */
export function batchBody(place: BatchPlace, changes: readonly BatchChange[]): Buffer {
  const { boundary } = place;
  const [first] = changes;
  const partition = first ? keyOfChange(first).partition : '';
  const marked = place.mark === undefined ? '' : propertiesOf(place.mark);
  const address = `${place.tableUrl}(PartitionKey='${literal(partition)}',RowKey='`;
  const partitionJson = `"PartitionKey":${JSON.stringify(partition)}`;
  const begin = `${END}--changeset_${boundary}${END}${SUB_REQUEST}`;
  const parts = [`--batch_${boundary}${END}content-type: multipart/mixed; boundary=changeset_${boundary}${END}${END}`];
  for (const change of changes) {
    const rowUrl = change.kind === 'insert' ? place.tableUrl : `${address}${literal(keyOfChange(change).row)}')`;
    parts.push(begin, METHODS[change.kind], ' ', rowUrl, ` HTTP/1.1${END}`, headersOf(change), END);
    if (change.kind === 'remove') continue;
    const { row, values } = change.row;
    parts.push('{', propertiesOf(values), isRepeatable(change) ? '' : marked, partitionJson, ',"RowKey":', JSON.stringify(row), '}');
  }
  parts.push(`${END}--changeset_${boundary}--${END}--batch_${boundary}--${END}`);
  return Buffer.from(parts.join(''));
}

const METHODS: Readonly<Record<BatchChange['kind'], string>> = {
  insert: 'POST',
  replace: 'PUT',
  set: 'PUT',
  merge: 'PATCH',
  amend: 'PATCH',
  remove: 'DELETE',
};

function headersOf(change: BatchChange): string {
  switch (change.kind) {
    case 'insert':
      return `${CONTENT}Prefer: return-no-content${END}`;
    case 'set':
    case 'merge':
      return CONTENT;
    case 'replace':
      return `${CONTENT}If-Match: ${change.version}${END}`;
    case 'amend':
      return `${CONTENT}If-Match: ${change.version ?? '*'}${END}`;
    case 'remove':
      return `Accept: application/json${END}DataServiceVersion: 3.0${END}If-Match: ${change.version ?? '*'}${END}`;
    default:
      return change satisfies never;
  }
}

/** A key in an address: quotes are doubled, everything else is encoded. */
function literal(key: string): string {
  return encodeURIComponent(key.replaceAll("'", "''"));
}

/** The properties with a comma after the last one. */
function propertiesOf(values: Readonly<Record<string, string>>): string {
  const json = JSON.stringify(values);
  return json === '{}' ? '' : `${json.slice(1, -1)},`;
}

const STATUS = 'HTTP/1.1 ';
const VERSION = /^ETag:.*$/im;

/** The versions that the changes have given their rows, in their order; throws what the service refused as the SDK does. */
export function readBatchAnswer(response: PipelineResponse, count: number): string[] {
  const { status, bodyAsText, request } = response;
  const text = bodyAsText ?? '';
  if (status < 200 || status >= 300) throw refusalIn(text, response);
  const parts = text.split('--changesetresponse_').slice(1, -1);
  const versions = parts.map((part) => {
    const statusAt = part.indexOf(STATUS) + STATUS.length;
    const partStatus = Number(part.slice(statusAt, statusAt + 3));
    if (partStatus >= 400) throw refusalIn(/\{.*\}/s.exec(part)?.[0] ?? '', response, partStatus);
    const versionAt = part.search(VERSION);
    return versionAt === -1 ? '' : part.slice(part.indexOf(':', versionAt) + 1, part.indexOf(END, versionAt)).trim();
  });
  if (versions.length === count) return versions;
  throw new RestError('The answer to a transaction does not tell of every change.', {
    code: RestError.PARSE_ERROR,
    statusCode: status,
    request,
    response,
  });
}

/** The error that the SDK throws for a refusal. */
export function refusalIn(json: string, response: PipelineResponse, statusCode = response.status): RestError {
  const { code, message } = errorIn(json);
  const { request } = response;
  return new RestError(message ?? 'The request was refused.', { ...(code !== undefined && { code }), statusCode, request, response });
}

function errorIn(json: string): { readonly code?: string; readonly message?: string } {
  try {
    const error = JSON.parse(json)['odata.error'];
    return { code: error.code, message: error.message.value };
  } catch {
    // What is no error of the service, such as a proxy's page, has none of its codes.
    return {};
  }
}
