// A container in memory, for tests of what is built on files: the files themselves are those of production. Bound by the same contract suite.
import type { BlobAnswer, BlobContainer } from '../blobs/blob.ts';

const PAGE_SIZE = 3;

/** An empty container. */
export function createMemoryBlobs(): BlobContainer {
  const blobs = new Map<string, { readonly bytes: Buffer; readonly version: string }>();
  let writes = 0;

  return {
    async put(name, parts) {
      writes += 1;
      blobs.set(name, { bytes: Buffer.concat(parts), version: `"${writes}"` });
    },

    async get(name, knownVersion): Promise<BlobAnswer> {
      const blob = blobs.get(name);
      if (!blob) return { kind: 'missing' };
      return blob.version === knownVersion ? { kind: 'unchanged' } : { kind: 'found', ...blob };
    },

    async *list(prefix) {
      const names = [...blobs.keys()].filter((name) => name.startsWith(prefix)).toSorted();
      for (let start = 0; start < names.length; start += PAGE_SIZE) yield names.slice(start, start + PAGE_SIZE);
    },

    async remove(name) {
      blobs.delete(name);
    },
  };
}
