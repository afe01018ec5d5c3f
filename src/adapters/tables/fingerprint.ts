// What tells by a few digits whether a content is the one that is stored: so that what did not change is not written again.
import { hash } from 'node:crypto';

/** The property that says what a row's content was when it was written; '' when the next observation has to be written in any case. */
export const FINGERPRINT = 'fingerprint';

/** Where in a fingerprint the lookups begin, and where they end. */
const CONTENT_DIGITS = 16;
/** How long a fingerprint of a content and its lookups is. */
export const PRINT_DIGITS = 24;

/** 64 bits of each of the contents, and 32 of the names by which they are looked up: that a change goes unnoticed is not to be expected. */
export function fingerprintOf(contents: readonly unknown[], names: readonly (string | undefined)[]): string {
  const text = contents.length === 1 ? JSON.stringify(contents[0]) : JSON.stringify(contents);
  return `${digest(text, CONTENT_DIGITS)}${shortDigest(names.join('\n'))}`;
}

/** Whether two fingerprints are of contents that are found by the same names. */
export function haveSameLookups(a: string | undefined, b: string): boolean {
  return a !== undefined && a.slice(CONTENT_DIGITS, PRINT_DIGITS) === b.slice(CONTENT_DIGITS, PRINT_DIGITS);
}

/** The first digits of a digest of the text. */
export function digest(text: string, digits: number): string {
  return hash('sha256', text, 'hex').slice(0, digits);
}

/** FNV-1a of the text's units, 32 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
function shortDigest(text: string): string {
  let state = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  return (state >>> 0).toString(16).padStart(8, '0');
}
