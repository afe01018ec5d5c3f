// What is wrong with a request, fault by fault, as the answer names it: from the findings of a schema to pointers.
import type * as z from 'zod';
import { AppError } from '../../domain/errors.ts';
import type { Fault } from '../../domain/errors.ts';

const MAX_FAULTS = 50;
const MAX_POINTER = 200;

/** A value that was checked, or all that is wrong with it. */
export type Checked<T> = { readonly isValid: true; readonly value: T } | { readonly isValid: false; readonly faults: readonly Fault[] };

/** The value as the schema reads it, or every fault. Left out, `part` is the body. */
export function check<T>(schema: z.ZodType<T>, value: unknown, part?: Fault['in']): Checked<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { isValid: true, value: parsed.data };
  return { isValid: false, faults: parsed.error.issues.flatMap((issue) => faultsOf(issue, part)) };
}

/** The error that names the faults of a request, at most as many as somebody reads. */
export function invalidRequest(faults: readonly Fault[]): AppError {
  const isBodyAlone = faults.every((fault) => fault.in === undefined);
  const noun = isBodyAlone ? 'field' : 'value';
  const problem = faults.length === 1 ? `one ${noun} is wrong, see errors` : `${faults.length} ${noun}s are wrong, see errors`;
  return new AppError(isBodyAlone ? 'body.invalid' : 'request.invalid', { problem, faults: faults.slice(0, MAX_FAULTS) });
}

/** RFC 6901 section 6: a JSON Pointer as a URI fragment. */
function pointerOf(path: readonly PropertyKey[]): string {
  const pointer = path.map((step) => `/${encodeURIComponent(String(step).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1'))}`);
  return `#${pointer.join('')}`.slice(0, MAX_POINTER);
}

function faultsOf(issue: z.core.$ZodIssue, part: Fault['in']): Fault[] {
  const place = part && { in: part };
  if (issue.code === 'unrecognized_keys') {
    const detail = part ? 'Unknown parameter.' : 'Unknown field.';
    return issue.keys.map((key) => ({ pointer: pointerOf([...issue.path, key]), ...place, detail }));
  }
  return [{ pointer: pointerOf(issue.path), ...place, detail: issue.message }];
}
