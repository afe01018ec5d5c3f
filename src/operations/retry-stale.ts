// What becomes of a change that another writer overtook between reading and writing.
import { AppError } from '../domain/errors.ts';
import type { Precondition } from '../domain/precondition.ts';

const ATTEMPTS = 5;

/** Repeats a change that was to be made whatever the version is; one of a named version is `if-match.stale` when it is overtaken. */
export async function retryStale<T>(precondition: Precondition, change: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await change();
    } catch (error) {
      if (!(error instanceof AppError) || (error.code !== 'store.stale' && error.code !== 'store.exists')) throw error;
      if (precondition.kind !== 'present' || attempt === ATTEMPTS) throw new AppError('if-match.stale', {}, { cause: error });
    }
  }
}
