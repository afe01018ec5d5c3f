// What a caller says about the present state of what they change, so that two writers never undo each other's work.
// The meaning of If-Match and If-None-Match: https://www.rfc-editor.org/rfc/rfc9110#section-13.1
import { AppError } from './errors.ts';

export type Precondition =
  /** The caller says nothing. */
  | { readonly kind: 'none' }
  /** There must not be one yet. */
  | { readonly kind: 'absent' }
  /** There must be one, whatever its version. */
  | { readonly kind: 'present' }
  /** It must have one of these versions. */
  | { readonly kind: 'versions'; readonly versions: readonly string[] };

/** Refuses a change of the present version unless the caller named it: `if-match.missing`, `if-match.stale` or `if-none-match.failed`. */
export function requireMatch(precondition: Precondition, present: string): void {
  if (precondition.kind === 'none') throw new AppError('if-match.missing');
  if (precondition.kind === 'absent') throw new AppError('if-none-match.failed');
  if (precondition.kind === 'versions' && !precondition.versions.includes(present)) throw new AppError('if-match.stale');
}

/** Refuses to make what the caller expects to be there already. */
export function requireNew(precondition: Precondition): void {
  if (precondition.kind === 'present' || precondition.kind === 'versions') throw new AppError('if-match.stale');
}
