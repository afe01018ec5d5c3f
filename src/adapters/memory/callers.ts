// The Callers port in memory: a bearer token is the name of a caller. For tests of what comes after the question who asks, never for a running app.
import type { Caller, Callers } from '../../domain/caller.ts';
import { AppError } from '../../domain/errors.ts';

/** Callers known by the tokens that stand for them. */
export function createMemoryCallers(known: ReadonlyMap<string, Caller>): Callers {
  return {
    async identify(headers) {
      const authorization = headers.get('authorization');
      if (authorization === null) throw new AppError('caller.unknown', { reason: 'nothing-sent' });
      const caller = known.get(authorization.replace(/^Bearer /, ''));
      if (!caller) throw new AppError('caller.unknown', { reason: 'malformed' });
      return caller;
    },
  };
}
