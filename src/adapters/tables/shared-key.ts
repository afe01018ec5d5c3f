// A secret key that all instances of a deployment share: made by whichever needs it first, kept in a table for the others and for later.
// Who can read the table can read what the key protects as well: it only keeps callers from forging what we hand to them.
import { randomBytes } from 'node:crypto';
import { AppError } from '../../domain/errors.ts';
import { keyOf } from './keys.ts';
import type { Table } from './row.ts';

const KEY_BYTES = 32;
const ATTEMPTS = 3;

/** The key of that name, always the same; made at the first call. */
export async function sharedKey(table: Table, name: string): Promise<Uint8Array> {
  const place = { partition: keyOf('key'), row: keyOf(name) };
  for (let attempt = 1; ; attempt += 1) {
    const kept = (await table.get(place))?.values['key'];
    if (kept !== undefined) return readKey(kept);
    const made = randomBytes(KEY_BYTES);
    try {
      await table.write({ kind: 'insert', row: { ...place, values: { key: made.toString('base64url') } } });
      return made;
    } catch (error) {
      const wasOvertaken = error instanceof AppError && error.code === 'store.exists';
      if (!wasOvertaken || attempt === ATTEMPTS) throw error;
    }
  }
}

function readKey(text: string): Uint8Array {
  const key = Buffer.from(text, 'base64url');
  if (key.length === KEY_BYTES) return key;
  throw new AppError('store.unexpected', {
    request: 'reading a key',
    problem: 'a row holds no key of 32 bytes; remove the row, and a new one is made',
  });
}
