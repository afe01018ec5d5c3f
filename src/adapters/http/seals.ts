// The Seals port: AES-256-GCM under a key that all instances of a deployment share, so that a sealed text can neither be read nor changed.
// The purpose is authenticated with it and not part of it. https://nvlpubs.nist.gov/nistpubs/Legacy/SP/nistspecialpublication800-38d.pdf
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Seals } from '../../domain/seals-port.ts';

const ALGORITHM = 'aes-256-gcm';
/** First byte of every sealed text: the form that follows. */
const FORM = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Seals under the key of 32 bytes that `key` answers; it is asked for once, and again only when it could not be had. */
export function createSeals(key: () => Promise<Uint8Array>): Seals {
  let known: Promise<Uint8Array> | undefined;
  const keyOnce = async (): Promise<Uint8Array> => {
    known ??= key();
    try {
      return await known;
    } catch (error) {
      known = undefined;
      throw error;
    }
  };

  return {
    async seal(text, purpose) {
      // Random nonces are safe for 2^32 texts under one key (section 8.3 there).
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, await keyOnce(), nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(purpose));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.of(FORM), nonce, sealed, cipher.getAuthTag()]).toString('base64url');
    },

    async open(sealed, purpose) {
      const bytes = Buffer.from(sealed, 'base64url');
      // Base64url decodes what it does not know to something else, so that several texts would open to the same.
      if (bytes[0] !== FORM || bytes.length < 1 + NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== sealed) return undefined;
      const decipher = createDecipheriv(ALGORITHM, await keyOnce(), bytes.subarray(1, 1 + NONCE_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(purpose));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const text = decipher.update(bytes.subarray(1 + NONCE_BYTES, -TAG_BYTES));
      return isGenuine(decipher) ? text.toString('utf8') : undefined;
    },
  };
}

/** A mode without padding has nothing left to give at its end but its verdict. */
function isGenuine(decipher: { final(): Buffer }): boolean {
  try {
    decipher.final();
    return true;
  } catch {
    // The only thing that can go wrong here is that the tag does not fit: somebody else sealed it, or for another purpose.
    return false;
  }
}
