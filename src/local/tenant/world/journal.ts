// Everything that changed the world, in order: on disk it survives kill -9, because a change is written before it is answered.
// Replaying it over the seed gives the same world. It is also the write log that tests and people read.
import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { isoTime } from './instants.ts';
import type { Change } from './changes.ts';
import type { InstantMs, WriteLogEntry } from './types.ts';

/** Who asked for a change over the wire, and how. */
export interface WriteRecord {
  readonly appId: string;
  readonly objectId: string;
  readonly cmdlet: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Exchange's words where it refused; a refused write changes nothing. */
  readonly refused?: string;
}

interface JournalEntry {
  readonly sequence: number;
  readonly atMs: InstantMs;
  readonly tenantId: string;
  readonly changes: readonly Change[];
  readonly write?: WriteRecord;
}

export interface Journal {
  append(entry: Omit<JournalEntry, 'sequence'>): JournalEntry;
  entries(): Iterable<JournalEntry>;
  close(): void;
}

/** A journal that ends with the process. */
export function createMemoryJournal(): Journal {
  const lines: string[] = [];
  return {
    append(entry) {
      const numbered = { sequence: lines.length + 1, ...entry };
      lines.push(JSON.stringify(numbered));
      return numbered;
    },
    *entries() {
      for (const line of lines) yield JSON.parse(line) as JournalEntry;
    },
    close: () => undefined,
  };
}

/** A journal in a file, one JSON object a line. A last line that a crash tore is cut off: nobody was answered for it. */
export function openFileJournal(path: string): Journal {
  const descriptor = openSync(path, 'a+', 0o600);
  let sequence = 0;
  let size = 0;
  for (const { line, end } of readLines(descriptor)) {
    if (!isEntry(line)) throw new Error(`${path} is damaged in line ${sequence + 1}. Start the tenant anew with --reset.`);
    sequence += 1;
    size = end;
  }
  ftruncateSync(descriptor, size);
  return {
    append(entry) {
      const numbered = { sequence: sequence + 1, ...entry };
      writeWhole(descriptor, `${JSON.stringify(numbered)}\n`);
      sequence += 1;
      return numbered;
    },
    *entries() {
      for (const { line } of readLines(descriptor)) yield JSON.parse(line) as JournalEntry;
    },
    close: () => closeSync(descriptor),
  };
}

/** The writes of a journal as people read them, oldest first. */
export function* writeLog(journal: Journal): Iterable<WriteLogEntry> {
  for (const { sequence, atMs, tenantId, write } of journal.entries()) {
    if (write) yield { sequence, at: isoTime(atMs), tenantId, ...write };
  }
}

function isEntry(line: string): boolean {
  try {
    return typeof (JSON.parse(line) as JournalEntry).sequence === 'number';
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function writeWhole(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
}

/** Whole lines only, with the position after each. */
function* readLines(descriptor: number): Iterable<{ line: string; end: number }> {
  const chunk = Buffer.alloc(1 << 20);
  let rest = Buffer.alloc(0);
  let position = 0;
  for (;;) {
    const count = readSync(descriptor, chunk, 0, chunk.length, position);
    if (count === 0) return;
    position += count;
    let data = Buffer.concat([rest, chunk.subarray(0, count)]);
    for (let at = data.indexOf(10); at >= 0; at = data.indexOf(10)) {
      const line = data.toString('utf8', 0, at);
      data = data.subarray(at + 1);
      yield { line, end: position - data.length };
    }
    rest = Buffer.from(data);
  }
}
