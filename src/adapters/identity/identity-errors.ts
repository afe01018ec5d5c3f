// What a failed token request means: from the errors of @azure/identity and the MSAL library inside it to our codes.
// Entra's error numbers: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
import { AppError } from '../../domain/errors.ts';

/** What is known of a failure after looking through an error and its causes. */
interface Findings {
  status?: number;
  /** OAuth error code or MSAL's own. */
  word?: string;
  /** Entra's number, for instance 7000215. */
  number?: string;
  message: string;
}

/** Numbers and words that stand for "try again", whatever the status: timeouts and overload inside Entra. */
const PASSING = new Set([
  '50196',
  '90006',
  '90033',
  '90043',
  '90055',
  'temporarily_unavailable',
  'server_error',
  'network_error',
  'timeout',
]);

const MAX_CAUSES = 5;
const MAX_MESSAGE = 400;

/** The AppError for a failed token request: `identity.denied` when asking again cannot help, else `identity.unavailable`. */
export function toIdentityError(error: unknown, resource: string): AppError {
  if (error instanceof AppError) return error;
  const found = findingsOf(error);
  const details = {
    resource,
    ...(found.number === undefined ? {} : { reason: `AADSTS${found.number}` }),
    ...(found.word === undefined ? {} : { error: found.word }),
    ...(found.status === undefined ? {} : { status: found.status }),
    answer: found.message,
  };
  return new AppError(isFinal(found) ? 'identity.denied' : 'identity.unavailable', details, { cause: error });
}

function isFinal(found: Findings): boolean {
  if (PASSING.has(found.number ?? '') || PASSING.has(found.word ?? '')) return false;
  if (found.status !== undefined && (found.status === 408 || found.status === 429 || found.status >= 500)) return false;
  return found.number !== undefined || found.word === 'invalid_client' || (found.status !== undefined && found.status >= 400);
}

function findingsOf(error: unknown): Findings {
  const found: Findings = { message: '' };
  let current: unknown = error;
  for (let depth = 0; depth < MAX_CAUSES && current instanceof Error; depth += 1) {
    look(current, found);
    current = current.cause;
  }
  return found;
}

/** The names under which the libraries keep status and code differ by class; the first one found on the way down counts. */
function look(error: Error, found: Findings): void {
  const fields = new Map<string, unknown>(Object.entries(error));
  const status = [fields.get('statusCode'), fields.get('status')].find((value) => typeof value === 'number' && value > 0);
  const word = [fields.get('errorCode'), fields.get('code')].find((value) => typeof value === 'string' && value !== '');
  const number = /AADSTS(\d+)/.exec(error.message)?.[1];
  if (typeof status === 'number') found.status ??= status;
  if (typeof word === 'string') found.word ??= word;
  if (number !== undefined) found.number ??= number;
  if (found.message === '') found.message = firstLine(error.message);
}

function firstLine(message: string): string {
  return (message.split(/[\r\n]/, 1)[0] ?? '').slice(0, MAX_MESSAGE);
}
