// What somebody who can write the table of the audit may do to it, for tests that have it found.
import { sha256 } from '../../src/adapters/audit/digest.ts';
import { auditKey, endDocument, readRecordRow, recordKey } from '../../src/adapters/tables/audit-rows.ts';
import { keyOf } from '../../src/adapters/tables/keys.ts';
import type { RowValues, StoredRow, Table } from '../../src/adapters/tables/row.ts';
import { canonicalJson, emptyChain, FIRST_PREVIOUS, readRecord } from '../../src/domain/audit-chain.ts';
import type { ChainEnd, ChainRecord } from '../../src/domain/audit-chain.ts';
import { organization } from './discovery-scene.ts';

async function rowOf(table: Table, sequence: number): Promise<StoredRow> {
  const row = await table.get(auditKey(organization, recordKey(sequence)));
  if (!row) throw new Error(`There is no record ${sequence}.`);
  return row;
}

async function put(table: Table, sequence: number, values: RowValues): Promise<void> {
  await table.write({ kind: 'set', row: { ...auditKey(organization, recordKey(sequence)), values } });
}

/** Changes one character of a record's text: another letter, or another digit. */
export async function flip(table: Table, sequence: number, position: number): Promise<void> {
  const { values } = await rowOf(table, sequence);
  const text = values['record'] ?? '';
  const at = position % text.length;
  const other = text.charAt(at) === 'a' ? 'b' : 'a';
  await put(table, sequence, { ...values, record: `${text.slice(0, at)}${other}${text.slice(at + 1)}` });
}

export async function erase(table: Table, sequence: number): Promise<void> {
  await table.write({ kind: 'remove', key: auditKey(organization, recordKey(sequence)) });
}

export async function swap(table: Table, a: number, b: number): Promise<void> {
  const [first, second] = [await rowOf(table, a), await rowOf(table, b)];
  await put(table, a, second.values);
  await put(table, b, first.values);
}

async function setEnd(table: Table, end: ChainEnd): Promise<void> {
  await table.write({ kind: 'set', row: { ...auditKey(organization, 'end'), values: endDocument.pack(end) } });
}

/** Cuts the chain off after a record and sets its end there, so that what is left is whole. */
export async function truncate(table: Table, sequence: number): Promise<void> {
  const row = await table.get(auditKey(organization, 'end'));
  const end = row && endDocument.unpack(row.values);
  for (let each = sequence + 1; each <= (end?.sequence ?? 0); each += 1) await erase(table, each);
  const { hash } = readRecordRow(await rowOf(table, sequence));
  await setEnd(table, { ...emptyChain, ...end, sequence, hash });
}

/** Makes the whole chain anew from a record on, with something changed in it and every hash right. */
export async function rewrite(table: Table, from: number, change: (record: ChainRecord) => ChainRecord): Promise<void> {
  const row = await table.get(auditKey(organization, 'end'));
  const end = row && endDocument.unpack(row.values);
  let previous = from === 1 ? FIRST_PREVIOUS : readRecordRow(await rowOf(table, from - 1)).hash;
  for (let sequence = from; sequence <= (end?.sequence ?? 0); sequence += 1) {
    const record = readRecord(readRecordRow(await rowOf(table, sequence)).text);
    if (!record) throw new Error(`Record ${sequence} cannot be read.`);
    const text = canonicalJson({ ...change(record), previous });
    previous = sha256(text);
    await put(table, sequence, { record: text, hash: previous });
  }
  if (end) await setEnd(table, { ...end, hash: previous });
}

/** Everything of the chain's partition. */
export async function eraseAll(table: Table): Promise<void> {
  for await (const { rows } of table.pages({ partition: keyOf(organization) })) {
    for (const { partition, row } of rows) await table.write({ kind: 'remove', key: { partition, row } });
  }
}
