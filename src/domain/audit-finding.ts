// What a check of the audit finds, in words: what is wrong, where, and what it means. `fault`: somebody changed what may not be changed, or it
// was lost. `note`: worth knowing, and no sign of a change.
import type { Instant } from './instant.ts';

/** Records from one sequence to another, both counted in. */
interface Span {
  readonly from: number;
  readonly to: number;
}

export type AuditFinding =
  /** The row that says where the chain ends is not there, though there are records or heads. */
  | { readonly kind: 'end-missing' }
  /** Records that the rows around them speak of are not there. */
  | ({ readonly kind: 'missing' } & Span)
  /** The chain ends before the newest signed head. */
  | { readonly kind: 'truncated'; readonly end: number; readonly signed: number }
  | { readonly kind: 'changed'; readonly sequence: number }
  | { readonly kind: 'unreadable'; readonly sequence: number }
  /** A record under the key of another. */
  | { readonly kind: 'misplaced'; readonly sequence: number; readonly says: number }
  /** Under a key that no record has. */
  | { readonly kind: 'stray' }
  /** After the end of the chain. */
  | { readonly kind: 'beyond-end'; readonly sequence: number; readonly end: number }
  /** Whole in itself, and not what was signed. */
  | ({ readonly kind: 'rewritten'; readonly signedAt: Instant } & Span)
  /** The oldest record does not follow what the chain begins with. */
  | { readonly kind: 'wrong-start'; readonly sequence: number }
  /** Nothing signed vouches for where the chain begins. */
  | { readonly kind: 'checkpoint-unsigned'; readonly sequence: number }
  | { readonly kind: 'purged-early'; readonly sequence: number; readonly signedAt: Instant; readonly keepDays: number }
  | { readonly kind: 'head-forged'; readonly sequence: number }
  | { readonly kind: 'head-unknown-key'; readonly sequence: number; readonly keyId: string }
  | { readonly kind: 'head-unreadable'; readonly sequence: number }
  | { readonly kind: 'head-removed'; readonly sequence: number; readonly namedBy: 'tables' | number }
  /** No head covers them, though one should. */
  | ({ readonly kind: 'unsigned'; readonly since: Instant } & Span)
  /** A head covers them, and came late. */
  | ({ readonly kind: 'signed-late'; readonly since: Instant; readonly signedAt: Instant } & Span);

/** Whether a finding means that something is wrong. */
export function severityOf({ kind }: AuditFinding): 'fault' | 'note' {
  return kind === 'signed-late' ? 'note' : 'fault';
}

function span({ from, to }: Span): string {
  return from === to ? `record ${from}` : `records ${from} to ${to}`;
}

/** A finding in one or two sentences. */
export function findingText(finding: AuditFinding): string {
  switch (finding.kind) {
    case 'head-forged':
    case 'head-unknown-key':
    case 'head-unreadable':
    case 'head-removed':
      return headText(finding);
    case 'end-missing':
      return 'The row that says where the chain ends was deleted. Nothing can be recorded correctly until it is restored.';
    case 'missing':
      return `Missing: ${span(finding)}. Somebody deleted rows of the audit; the rows around them still speak of them.`;
    case 'truncated':
      return `The chain ends at record ${finding.end}, but a signed head vouches for record ${finding.signed}: ${span({ from: finding.end + 1, to: finding.signed })} were cut off.`;
    case 'changed':
      return `Changed: record ${finding.sequence} is not what it was when it was recorded; its hash does not fit.`;
    case 'unreadable':
      return `Unreadable: the row of record ${finding.sequence} holds no record any more.`;
    case 'misplaced':
      return `Swapped: the row of record ${finding.sequence} holds record ${finding.says}.`;
    case 'stray':
      return 'A row that is no record lies among the records: its key is none that the connector writes.';
    case 'beyond-end':
      return `Record ${finding.sequence} lies after the end of the chain, which is record ${finding.end}: it was put there, or the end was set back.`;
    case 'rewritten':
      return `Rewritten: ${span(finding)} fit together, but are not what was signed at ${finding.signedAt}. The chain was made anew by somebody who can write the tables.`;
    case 'wrong-start':
      return `Record ${finding.sequence} is the oldest and does not follow from where the chain begins: older records were deleted or replaced.`;
    case 'checkpoint-unsigned':
      return `The chain claims to have been purged up to record ${finding.sequence}, and no signed head vouches for that record: older records were deleted.`;
    case 'purged-early':
      return `Records up to ${finding.sequence} were removed, though the newest of them was signed as late as ${finding.signedAt} and records are kept for ${finding.keepDays} days.`;
    case 'unsigned':
      return `No signed head covers ${span(finding)}, recorded since ${finding.since}: the head of that hour is missing. Either the app could not sign, or heads were removed.`;
    case 'signed-late':
      return `The head of that hour is missing for ${span(finding)}, recorded since ${finding.since}; they were signed later, at ${finding.signedAt}. The app was not running, or could not sign.`;
    default:
      return finding satisfies never;
  }
}

function headText(finding: Extract<AuditFinding, { kind: `head-${string}` }>): string {
  const head = `The head for record ${finding.sequence}`;
  switch (finding.kind) {
    case 'head-forged':
      return `${head} does not carry a signature of our key: it was changed or made up.`;
    case 'head-unknown-key':
      return `${head} was signed with the key ${finding.keyId}, which this deployment does not trust. If the key was replaced, name it as a former one.`;
    case 'head-unreadable':
      return `${head} cannot be read, or lies under the name of another.`;
    case 'head-removed':
      return `${head} is not there, though ${finding.namedBy === 'tables' ? 'the tables know of it' : `the one for record ${finding.namedBy} names it as the one before`}: it was removed.`;
    default:
      return finding satisfies never;
  }
}

/** What a check found out about a chain. */
export interface AuditReport {
  readonly chain: string;
  readonly records: number;
  /** The newest and the oldest record that were looked at. */
  readonly newest?: number;
  readonly oldest?: number;
  /** Signed heads that are valid, and the newest of them. */
  readonly heads: number;
  readonly newestHead?: { readonly sequence: number; readonly signedAt: Instant };
  /** False when only the newest records were looked at. */
  readonly isWhole: boolean;
  readonly findings: readonly AuditFinding[];
}

/** Whether nothing is wrong. */
export function isIntact({ findings }: Pick<AuditReport, 'findings'>): boolean {
  return findings.every((finding) => severityOf(finding) !== 'fault');
}
