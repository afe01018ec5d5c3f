// A list of rows of Azure Tables as its request and its answer: the same as the SDK sends, read straight from the JSON. The SDK goes through
// every property of every row three times, which takes longer than everything else that is done with the row.
// https://learn.microsoft.com/rest/api/storageservices/query-entities
import { RestError } from '@azure/core-rest-pipeline';
import type { PipelineResponse } from '@azure/core-rest-pipeline';
import { AppError } from '../../domain/errors.ts';
import { refusalIn } from './batch-request.ts';
import { filterOf } from './query.ts';
import type { RowPage, RowQuery, StoredRow } from './row.ts';

/** The headers of the request. */
export const listHeaders = {
  // Without more metadata rows come without their versions.
  accept: 'application/json;odata=minimalmetadata',
  'x-ms-version': '2019-02-02',
  dataserviceversion: '3.0',
};

const PAGE_SIZE = 1000;
const NEXT_PARTITION = 'x-ms-continuation-nextpartitionkey';
const NEXT_ROW = 'x-ms-continuation-nextrowkey';

/** What the address of a list says after that of the table. */
export function listQuery(query: RowQuery): string {
  const [partition, row] = query.continuation === undefined ? [] : placeIn(query.continuation);
  const select = query.properties && ['PartitionKey', 'RowKey', ...query.properties].join(',');
  const parameters: readonly (readonly [string, string | undefined])[] = [
    ['$top', String(Math.min(query.pageSize ?? PAGE_SIZE, PAGE_SIZE))],
    ['$select', select],
    ['$filter', filterOf(query)],
    ['NextPartitionKey', partition],
    ['NextRowKey', row],
  ];
  const given = parameters.flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`]));
  return `()?${given.join('&')}`;
}

/** The rows of an answer without the property `hidden`; throws what the service refused as the SDK does. */
export function readListAnswer(response: PipelineResponse, hidden: string): RowPage {
  const { status, headers, bodyAsText, request } = response;
  if (status < 200 || status >= 300) throw refusalIn(bodyAsText ?? '', response);
  const entities = entitiesIn(response);
  if (!entities) throw new RestError('The answer holds no list.', { code: RestError.PARSE_ERROR, statusCode: status, request, response });
  const rows = entities.map((entity) => storedRow(entity, hidden));
  const partition = headers.get(NEXT_PARTITION);
  return { rows, ...(partition !== undefined && { continuation: JSON.stringify([partition, headers.get(NEXT_ROW)]) }) };
}

type Entity = Readonly<Record<string, unknown>>;

/** The pipeline of the SDK has parsed the body. */
function entitiesIn(response: PipelineResponse & { readonly parsedBody?: { readonly value?: unknown } }): readonly Entity[] | undefined {
  const entities = response.parsedBody?.value;
  return Array.isArray(entities) ? entities : undefined;
}

const TYPE = '@odata.type';

/** What is no text of ours is left out. */
function storedRow(entity: Entity, hidden: string): StoredRow {
  const read = { partition: '', row: '', version: '' };
  const values: Record<string, string> = {};
  const others: string[] = [];
  for (const name in entity) {
    const value = entity[name];
    if (typeof value !== 'string' || name === 'Timestamp' || name === hidden) continue;
    if (name === 'PartitionKey') read.partition = value;
    else if (name === 'RowKey') read.row = value;
    else if (name === 'odata.etag') read.version = value;
    // Texts have no type beside them; what looks like one and has another is a time, a long number or the like.
    else if (name.endsWith(TYPE)) others.push(value === 'Edm.String' ? '' : name.slice(0, -TYPE.length));
    else if (!name.startsWith('odata.')) values[name] = value;
  }
  for (const name of others) delete values[name];
  return { ...read, values };
}

/** Where an earlier answer said to go on. */
function placeIn(continuation: string): readonly (string | undefined)[] {
  try {
    const [partition, row]: readonly unknown[] = JSON.parse(continuation);
    if (typeof partition === 'string') return [partition, typeof row === 'string' ? row : undefined];
  } catch {
    // Told below: what is no JSON is no place either.
  }
  throw new AppError('store.unexpected', { request: 'listing rows', problem: 'the place to go on from is not one that a list gave' });
}
