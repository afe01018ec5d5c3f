// What the small tools around the tenant share on their command line: the folder of the tenant they mean.
import { resolve } from 'node:path';

/** The tenant of `npm start`. */
const DATA = resolve(import.meta.dirname, '..', '..', '..', '.local', 'tenant');

/** Takes `--data <folder>` out of the words; without it, the tenant of `npm start` is meant. */
export function takeDataOption(words: readonly string[]): { readonly data: string; readonly rest: readonly string[] } {
  const at = words.indexOf('--data');
  if (at < 0) return { data: DATA, rest: words };
  const data = words[at + 1];
  if (data === undefined) throw new Error('--data needs the folder of a tenant behind it.');
  return { data: resolve(data), rest: words.filter((_, position) => position !== at && position !== at + 1) };
}
