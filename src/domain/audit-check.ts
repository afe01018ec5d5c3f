// The check of one chain, fed with its records newest first: each is held against what the record above says of it and against the signed heads.
// It keeps the heads in memory (a few a day) and of the records only the last.
import { FIRST_PREVIOUS, readRecord } from './audit-chain.ts';
import type { ChainEnd, ChainRecord, Digest, KeptRecord } from './audit-chain.ts';
import type { AuditChain } from './audit.ts';
import type { AuditFinding, AuditReport } from './audit-finding.ts';
import type { Checkpoint } from './audit-port.ts';
import { addMs, compareInstants, msBetween } from './instant.ts';
import type { Instant } from './instant.ts';

/** A head whose signature was checked. */
export interface CheckedHead {
  readonly sequence: number;
  readonly hash: string;
  readonly signedAt: Instant;
  readonly previous?: number;
}

export interface CheckOptions {
  readonly chain: AuditChain;
  readonly digest: Digest;
  readonly end: ChainEnd | undefined;
  readonly checkpoint: Checkpoint | undefined;
  /** The valid ones, in the order of their sequences. */
  readonly heads: readonly CheckedHead[];
  /** Every head that is there, valid or not. */
  readonly headSequences: ReadonlySet<number>;
  /** The head that the tables remember as the last. */
  readonly lastSigned: number | undefined;
  readonly now: Instant;
  readonly keepDays: number;
}

/** The hour within which a head is signed, and some time for the timer. */
const COVER_MS = 75 * 60_000;
const DAY_MS = 24 * 60 * 60_000;

interface Mismatch {
  readonly to: number;
  readonly signedAt: Instant;
}

/** The state of a check between two records. */
export class ChainCheck {
  readonly #options: CheckOptions;
  readonly #findings: AuditFinding[] = [];
  /** Heads that were not come to yet; the last is the next. */
  readonly #heads: CheckedHead[];
  /** What the next record has to be: its sequence, and its hash where a whole record above says it. */
  #sequence: number;
  #hash: string | undefined;
  #records = 0;
  #oldest: number | undefined;
  #mismatch: Mismatch | undefined;
  /** When the earliest of the heads above was signed. */
  #coveredAt: Instant | undefined;
  #uncovered: Extract<AuditFinding, { kind: 'unsigned' | 'signed-late' }> | undefined;

  constructor(options: CheckOptions) {
    this.#options = options;
    this.#heads = [...options.heads];
    const { end, heads } = options;
    // Without an end, the first record that comes is taken for it.
    this.#sequence = end?.sequence ?? Number.NaN;
    this.#hash = end?.hash;
    if (end) this.#checkTail(end.sequence);
    else if (heads.length > 0) this.#findings.push({ kind: 'end-missing' });
    this.#checkHeads();
  }

  /** The next record, which has the highest sequence of those that are left. */
  take(kept: KeptRecord): void {
    const { sequence } = kept;
    if (Number.isNaN(sequence)) {
      this.#findings.push({ kind: 'stray' });
      return;
    }
    if (sequence <= (this.#options.checkpoint?.sequence ?? 0)) return;
    if (Number.isNaN(this.#sequence)) this.#beginAt(sequence);
    if (sequence > this.#sequence) {
      this.#findings.push({ kind: 'beyond-end', sequence, end: this.#sequence });
      return;
    }
    if (sequence < this.#sequence) this.#miss(sequence + 1);
    const hash = this.#options.digest(kept.text);
    const record = readRecord(kept.text);
    const fault = this.#faultOf(kept, record, hash);
    if (fault) this.#findings.push(fault);
    this.#anchor(sequence, hash, fault !== undefined);
    if (record && !fault) this.#cover(record);
    this.#records += 1;
    this.#oldest = sequence;
    this.#sequence = sequence - 1;
    this.#hash = fault ? undefined : record?.previous;
  }

  /** What was found; `isWhole` when the last record was taken. */
  finish(isWhole: boolean): AuditReport {
    const { chain, end, heads, checkpoint } = this.#options;
    if (isWhole) this.#finishWhole(checkpoint);
    this.#closeMismatch(this.#oldest ?? 1);
    this.#closeUncovered();
    const newestHead = heads.at(-1);
    return {
      chain,
      records: this.#records,
      ...(end && this.#records > 0 && { newest: end.sequence }),
      ...(this.#oldest !== undefined && { oldest: this.#oldest }),
      heads: heads.length,
      ...(newestHead && { newestHead: { sequence: newestHead.sequence, signedAt: newestHead.signedAt } }),
      isWhole,
      findings: this.#findings,
    };
  }

  #beginAt(sequence: number): void {
    if (!this.#findings.some(({ kind }) => kind === 'end-missing')) this.#findings.push({ kind: 'end-missing' });
    this.#checkTail(sequence);
    this.#sequence = sequence;
  }

  #checkTail(end: number): void {
    const signed = this.#options.heads.at(-1)?.sequence ?? 0;
    if (signed > end) this.#findings.push({ kind: 'truncated', end, signed });
  }

  #miss(from: number): void {
    this.#findings.push({ kind: 'missing', from, to: this.#sequence });
    this.#hash = undefined;
  }

  #faultOf(kept: KeptRecord, record: ChainRecord | undefined, hash: string): AuditFinding | undefined {
    const { sequence } = kept;
    if (record && record.sequence !== sequence && record.chain === this.#options.chain) {
      return { kind: 'misplaced', sequence, says: record.sequence };
    }
    const isAsLinked = this.#hash === undefined || hash === this.#hash;
    if (!isAsLinked || hash !== kept.hash) return { kind: record ? 'changed' : 'unreadable', sequence };
    if (!record) return { kind: 'unreadable', sequence };
    return record.chain === this.#options.chain ? undefined : { kind: 'changed', sequence };
  }

  /** Holds the record against the head that was signed for it. */
  #anchor(sequence: number, hash: string, isFaulty: boolean): void {
    while ((this.#heads.at(-1)?.sequence ?? 0) >= sequence) {
      const head = this.#heads.pop();
      if (!head) break;
      this.#coveredAt = earlier(this.#coveredAt, head.signedAt);
      if (head.sequence !== sequence) continue;
      if (head.hash === hash) this.#closeMismatch(sequence + 1);
      // A record that was changed by itself is told as such.
      else if (!isFaulty) this.#mismatch ??= { to: sequence, signedAt: head.signedAt };
    }
  }

  #closeMismatch(from: number): void {
    if (this.#mismatch) this.#findings.push({ kind: 'rewritten', from: Math.min(from, this.#mismatch.to), ...this.#mismatch });
    this.#mismatch = undefined;
  }

  /** Notes records whose head of the hour is missing, side by side as one. */
  #cover({ sequence, recordedAt: since }: ChainRecord): void {
    const dueAt = addMs(since, COVER_MS);
    const covered = this.#coveredAt;
    const isInTime = covered === undefined ? compareInstants(this.#options.now, dueAt) <= 0 : compareInstants(covered, dueAt) <= 0;
    if (isInTime) {
      this.#closeUncovered();
      return;
    }
    const open = this.#uncovered;
    const isSame = open && (open.kind === 'signed-late' ? open.signedAt : undefined) === covered;
    if (!isSame) this.#closeUncovered();
    const to = isSame ? open.to : sequence;
    this.#uncovered =
      covered === undefined
        ? { kind: 'unsigned', from: sequence, to, since }
        : { kind: 'signed-late', from: sequence, to, since, signedAt: covered };
  }

  #closeUncovered(): void {
    if (this.#uncovered) this.#findings.push(this.#uncovered);
    this.#uncovered = undefined;
  }

  #finishWhole(checkpoint: Checkpoint | undefined): void {
    const start = checkpoint?.sequence ?? 0;
    if (Number.isNaN(this.#sequence)) this.#checkTail(start);
    else if (this.#sequence > start) this.#miss(start + 1);
    else if (this.#hash !== undefined && this.#oldest !== undefined && this.#hash !== (checkpoint?.hash ?? FIRST_PREVIOUS)) {
      this.#findings.push({ kind: 'wrong-start', sequence: this.#oldest });
    }
    if (checkpoint) this.#checkStart(checkpoint);
  }

  #checkStart({ sequence, hash }: Checkpoint): void {
    const { heads, keepDays, now } = this.#options;
    const head = heads.find((each) => each.sequence === sequence && each.hash === hash);
    if (!head) this.#findings.push({ kind: 'checkpoint-unsigned', sequence });
    // A day less, for the time between the purge and its head, and for leap days.
    else if (msBetween(head.signedAt, now) < (keepDays - 1) * DAY_MS) {
      this.#findings.push({ kind: 'purged-early', sequence, signedAt: head.signedAt, keepDays });
    }
  }

  /** Whether a head that another one or the tables speak of is gone. */
  #checkHeads(): void {
    const { heads, headSequences, lastSigned, checkpoint } = this.#options;
    const start = checkpoint?.sequence ?? 0;
    const isGone = (sequence: number | undefined): sequence is number =>
      sequence !== undefined && sequence >= start && !headSequences.has(sequence);
    for (const { sequence: namedBy, previous } of heads) {
      if (isGone(previous)) this.#findings.push({ kind: 'head-removed', sequence: previous, namedBy });
    }
    if (isGone(lastSigned)) this.#findings.push({ kind: 'head-removed', sequence: lastSigned, namedBy: 'tables' });
  }
}

function earlier(a: Instant | undefined, b: Instant): Instant {
  return a !== undefined && compareInstants(a, b) < 0 ? a : b;
}
