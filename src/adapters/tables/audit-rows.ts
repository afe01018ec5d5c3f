// Between the audit and rows: `e|<newest first>` is a record, `i|<event id>` says that the event is recorded, `n|<tenant>|<object id>` is a name.
// All of a chain are in one partition, together with `end`, `signed` and `checkpoint`.
import type { AuditChain } from '../../domain/audit.ts';
import type { ChainEnd, KeptRecord, NewRecord, PersonName } from '../../domain/audit-chain.ts';
import type { LastSigned } from '../../domain/audit-head.ts';
import type { Checkpoint } from '../../domain/audit-port.ts';
import { createDocument } from './document.ts';
import { keyOf } from './keys.ts';
import type { KeyRange, RowKey } from './keys.ts';
import { piecesOf } from './row.ts';
import type { BatchChange, Row, RowValues, StoredRow } from './row.ts';

export const endDocument = createDocument<ChainEnd>('end');
export const signedDocument = createDocument<LastSigned>('signed');
export const checkpointDocument = createDocument<Checkpoint>('checkpoint');
export const nameDocument = createDocument<PersonName>('person');

const RECORDS = 'e|';
/** Fifteen digits, which numbers hold exactly. */
const HIGHEST = 999_999_999_999_999;
const DIGITS = 15;

/** The partition that lists the chains there are; no chain has that name. */
export const CHAINS = 'chains';

/** The change that lists a chain: one that is listed and has no records does no harm, one that has some and is not listed is forgotten. */
export function chainChange(chain: AuditChain): BatchChange {
  return { kind: 'set', row: { partition: CHAINS, row: keyOf(chain), values: {} } };
}

export function auditKey(chain: AuditChain, row: string): RowKey {
  return { partition: keyOf(chain), row };
}

/** The key of a record: later ones come first. */
export function recordKey(sequence: number): string {
  return `${RECORDS}${String(HIGHEST - sequence).padStart(DIGITS, '0')}`;
}

/** The keys of the records from a sequence down. */
export function recordsThrough(sequence: number): KeyRange {
  return { from: recordKey(sequence), before: 'e}' };
}

/** The keys of the records after a sequence. */
export function recordsBeyond(sequence: number): KeyRange {
  return { from: RECORDS, before: recordKey(sequence) };
}

export function eventKey(eventId: string): string {
  return keyOf('i', eventId);
}

export function nameKey({ tenant, objectId }: Pick<PersonName, 'tenant' | 'objectId'>): string {
  return keyOf('n', tenant, objectId);
}

/** The rows of a new record. */
export function recordChanges(chain: AuditChain, { sequence, text, hash, eventId }: NewRecord): BatchChange[] {
  return [
    { kind: 'insert', row: { ...auditKey(chain, recordKey(sequence)), values: { hash, ...recordValues(text) } } },
    { kind: 'insert', row: { ...auditKey(chain, eventKey(eventId)), values: { sequence: String(sequence) } } },
  ];
}

function recordValues(text: string): RowValues {
  return Object.fromEntries(piecesOf(text).map((piece, index) => [pieceName(index), piece]));
}

function pieceName(index: number): string {
  return index === 0 ? 'record' : `record_${index}`;
}

/** The record in a row, unchecked. */
export function readRecordRow({ row, values }: StoredRow): KeptRecord {
  let text = '';
  for (let index = 0; values[pieceName(index)] !== undefined; index += 1) text += values[pieceName(index)] ?? '';
  const digits = row.slice(RECORDS.length);
  const sequence = /^\d{15}$/.test(digits) ? HIGHEST - Number(digits) : Number.NaN;
  return { sequence, text, hash: values['hash'] ?? '' };
}

/** Keeps a row in place of a version, or a first one. */
export function keeping(row: Row, version: string | undefined): BatchChange {
  return version === undefined ? { kind: 'insert', row } : { kind: 'replace', row, version };
}
