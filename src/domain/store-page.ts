// How stores answer lists, and what they answer with what they keep. No SDK type appears here.

/** A kept value and the version by which it can be changed. */
export interface Versioned<T> {
  readonly value: T;
  readonly version: string;
}

/** Part of a list that people page through. */
export interface StorePage<T> {
  readonly values: readonly T[];
  /** Where to go on; absent at the end. It is trusted when it comes back: whoever hands it out has to seal it. */
  readonly continuation?: string;
}

/** What a bounded scan answers: it may find nothing and yet not be at the end. */
export interface ScanPage<T> extends StorePage<T> {
  /** How many rows were read for it. */
  readonly scanned: number;
}

/** What to look for in a bounded scan. */
export interface ScanRequest<T> {
  readonly matches: (value: T) => boolean;
  /** The most values to answer. */
  readonly top: number;
  readonly continuation?: string;
  readonly signal?: AbortSignal;
}

/** What became of what was given to an observation writer. */
export interface WriteCounts {
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  /** Ids of what was not there before. */
  readonly addedIds: readonly string[];
  /** How many there were before; only from a writer that compares with everything. */
  readonly storedBefore?: number;
}

/** Takes what a run reads, page by page, and writes only what is new or changed, in batches across pages. */
export interface ObservationWriter<T> {
  /** Resolves when there is room for more. */
  add(observations: readonly T[]): Promise<void>;
  /** Writes what is left and answers what became of everything. Nothing may be added afterwards. */
  finish(): Promise<WriteCounts>;
}

/** How a writer finds out what is stored already. */
export type Comparison =
  /** Reads the short form of everything once: for runs that bring most of it. */
  | 'everything'
  /** Reads what it is given, one by one: for a few. */
  | 'each';

/** What is stored, as something else has read it already: '' without a fingerprint, undefined when it is not there. */
export interface KnownFingerprints {
  fingerprintOf(id: string): string | undefined;
}

/** The sixteen partitions of devices, mailboxes and users: the first digit of the id. In order, ids are in order. */
export const partitionDigits = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'] as const;
export type PartitionDigit = (typeof partitionDigits)[number];

/** The partition of an id that is a GUID. */
export function partitionDigitOf(id: string): PartitionDigit {
  const digit = partitionDigits.find((each) => id.startsWith(each));
  if (digit === undefined) throw new RangeError(`'${id.slice(0, 40)}' is no GUID in lower case.`);
  return digit;
}
