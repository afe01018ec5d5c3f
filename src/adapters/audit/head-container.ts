// The container of signed heads: a blob container with one more way to write, which never replaces what is there.
// https://learn.microsoft.com/rest/api/storageservices/specifying-conditional-headers-for-blob-service-operations
import type { ContainerClient } from '@azure/storage-blob';
import { AppError } from '../../domain/errors.ts';
import type { BlobContainer } from '../blobs/blob.ts';
import { createBlobContainer } from '../blobs/blob-container.ts';
import type { BlobContainerOptions } from '../blobs/blob-container.ts';
import { createRepeatedCall } from '../storage/repeated-call.ts';
import type { HeadContainer } from './audit-heads.ts';

/** The container of that name; made when it is first needed. In Azure it is there before, with a policy that nothing in it can be changed. */
export function createHeadContainer(options: BlobContainerOptions): HeadContainer {
  let opening: Promise<ContainerClient> | undefined;
  const client = (): Promise<ContainerClient> => (opening ??= openClient(options));
  const call = createRepeatedCall({
    ...options,
    record: options.name,
    make: async (abortSignal) => (await client()).createIfNotExists({ abortSignal }),
  });

  async function putNew(name: string, content: Uint8Array): Promise<boolean> {
    const blob = (await client()).getBlockBlobClient(name);
    const conditions = { conditions: { ifNoneMatch: '*' }, blobHTTPHeaders: { blobContentType: 'application/json' } };
    try {
      await call('writing a head', (abortSignal) => blob.upload(content, content.length, { ...conditions, abortSignal }), undefined);
      return true;
    } catch (error) {
      // Also when it is ours, whose answer got lost: who asks looks at what is there.
      if (error instanceof AppError && (error.code === 'store.exists' || error.code === 'store.stale')) return false;
      throw error;
    }
  }

  return headsIn(createBlobContainer(options), putNew);
}

/** Makes a container of heads of any container of blobs. */
export function headsIn(blobs: BlobContainer, putNew: HeadContainer['putNew']): HeadContainer {
  return {
    putNew,

    async get(name) {
      const answer = await blobs.get(name);
      return answer.kind === 'found' ? answer.bytes : undefined;
    },

    async *list(prefix) {
      for await (const names of blobs.list(prefix)) yield* names;
    },

    remove: (name) => blobs.remove(name),
  };
}

/** The SDK takes a tenth of a second to load. Its own repeats are off: see storage/repeated-call.ts. */
async function openClient({ account, name }: BlobContainerOptions): Promise<ContainerClient> {
  const sdk = await import('@azure/storage-blob');
  const options = { retryOptions: { maxTries: 1 } };
  if (!('credential' in account)) return new sdk.ContainerClient(account.connectionString, name, options);
  return new sdk.BlobServiceClient(account.blobEndpoint, account.credential, options).getContainerClient(name);
}
