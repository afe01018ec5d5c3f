// Entity tags: the version of a stored row, in a form that fits into a header and comes back as it was.
// Grammar: https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3
import type { Fault } from '../../domain/errors.ts';
import type { Precondition } from '../../domain/precondition.ts';

/** The tag of what nobody wrote yet: base64url has no text of one digit. */
const UNWRITTEN = '0';

/** The entity tag of a version. */
export function etagOf(version: string): string {
  return `"${version === '' ? UNWRITTEN : Buffer.from(version).toString('base64url')}"`;
}

/** What If-Match and If-None-Match say. A tag that is none of ours names a version that nothing has. */
export function preconditionOf(headers: Headers): Precondition {
  const match = headers.get('if-match')?.trim();
  if (match === undefined) return headers.get('if-none-match')?.trim() === '*' ? { kind: 'absent' } : { kind: 'none' };
  return match === '*' ? { kind: 'present' } : { kind: 'versions', versions: versionsIn(match) };
}

/** The faults of both headers: a change can only ask for "none yet", and for one of the two. */
export function preconditionFaults(headers: Headers): Fault[] {
  const noneMatch = headers.get('if-none-match')?.trim();
  if (noneMatch === undefined) return [];
  const fault = (detail: string): Fault[] => [{ pointer: '#/if-none-match', in: 'header', detail }];
  if (noneMatch !== '*') return fault('A change can only ask for *, which means that there is none yet.');
  return headers.get('if-match') === null ? [] : fault('Contradicts If-Match, which names one that is there.');
}

// RFC 9110 wants weak tags never to match; but proxies that compress make strong tags weak, and ours stand for one form only.
function versionsIn(header: string): string[] {
  const tags = [...header.matchAll(/(?:W\/)?("[^"]*")/g)].map(([, tag = '']) => tag);
  // What is no base64url decodes all the same, to something else than it was made of.
  return tags.flatMap((tag) => [versionOf(tag)].filter((version) => etagOf(version) === tag));
}

function versionOf(tag: string): string {
  return tag === `"${UNWRITTEN}"` ? '' : Buffer.from(tag, 'base64url').toString();
}
