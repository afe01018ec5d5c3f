// What each kind of file has to give: a compact way to gather its entries, and one to find them again without unpacking.
import type { FileContent, FileKind } from './file-frame.ts';

/** Gathers entries in little memory. */
export interface FileCollector<Entry> {
  add(entry: Entry): void;
  /** The body of the file, in parts, and how many entries are in it. */
  finish(): { readonly count: number; readonly parts: readonly Buffer[] };
}

/** One kind of file. */
export interface FileCodec<Entry, Opened> {
  readonly kind: FileKind;
  collect(): FileCollector<Entry>;
  open(content: FileContent): Opened;
}
