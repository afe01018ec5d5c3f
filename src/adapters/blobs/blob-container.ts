// The one place that talks to Azure Blobs. Everything it does may be repeated: a blob is written whole and removed whole.
// https://learn.microsoft.com/rest/api/storageservices/put-blob
import type { TokenCredential } from '@azure/core-auth';
import type {
  BlobDownloadResponseParsed,
  BlockBlobClient,
  ContainerClient,
  ContainerListBlobFlatSegmentResponse,
} from '@azure/storage-blob';
import { Readable } from 'node:stream';
import { AppError } from '../../domain/errors.ts';
import { createRepeatedCall } from '../storage/repeated-call.ts';
import type { Patience, RepeatedCall } from '../storage/repeated-call.ts';
import type { BlobAnswer, BlobCallOptions, BlobContainer } from './blob.ts';

/** The storage account: by its address and our identity, or by a connection string on a laptop. */
type BlobAccount = { readonly blobEndpoint: string; readonly credential: TokenCredential } | { readonly connectionString: string };

export interface BlobContainerOptions extends Patience {
  readonly account: BlobAccount;
  readonly name: string;
}

/** A file of a large organization has some ten megabytes. */
const TIME_LIMIT_MS = 30_000;
const PAGE_SIZE = 1000;
const NOT_MODIFIED = 304;

/** A container of a storage account; it is made when it is first needed. */
export function createBlobContainer(options: BlobContainerOptions): BlobContainer {
  return new AzureContainer(options);
}

class AzureContainer implements BlobContainer {
  readonly #options: BlobContainerOptions;
  readonly #call: RepeatedCall;
  #opening: Promise<ContainerClient> | undefined;

  constructor(options: BlobContainerOptions) {
    this.#options = options;
    this.#call = createRepeatedCall({
      timeLimitMs: TIME_LIMIT_MS,
      ...options,
      record: options.name,
      make: async (abortSignal) => (await this.#client()).createIfNotExists({ abortSignal }),
    });
  }

  async #client(): Promise<ContainerClient> {
    this.#opening ??= openClient(this.#options);
    return this.#opening;
  }

  async #blob(name: string): Promise<BlockBlobClient> {
    return (await this.#client()).getBlockBlobClient(name);
  }

  async put(name: string, parts: readonly Buffer[], { signal }: BlobCallOptions = {}): Promise<void> {
    const blob = await this.#blob(name);
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const blobHTTPHeaders = { blobContentType: 'application/octet-stream' };
    // Each attempt sends the parts from the beginning, and nothing joins them in memory.
    await this.#call(
      'writing a file',
      (abortSignal) => blob.upload(() => Readable.from(parts), length, { abortSignal, blobHTTPHeaders }),
      signal,
    );
  }

  async get(name: string, knownVersion?: string, { signal }: BlobCallOptions = {}): Promise<BlobAnswer> {
    const blob = await this.#blob(name);
    try {
      return await this.#call('reading a file', (abortSignal) => download(blob, knownVersion, abortSignal), signal);
    } catch (error) {
      if (error instanceof AppError && error.code === 'store.missing') return { kind: 'missing' };
      throw error;
    }
  }

  async *list(prefix: string, { signal }: BlobCallOptions = {}): AsyncGenerator<readonly string[]> {
    const client = await this.#client();
    let continuationToken: string | undefined;
    do {
      const settings = { maxPageSize: PAGE_SIZE, ...(continuationToken !== undefined && { continuationToken }) };
      const page: ContainerListBlobFlatSegmentResponse | undefined = await this.#call(
        'listing files',
        async (abortSignal) => (await client.listBlobsFlat({ prefix, abortSignal }).byPage(settings).next()).value,
        signal,
      );
      yield page?.segment.blobItems.map(({ name }) => name) ?? [];
      continuationToken = page?.continuationToken;
    } while (continuationToken !== undefined && continuationToken !== '');
  }

  async remove(name: string, { signal }: BlobCallOptions = {}): Promise<void> {
    const blob = await this.#blob(name);
    await this.#call('removing a file', (abortSignal) => blob.deleteIfExists({ abortSignal }), signal);
  }
}

/** The SDK takes a tenth of a second to load, and most functions need no file. */
async function openClient({ account, name }: BlobContainerOptions): Promise<ContainerClient> {
  const sdk = await import('@azure/storage-blob');
  // See storage/repeated-call.ts.
  const options = { retryOptions: { maxTries: 1 } };
  if (!('credential' in account)) return new sdk.ContainerClient(account.connectionString, name, options);
  return new sdk.BlobServiceClient(account.blobEndpoint, account.credential, options).getContainerClient(name);
}

async function download(blob: BlockBlobClient, knownVersion: string | undefined, abortSignal: AbortSignal): Promise<BlobAnswer> {
  const conditions = knownVersion === undefined ? {} : { ifNoneMatch: knownVersion };
  try {
    const answer = await blob.download(0, undefined, { abortSignal, conditions, maxRetryRequests: 0 });
    return { kind: 'found', bytes: await bytesOf(answer, abortSignal), version: answer.etag ?? '' };
  } catch (error) {
    if (knownVersion !== undefined && statusOf(error) === NOT_MODIFIED) return { kind: 'unchanged' };
    throw error;
  }
}

/** The whole body; an answer that breaks off counts as a lost connection, whatever the SDK throws. */
async function bytesOf({ contentLength = 0, readableStreamBody }: BlobDownloadResponseParsed, signal: AbortSignal): Promise<Buffer> {
  const bytes = Buffer.alloc(contentLength);
  let end = 0;
  try {
    for await (const chunk of readableStreamBody ?? []) end += Buffer.from(chunk).copy(bytes, end);
  } catch (error) {
    signal.throwIfAborted();
    throw cutAnswer(error);
  }
  if (end !== contentLength) throw cutAnswer(undefined);
  return bytes;
}

function cutAnswer(cause: unknown): Error {
  return Object.assign(new Error('The answer broke off.', { cause }), { code: 'ECONNRESET' });
}

function statusOf(error: unknown): unknown {
  return error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
}
