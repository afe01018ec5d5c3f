// The end of every failure outside HTTP: logged once, at the level of its kind, and thrown on for the host in a form that survives as text.
import { RULES, toAppError, toDurableError } from './domain/errors.ts';
import type { Log, LogFields } from './domain/ports.ts';

/** Does the work and answers its result; logs and throws on what it throws. */
export async function logFailure<T>(log: Log, event: string, fields: LogFields, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    // What an operation threw in durable form carries the error itself as its cause.
    const error = toAppError(thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown);
    log[RULES[error.kind].logLevel](event, { ...fields, code: error.code, error });
    throw toDurableError(thrown);
  }
}
