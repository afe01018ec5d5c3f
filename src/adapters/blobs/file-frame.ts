// The envelope of every file of a run: what kind it is, in which form, how many entries, and a checksum over all of it.
// A file that is cut short, changed, of another kind or of a form this version does not know is an error, never a shorter list.
import { createHash } from 'node:crypto';
import { AppError } from '../../domain/errors.ts';

/** Kinds of files, by the number that is in them. A number is never given to another kind. */
const fileKinds = { known: 1, owners: 2, managed: 3, set: 4, queue: 5 } as const;
export type FileKind = keyof typeof fileKinds;

/** What a file holds. */
export interface FileContent {
  readonly count: number;
  readonly body: Buffer;
}

/** How every file of a run begins. */
const MAGIC = Buffer.of(0x45, 0x43, 0x44, 0x46);
const FORM = 1;
const KIND_AT = 4;
const FORM_AT = 5;
const COUNT_AT = 8;
const LENGTH_AT = 12;
const DIGEST_AT = 16;
const HEADER_BYTES = 32;

/** The file, in parts. */
export function sealFile(kind: FileKind, count: number, body: readonly Buffer[]): Buffer[] {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt8(fileKinds[kind], KIND_AT);
  header.writeUInt8(FORM, FORM_AT);
  header.writeUInt32BE(count, COUNT_AT);
  header.writeUInt32BE(
    body.reduce((sum, part) => sum + part.length, 0),
    LENGTH_AT,
  );
  digestOf(header, body).copy(header, DIGEST_AT);
  return [header, ...body];
}

/** What the file holds; `store.unexpected` when it is not whole or not one of that kind. */
export function openFile(kind: FileKind, bytes: Buffer): FileContent {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw unreadable(kind, 'it is no file of a run');
  const body = bytes.subarray(HEADER_BYTES);
  const form = bytes.readUInt8(FORM_AT);
  if (form !== FORM) throw unreadable(kind, `it has form ${form}, and this version knows form ${FORM}`);
  if (bytes.readUInt8(KIND_AT) !== fileKinds[kind]) throw unreadable(kind, 'it is a file of another kind');
  if (bytes.readUInt32BE(LENGTH_AT) !== body.length) throw unreadable(kind, 'it is not whole');
  if (!digestOf(bytes, [body]).equals(bytes.subarray(DIGEST_AT, HEADER_BYTES))) throw unreadable(kind, 'its checksum is wrong');
  return { count: bytes.readUInt32BE(COUNT_AT), body };
}

function digestOf(header: Buffer, body: readonly Buffer[]): Buffer {
  const digest = createHash('sha256').update(header.subarray(0, DIGEST_AT));
  for (const part of body) digest.update(part);
  return digest.digest().subarray(0, HEADER_BYTES - DIGEST_AT);
}

/** The error that a file of a run cannot be read. */
export function unreadable(kind: FileKind, problem: string): AppError {
  return new AppError('store.unexpected', { request: `reading the file '${kind}' of a run`, problem: `${problem}; start the run anew` });
}
