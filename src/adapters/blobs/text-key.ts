// Texts as keys of one width: sixteen bytes of a digest, so many that two texts never have the same.
import { hash } from 'node:crypto';

/** How many bytes a key takes. */
export const TEXT_KEY_BYTES = 16;

/** No text in UTF-8 has this byte. */
const NOT_UTF8 = Buffer.of(0xff);

/** The key of a text. */
export function textKey(text: string): Buffer {
  // In UTF-8 half a surrogate pair would become the same bytes as any other.
  const bytes = text.isWellFormed() ? text : Buffer.concat([NOT_UTF8, Buffer.from(text, 'utf16le')]);
  return Buffer.from(hash('sha256', bytes, 'hex').slice(0, 2 * TEXT_KEY_BYTES), 'hex');
}

/** The key of these names, compared without case; of one as of several. */
export function nameKey(...names: readonly string[]): Buffer {
  const [only = '', second] = names;
  if (second === undefined) return textKey(folded(only));
  return textKey(names.map(folded).join('\n'));
}

function folded(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
