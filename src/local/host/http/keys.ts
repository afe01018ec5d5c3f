// The host's keys: master (opens everything), function, system (webhooks of extensions). Off by default, as in Core Tools.
// Which key opens what, and with which status, is recorded in the cases http-keys-*, admin-* and durable-routes.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { readOrCreateSecret } from './secret-file.ts';

export interface HostKeys {
  enforce: boolean;
  master: string;
  function: string;
  system: string;
}

/** What a request's key is: none was sent, it is unknown, or it is one of the host's. */
export type KeyGrant = 'none' | 'unknown' | 'function' | 'system' | 'master';

const NAMES = ['master', 'function', 'system'] as const;

function parseKeys(text: string, path: string): Record<(typeof NAMES)[number], string> {
  const cure = `${path} does not hold the host's keys (master, function, system); delete it and new ones are made at the next start.`;
  let stored: Partial<Record<string, unknown>>;
  try {
    stored = Object(JSON.parse(text)) as Partial<Record<string, unknown>>;
  } catch (error) {
    throw new Error(cure, { cause: error });
  }
  const [master, fn, system] = NAMES.map((name) => stored[name]);
  if (typeof master !== 'string' || typeof fn !== 'string' || typeof system !== 'string' || !master || !fn || !system)
    throw new Error(cure);
  return { master, function: fn, system };
}

/** The keys of this host: random ones made at the first start and kept in `keys.json`; given ones replace those without being stored. */
export function loadHostKeys(dataDirectory: string, options: { enforce: boolean; master?: string; function?: string }): HostKeys {
  const path = join(dataDirectory, 'keys.json');
  const fresh = (): Record<string, string> => Object.fromEntries(NAMES.map((name) => [name, randomBytes(40).toString('base64url')]));
  const text = readOrCreateSecret(path, () => `${JSON.stringify(fresh(), undefined, 2)}\n`);
  const stored = parseKeys(text, path);
  return { ...stored, enforce: options.enforce, master: options.master ?? stored.master, function: options.function ?? stored.function };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compares in constant time, whatever the lengths. */
function isSame(given: string, key: string): boolean {
  return timingSafeEqual(digest(given), digest(key));
}

/** Judges `x-functions-key` and `?code=`; the header alone counts when both are there. */
export function grantOf(keys: HostKeys, header: string | undefined, code: string | null): KeyGrant {
  const given = header ?? code;
  if (given === null || given === '') return 'none';
  return NAMES.find((name) => isSame(given, keys[name])) ?? 'unknown';
}

/** Whether the grant opens a function of this authLevel; if not, the answer is 401. */
export function opensFunction(keys: HostKeys, authLevel: unknown, grant: KeyGrant): boolean {
  const level = typeof authLevel === 'string' ? authLevel.toLowerCase() : 'function';
  if (!keys.enforce || level === 'anonymous') return true;
  return grant === 'master' || (level === 'function' && grant === 'function');
}

/** The status that refuses a route of the host itself; undefined when the grant opens it. */
export function refusalOfOwnRoute(keys: HostKeys, access: 'master' | 'system', grant: KeyGrant): 401 | 403 | undefined {
  if (!keys.enforce || grant === 'master' || (access === 'system' && grant === 'system')) return undefined;
  return grant === 'none' || grant === 'unknown' ? 401 : 403;
}
