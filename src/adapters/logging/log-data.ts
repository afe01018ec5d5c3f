// Makes any value fit for a log entry: plain JSON data of bounded size without tokens, keys or passwords.
// It guards against accidents; that no secret is handed to the log in the first place stays the caller's duty.

const HIDDEN = '[hidden]';
const MAX_TEXT = 4_000;
const MAX_ITEMS = 50;
const MAX_DEPTH = 6;

const SECRET_NAME =
  /^(?:authorization|proxy-authorization|cookie|set-cookie|x-functions-key|sig|pwd)$|(?:token|secret|password|passphrase|assertion|signature|account_?key|private_?key|connection_?string)$/i;

const SECRET_TEXTS: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, `$1 ${HIDDEN}`],
  // A JSON Web Token, wherever it stands: its header always begins with {" in base64url.
  [/\beyJ[\w-]{5,}\.[\w-]*(?:\.[\w-]*)?/g, HIDDEN],
  [
    /\b(AccountKey|SharedAccessKey|SharedAccessSignature|sig|client_secret|client_assertion|assertion|access_token|refresh_token|id_token|password)=[^&;\s"']+/gi,
    `$1=${HIDDEN}`,
  ],
  // A function or host key in an address.
  [/([?&]code)=[^&\s"']+/gi, `$1=${HIDDEN}`],
];

function textForLog(text: string): string {
  // A longer text is cut before the search too, so that a hostile one costs no time; what is cut there is never shown.
  const searched = text.slice(0, 4 * MAX_TEXT);
  const masked = SECRET_TEXTS.reduce((rest, [pattern, replacement]) => rest.replaceAll(pattern, replacement), searched);
  return masked.length > MAX_TEXT || searched.length < text.length ? `${masked.slice(0, MAX_TEXT)}… (${text.length} characters)` : masked;
}

/** Only these members of an error: SDK errors also carry their request, headers included. */
const ERROR_MEMBERS = ['name', 'code', 'kind', 'statusCode', 'message', 'details', 'stack', 'cause', 'errors'] as const;

/** The stack without its first lines, which repeat name and message. */
function framesOf({ stack = '' }: Error): string {
  return stack.slice(Math.max(0, stack.search(/^ {4}at /m)));
}

function membersOf(value: object): [string, unknown][] {
  if (value instanceof Error) {
    const members = ERROR_MEMBERS.filter((name) => name in value).map((name): [string, unknown] => [name, Reflect.get(value, name)]);
    return members.map(([name, member]) => [name, name === 'stack' ? framesOf(value) : member]);
  }
  return Object.entries(value);
}

function objectForLog(value: object, parents: readonly object[]): unknown {
  if (parents.includes(value)) return '[circular]';
  if (parents.length >= MAX_DEPTH) return '[too deep]';
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  const inside = [...parents, value];
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ITEMS).map((item) => valueForLog(item, inside));
    return value.length > MAX_ITEMS ? [...items, `… (${value.length} items)`] : items;
  }
  if (!(value instanceof Error) && 'toJSON' in value && typeof value.toJSON === 'function') return valueForLog(value.toJSON(), inside);
  return membersForLog(membersOf(value), inside);
}

function membersForLog(members: readonly (readonly [string, unknown])[], parents: readonly object[]): Record<string, unknown> {
  const shown = members
    .filter(([, member]) => member !== undefined)
    .slice(0, MAX_ITEMS)
    .map(([name, member]): [string, unknown] => [name, SECRET_NAME.test(name) ? HIDDEN : valueForLog(member, parents)]);
  return Object.fromEntries(members.length > MAX_ITEMS ? [...shown, ['…', `${members.length} members`]] : shown);
}

function readableObject(value: object, parents: readonly object[]): unknown {
  try {
    return objectForLog(value, parents);
  } catch (error) {
    // A getter or toJSON of a foreign object threw: the entry must be written all the same, and says so.
    return `[unreadable: ${error instanceof Error ? textForLog(error.message) : typeof error}]`;
  }
}

function valueForLog(value: unknown, parents: readonly object[]): unknown {
  switch (typeof value) {
    case 'string':
      return textForLog(value);
    case 'object':
      return value === null ? null : readableObject(value, parents);
    case 'bigint':
    case 'symbol':
      return String(value);
    case 'function':
      return '[function]';
    default:
      return value;
  }
}

/** `fields` as plain JSON data: secrets hidden, errors with their chain of causes, cycles and excess cut. Never throws. */
export function toLogData(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return membersForLog(Object.entries(fields), [fields]);
}
