// Signed heads: what vouches for a chain up to a record, kept where whoever writes the tables cannot reach. An attacker who rewrites the whole
// chain consistently cannot make them anew. Which key signs is the AuditKey port's; when one is due is decided here.
import type { AuditChain } from './audit.ts';
import { canonicalJson } from './audit-chain.ts';
import type { ChainEnd } from './audit-chain.ts';
import { msBetween } from './instant.ts';
import type { Instant } from './instant.ts';

/** What is signed. */
export interface HeadFacts {
  readonly form: number;
  readonly chain: AuditChain;
  /** The record up to which the chain is vouched for, its hash, and when it was recorded. */
  readonly sequence: number;
  readonly hash: string;
  readonly recordedAt: Instant;
  readonly signedAt: Instant;
  /** The sequence of the head that was signed before, so that none can be removed unnoticed. */
  readonly previous?: number;
}

/** A signature over a text (ECDSA over P-256 with SHA-256, as in RFC 7518), and the key that made it. */
export interface HeadSignature {
  readonly algorithm: 'ES256';
  readonly keyId: string;
  /** Base64url. */
  readonly signature: string;
}

export type SignedHead = HeadFacts & HeadSignature;

/** A head as it was found: the sequence in its name and its text. */
export interface HeadFile {
  readonly sequence: number;
  readonly text: string;
}

const FORM = 1;

/** What to sign for the present end of a chain. */
export function headFacts(chain: AuditChain, end: ChainEnd, signedAt: Instant, previous: number | undefined): HeadFacts {
  const { sequence, hash, recordedAt } = end;
  return { form: FORM, chain, sequence, hash, recordedAt, signedAt, ...(previous !== undefined && { previous }) };
}

/** The text whose signature a head carries. */
export function signedText({ form, chain, sequence, hash, recordedAt, signedAt, previous }: HeadFacts): string {
  return canonicalJson({ form, chain, sequence, hash, recordedAt, signedAt, previous });
}

/** The head in a text; undefined when it is none. */
export function readHead(text: string): SignedHead | undefined {
  try {
    const head: SignedHead = JSON.parse(text);
    const { chain, sequence, hash, recordedAt, signedAt, keyId, signature } = head;
    const isHead = [chain, hash, recordedAt, signedAt, keyId, signature].every((each) => typeof each === 'string');
    return isHead && Number.isSafeInteger(sequence) ? head : undefined;
  } catch {
    return undefined;
  }
}

/** The head that was signed last, as the tables remember it. */
export interface LastSigned {
  readonly sequence: number;
  readonly at: Instant;
}

/** Signing is due a little before the hour is over, because the timer does not strike to the second. */
const SIGN_AFTER_MS = 50 * 60_000;

/** Whether the end of a chain has to be signed now: at least hourly while there are new records, at once after an urgent one. */
export function isSigningDue(end: ChainEnd, last: LastSigned | undefined, now: Instant): boolean {
  if (end.sequence <= (last?.sequence ?? 0)) return false;
  return last === undefined || end.urgentSequence > last.sequence || msBetween(last.at, now) >= SIGN_AFTER_MS;
}
