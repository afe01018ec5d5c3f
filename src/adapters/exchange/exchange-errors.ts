// From what Exchange answers, or does not, to our codes: the one table of its refusals.
// Most come as 400 with prose; the .NET type of the exception says more than the status. Source: reference "Errors" (2.10) and "Diagnosing refusals" (1.7).
import { AppError } from '../../domain/errors.ts';
import type { ErrorCode } from '../../domain/errors.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Answer } from './answer.ts';
import { readFault, withoutServerNames } from './exchange-fault.ts';
import type { ExchangeFault } from './exchange-fault.ts';
import { readRetryAfter } from '../retry-after.ts';
import type { WireFailure } from './wire.ts';

/** A call that failed, with what decides whether it is sent again. */
export interface Failure {
  readonly error: AppError;
  /** Whether the cmdlet may have run all the same: then a write must not be repeated unseen. */
  readonly mayHaveRun: boolean;
  /** How often the request may be sent in all, unless it is a write that may have run. */
  readonly attempts: number;
}

/** Why a credential was refused, for the cure. `opaque`: Exchange gave no reason; the role is missing, is too new, or lacks the cmdlet. */
type Refusal = 'cmdlet' | 'directory-role' | 'stated' | 'opaque';

interface Case {
  readonly status: number;
  readonly fault: ExchangeFault;
  readonly answer: Pick<Answer, 'header' | 'json'>;
}

interface Rule {
  readonly code: ErrorCode;
  readonly when: (seen: Case) => boolean;
  readonly mayHaveRun?: true;
  readonly attempts?: number;
  readonly refusal?: Refusal;
  readonly reason?: string;
}

const PATIENT = 5;
const CAUTIOUS = 3;

const typeHas =
  (pattern: RegExp) =>
  ({ fault }: Case): boolean =>
    pattern.test(fault.type);

const textHas =
  (pattern: RegExp) =>
  ({ fault }: Case): boolean =>
    pattern.test(fault.text);

// Exceptions that pass by themselves, as the PowerShell module knows them.
const TRANSIENT =
  /DCOverloadedException|SuitabilityDirectoryException|ServerInMMException|ADServerSettingsChangedException|StorageTransientException/;

/** The first rule that fits decides. */
const RULES: readonly Rule[] = [
  { code: 'exchange.throttled', when: ({ status }) => status === 429, attempts: PATIENT },
  {
    code: 'exchange.throttled',
    when: ({ answer, fault }) => answer.json === undefined && /number of concurrent requests/i.test(fault.text),
    attempts: PATIENT,
  },
  { code: 'exchange.unauthenticated', when: ({ status }) => status === 401 },
  { code: 'exchange.denied', when: textHas(/is not present in the role definition/i), refusal: 'cmdlet' },
  { code: 'exchange.denied', when: textHas(/role assigned to application .* isn't supported/is), refusal: 'directory-role' },
  { code: 'exchange.denied', when: ({ status, fault }) => status === 403 && /not allowed to call/i.test(fault.text), refusal: 'cmdlet' },
  {
    code: 'exchange.denied',
    when: ({ status, answer }) => status === 403 && answer.header('x-ms-diagnostics') !== undefined,
    refusal: 'stated',
  },
  { code: 'exchange.denied', when: ({ status }) => status === 403, refusal: 'opaque' },
  { code: 'exchange.incomplete', when: textHas(/\b(?:expired|invalid)\b.*\bpagination\b/i), reason: 'cursor-expired' },
  { code: 'exchange.unavailable', when: typeHas(TRANSIENT), attempts: CAUTIOUS, mayHaveRun: true },
  { code: 'exchange.missing', when: typeHas(/ManagementObjectNotFoundException/) },
  { code: 'exchange.missing', when: textHas(/couldn't be found on/i) },
  { code: 'exchange.exists', when: typeHas(/ADObjectAlreadyExistsException/) },
  { code: 'exchange.bad-parameter', when: textHas(/matches multiple entries/i), reason: 'ambiguous' },
  { code: 'exchange.bad-parameter', when: ({ status }) => status === 400 },
  { code: 'exchange.unavailable', when: ({ status }) => [408, 502, 503, 504].includes(status), attempts: PATIENT, mayHaveRun: true },
  { code: 'exchange.unavailable', when: ({ status }) => status >= 500, attempts: CAUTIOUS, mayHaveRun: true },
];

/** Anything else: redirects without a target, 404 and 405 of a wrong address, and successes that cannot be read. */
const OTHERWISE: Rule = { code: 'exchange.unexpected', when: () => true };

/** The failure that a refusing answer stands for. */
export function failureOfAnswer(request: string, answer: Answer, now: Instant): Failure {
  const fault = readFault(answer);
  const rule = RULES.find((candidate) => candidate.when({ status: answer.status, fault, answer })) ?? OTHERWISE;
  const retryAfterSeconds = readRetryAfter(answer.header('retry-after'), rule.code === 'exchange.throttled' ? fault.text : '', now);
  const said = withoutServerNames(fault.text);
  const details = {
    request,
    status: answer.status,
    ...(fault.type !== '' && { exceptionType: fault.type }),
    ...(said !== '' && { answer: said }),
    ...(rule.refusal && { refusal: rule.refusal }),
    ...(rule.reason !== undefined && { reason: rule.reason }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...diagnosticsOf(answer),
  };
  const cause = new Error(`HTTP ${answer.status}${fault.type === '' ? '' : ` ${fault.type}`}${said === '' ? '' : `: ${said}`}`);
  return {
    error: new AppError(rule.code, details, { cause }),
    mayHaveRun: rule.mayHaveRun ?? false,
    attempts: rule.attempts ?? 1,
  };
}

function diagnosticsOf(answer: Pick<Answer, 'header'>): Record<string, string> {
  const requestId = answer.header('request-id');
  const diagnostics = answer.header('x-ms-diagnostics');
  return { ...(requestId !== undefined && { requestId }), ...(diagnostics !== undefined && { diagnostics }) };
}

/** The failure of a success that cannot be read: a page of HTML, JSON that was cut off, an envelope of another kind. */
export function failureOfUnreadable(request: string, answer: Answer): Failure {
  const details = { request, status: answer.status, reason: 'unreadable', ...diagnosticsOf(answer) };
  // Not the body itself: a page cut off in the middle holds people's names.
  const cause = new Error(`HTTP ${answer.status} with ${answer.text.length} characters that are no answer`);
  return { error: new AppError('exchange.unexpected', details, { cause }), mayHaveRun: true, attempts: CAUTIOUS };
}

/** The failure of a redirect that is not followed. */
export function failureOfRedirect(request: string, status: number, location: string): Failure {
  const host = URL.canParse(location) ? new URL(location).host : undefined;
  const details = { request, status, reason: 'redirect-refused', ...(host !== undefined && { host }) };
  const cause = new Error(`HTTP ${status} to a place that is not followed: ${host ?? 'no address'}`);
  return { error: new AppError('exchange.unexpected', details, { cause }), mayHaveRun: false, attempts: 1 };
}

/** The failure of a request that got no whole answer. Too slow once is likely too slow again, so that it is tried only twice. */
export function failureOfWire(request: string, failure: WireFailure): Failure {
  const code = failure.reason === 'too-large' ? 'exchange.unexpected' : 'exchange.unavailable';
  const attempts = { aborted: 1, 'too-large': 1, 'time-limit': 2, connection: PATIENT }[failure.reason];
  const error = new AppError(code, { request, reason: failure.reason }, { cause: failure.cause });
  return { error, mayHaveRun: failure.mayHaveArrived, attempts };
}
