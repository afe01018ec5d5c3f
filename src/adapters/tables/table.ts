// The one place that talks to Azure Tables: single rows, lists and transactions, with bounded repeats.
// An answer that got lost is no failure yet: a write that may not simply be repeated carries a mark of its own, and is looked for before
// anything is said. What no reading can decide is `store.outcome-unknown`.
import { TableClient } from '@azure/data-tables';
import type { TableEntity, TransactionAction } from '@azure/data-tables';
import type { TokenCredential } from '@azure/core-auth';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../domain/errors.ts';
import type { Ids } from '../../domain/ports.ts';
import type { RowKey } from './keys.ts';
import { filterOf, toStoredRow } from './query.ts';
import { checkRow, isRepeatable, keyOfChange, rowOfChange } from './row.ts';
import type { BatchChange, RowCallOptions, RowChange, RowPage, RowQuery, StoredRow, Table } from './row.ts';
import { toTableFault } from './table-errors.ts';
import type { TableFault } from './table-errors.ts';

/** The storage account: by its address and our identity, or by a connection string on a laptop. */
type StorageAccount = { readonly tableEndpoint: string; readonly credential: TokenCredential } | { readonly connectionString: string };

export interface TableOptions {
  readonly account: StorageAccount;
  readonly name: string;
  readonly ids: Ids;
  /** How long one request may take; left out, 10 s. */
  readonly timeLimitMs?: number;
  /** Waits between attempts; rejects when the signal is aborted. Left out, real time passes. */
  readonly wait?: (delayMs: number, signal: AbortSignal | undefined) => Promise<void>;
  /** From 0 up to 1, to keep several waiters out of step; left out, Math.random. */
  readonly random?: () => number;
}

const TIME_LIMIT_MS = 10_000;
const ATTEMPTS = 5;
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 10_000;
const PAGE_SIZE = 1000;
/** The property by which a writer knows its own write again. */
const MARK = 'writer';

type Work<T> = (signal: AbortSignal) => Promise<T>;
/** Decides what became of a write that may have run; answers its result or throws. */
type Settle<T> = (fault: TableFault) => Promise<T>;

/** A table of a storage account; it is made when it is first needed. */
export function createTable(options: TableOptions): Table {
  return new AzureTable(options);
}

class AzureTable implements Table {
  readonly name: string;
  readonly #options: TableOptions;
  readonly #client: TableClient;

  constructor(options: TableOptions) {
    this.name = options.name;
    this.#options = options;
    this.#client = clientOf(options);
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
    const filter = filterOf(query);
    const select = query.properties && ['PartitionKey', 'RowKey', ...query.properties];
    const settings = {
      maxPageSize: Math.min(query.pageSize ?? PAGE_SIZE, PAGE_SIZE),
      ...(continuation !== undefined && { continuationToken: continuation }),
    };
    const queryOptions = { ...(filter !== undefined && { filter }), ...(select && { select }) };
    const page = await this.#call(
      'listing rows',
      async (abortSignal) => (await this.#client.listEntities<TableEntity>({ queryOptions, abortSignal }).byPage(settings).next()).value,
      query.signal,
    );
    const rows = page?.map((entity: TableEntity) => toStoredRow(entity, MARK)) ?? [];
    return { rows, ...(page?.continuationToken !== undefined && { continuation: page.continuationToken }) };
  }

  async write(change: RowChange, { signal }: RowCallOptions = {}): Promise<string> {
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

  async #send(change: RowChange, mark: string | undefined, abortSignal: AbortSignal): Promise<string> {
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
    for (const row of changes.map(rowOfChange)) if (row) checkRow(this.name, row);
    const mark = changes.every(isRepeatable) ? undefined : this.#options.ids.next();
    const actions = changes.map((change) => actionOf(change, isRepeatable(change) ? undefined : mark));
    const work: Work<readonly string[]> = async (abortSignal) => {
      const { subResponses } = await this.#client.submitTransaction(actions, { abortSignal });
      return changes.map((_, index) => subResponses[index]?.etag ?? '');
    };
    return this.#call(
      'a transaction',
      work,
      signal,
      this.#settling(changes, mark, (versions) => versions),
    );
  }

  /** Looks for a write by its mark. Undefined when the write may simply be repeated. */
  #settling<T>(changes: readonly RowChange[], mark: string | undefined, result: (versions: readonly string[]) => T): Settle<T> | undefined {
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

  async #readBack(changes: readonly RowChange[], fault: TableFault): Promise<readonly (StoredRow | undefined)[]> {
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

  /** Repeats what may be repeated; when a write may have run and cannot be, `settle` says what became of it. */
  async #call<T>(request: string, work: Work<T>, signal: AbortSignal | undefined, settle?: Settle<T>): Promise<T> {
    let mayHaveRun = false;
    let isTableMade = false;
    for (let attempt = 1; ; attempt += 1) {
      signal?.throwIfAborted();
      try {
        return await work(this.#limited(signal));
      } catch (thrown) {
        signal?.throwIfAborted();
        const fault = toTableFault(thrown, request, this.name);
        mayHaveRun ||= fault.mayHaveRun;
        if (fault.isTableMissing && !isTableMade) {
          isTableMade = true;
          await this.#make(signal);
          continue;
        }
        if (fault.isPassing && attempt < ATTEMPTS) await this.#wait(attempt, fault, signal);
        else if (settle && mayHaveRun) return await settle(fault);
        else throw fault.error;
      }
    }
  }

  async #make(signal: AbortSignal | undefined): Promise<void> {
    await this.#call('making the table', (abortSignal) => this.#client.createTable({ abortSignal }), signal);
  }

  #limited(signal: AbortSignal | undefined): AbortSignal {
    const limit = AbortSignal.timeout(this.#options.timeLimitMs ?? TIME_LIMIT_MS);
    return signal ? AbortSignal.any([signal, limit]) : limit;
  }

  async #wait(attempt: number, fault: TableFault, signal: AbortSignal | undefined): Promise<void> {
    const { random = Math.random, wait = pause } = this.#options;
    const ownMs = FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.5 + random());
    await wait(Math.min(fault.retryAfterMs ?? ownMs, LONGEST_WAIT_MS), signal);
  }
}

function clientOf({ account, name }: TableOptions): TableClient {
  // The SDK's own repeats cannot tell a write that may have run from one that did not.
  const retryOptions = { maxRetries: 0 };
  if ('credential' in account) return new TableClient(account.tableEndpoint, name, account.credential, { retryOptions });
  return TableClient.fromConnectionString(account.connectionString, name, { retryOptions, allowInsecureConnection: true });
}

async function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(delayMs, undefined, signal ? { signal } : {});
}

function entityOf(change: Exclude<RowChange, { kind: 'remove' }>, mark: string | undefined): TableEntity {
  const { partition, row, values } = change.row;
  return { ...values, partitionKey: partition, rowKey: row, ...(mark !== undefined && { [MARK]: mark }) };
}

function actionOf(change: BatchChange, mark: string | undefined): TransactionAction {
  switch (change.kind) {
    case 'insert':
      return ['create', entityOf(change, mark)];
    case 'replace':
      return ['update', entityOf(change, mark), 'Replace', { etag: change.version }];
    case 'set':
      return ['upsert', entityOf(change, mark), 'Replace'];
    case 'merge':
      return ['upsert', entityOf(change, mark), 'Merge'];
    case 'amend':
      return ['update', entityOf(change, mark), 'Merge', { etag: change.version ?? '*' }];
    case 'remove':
      return ['delete', { partitionKey: change.key.partition, rowKey: change.key.row }];
    default:
      return change satisfies never;
  }
}

function first(versions: readonly string[]): string {
  return versions[0] ?? '';
}

function outcomeUnknown({ code, details }: AppError, cause: unknown): AppError {
  return new AppError('store.outcome-unknown', { ...details, after: code }, { cause });
}
