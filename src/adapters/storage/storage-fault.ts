// What a refusal or a lost request of Azure Storage means: from the wire to our codes, for tables and blobs alike.
// Codes: https://learn.microsoft.com/rest/api/storageservices/table-service-error-codes and blob-service-error-codes;
// 412 and 404 as Azurite 3.37 answers them.
import { AppError } from '../../domain/errors.ts';
import type { ErrorCode } from '../../domain/errors.ts';

/** What became of one request that did not succeed. */
export interface StorageFault {
  readonly error: AppError;
  /** Whether the same request can succeed in a moment. */
  readonly isPassing: boolean;
  /** Whether storage may have carried it out all the same. */
  readonly mayHaveRun: boolean;
  /** The table or the container itself is not there. */
  readonly isPlaceMissing: boolean;
  readonly retryAfterMs: number | undefined;
}

/** What is known of an error of the SDK, whatever its class. */
interface WireError {
  readonly status: number | undefined;
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs: number | undefined;
}

/** Nothing reached storage: no connection was made. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** The meaning of what the SDK threw; `request` names the call without keys, `record` the table or the container. */
export function toStorageFault(thrown: unknown, request: string, record: string): StorageFault {
  if (thrown instanceof AppError) return fault(thrown, {});
  const wire = readWireError(thrown);
  const { status, code, message, retryAfterMs } = wire;
  const more = { request, record, ...(status !== undefined && { status }), storageCode: code, answer: message.slice(0, 300) };
  const failed = (errorCode: ErrorCode, problem = code): AppError => new AppError(errorCode, { ...more, problem }, { cause: thrown });
  // A success that cannot be read was cut on its way.
  if (status === undefined || status < 400) return lostOrOurs(thrown, code, failed);
  if (status === 429 || code === 'ServerBusy') return fault(failed('store.busy'), { isPassing: true, retryAfterMs });
  if (status >= 500 || status === 408) return fault(failed('store.unavailable'), { isPassing: true, mayHaveRun: true, retryAfterMs });
  if (status === 412) return fault(failed('store.stale'), {});
  // Tables and containers are deleted in the background; until that is over, making them anew is refused.
  if (code === 'TableBeingDeleted' || code === 'ContainerBeingDeleted') return fault(failed('store.unavailable'), { isPassing: true });
  if (status === 409) return fault(failed('store.exists'), {});
  if (status === 404) return fault(failed('store.missing'), { isPlaceMissing: code === 'TableNotFound' || code === 'ContainerNotFound' });
  if (status === 401 || status === 403) return fault(failed('store.denied'), {});
  if (status === 413 || code.endsWith('TooLarge')) return fault(failed('store.too-large'), {});
  return fault(failed('store.unexpected'), {});
}

function fault(error: AppError, more: Partial<StorageFault>): StorageFault {
  return { isPassing: false, mayHaveRun: false, isPlaceMissing: false, retryAfterMs: undefined, ...more, error };
}

/** Names of wire failures: those of the SDK, of time limits, and of the system's network. */
const LOST = /^(?:AbortError|TimeoutError|REQUEST_SEND_ERROR|PARSE_ERROR|E[A-Z_]+)$/;

/** What came without a status: a request lost on its way, a credential without a token, or a fault of ours. */
function lostOrOurs(thrown: unknown, code: string, failed: (code: ErrorCode) => AppError): StorageFault {
  if (LOST.test(code)) return fault(failed('store.unavailable'), { isPassing: true, mayHaveRun: !NEVER_SENT.has(code) });
  if (thrown instanceof Error && /Credential|Authentication/.test(thrown.name)) {
    return fault(new AppError('identity.unavailable', { resource: 'storage' }, { cause: thrown }), {});
  }
  return fault(failed('internal'), {});
}

function readWireError(thrown: unknown): WireError {
  if (!(thrown instanceof Error)) return { status: undefined, code: 'unknown', message: String(thrown), retryAfterMs: undefined };
  const status = numberIn(thrown, 'statusCode');
  const details = propertyOf(thrown, 'details');
  const odata = propertyOf(details, 'odataError') ?? propertyOf(details, 'odata.error');
  const code = textIn(odata, 'code') ?? textIn(details, 'errorCode') ?? textIn(thrown, 'code') ?? thrown.name;
  return { status, code, message: thrown.message, retryAfterMs: retryAfterOf(thrown) };
}

function retryAfterOf(thrown: Error): number | undefined {
  const headers = propertyOf(propertyOf(thrown, 'response'), 'headers');
  const get = propertyOf(headers, 'get');
  const value: unknown = typeof get === 'function' ? get.call(headers, 'retry-after') : undefined;
  return typeof value === 'string' && /^\d{1,3}$/.test(value) ? Number(value) * 1000 : undefined;
}

function propertyOf(from: unknown, name: string): unknown {
  return typeof from === 'object' && from !== null ? Reflect.get(from, name) : undefined;
}

function textIn(from: unknown, name: string): string | undefined {
  const value = propertyOf(from, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function numberIn(from: unknown, name: string): number | undefined {
  const value = propertyOf(from, name);
  return typeof value === 'number' ? value : undefined;
}
