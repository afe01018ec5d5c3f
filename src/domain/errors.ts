// The one error class, the closed list of its codes, and what each kind of error means for answers, retries and logs.
// Codes are contract: add, never rename. Texts are in error-texts.ts. Nothing here knows HTTP libraries, stores or SDKs.
import { errorTexts } from './error-texts.ts';

/** Every way the connector says no. Each code's text and cure stand in error-texts.ts. */
export type ErrorCode =
  | 'settings.invalid' // app settings are missing or wrong; nothing but health is served
  | 'app.not-ready' // a request that cannot be served because the app settings are wrong
  | 'request.invalid' // parameters in the path, the query or the headers that are wrong or unknown
  | 'next-link.invalid' // a nextLink that was changed, is too old, or was given to somebody else or for another list
  | 'body.invalid' // a request body that is not JSON or does not fit its schema
  | 'body.too-large' // a request body above the route's limit
  | 'body.unsupported' // a request body in another media type or encoding than JSON in UTF-8
  | 'if-match.missing' // a change that must name the version it changes does not
  | 'if-match.stale' // the named version is no longer the current one
  | 'if-none-match.failed' // a change that must make something new names something that is there
  | 'caller.unknown' // no valid token and no valid sign-in
  | 'caller.unverifiable' // the keys that sign tokens cannot be had, so nobody can be told apart
  | 'caller.too-many' // one caller asks more often than allowed
  | 'caller.cross-origin' // a change that a browser sent with a session, but not from our own pages
  | 'role.missing' // the caller is known but lacks the permission
  | 'role.limited' // the permission is had for some collections only, and this is about the whole organization
  | 'role.unknown' // no role of that id is there, or it is none of the caller's business
  | 'role.built-in' // a built-in role can be copied, not changed
  | 'role.in-use' // a role that should be removed is assigned
  | 'assignment.missing' // no assignment of that id is there, or it is none of the caller's business
  | 'assignment.last-administrator' // without that assignment nobody could give roles any more
  | 'assignment.forgeable' // a collection that devices can choose to be in would limit rights
  | 'grant.exceeded' // somebody would give more than they have
  | 'grant.too-many' // an organization has as many roles, assignments or collections as it may have
  | 'collection.missing' // no collection of that id is there, or it is none of the caller's business
  | 'collection.built-in' // All Mobile Devices cannot be changed
  | 'collection.protected' // a collection whose change would widen rights of whoever changes it, or rights that they do not have
  | 'collection.limit-missing' // the collection that should limit another is not there, or it is none of the caller's business
  | 'collection.cycle' // a collection would limit itself
  | 'collection.in-use' // a collection that should be removed limits an assignment or another collection
  | 'route.missing' // no function answers this method on this path
  | 'organization.missing' // no organization of that id has a connector, or it is none of the caller's business
  | 'connector.exists' // an organization has one connector, and it has one already
  | 'installation.missing' // the connector was removed a moment ago, or its installation has not begun
  | 'device.missing' // no device of that id is stored, or it is none of the caller's business
  | 'run.missing' // no run of that id is stored
  | 'run.already-running' // one run of a kind goes on at a time in an organization, and one does
  | 'run.full-first' // a run of that kind needs what a full run finds out, and none has completed yet
  | 'run.ended' // a run that should stop has ended
  | 'run.not-held' // a run that should be accepted is not held, or no longer the one that waits for a decision
  | 'run.stopped' // somebody asked for the run to stop
  | 'run.connector-removed' // the connector that the run worked for was removed
  | 'run.given-up' // the run was started anew too often without coming to its end
  | 'workflow.unavailable' // the task hub does not answer, or refuses
  | 'run.superseded' // a held run that was overtaken by a newer full one, which knows better what is gone
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
  | 'audit.key-invalid' // the setting or the file that holds the key of the audit's signatures holds something else
  | 'audit.key-denied' // Key Vault refuses to sign, or to show the key of the audit's signatures
  | 'audit.key-unavailable' // Key Vault cannot be reached or fails
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
  'request.invalid': 'invalid',
  'next-link.invalid': 'invalid',
  'body.invalid': 'invalid',
  'body.too-large': 'too-large',
  'body.unsupported': 'wrong-type',
  'if-match.missing': 'unconditional',
  'if-match.stale': 'stale',
  'if-none-match.failed': 'stale',
  'caller.unknown': 'unknown-caller',
  'caller.unverifiable': 'unavailable',
  'caller.too-many': 'too-many',
  'caller.cross-origin': 'forbidden',
  'role.missing': 'forbidden',
  'role.limited': 'forbidden',
  'role.unknown': 'missing',
  'role.built-in': 'conflict',
  'role.in-use': 'conflict',
  'assignment.missing': 'missing',
  'assignment.last-administrator': 'conflict',
  'assignment.forgeable': 'conflict',
  'grant.exceeded': 'forbidden',
  'grant.too-many': 'conflict',
  'collection.missing': 'missing',
  'collection.built-in': 'conflict',
  'collection.protected': 'forbidden',
  'collection.limit-missing': 'conflict',
  'collection.cycle': 'conflict',
  'collection.in-use': 'conflict',
  'route.missing': 'missing',
  'organization.missing': 'missing',
  'connector.exists': 'conflict',
  'installation.missing': 'conflict',
  'device.missing': 'missing',
  'run.missing': 'missing',
  'run.already-running': 'conflict',
  'run.full-first': 'conflict',
  'run.ended': 'conflict',
  'run.not-held': 'conflict',
  'run.stopped': 'refused',
  'run.connector-removed': 'refused',
  'run.given-up': 'refused',
  'workflow.unavailable': 'unavailable',
  'run.superseded': 'conflict',
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
  'audit.key-invalid': 'refused',
  'audit.key-denied': 'refused',
  'audit.key-unavailable': 'unavailable',
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

const TEXT: Readonly<Record<ErrorCode, string>> = errorTexts satisfies Record<ErrorCode, string>;

/** Facts about one error. `retryAfterSeconds` becomes Retry-After; what the code's text does not name goes to the log only. */
export interface ErrorDetails {
  readonly retryAfterSeconds?: number;
  /** Every fault of a request, for `errors` in the answer. */
  readonly faults?: readonly Fault[];
  /** Where what is meant can be found: becomes the Location header. */
  readonly location?: string;
  readonly [name: string]: unknown;
}

/** One fault of a request, named as in RFC 9457 section 3: where (JSON Pointer as a URI fragment) and what. */
export interface Fault {
  readonly pointer: string;
  /** Where the pointer points into; left out, the body. */
  readonly in?: 'path' | 'query' | 'header';
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
