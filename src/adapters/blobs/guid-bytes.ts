// GUIDs as sixteen bytes, in the order of their digits, so that bytes sort as the texts do.
// Digits are read one by one: a run looks for every device it reads, and three string operations each cost more than the search.

/** How many bytes a GUID takes. */
export const GUID_BYTES = 16;

const TEXT_LENGTH = 36;
const DASH = '-'.charCodeAt(0);
const DASHES_AT = [8, 13, 18, 23];
const NO_DIGIT = 255;
/** The value of each character that is a digit in lower case. */
const DIGITS = Uint8Array.from({ length: 128 }, (_, code) => {
  const value = '0123456789abcdef'.indexOf(String.fromCharCode(code));
  return value === -1 ? NO_DIGIT : value;
});
/** Where in the text each byte has its first digit. */
const PLACES = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/** Writes a GUID, which has to be in lower case. */
export function writeGuid(bytes: Uint8Array, guid: string, at = 0): void {
  if (!tryWrite(bytes, guid, at)) throw new RangeError(`'${guid.slice(0, 40)}' is no GUID in lower case.`);
}

/** False when the text is no GUID in lower case, and the bytes are of no use then. */
function tryWrite(bytes: Uint8Array, guid: string, at: number): boolean {
  if (guid.length !== TEXT_LENGTH) return false;
  for (const place of DASHES_AT) if (guid.charCodeAt(place) !== DASH) return false;
  for (let index = 0; index < GUID_BYTES; index += 1) {
    const place = PLACES[index] ?? 0;
    const high = DIGITS[guid.charCodeAt(place)] ?? NO_DIGIT;
    const low = DIGITS[guid.charCodeAt(place + 1)] ?? NO_DIGIT;
    if (high === NO_DIGIT || low === NO_DIGIT) return false;
    bytes[at + index] = high * 16 + low;
  }
  return true;
}

/** The codes of the sixteen digits. */
const CODES = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
/** Where the next GUID is put together; only its dashes stay. */
const text = Buffer.alloc(TEXT_LENGTH, '-');

/** The GUID that was written there. */
export function readGuid(bytes: Buffer, at: number): string {
  for (let index = 0; index < GUID_BYTES; index += 1) {
    const byte = bytes[at + index] ?? 0;
    const place = PLACES[index] ?? 0;
    text[place] = CODES[byte >> 4] ?? 0;
    text[place + 1] = CODES[byte & 15] ?? 0;
  }
  return text.toString('latin1');
}
