// Small readings of claims that tokens and sign-in headers share. A claim of an odd form counts as absent.
import type { CallerRefusal } from '../../domain/caller.ts';
import { AppError } from '../../domain/errors.ts';

/** The error for a request without a caller. The reason is for the log; the answer is the same for all of them. */
export function refusal(reason: CallerRefusal): AppError {
  return new AppError('caller.unknown', { reason });
}

/** A text that says something. */
export function textOf(claim: unknown): string | undefined {
  return typeof claim === 'string' && claim.trim() !== '' ? claim : undefined;
}

/** A claim that holds several values, or one. */
export function textsOf(claim: unknown): string[] {
  return [claim].flat().filter((value): value is string => textOf(value) !== undefined);
}

/** A language tag such as `fr` or `de-CH`. */
export function languageOf(claim: unknown): string | undefined {
  const text = textOf(claim);
  return text !== undefined && /^[a-z]{2,3}(?:-[a-z0-9]{2,8})*$/i.test(text) ? text : undefined;
}
