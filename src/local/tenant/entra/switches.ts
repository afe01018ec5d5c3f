// What people and tests can turn on the simulated Entra while it runs: refusals on demand, missing keys, short lives, few groups in a token.
// Grants (app roles, directory roles) are no switches: they are facts of an application in the world.
import type { AnswerFate } from '../server/route.ts';
import type { EntraRefusal } from './entra-errors.ts';

/** What befalls one token request: a refusal of Entra's own kind, or a lost connection. */
type TokenFault = EntraRefusal | { readonly fate: AnswerFate };

export interface EntraSwitches {
  /** Befall the next token requests, oldest first, one each. */
  readonly tokenFaults: TokenFault[];
  /** Configuration and keys answer 503. */
  areKeysDown: boolean;
  /** Client ids that may not sign in. */
  readonly disabledApplications: Set<string>;
  /** Client ids whose secrets are past their end. */
  readonly expiredSecrets: Set<string>;
  tokenLifetimeSeconds: number;
  /** Tokens issued before this time are refused by the APIs, as after a revocation. */
  refuseIssuedBeforeMs: number;
  /** Groups that a token holds at most; a person in more of them is pointed to Graph. */
  maxGroupsInToken: number;
}

/** Everything in order. https://learn.microsoft.com/entra/identity-platform/access-tokens#token-lifetime */
export function entraSwitches(): EntraSwitches {
  return {
    tokenFaults: [],
    areKeysDown: false,
    disabledApplications: new Set(),
    expiredSecrets: new Set(),
    tokenLifetimeSeconds: 3599,
    refuseIssuedBeforeMs: 0,
    maxGroupsInToken: 200,
  };
}
