// The chain of recorded events: each record carries the hash of the one before it, so none can be changed, removed or put in between unnoticed.
// Pure: hashing comes in as a function, keeping is audit-port.ts, checking is audit-check.ts, what vouches for the chain is audit-head.ts.
import type { AuditChain, AuditEntry, AuditEvent } from './audit.ts';
import { describeEvent } from './audit-events.ts';
import { compareInstants, msBetween } from './instant.ts';
import type { Instant } from './instant.ts';
import type { Versioned } from './store-page.ts';

/** SHA-256 of the UTF-8 of a text, as 64 hexadecimal digits. */
export type Digest = (text: string) => string;

/** What stands for the record before the first. */
export const FIRST_PREVIOUS = '0'.repeat(64);

const FORM = 1;

/** One event in its place. Its canonical text is what is hashed and kept. */
export interface ChainRecord {
  readonly form: number;
  readonly chain: AuditChain;
  /** 1 for the first record, then without gaps. */
  readonly sequence: number;
  /** When it took its place; never earlier than that of the record before. */
  readonly recordedAt: Instant;
  /** Hash of the record before. */
  readonly previous: string;
  readonly event: AuditEvent;
}

/** A record as it is kept: the text that was hashed, and its hash. */
export interface KeptRecord {
  /** Of the key; the text says it too. */
  readonly sequence: number;
  readonly text: string;
  readonly hash: string;
}

/** The end of a chain, and what listing needs to know of all of it. */
export interface ChainEnd {
  readonly sequence: number;
  readonly hash: string;
  readonly recordedAt: Instant;
  /** The longest that an event took from happening to its place. */
  readonly longestLagMs: number;
  /** The furthest that the clock of who told an event was ahead. */
  readonly longestLeadMs: number;
  /** The last record that wanted the head to be signed at once. */
  readonly urgentSequence: number;
}

/** The end of a chain that has no records. */
export const emptyChain: ChainEnd = {
  sequence: 0,
  hash: FIRST_PREVIOUS,
  recordedAt: '1970-01-01T00:00:00.000Z',
  longestLagMs: 0,
  longestLeadMs: 0,
  urgentSequence: 0,
};

/** The name of a person, kept apart from the events so that it can be erased. */
export interface PersonName {
  readonly tenant: string;
  readonly objectId: string;
  /** Undefined when it was erased. */
  readonly name?: string;
  /** The time of the newest event that brought it, to the month or better. */
  readonly seenAt: Instant;
  /** What happened before then does not bring the name back. */
  readonly erasedAt?: Instant;
}

/** A record that is appended, with the id by which the event is known to be recorded. */
export interface NewRecord extends KeptRecord {
  readonly eventId: string;
}

/** The records that follow `end` for these events, in their order, and the new end. */
export function chainRecords(
  digest: Digest,
  end: ChainEnd,
  entries: readonly AuditEntry[],
  now: Instant,
): { readonly records: readonly NewRecord[]; readonly end: ChainEnd } {
  const recordedAt = compareInstants(now, end.recordedAt) < 0 ? end.recordedAt : now;
  const records: NewRecord[] = [];
  let last = end;
  for (const { event } of entries) {
    const sequence = last.sequence + 1;
    const record: ChainRecord = { form: FORM, chain: event.chain, sequence, recordedAt, previous: last.hash, event };
    const text = canonicalJson(record);
    const hash = digest(text);
    const lagMs = msBetween(event.time, recordedAt);
    records.push({ sequence, text, hash, eventId: event.id });
    last = {
      sequence,
      hash,
      recordedAt,
      longestLagMs: Math.max(last.longestLagMs, lagMs),
      longestLeadMs: Math.max(last.longestLeadMs, -lagMs),
      urgentSequence: describeEvent(event.type).isSignedAtOnce ? sequence : last.urgentSequence,
    };
  }
  return { records, end: last };
}

/** The record in a text; undefined when it is none. A record of a newer form is read as far as it is known. */
export function readRecord(text: string): ChainRecord | undefined {
  try {
    const record: ChainRecord = JSON.parse(text);
    const { sequence, recordedAt, previous, chain, event } = record;
    const isRecord = Number.isSafeInteger(sequence) && [recordedAt, previous, chain].every((each) => typeof each === 'string');
    return isRecord && isEvent(event) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Whether what was read from outside the code is an event; its type may be one of a later version. */
export function isEvent(event: AuditEvent): boolean {
  const texts = [event.id, event.type, event.chain, event.time, event.actor.kind, event.subject.kind, event.subject.id];
  return texts.every((each) => typeof each === 'string') && typeof event.details === 'object';
}

/** How many rows a transaction may have; the end of the chain takes one, an event two, a name one. */
const MOST_ROWS = 100;

/** The entries in parts that each fit into one transaction, oldest first; an event that is told twice comes once. */
export function batchesOf<T extends AuditEntry>(entries: readonly T[]): T[][] {
  const batches: T[][] = [];
  const seen = new Set<string>();
  let batch: T[] = [];
  let rows = 1;
  let people = new Set<string>();
  for (const entry of entries.toSorted(inOrder)) {
    if (seen.has(entry.event.id)) continue;
    seen.add(entry.event.id);
    const person = entry.actorName === undefined ? undefined : personKey(entry.event);
    const more = 2 + (person !== undefined && !people.has(person) ? 1 : 0);
    if (rows + more > MOST_ROWS) {
      batches.push(batch);
      batch = [];
      rows = 1;
      people = new Set();
    }
    rows += person !== undefined && !people.has(person) ? 3 : 2;
    if (person !== undefined) people.add(person);
    batch.push(entry);
  }
  return batch.length === 0 ? batches : [...batches, batch];
}

function inOrder({ event: a }: AuditEntry, { event: b }: AuditEntry): number {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1;
  return a.id < b.id ? -1 : Number(a.id > b.id);
}

/** Who is meant by a name; undefined for actors that are no people. */
function personKey({ actor }: Pick<AuditEvent, 'actor'>): string | undefined {
  return actor.kind === 'user' || actor.kind === 'application' ? `${actor.tenant} ${actor.objectId}` : undefined;
}

/** A name's time is written anew when it is older than this: not with every event. */
const NAME_AGE_MS = 30 * 24 * 60 * 60_000;

/** The names that these events bring and that are not kept yet, each with the version it takes the place of. */
export function newNames(
  entries: readonly AuditEntry[],
  known: ReadonlyMap<string, Versioned<PersonName>>,
): { readonly name: PersonName; readonly replaces?: string }[] {
  const found = new Map<string, { readonly name: PersonName; readonly replaces?: string }>();
  for (const { event, actorName } of entries) {
    const { actor, time } = event;
    const key = personKey(event);
    if (key === undefined || actorName === undefined || !('objectId' in actor)) continue;
    const kept = known.get(key);
    if (kept && !isNews(kept.value, actorName, time)) continue;
    const { tenant, objectId } = actor;
    found.set(key, { name: { tenant, objectId, name: actorName, seenAt: time }, ...(kept && { replaces: kept.version }) });
  }
  return [...found.values()];
}

function isNews(kept: PersonName, name: string, time: Instant): boolean {
  if (kept.erasedAt !== undefined && compareInstants(time, kept.erasedAt) <= 0) return false;
  const ageMs = msBetween(kept.seenAt, time);
  return kept.name === name ? ageMs > NAME_AGE_MS : ageMs > 0 || kept.name === undefined;
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json | undefined };

/** JSON in the one form that a value has: no spaces, names in order (RFC 8785). */
export function canonicalJson(value: object): string {
  return write(JSON.parse(JSON.stringify(value)));
}

function write(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${write(member ?? null)}`).join(',')}}`;
}
