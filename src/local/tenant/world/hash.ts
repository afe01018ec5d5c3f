// Numbers and GUIDs that follow from (seed, kind, index), so that 300,000 rows need no memory and come out the same every time.
// Not for secrets. The mixing function is lowbias32 with its inverse: https://github.com/skeeto/hash-prospector (public domain)

/** What a number or GUID is for: two kinds never share a sequence. */
export type Kind =
  | 'mailbox'
  | 'user'
  | 'device'
  | 'device-id'
  | 'managed-device'
  | 'entra-device'
  | 'group'
  | 'rule'
  | 'policy'
  | 'organization'
  | 'application'
  | 'churn'
  | 'request'
  | 'control';

function mix(value: number): number {
  let x = value;
  x ^= x >>> 16;
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  x ^= x >>> 16;
  return x >>> 0;
}

function unmix(value: number): number {
  let x = value;
  x ^= x >>> 16;
  x = Math.imul(x, 0x43021123);
  x ^= (x >>> 15) ^ (x >>> 30);
  x = Math.imul(x, 0x1d69e2a5);
  x ^= x >>> 16;
  return x >>> 0;
}

function saltOf(text: string): number {
  let salt = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) salt = Math.imul(salt ^ text.charCodeAt(i), 0x01000193);
  return mix(salt);
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hex32(value: number): string {
  return `${HEX[value >>> 24]}${HEX[(value >>> 16) & 255]}${HEX[(value >>> 8) & 255]}${HEX[value & 255]}`;
}

/** A seeded source of numbers and GUIDs. */
export interface Draw {
  /** 32 random bits for the given kind, index and lane (one lane for each thing decided about it). */
  bits(kind: Kind, index: number, lane: number): number;
  /** A number in [0, 1). */
  fraction(kind: Kind, index: number, lane: number): number;
  /** A whole number in [0, count). */
  below(count: number, kind: Kind, index: number, lane: number): number;
  pick<T>(choices: readonly T[], kind: Kind, index: number, lane: number): T;
  /** `count` hexadecimal digits, lower case. */
  hex(count: number, kind: Kind, index: number, lane: number): string;
  /** A version 4 GUID, lower case, that carries its index. */
  guid(kind: Kind, index: number): string;
  /** The index that `guid` was made from, or undefined when it is not one of this kind. */
  indexOf(kind: Kind, guid: string): number | undefined;
}

/** A source for one organization: the same seed text gives the same answers for ever. */
export function createDraw(seed: string): Draw {
  const seedSalt = saltOf(seed);
  const salts: Partial<Record<Kind, number>> = {};

  const salt = (kind: Kind): number => (salts[kind] ??= mix(saltOf(kind) ^ seedSalt));

  const bits = (kind: Kind, index: number, lane: number): number => mix(mix(index ^ salt(kind)) ^ Math.imul(lane + 1, 0x9e3779b9));
  const fraction = (kind: Kind, index: number, lane: number): number => bits(kind, index, lane) / 4294967296;
  const below = (count: number, kind: Kind, index: number, lane: number): number => Math.floor(fraction(kind, index, lane) * count);

  function hex(count: number, kind: Kind, index: number, lane: number): string {
    let text = '';
    for (let part = 0; text.length < count; part += 1) text += hex32(bits(kind, index, lane + part * 97));
    return text.slice(0, count);
  }

  function guid(kind: Kind, index: number): string {
    // The tag keeps kinds apart: without it a user's GUID would be that of some far-off mailbox.
    const tag = mix(salt(kind) + 1);
    const first = hex32((bits(kind, index, 901) ^ tag) >>> 0);
    const middle = hex32((bits(kind, index, 902) ^ tag) >>> 0);
    const last = hex32((bits(kind, index, 903) ^ tag) >>> 0);
    const carried = hex32(mix((index ^ salt(kind)) >>> 0));
    const variant = HEX[0x80 | (Number.parseInt(last.slice(0, 2), 16) & 0x3f)];
    return `${first}-${middle.slice(0, 4)}-4${middle.slice(5)}-${variant}${last.slice(2, 4)}-${last.slice(4)}${carried}`;
  }

  return {
    bits,
    fraction,
    below,
    hex,
    guid,
    pick: (choices, kind, index, lane) => {
      const chosen = choices[below(choices.length, kind, index, lane)];
      if (chosen === undefined) throw new RangeError('There is nothing to choose from');
      return chosen;
    },
    indexOf(kind, text) {
      if (text.length !== 36) return undefined;
      const carried = Number.parseInt(text.slice(28), 16);
      if (!Number.isInteger(carried)) return undefined;
      const index = (unmix(carried) ^ salt(kind)) >>> 0;
      return guid(kind, index) === text.toLowerCase() ? index : undefined;
    },
  };
}
