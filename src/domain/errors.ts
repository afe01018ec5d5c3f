// The one error class, the closed list of its codes, and what each kind of error means for answers, retries and logs.
// Codes are contract: add, never rename. Texts may change. Nothing here knows HTTP libraries, stores or SDKs.

/** Every way the connector says no. Each code's text and cure stand in TEXT below. */
export type ErrorCode =
  | 'settings.invalid' // app settings are missing or wrong; nothing but health is served
  | 'app.not-ready' // a request that cannot be served because the app settings are wrong
  | 'body.invalid' // a request body that is not JSON or does not fit its schema
  | 'body.too-large' // a request body above the route's limit
  | 'body.unsupported' // a request body in another media type or encoding than JSON in UTF-8
  | 'if-match.missing' // a change that must name the version it changes does not
  | 'if-match.stale' // the named version is no longer the current one
  | 'caller.unknown' // no valid token and no valid sign-in
  | 'caller.unverifiable' // the keys that sign tokens cannot be had, so nobody can be told apart
  | 'caller.too-many' // one caller asks more often than allowed
  | 'role.missing' // the caller is known but lacks the permission
  | 'route.missing' // no function answers this method on this path
  | 'request.timed-out' // the answer was not ready within the limit
  | 'store.stale' // a row changed between reading and writing it
  | 'store.exists' // a row that should be new is already there
  | 'store.busy' // storage asks for fewer requests
  | 'store.denied' // our identity lacks the data role on the storage account
  | 'store.unavailable' // storage cannot be reached or fails
  | 'store.missing' // a row that should be changed is not there
  | 'store.outcome-unknown' // a change sent to storage may or may not have been carried out: read again before repeating it
  | 'store.too-large' // a record does not fit into a row of storage
  | 'store.unexpected' // storage refuses a request of ours, or holds a row in a form this version does not know
  | 'exchange.denied' // Exchange Online refuses: the role lacks the cmdlet or the object is out of its scope
  | 'exchange.bad-parameter' // Exchange Online refuses the parameters of a cmdlet
  | 'exchange.throttled' // Exchange Online asks for fewer requests
  | 'exchange.unavailable' // Exchange Online cannot be reached or fails
  | 'exchange.unauthenticated' // Exchange Online does not accept our token: the app role is missing or it is meant for another cloud
  | 'exchange.missing' // Exchange Online has no object of that id
  | 'exchange.exists' // Exchange Online already has the object that a cmdlet should make
  | 'exchange.incomplete' // a read of Exchange Online did not reach its end: nothing may be concluded from it
  | 'exchange.outcome-unknown' // a change sent to Exchange Online may or may not have been carried out: read again before repeating it
  | 'exchange.unexpected' // Exchange Online answers in a form we do not know
  | 'graph.denied' // Microsoft Graph refuses: a permission or its consent is missing
  | 'graph.bad-request' // Microsoft Graph refuses the form of a request
  | 'graph.throttled' // Microsoft Graph asks for fewer requests
  | 'graph.unavailable' // Microsoft Graph cannot be reached or fails
  | 'graph.unexpected' // Microsoft Graph answers in a form we do not know
  | 'group.missing' // a group that a setting or assignment names is not in the directory
  | 'intune.unlicensed' // the organization has no Intune, so it has no managed devices
  | 'credential.invalid' // the setting that holds a connector's credential is missing or holds something else
  | 'identity.denied' // Microsoft Entra refuses our credential
  | 'identity.unavailable' // Microsoft Entra or the managed identity endpoint cannot be reached or fails
  | 'internal'; // a fault of ours: anything that is not an AppError

/** What an error means; the kind alone decides status, retry and log level (RULES). */
export type Kind =
  | 'invalid'
  | 'unknown-caller'
  | 'forbidden'
  | 'missing'
  | 'conflict'
  | 'stale'
  | 'too-large'
  | 'wrong-type'
  | 'unconditional'
  | 'too-many'
  | 'refused'
  | 'throttled'
  | 'unavailable'
  | 'bug';

/** The kind of each code. */
export const KIND = {
  'settings.invalid': 'bug',
  'app.not-ready': 'unavailable',
  'body.invalid': 'invalid',
  'body.too-large': 'too-large',
  'body.unsupported': 'wrong-type',
  'if-match.missing': 'unconditional',
  'if-match.stale': 'stale',
  'caller.unknown': 'unknown-caller',
  'caller.unverifiable': 'unavailable',
  'caller.too-many': 'too-many',
  'role.missing': 'forbidden',
  'route.missing': 'missing',
  'request.timed-out': 'unavailable',
  'store.stale': 'conflict',
  'store.exists': 'conflict',
  'store.busy': 'throttled',
  'store.denied': 'refused',
  'store.unavailable': 'unavailable',
  'store.missing': 'missing',
  'store.outcome-unknown': 'unavailable',
  'store.too-large': 'too-large',
  'store.unexpected': 'bug',
  'exchange.denied': 'refused',
  'exchange.bad-parameter': 'refused',
  'exchange.throttled': 'throttled',
  'exchange.unavailable': 'unavailable',
  'exchange.unauthenticated': 'refused',
  'exchange.missing': 'missing',
  'exchange.exists': 'conflict',
  'exchange.incomplete': 'unavailable',
  'exchange.outcome-unknown': 'unavailable',
  'exchange.unexpected': 'refused',
  'graph.denied': 'refused',
  'graph.bad-request': 'refused',
  'graph.throttled': 'throttled',
  'graph.unavailable': 'unavailable',
  'graph.unexpected': 'refused',
  'group.missing': 'missing',
  'intune.unlicensed': 'refused',
  'credential.invalid': 'refused',
  'identity.denied': 'refused',
  'identity.unavailable': 'unavailable',
  internal: 'bug',
} as const satisfies Record<ErrorCode, Kind>;

interface Rule {
  readonly status: number;
  /** Whether trying the same again later can succeed. */
  readonly isRetried: boolean;
  /** `error` means that somebody must act today. */
  readonly logLevel: 'info' | 'warn' | 'error';
}

/** What each kind means: HTTP status (RFC 9110, RFC 6585), retry, log level. */
export const RULES = {
  invalid: { status: 400, isRetried: false, logLevel: 'info' },
  'unknown-caller': { status: 401, isRetried: false, logLevel: 'info' },
  forbidden: { status: 403, isRetried: false, logLevel: 'info' },
  missing: { status: 404, isRetried: false, logLevel: 'info' },
  conflict: { status: 409, isRetried: false, logLevel: 'info' },
  stale: { status: 412, isRetried: false, logLevel: 'info' },
  'too-large': { status: 413, isRetried: false, logLevel: 'info' },
  'wrong-type': { status: 415, isRetried: false, logLevel: 'info' },
  unconditional: { status: 428, isRetried: false, logLevel: 'info' },
  'too-many': { status: 429, isRetried: true, logLevel: 'info' },
  refused: { status: 502, isRetried: false, logLevel: 'warn' },
  throttled: { status: 503, isRetried: true, logLevel: 'info' },
  unavailable: { status: 503, isRetried: true, logLevel: 'warn' },
  bug: { status: 500, isRetried: false, logLevel: 'error' },
} as const satisfies Record<Kind, Rule>;

/** What is wrong and the cure; `{name}` is filled from the error's details. Callers see these texts: no secrets, no personal data. */
const TEXT = {
  'settings.invalid': 'App settings are missing or wrong; correct them and restart the app.\n{problems}',
  'app.not-ready': 'The app is not ready: its settings are wrong. Its log names each one. Try again later.',
  'body.invalid': 'The request body is not valid: {problem}.',
  'body.too-large': 'The request body is larger than {maxBytes} bytes. Send less at a time.',
  'body.unsupported': 'The request body must be sent as {expected}, not as {received}.',
  'if-match.missing': 'This change needs an If-Match header. Read the resource first and send its ETag.',
  'if-match.stale': 'The resource changed since you read it. Read it again, then repeat the change with the new ETag.',
  'caller.unknown': 'No valid sign-in came with this request. Sign in, or send a bearer token issued for this app.',
  'caller.unverifiable':
    'Sign-ins cannot be checked, because Microsoft Entra gives no signing keys. Try again later; if it lasts, check the network.',
  'caller.too-many': 'Too many requests. Wait as long as the Retry-After header says.',
  'role.missing': 'This needs the permission {permission}. Ask an administrator for a role that includes it.',
  'route.missing': 'Nothing answers {method} on this path. Check the path and the method.',
  'request.timed-out': 'The answer was not ready within {limitMs} ms. Try again; a change already recorded is not recorded twice.',
  'store.stale': 'The record {record} was changed by someone else at the same time. Read it again and repeat the change.',
  'store.exists': 'The record {record} already exists.',
  'store.busy': 'Storage is busy. Try again later.',
  'store.denied':
    'Storage refused {request}. Give the identity of the app the data roles for tables, blobs and queues on the storage account.',
  'store.unavailable': 'Storage did not answer {request}. Check the storage account, its firewall and the name in the settings.',
  'store.missing': 'The record {record} is not there any more.',
  'store.outcome-unknown': 'Storage did not say whether {request} was carried out. Read the record {record} again before repeating it.',
  'store.too-large': 'The record {record} is too large to be stored: {problem}. Shorten it.',
  'store.unexpected': 'Storage cannot be used for {request}: {problem}.',
  'exchange.denied':
    'Exchange Online refused {request}. Check that the role of the connector in Exchange includes the cmdlet and that its scope includes the object.',
  'exchange.bad-parameter': 'Exchange Online did not accept the parameters of {request}.',
  'exchange.throttled': 'Exchange Online asks for fewer requests. Try again later.',
  'exchange.unavailable': 'Exchange Online did not answer {request}. Try again later; if it lasts, look at the service health.',
  'exchange.unauthenticated':
    'Exchange Online did not accept our token for {request}. Grant the app the permission Exchange.ManageAsApp, and check that the connector names the right cloud.',
  'exchange.missing': 'Exchange Online has no object of the id that {request} named.',
  'exchange.exists': 'Exchange Online already has the object that {request} should make.',
  'exchange.incomplete':
    'The read {request} of Exchange Online did not reach its end. It is tried again; nothing is concluded from what came.',
  'exchange.outcome-unknown':
    'Exchange Online did not say whether {request} was carried out. The present state is read before it is tried again.',
  'exchange.unexpected': 'Exchange Online answered {request} in a form the connector does not know.',
  'graph.denied': 'Microsoft Graph refused {request}. Check that the permission is granted to the app and consented to.',
  'graph.bad-request': 'Microsoft Graph did not accept the form of {request}.',
  'graph.throttled': 'Microsoft Graph asks for fewer requests. Try again later.',
  'graph.unavailable': 'Microsoft Graph did not answer {request}. Try again later; if it lasts, look at the service health.',
  'graph.unexpected': 'Microsoft Graph answered {request} in a form the connector does not know.',
  'group.missing': 'The group {group} is not in the directory. Name a group that exists.',
  'intune.unlicensed': 'The organization has no Intune licence, so Microsoft Graph lists no managed devices.',
  'credential.invalid': 'The credential of the connector cannot be used: {problem}.',
  'identity.denied':
    'Microsoft Entra refused a token for {resource}. Check the app registration and its certificate or federated credential.',
  'identity.unavailable':
    'Microsoft Entra gave no token for {resource}. Try again later; if it lasts, check the network and the managed identity.',
  internal: 'A fault inside the connector. Give the request id to whoever runs it: the log has the details.',
} as const satisfies Record<ErrorCode, string>;

/** Facts about one error. `retryAfterSeconds` becomes Retry-After; what the code's text does not name goes to the log only. */
export interface ErrorDetails {
  readonly retryAfterSeconds?: number;
  /** Every fault of a request body, for `errors` in the answer. */
  readonly faults?: readonly Fault[];
  readonly [name: string]: unknown;
}

/** One fault of a request body, named as in RFC 9457 section 3: where (JSON Pointer as a URI fragment) and what. */
export interface Fault {
  readonly pointer: string;
  readonly detail: string;
}

function textOf(code: ErrorCode, details: ErrorDetails): string {
  return TEXT[code].replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = details[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : `(unnamed ${name})`;
  });
}

/** A failure with a stable code. Anything else that is thrown counts as a fault of ours. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options: { cause?: unknown } = {}) {
    super(textOf(code, details), options);
    this.code = code;
    this.details = details;
  }

  get kind(): Kind {
    return KIND[this.code];
  }
}

/** The error itself when it is an AppError, else an `internal` one with the original as its cause. */
export function toAppError(error: unknown): AppError {
  return error instanceof AppError ? error : new AppError('internal', {}, { cause: error });
}

const isCode = (text: string): text is ErrorCode => Object.hasOwn(KIND, text);

/**
 * The code of an error, also of one whose class was lost because it crossed a durable boundary as text:
 * the first `[code]` in the message. Errors without one are `internal`.
 */
export function codeOf(error: unknown): ErrorCode {
  if (error instanceof AppError) return error.code;
  const message = error instanceof Error ? error.message : '';
  for (const [, word = ''] of message.matchAll(/\[([a-z.-]+)\]/g)) {
    if (isCode(word)) return word;
  }
  return 'internal';
}

/** The error to throw out of an activity or orchestrator: its message starts with `[code]`, which survives as text (see codeOf). */
export function toDurableError(error: unknown): Error {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  return new Error(message.startsWith(`[${code}]`) ? message : `[${code}] ${message}`, { cause: error });
}
