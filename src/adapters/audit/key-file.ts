// The AuditKey port with a key in a file, for a laptop: whoever can read the file can sign, so it is made for its owner alone.
// In Azure the key stays in Key Vault (vault-key.ts).
import { createHash, createPrivateKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import type { HeadSignature } from '../../domain/audit-head.ts';
import type { AuditKey } from '../../domain/audit-port.ts';
import { AppError } from '../../domain/errors.ts';
import { isSignedBy, PublicJwk, publicKeyOf } from './es256.ts';

const PrivateJwk = PublicJwk.extend({ kty: z.literal('EC'), d: z.string() });

interface Key {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** The key in the file. With `isMade` a file that is not there is made when the key is first needed; a check never makes one. */
export function createKeyFile(path: string, { isMade }: { readonly isMade: boolean }): AuditKey {
  let kept: Promise<Key> | undefined;
  const key = (): Promise<Key> => {
    kept ??= readKey(path, isMade).catch((error: unknown) => {
      kept = undefined;
      throw error;
    });
    return kept;
  };

  return {
    async sign(text): Promise<HeadSignature> {
      const { id, privateKey } = await key();
      const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
      return { algorithm: 'ES256', keyId: id, signature };
    },

    async verify(text, { algorithm, keyId, signature }) {
      const { id, publicKey } = await key();
      if (keyId !== id || algorithm !== 'ES256') return 'unknown-key';
      return isSignedBy(publicKey, text, signature) ? 'valid' : 'forged';
    },
  };
}

async function readKey(path: string, isMade: boolean): Promise<Key> {
  const text = (await readIfThere(path)) ?? (isMade ? await makeKey(path) : undefined);
  if (text === undefined) throw invalid(path, 'there is no such file: name the file that the app signs with');
  const { mode } = await stat(path);
  // Windows has no such bits, and says 0666.
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    throw invalid(path, 'others than its owner may read it: chmod 600, or make a new key');
  const jwk = parse(path, text);
  try {
    const privateKey = createPrivateKey({ key: { ...jwk }, format: 'jwk' });
    return { id: `file:${thumbprintOf(jwk)}`, privateKey, publicKey: publicKeyOf(jwk) };
  } catch (error) {
    throw invalid(path, 'it holds no private key on P-256', error);
  }
}

function parse(path: string, text: string): z.infer<typeof PrivateJwk> {
  try {
    return PrivateJwk.parse(JSON.parse(text));
  } catch (error) {
    throw invalid(path, 'it holds no private key on P-256 as JWK', error);
  }
}

function invalid(path: string, problem: string, cause?: unknown): AppError {
  return new AppError('audit.key-invalid', { problem: `${path}: ${problem}` }, { cause });
}

/** RFC 7638. */
function thumbprintOf({ crv, x, y }: PublicJwk): string {
  return createHash('sha256')
    .update(JSON.stringify({ crv, kty: 'EC', x, y }))
    .digest('base64url');
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw invalid(path, 'it cannot be read', error);
  }
}

/** Whoever comes second reads what the first has written, whole or not at all. */
async function makeKey(path: string): Promise<string> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, `${JSON.stringify(privateKey.export({ format: 'jwk' }))}\n`, { mode: 0o600, flag: 'wx', flush: true });
    await publish(temporary, path);
    return await readFile(path, 'utf8');
  } catch (error) {
    throw invalid(path, 'it cannot be written', error);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function publish(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    // A file system without hard links: the rename is as whole, only the race is not decided.
    await rename(temporary, path);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
