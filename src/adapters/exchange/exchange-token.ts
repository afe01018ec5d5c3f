// The bearer token for Exchange: kept until shortly before it ends, renewed when Exchange does not accept it.
// Not how the token is got (adapters/identity) and never in a log.
import type { AccessToken, TokenCredential } from '@azure/core-auth';
import { AppError } from '../../domain/errors.ts';
import { msBetween } from '../../domain/instant.ts';
import type { Clock } from '../../domain/ports.ts';

/** A credential; `renew`, where there is one, makes it forget the tokens it keeps. */
export interface ExchangeCredential extends TokenCredential {
  renew?(): void;
}

export interface TokenSource {
  /** The present token. */
  get(signal?: AbortSignal): Promise<string>;
  /** A token other than `refused`, if Entra gives one; `challenge` is Exchange's WWW-Authenticate header. */
  renew(refused: string, challenge: string | undefined, signal?: AbortSignal): Promise<string>;
  /** How long ago the present token was got; undefined before the first. */
  ageMs(): number | undefined;
}

const EPOCH = '1970-01-01T00:00:00.000Z';
const RENEWAL_MARGIN_MS = 5 * 60_000;

/** Tokens of `credential` for `<scope>/.default`; calls that need one at the same time share one request. */
export function createTokenSource(credential: ExchangeCredential, scope: string, clock: Clock): TokenSource {
  let kept: (AccessToken & { readonly gotMs: number }) | undefined;
  let asking: Promise<string> | undefined;

  const nowMs = (): number => msBetween(EPOCH, clock.now());

  async function ask(claims: string | undefined): Promise<string> {
    const token = await askCredential(credential, scope, claims);
    kept = { ...token, gotMs: nowMs() };
    return token.token;
  }

  /** Without the caller's signal, because others may wait for the same token. */
  function askOnce(claims: string | undefined): Promise<string> {
    asking ??= ask(claims).finally(() => {
      asking = undefined;
    });
    return asking;
  }

  async function get(signal?: AbortSignal): Promise<string> {
    const isGood = kept !== undefined && kept.expiresOnTimestamp - nowMs() > RENEWAL_MARGIN_MS;
    return isGood && kept ? kept.token : unlessAborted(askOnce(undefined), signal);
  }

  async function renew(refused: string, challenge: string | undefined, signal?: AbortSignal): Promise<string> {
    // Another call has renewed it meanwhile.
    if (kept && kept.token !== refused) return kept.token;
    if (asking === undefined) credential.renew?.();
    return unlessAborted(askOnce(claimsOf(challenge) ?? (credential.renew ? undefined : freshClaims(nowMs()))), signal);
  }

  return { get, renew, ageMs: () => (kept ? nowMs() - kept.gotMs : undefined) };
}

async function askCredential(credential: TokenCredential, scope: string, claims: string | undefined): Promise<AccessToken> {
  try {
    const token = await credential.getToken(`${scope}/.default`, claims === undefined ? {} : { claims });
    if (token) return token;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('identity.unavailable', { resource: scope }, { cause: error });
  }
  throw new AppError('identity.unavailable', { resource: scope });
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  signal.throwIfAborted();
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason instanceof Error ? signal.reason : new Error('The call was cancelled.'));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** The claims that Entra is to put into the next token, from a challenge of continuous access evaluation. */
function claimsOf(challenge: string | undefined): string | undefined {
  const encoded = /\bclaims="([A-Za-z0-9+/=_-]+)"/.exec(challenge ?? '')?.[1];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8');
}

/**
 * Claims that every new token fulfils. A credential that cannot forget its tokens hands out the same one unless claims are asked for:
 * https://learn.microsoft.com/entra/identity-platform/app-resilience-continuous-access-evaluation
 */
function freshClaims(nowMs: number): string {
  return JSON.stringify({ access_token: { nbf: { essential: true, value: String(Math.floor(nowMs / 1000)) } } });
}
