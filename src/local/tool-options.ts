// What the small tools share on their command line: the folder they mean.
import { resolve } from 'node:path';

/** The tenant of `npm start`. */
const DATA = resolve(import.meta.dirname, '..', '..', '..', '.local', 'tenant');

/** Takes `--data <folder>` out of the words; without it, `usual` is meant: the tenant of `npm start`. */
export function takeDataOption(words: readonly string[], usual = DATA): { readonly data: string; readonly rest: readonly string[] } {
  const at = words.indexOf('--data');
  if (at < 0) return { data: usual, rest: words };
  const data = words[at + 1];
  if (data === undefined) throw new Error('--data needs a folder behind it.');
  return { data: resolve(data), rest: words.filter((_, position) => position !== at && position !== at + 1) };
}
