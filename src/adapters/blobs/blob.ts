// Blobs as the files of discovery need them: whole values under names, replaced whole. It knows no HTTP and no file.

/** What asking for a blob gives. */
export type BlobAnswer =
  | { readonly kind: 'found'; readonly bytes: Buffer; readonly version: string }
  /** It still is the version that was named. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'missing' };

export interface BlobCallOptions {
  readonly signal?: AbortSignal;
}

/** One container. */
export interface BlobContainer {
  /** Keeps the blob whole, in place of what had its name. */
  put(name: string, parts: readonly Buffer[], options?: BlobCallOptions): Promise<void>;
  /** The blob; only the answer that it is `unchanged` when it still has the version that is known. */
  get(name: string, knownVersion?: string, options?: BlobCallOptions): Promise<BlobAnswer>;
  /** The names that begin so, page by page. */
  list(prefix: string, options?: BlobCallOptions): AsyncIterable<readonly string[]>;
  /** Succeeds also when the blob is gone already. */
  remove(name: string, options?: BlobCallOptions): Promise<void>;
}
