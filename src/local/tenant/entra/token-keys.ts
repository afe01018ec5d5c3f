// The RSA keys with which the simulated Entra signs tokens, kept in a file so that tokens outlive a restart; rotated on demand.
// Entra publishes old and new keys side by side for a while: https://learn.microsoft.com/entra/identity-platform/signing-key-rollover
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { calculateJwkThumbprint, createLocalJWKSet, exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose';
import type { JSONWebKeySet, JWK, JWTPayload, LocalJWKSet } from 'jose';
import { writeAtomically } from './atomic-file.ts';

export interface TokenKeys {
  /** A signed token with exactly these claims. */
  sign(claims: JWTPayload): Promise<string>;
  /** The public keys, as the keys endpoint answers. */
  published(): JSONWebKeySet;
  /** Finds the published key that a token names. */
  readonly find: LocalJWKSet;
  /** Makes a new key and signs with it from now on; the others stay published unless `withdraw`. */
  rotate(options?: { readonly withdraw?: boolean }): Promise<void>;
}

/** One key with its private half; the newest stands first and signs. */
type StoredKey = JWK & { readonly kid: string };

const FILE = 'token.keys.json';

/** The keys kept in `directory`, made at first start or when the file is damaged. */
export async function createTokenKeys(directory: string): Promise<TokenKeys> {
  const path = join(directory, FILE);
  let keys = await readKeys(path);
  let find = createLocalJWKSet(publicKeys([]));

  async function use(next: readonly StoredKey[]): Promise<void> {
    await writeAtomically(path, JSON.stringify({ keys: next }), 0o600);
    keys = [...next];
    find = createLocalJWKSet(publicKeys(keys));
  }

  if (keys.length === 0) await use([await makeKey()]);
  else find = createLocalJWKSet(publicKeys(keys));

  return {
    async sign(claims) {
      const [current] = keys;
      if (!current) throw new Error('There is no key to sign with.');
      const key = await importJWK(current, 'RS256');
      return new SignJWT(claims).setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: current.kid, x5t: current.kid }).sign(key);
    },
    published: () => publicKeys(keys),
    get find() {
      return find;
    },
    async rotate({ withdraw = false } = {}) {
      await use([await makeKey(), ...(withdraw ? [] : keys)]);
    },
  };
}

async function makeKey(): Promise<StoredKey> {
  const { privateKey } = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk) };
}

function publicKeys(keys: readonly StoredKey[]): JSONWebKeySet {
  const published = keys.map(({ kid, n = '', e = '' }): JWK => ({ kty: 'RSA', use: 'sig', kid, x5t: kid, n, e }));
  return { keys: published };
}

async function readKeys(path: string): Promise<StoredKey[]> {
  try {
    const stored = JSON.parse(await readFile(path, 'utf8')) as { keys?: unknown };
    const keys = Array.isArray(stored.keys) ? (stored.keys as StoredKey[]) : [];
    return keys.every(({ kty, kid, d, n }) => kty === 'RSA' && [kid, d, n].every((part) => typeof part === 'string')) ? keys : [];
  } catch (error) {
    // No file yet, or one that a crash of another program damaged: new keys do no harm, clients read them when a token names an unknown one.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
