// The messages between the host and its worker process, and the data inside them.
// Shapes follow the real worker's protocol (azure-functions-nodejs-worker types-core), which is what @azure/functions reads and writes.

/** One value on its way into or out of a function. `{}` and `undefined` both mean "no data". */
export interface TypedData {
  string?: string;
  json?: string;
  bytes?: Uint8Array;
  int?: number;
  double?: number;
  http?: HttpRequestData | HttpResponseData;
}

interface Nullable<T> {
  value: T;
}

/** An HTTP request as the worker receives it: names in lower case, repeated headers and query keys joined by a comma. */
export interface HttpRequestData {
  method: string;
  url: string;
  nullableHeaders: Record<string, Nullable<string>>;
  nullableQuery: Record<string, Nullable<string>>;
  nullableParams: Record<string, Nullable<string>>;
  body?: { bytes: Uint8Array };
}

/** An HTTP answer as @azure/functions gives it back. */
export interface HttpResponseData {
  statusCode: string;
  headers: Record<string, string>;
  cookies?: HttpCookieData[];
  enableContentNegotiation?: boolean;
  body?: { bytes?: Uint8Array };
}

export interface HttpCookieData {
  name: string;
  value: string;
  domain?: Nullable<string>;
  path?: Nullable<string>;
  expires?: { value: { seconds: number | string; nanos?: number } };
  secure?: Nullable<boolean>;
  httpOnly?: Nullable<boolean>;
  maxAge?: Nullable<number>;
  /** `none` writes no SameSite attribute, `explicitNone` writes `SameSite=None`. */
  sameSite?: 'none' | 'lax' | 'strict' | 'explicitNone';
}

/** A binding as registered: its own fields depend on the type (`route`, `schedule`, `queueName` ...). */
export interface Binding {
  type: string;
  direction: string;
  [field: string]: unknown;
}

/** Seconds, as the library rounds them. */
interface Duration {
  seconds?: number;
}

export interface RetryOptions {
  maxRetryCount: number;
  retryStrategy: 'fixedDelay' | 'exponentialBackoff';
  delayInterval?: Duration;
  minimumInterval?: Duration;
  maximumInterval?: Duration;
}

/** What `registerFunction` was given. */
export interface FunctionMetadata {
  name: string;
  functionId?: string;
  bindings: Record<string, Binding>;
  retryOptions?: RetryOptions;
  /** File name of the entry point that registered it. */
  scriptFile?: string;
}

export interface FunctionFailure {
  message: string;
  stack?: string;
}

export interface RetryContext {
  retryCount: number;
  maxRetryCount: number;
  exception?: { source?: string; message?: string; stackTrace?: string };
}

export interface InvocationRequest {
  invocationId: string;
  functionName: string;
  inputData: { name: string; data: TypedData }[];
  triggerMetadata: Record<string, TypedData>;
  traceParent: string;
  retryContext?: RetryContext;
}

/** Why a run has no result: the function threw, it took longer than functionTimeout, or its process ended under it. */
export type FailureCause = 'thrown' | 'timeout' | 'worker-lost';

export type InvocationResult =
  | { ok: true; returnValue?: TypedData | null; outputData: { name: string; data: TypedData }[] }
  | { ok: false; error: FunctionFailure; cause?: FailureCause };

export type LogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none';

/** Where the worker's time stands: real time plus an offset, or a fixed moment. */
export type ClockState = { kind: 'running'; offsetMs: number } | { kind: 'held'; nowMs: number };

export type MessageToWorker =
  | { type: 'start'; appDirectory: string; hostVersion: string; clock: ClockState }
  | { type: 'invoke'; request: InvocationRequest }
  | { type: 'clock'; clock: ClockState }
  | { type: 'terminate'; graceMs: number };

export type MessageFromWorker =
  | { type: 'started'; functions: FunctionMetadata[]; capabilities: Record<string, string> }
  | { type: 'load-failed'; failure: FunctionFailure }
  | { type: 'invoked'; invocationId: string; result: InvocationResult }
  | { type: 'log'; level: LogLevel; category: string; message: string; invocationId?: string };
