// ES256 signatures (ECDSA over P-256 with SHA-256, RFC 7518) with keys as JWK: what Key Vault and a key file have in common.
import { createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import * as z from 'zod';
import { AppError } from '../../domain/errors.ts';

/** The public part of a key on P-256. */
export const PublicJwk = z.object({ crv: z.literal('P-256'), x: z.string(), y: z.string() });
export type PublicJwk = z.infer<typeof PublicJwk>;

/** The key to verify with. */
export function publicKeyOf({ crv, x, y }: PublicJwk): KeyObject {
  try {
    return createPublicKey({ key: { kty: 'EC', crv, x, y }, format: 'jwk' });
  } catch (error) {
    throw new AppError('audit.key-invalid', { problem: 'its coordinates are no point of P-256' }, { cause: error });
  }
}

/** Whether the signature, in base64url, is one of this key over the text. */
export function isSignedBy(key: KeyObject, text: string, signature: string): boolean {
  return verify('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
}
