// The one place that talks to Azure Tables: single rows, lists and transactions, with bounded repeats.
// An answer that got lost is no failure yet: a write that may not simply be repeated carries a mark of its own, and is looked for before
// anything is said. What no reading can decide is `store.outcome-unknown`.
import { TableClient } from '@azure/data-tables';
import { createDefaultHttpClient, createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline';
import type { HttpClient, PipelineResponse } from '@azure/core-rest-pipeline';
import type { TableEntity } from '@azure/data-tables';
import type { TokenCredential } from '@azure/core-auth';
import { AppError } from '../../domain/errors.ts';
import type { Ids } from '../../domain/ports.ts';
import { createRepeatedCall } from '../storage/repeated-call.ts';
import type { Patience, RepeatedCall, Settle, Work } from '../storage/repeated-call.ts';
import type { StorageFault } from '../storage/storage-fault.ts';
import { batchBody, batchHeaders, readBatchAnswer } from './batch-request.ts';
import type { RowKey } from './keys.ts';
import { listHeaders, listQuery, readListAnswer } from './list-request.ts';
import { filterOf, toStoredRow } from './query.ts';
import { checkRow, isRepeatable, keyOfChange, rowOfChange } from './row.ts';
import type { BatchChange, RowCallOptions, RowPage, RowQuery, StoredRow, Table } from './row.ts';

/** The storage account: by its address and our identity, or by a connection string on a laptop. */
type StorageAccount = { readonly tableEndpoint: string; readonly credential: TokenCredential } | { readonly connectionString: string };

export interface TableOptions extends Patience {
  readonly account: StorageAccount;
  readonly name: string;
  readonly ids: Ids;
}

/** A request below the account's address. */
interface TableRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly abortSignal: AbortSignal;
}

/** The property by which a writer knows its own write again. */
const MARK = 'writer';
/** One for all tables, so that they share connections. */
let httpClient: HttpClient | undefined;

/** A table of a storage account; it is made when it is first needed. */
export function createTable(options: TableOptions): Table {
  return new AzureTable(options);
}

class AzureTable implements Table {
  readonly name: string;
  readonly #options: TableOptions;
  readonly #client: TableClient;
  readonly #call: RepeatedCall;

  constructor(options: TableOptions) {
    this.name = options.name;
    this.#options = options;
    this.#client = clientOf(options);
    this.#call = createRepeatedCall({ ...options, record: this.name, make: (abortSignal) => this.#client.createTable({ abortSignal }) });
  }

  async get(key: RowKey, options: RowCallOptions = {}): Promise<StoredRow | undefined> {
    try {
      const work: Work<object> = (abortSignal) => this.#client.getEntity(key.partition, key.row, { abortSignal });
      return toStoredRow(await this.#call('reading a row', work, options.signal), MARK);
    } catch (error) {
      if (error instanceof AppError && error.code === 'store.missing') return undefined;
      throw error;
    }
  }

  async *pages(query: RowQuery): AsyncGenerator<RowPage> {
    let { continuation } = query;
    do {
      const page = await this.#page(query, continuation);
      yield page;
      ({ continuation } = page);
    } while (continuation !== undefined);
  }

  async #page(query: RowQuery, continuation: string | undefined): Promise<RowPage> {
    const text = listQuery({ ...query, ...(continuation !== undefined && { continuation }) });
    const work: Work<RowPage> = async (abortSignal) => {
      const path = `/${this.name}${text}`;
      return readListAnswer(await this.#request({ method: 'GET', path, headers: listHeaders, abortSignal }), MARK);
    };
    return this.#call('listing rows', work, query.signal);
  }

  async write(change: BatchChange, { signal }: RowCallOptions = {}): Promise<string> {
    const row = rowOfChange(change);
    if (row) checkRow(this.name, row);
    const mark = isRepeatable(change) ? undefined : this.#options.ids.next();
    try {
      return await this.#call(
        `the ${change.kind} of a row`,
        (abortSignal) => this.#send(change, mark, abortSignal),
        signal,
        this.#settling([change], mark, first),
      );
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'store.missing') throw error;
      if (change.kind === 'remove' && change.version === undefined) return '';
      throw change.kind === 'amend' ? error : new AppError('store.stale', { ...error.details, record: this.name }, { cause: error });
    }
  }

  async #send(change: BatchChange, mark: string | undefined, abortSignal: AbortSignal): Promise<string> {
    const client = this.#client;
    const { partition, row: rowKey } = keyOfChange(change);
    switch (change.kind) {
      case 'insert':
        return (await client.createEntity(entityOf(change, mark), { abortSignal })).etag ?? '';
      case 'replace':
        return (await client.updateEntity(entityOf(change, mark), 'Replace', { etag: change.version, abortSignal })).etag ?? '';
      case 'set':
        return (await client.upsertEntity(entityOf(change, mark), 'Replace', { abortSignal })).etag ?? '';
      case 'merge':
        return (await client.upsertEntity(entityOf(change, mark), 'Merge', { abortSignal })).etag ?? '';
      case 'amend':
        return (await client.updateEntity(entityOf(change, mark), 'Merge', { etag: change.version ?? '*', abortSignal })).etag ?? '';
      case 'remove':
        await client.deleteEntity(partition, rowKey, { etag: change.version ?? '*', abortSignal });
        return '';
      default:
        return change satisfies never;
    }
  }

  async transact(changes: readonly BatchChange[], { signal }: RowCallOptions = {}): Promise<readonly string[]> {
    if (changes.length === 0) return [];
    for (const change of changes) if (change.kind !== 'remove') checkRow(this.name, change.row);
    const mark = changes.every(isRepeatable) ? undefined : this.#options.ids.next();
    const work: Work<readonly string[]> = (abortSignal) => this.#sendBatch(changes, mark, abortSignal);
    try {
      return await this.#call(
        'a transaction',
        work,
        signal,
        this.#settling(changes, mark, (versions) => versions),
      );
    } catch (error) {
      const isMissing = error instanceof AppError && error.code === 'store.missing';
      // A row of a named version that is gone has another version than was named.
      if (!isMissing || changes.some(isOfAnyVersion)) throw error;
      throw new AppError('store.stale', { ...error.details, record: this.name }, { cause: error });
    }
  }

  async #sendBatch(changes: readonly BatchChange[], mark: string | undefined, abortSignal: AbortSignal): Promise<readonly string[]> {
    const tableUrl = `${this.#address()[0]}/${this.name}`;
    const place = { tableUrl, boundary: this.#options.ids.next(), ...(mark !== undefined && { mark: { [MARK]: mark } }) };
    const request = {
      method: 'POST',
      path: '/$batch',
      headers: batchHeaders(place),
      body: batchBody(place, changes),
      abortSignal,
    } as const;
    return readBatchAnswer(await this.#request(request), changes.length);
  }

  /** The address of the account, and the signature of a shared access where there is one. */
  #address(): readonly [string, string | undefined] {
    const [address = '', signature] = this.#client.url.replace(/\/(?=\?|$)/, '').split('?');
    return [address, signature];
  }

  /** Sends a request through the pipeline of the client, with its identity. */
  async #request({ path, headers, ...rest }: TableRequest): Promise<PipelineResponse> {
    const [address, signature] = this.#address();
    const joint = path.includes('?') ? '&' : '?';
    const request = createPipelineRequest({
      ...rest,
      url: `${address}${path}${signature === undefined ? '' : `${joint}${signature}`}`,
      headers: createHttpHeaders(headers),
      allowInsecureConnection: !('credential' in this.#options.account),
    });
    httpClient ??= createDefaultHttpClient();
    return this.#client.pipeline.sendRequest(httpClient, request);
  }

  /** Looks for a write by its mark. Undefined when the write may simply be repeated. */
  #settling<T>(
    changes: readonly BatchChange[],
    mark: string | undefined,
    result: (versions: readonly string[]) => T,
  ): Settle<T> | undefined {
    if (mark === undefined) return undefined;
    return async (fault) => {
      const rows = await this.#readBack(changes, fault);
      const marked = changes.findIndex((change) => !isRepeatable(change) && change.kind !== 'remove');
      const isDone = marked === -1 ? rows.every((row) => row === undefined) : rows[marked]?.values[MARK] === mark;
      if (isDone) return result(rows.map((row) => row?.version ?? ''));
      // Somebody else's row under a new key is an answer, whatever became of ours.
      if (fault.error.code === 'store.exists') throw fault.error;
      throw outcomeUnknown(fault.error, fault.error);
    };
  }

  async #readBack(changes: readonly BatchChange[], fault: StorageFault): Promise<readonly (StoredRow | undefined)[]> {
    try {
      return await Promise.all(changes.map((change) => this.#getMarked(keyOfChange(change))));
    } catch (error) {
      throw outcomeUnknown(fault.error, error);
    }
  }

  async #getMarked(key: RowKey): Promise<StoredRow | undefined> {
    const work: Work<object | undefined> = async (abortSignal) => {
      const { value } = await this.#client
        .listEntities<TableEntity>({ queryOptions: { filter: filterOf({ partition: key.partition, row: key.row }) ?? '' }, abortSignal })
        .next();
      return value;
    };
    const entity = await this.#call('reading a row back', work, undefined);
    return entity && toStoredRow(entity);
  }
}

function clientOf({ account, name }: TableOptions): TableClient {
  // See storage/repeated-call.ts.
  const retryOptions = { maxRetries: 0 };
  if ('credential' in account) return new TableClient(account.tableEndpoint, name, account.credential, { retryOptions });
  return TableClient.fromConnectionString(account.connectionString, name, { retryOptions, allowInsecureConnection: true });
}

function entityOf(change: Exclude<BatchChange, { kind: 'remove' }>, mark: string | undefined): TableEntity {
  const { partition, row, values } = change.row;
  return { ...values, partitionKey: partition, rowKey: row, ...(mark !== undefined && { [MARK]: mark }) };
}

/** Whether the change asks for a row to be there, and for no version of it. */
function isOfAnyVersion(change: BatchChange): boolean {
  return change.kind === 'amend' || (change.kind === 'remove' && change.version === undefined);
}

function first(versions: readonly string[]): string {
  return versions[0] ?? '';
}

function outcomeUnknown({ code, details }: AppError, cause: unknown): AppError {
  return new AppError('store.outcome-unknown', { ...details, after: code }, { cause });
}
