// What the audit asks of the outside: where events wait, where the chain is kept, where signed heads are kept, and the key that signs.
// The three last are apart on purpose: who can write one of them cannot write the others.
import type { AuditChain, AuditEntry, AuditEvent } from './audit.ts';
import type { ChainEnd, KeptRecord, NewRecord, PersonName } from './audit-chain.ts';
import type { HeadFile, HeadSignature, LastSigned, SignedHead } from './audit-head.ts';
import type { Instant } from './instant.ts';
import type { ScanPage, ScanRequest, Versioned } from './store-page.ts';

/** An event that waits, and the row it waits in. */
export interface WaitingEntry extends AuditEntry {
  readonly place: { readonly table: string; readonly partition: string; readonly row: string };
}

/** A row that waits and cannot be read. */
export interface UnreadableEntry {
  readonly place: WaitingEntry['place'];
  readonly problem: string;
}

/** Events wait beside the changes they tell of, written in the same transactions, until the sequencer has given them their places. */
export interface AuditOutbox {
  /** Lets an event wait that tells of no change. The same id twice is one event. */
  add(entry: AuditEntry): Promise<void>;
  /** Chains of which events wait where all organizations share a table: also those whose connector is gone. */
  chains(): Promise<readonly AuditChain[]>;
  /** The events of a chain that wait, about so many, the oldest of each place. */
  waiting(
    chain: AuditChain,
    most: number,
  ): Promise<{ readonly entries: readonly WaitingEntry[]; readonly unreadable: readonly UnreadableEntry[] }>;
  /** Removes what was recorded; what is gone already does not matter. */
  remove(entries: readonly WaitingEntry[]): Promise<void>;
}

/** Refusals that are told to the audit: each once a minute, and no more of them than the audit can take. */
export interface Refusals {
  /** Lets the event wait, unless one of that key was told this minute; when too many were, it is counted only. */
  tell(key: string, entry: () => Promise<AuditEntry>): Promise<void>;
}

/** From where on a chain is kept: what came before was purged, and a signed head vouches for where it ended. */
export interface Checkpoint {
  readonly sequence: number;
  readonly hash: string;
}

/** What is appended in one transaction. */
export interface Appended {
  readonly records: readonly NewRecord[];
  readonly end: ChainEnd;
  /** The version of the end that the records follow; absent for the first ones. */
  readonly replaces?: string;
  readonly names: readonly { readonly name: PersonName; readonly replaces?: string }[];
}

/** Which events. What is left out does not matter. */
export interface AuditFilter {
  /** Object id of a person or an application, or the name of a component of ours. */
  readonly actor?: string;
  /** Name of an event, or its first word with the dot: `run.`. */
  readonly event?: string;
  /** Id of what the event is about. */
  readonly subject?: string;
  /** When it happened: from then, and before then. */
  readonly from?: Instant;
  readonly to?: Instant;
}

/** What to look for in a chain. */
export interface AuditScan extends ScanRequest<KeptRecord> {
  /** Nothing older can match: the list ends before this record. */
  readonly isPast: (record: KeptRecord) => boolean;
}

/** The chains, one partition each. Rows are only ever added, but for the end of a chain and the names of people. */
export interface AuditStore {
  /** Every chain that has records. */
  chains(): Promise<readonly AuditChain[]>;
  end(chain: AuditChain): Promise<Versioned<ChainEnd> | undefined>;
  /** All or nothing: `store.stale` when the chain has another end by now, `store.exists` when an event is recorded already. */
  append(chain: AuditChain, appended: Appended): Promise<void>;
  /** Which of these events are recorded. */
  recorded(chain: AuditChain, eventIds: readonly string[]): Promise<ReadonlySet<string>>;
  record(chain: AuditChain, sequence: number): Promise<KeptRecord | undefined>;
  /** Newest first, from a sequence down. Keys that are none of ours have the sequence NaN. */
  records(chain: AuditChain, through: number): AsyncIterable<readonly KeptRecord[]>;
  /** The records beyond a sequence, some of the newest: there should be none after the end. */
  beyond(chain: AuditChain, sequence: number): Promise<readonly KeptRecord[]>;
  /** The next records that match, newest first, from a sequence down or where an earlier page ended: a bounded scan. */
  scan(chain: AuditChain, through: number, request: AuditScan): Promise<ScanPage<KeptRecord>>;
  /** The names of people by `<tenant> <object id>`, with erased ones. */
  names(chain: AuditChain, people: readonly Pick<PersonName, 'tenant' | 'objectId'>[]): Promise<ReadonlyMap<string, Versioned<PersonName>>>;
  /** Erases the name of a person and lets the event that tells of it wait, both or neither. */
  eraseName(chain: AuditChain, name: PersonName & { readonly name?: never }, entry: AuditEntry): Promise<void>;
  lastSigned(chain: AuditChain): Promise<LastSigned | undefined>;
  keepLastSigned(chain: AuditChain, last: LastSigned): Promise<void>;
  checkpoint(chain: AuditChain): Promise<Checkpoint | undefined>;
  /** Moves the start of the chain and lets the event that tells of it wait, both or neither. */
  keepCheckpoint(chain: AuditChain, checkpoint: Checkpoint, entry: AuditEntry): Promise<void>;
  /** Removes the records up to a sequence and the ids of their events; answers how many. Safe to repeat. */
  removeThrough(chain: AuditChain, sequence: number): Promise<number>;
  /** Removes the names of people that were last seen before that time; answers how many. */
  removeNames(chain: AuditChain, seenBefore: Instant): Promise<number>;
}

/** Signed heads, in a place of their own. */
export interface AuditHeads {
  /** Keeps a head; false when there is one of that sequence, which stays as it is. */
  keep(head: SignedHead): Promise<boolean>;
  get(chain: AuditChain, sequence: number): Promise<HeadFile | undefined>;
  /** In the order of their sequences. */
  list(chain: AuditChain): AsyncIterable<HeadFile>;
  chains(): Promise<readonly AuditChain[]>;
  /** Removes those below a sequence, as far as the place allows it. */
  removeBelow(chain: AuditChain, sequence: number): Promise<void>;
}

/** The key that signs heads. Whoever writes the tables does not hold it. */
export interface AuditKey {
  sign(text: string): Promise<HeadSignature>;
  /** `unknown-key`: not made by a key that this deployment trusts. */
  verify(text: string, signature: HeadSignature): Promise<'valid' | 'forged' | 'unknown-key'>;
}

/** A record for people, with the name of its actor where there is one. */
export type AuditView =
  | { readonly sequence: number; readonly recordedAt: Instant; readonly event: AuditEvent; readonly actorName?: string }
  /** The row cannot be read: `npm run audit:verify` says what happened to it. */
  | { readonly sequence: number; readonly problem: 'unreadable' };
