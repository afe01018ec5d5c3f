// The Tokens port over a credential: gets a token and reads, without believing it, what it says about our grants. For people who look for a fault.
import { decodeJwt, errors } from 'jose';
import type { JWTPayload } from 'jose';
import type { CloudEndpoints } from '../../domain/cloud.ts';
import { addMs } from '../../domain/instant.ts';
import type { TokenFacts, Tokens } from '../../domain/token-port.ts';
import type { ConnectorCredential } from './credential.ts';

const EPOCH = '1970-01-01T00:00:00.000Z';

/** The tokens of one connector. */
export function createTokens(
  credential: ConnectorCredential,
  { exchangeScope, graphScope }: Pick<CloudEndpoints, 'exchangeScope' | 'graphScope'>,
): Tokens {
  return {
    async factsOf(service, { signal } = {}) {
      const scope = service === 'exchange' ? exchangeScope : graphScope;
      const { token, expiresOnTimestamp } = await credential.getToken(`${scope}/.default`, signal ? { abortSignal: signal } : {});
      return readTokenFacts(token, expiresOnTimestamp);
    },
  };
}

/** What the token says; one that cannot be read says nothing but when it ends. */
function readTokenFacts(token: string, expiresOnTimestamp: number): TokenFacts {
  const expiresAt = addMs(EPOCH, expiresOnTimestamp);
  const claims = claimsOf(token);
  return claims ? { expiresAt, appRoles: textsIn(claims['roles']), directoryRoles: textsIn(claims['wids']) } : { expiresAt };
}

function claimsOf(token: string): JWTPayload | undefined {
  try {
    return decodeJwt(token);
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

function textsIn(claim: unknown): readonly string[] {
  return Array.isArray(claim) ? claim.filter((entry) => typeof entry === 'string') : [];
}
