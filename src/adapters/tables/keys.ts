// Keys of rows: any text becomes one segment without the characters that Azure Tables refuses, and segments are joined by `|`.
// Encoding cannot be undone; what a key means is kept in the row as well. Rules:
// https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model#characters-disallowed-in-key-fields
import { hash } from 'node:crypto';
import type { Instant } from '../../domain/instant.ts';

/** Where a row is. */
export interface RowKey {
  readonly partition: string;
  readonly row: string;
}

/** Row keys from `from` up to and without `before`. */
export interface KeyRange {
  readonly from: string;
  readonly before: string;
}

/** A key may have 512 characters; a row key is made of up to three segments. */
const LONGEST_SEGMENT = 160;
const SEPARATOR = '|';
/** The character that follows the separator. */
const AFTER_SEPARATOR = '}';

const PLAIN = /^[A-Za-z0-9._@-]*$/;

/** A segment that stands for `text` alone: two different texts never give the same one. */
export function keySegment(text: string): string {
  // Most are ids: to look is cheaper than to replace nothing.
  if (text.length <= LONGEST_SEGMENT && PLAIN.test(text)) return text;
  const escaped = text.replaceAll(/[^A-Za-z0-9._@-]/g, (unit) => `=${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  if (escaped.length <= LONGEST_SEGMENT) return escaped;
  // Units are hashed, not UTF-8: half a surrogate pair would otherwise become the same byte as any other.
  const digest = hash('sha256', Buffer.from(text, 'utf16le'), 'hex');
  return `${escaped.slice(0, LONGEST_SEGMENT - digest.length - 2)}=~${digest}`;
}

/** A key of several segments, each encoded. Keys of the same first segments stand side by side. */
export function keyOf(...segments: readonly string[]): string {
  return segments.map(keySegment).join(SEPARATOR);
}

/** All row keys that begin with these segments and have more. */
export function keysBelow(...segments: readonly string[]): KeyRange {
  const prefix = keyOf(...segments);
  return { from: `${prefix}${SEPARATOR}`, before: `${prefix}${AFTER_SEPARATOR}` };
}

/** A segment that sorts later instants first. Instants have one form and length, so digit by digit is enough. */
export function newestFirst(instant: Instant): string {
  return instant.replaceAll(/\d/g, (digit) => String(9 - Number(digit))).replaceAll(':', '.');
}

/** One of sixteen digits, evenly spread and the same for ever, for texts that are no GUID. */
export function digitOf(text: string): string {
  return hash('sha256', text, 'hex').charAt(0);
}
