// The issuer and the public keys with which Microsoft Entra signs a tenant's tokens, from its OpenID configuration; kept, renewed, rotated.
// Guidance on renewal: https://learn.microsoft.com/entra/identity-platform/signing-key-rollover
import { createLocalJWKSet, errors } from 'jose';
import type { CryptoKey, FlattenedJWSInput, JWSHeaderParameters, LocalJWKSet } from 'jose';
import * as z from 'zod';
import { AppError } from '../../domain/errors.ts';
import { msBetween } from '../../domain/instant.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Clock, Log } from '../../domain/ports.ts';

/** Entra issues tokens of two versions, each with its own issuer, as the resource asks for. */
type TokenVersion = 'v1' | 'v2';

interface Signer {
  readonly issuer: string;
  /** The key a token names; the form jose asks for. Throws its JWKSNoMatchingKey. */
  readonly key: (header: JWSHeaderParameters, token?: FlattenedJWSInput) => Promise<CryptoKey>;
}

export interface SigningKeys {
  /** Who signs tokens of this tenant and version; the error `caller.unverifiable` when that cannot be found out. */
  signerOf(tenantId: string, version: TokenVersion): Promise<Signer>;
}

export interface SigningKeysOptions {
  /** https address of Microsoft Entra, without trailing slash. */
  readonly authority: string;
  readonly clock: Clock;
  readonly log: Log;
}

interface Known {
  readonly issuer: string;
  readonly keys: LocalJWKSet;
  readonly readAt: Instant;
}

interface Entry {
  known?: Known;
  /** When the keys were last asked for, whatever came. */
  askedAt?: Instant;
  asking?: Promise<Known>;
}

const OpenIdConfiguration = z.object({ issuer: z.string(), jwks_uri: z.string() });
const KeySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) });

const MINUTE_MS = 60_000;
const RENEW_AFTER_MS = 12 * 60 * MINUTE_MS;
/** Old keys serve this long while Entra does not answer; then a withdrawn key would be trusted for too long. */
const TRUST_FOR_MS = 48 * 60 * MINUTE_MS;
/** Tokens with made-up key ids must not turn into requests to Entra. */
const COOL_DOWN_MS = MINUTE_MS;
const COOL_DOWN_AFTER_FAILURE_MS = 5_000;
const TIME_LIMIT_MS = 5_000;

/** Keys of the tenants asked for; only ask for tenants that are allowed here. */
export function createSigningKeys(options: SigningKeysOptions): SigningKeys {
  const entries = new Map<string, Entry>();
  const { clock, log } = options;

  function hasPassed(since: Instant | undefined, ms: number): boolean {
    return since === undefined || msBetween(since, clock.now()) >= ms;
  }

  async function readOnce(entry: Entry, tenantId: string, version: TokenVersion): Promise<Known> {
    try {
      entry.known = await read(options, tenantId, version);
      return entry.known;
    } catch (error) {
      log.warn('identity.keys-unavailable', { tenantId, version, error });
      throw error;
    } finally {
      delete entry.asking;
    }
  }

  /** Asks Entra, once at a time; with keys at hand that are still trusted, a failure only leaves them in place. */
  async function ask(entry: Entry, tenantId: string, version: TokenVersion): Promise<Known> {
    entry.askedAt = clock.now();
    entry.asking ??= readOnce(entry, tenantId, version);
    try {
      return await entry.asking;
    } catch (error) {
      if (entry.known && !hasPassed(entry.known.readAt, TRUST_FOR_MS)) return entry.known;
      throw new AppError('caller.unverifiable', { tenantId }, { cause: error });
    }
  }

  async function known(entry: Entry, tenantId: string, version: TokenVersion): Promise<Known> {
    if (entry.known && !hasPassed(entry.known.readAt, RENEW_AFTER_MS)) return entry.known;
    if (entry.asking || hasPassed(entry.askedAt, COOL_DOWN_AFTER_FAILURE_MS)) return ask(entry, tenantId, version);
    if (entry.known && !hasPassed(entry.known.readAt, TRUST_FOR_MS)) return entry.known;
    throw new AppError('caller.unverifiable', { tenantId });
  }

  return {
    async signerOf(tenantId, version) {
      const name = `${tenantId}/${version}`;
      const entry = entries.get(name) ?? {};
      entries.set(name, entry);
      const current = await known(entry, tenantId, version);
      return {
        issuer: current.issuer,
        async key(header, token) {
          try {
            return await current.keys(header, token);
          } catch (error) {
            const mayBeNew =
              error instanceof errors.JWKSNoMatchingKey && (entry.asking !== undefined || hasPassed(entry.askedAt, COOL_DOWN_MS));
            if (!mayBeNew) throw error;
            return (await ask(entry, tenantId, version)).keys(header, token);
          }
        },
      };
    },
  };
}

async function read({ authority, clock }: SigningKeysOptions, tenantId: string, version: TokenVersion): Promise<Known> {
  const path = version === 'v2' ? `${tenantId}/v2.0` : tenantId;
  const configuration = OpenIdConfiguration.parse(await fetchJson(`${authority}/${path}/.well-known/openid-configuration`));
  if (!configuration.issuer.toLowerCase().includes(tenantId))
    throw new Error(`The issuer ${configuration.issuer} is not one of tenant ${tenantId}.`);
  const keys = KeySet.parse(await fetchJson(configuration.jwks_uri));
  return { issuer: configuration.issuer, keys: createLocalJWKSet(keys), readAt: clock.now() };
}

async function fetchJson(url: string): Promise<unknown> {
  if (!url.startsWith('https://')) throw new Error(`Signing keys are read over https only, not from ${url}.`);
  const answer = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(TIME_LIMIT_MS),
    headers: { accept: 'application/json' },
  });
  if (!answer.ok) {
    await answer.body?.cancel();
    throw new Error(`${url} answered ${answer.status}.`);
  }
  return answer.json();
}
