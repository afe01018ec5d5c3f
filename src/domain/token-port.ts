// What the connector can learn about its own tokens, to say what is missing. Never a token itself, and nothing that a decision may rest on:
// to a client an access token is opaque, so that everything in it may be absent.
// Claims: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
import type { Instant } from './instant.ts';

/** A service that takes tokens. */
export type TokenService = 'exchange' | 'graph';

/** What a token says about our grants; what it does not say is left out. */
export interface TokenFacts {
  readonly expiresAt: Instant;
  /** Application permissions, such as `Exchange.ManageAsApp`; none is an empty list when the token could be read. */
  readonly appRoles?: readonly string[];
  /** Template ids of Microsoft Entra directory roles. Exchange also knows role groups, which no token names. */
  readonly directoryRoles?: readonly string[];
}

/** The tokens of one connector. */
export interface Tokens {
  /** Gets a token for the service and says what it carries. */
  factsOf(service: TokenService, options?: { readonly signal?: AbortSignal }): Promise<TokenFacts>;
}
