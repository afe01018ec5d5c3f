// Turns an AppError into the answer a caller sees: RFC 9457 problem details. Stack, cause and other details stay in the log.
import { STATUS_CODES } from 'node:http';
import type { HttpResponseInit } from '@azure/functions';
import { RULES } from '../../domain/errors.ts';
import type { AppError, Fault } from '../../domain/errors.ts';

/** The body of every error answer. `code` is the contract, the texts may change. */
interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly requestId: string;
  readonly errors?: readonly Fault[];
}

/** The answer for `error`. */
export function problem(error: AppError, requestId: string): HttpResponseInit {
  const { status } = RULES[error.kind];
  const { faults, retryAfterSeconds, location } = error.details;
  const body: Problem = {
    // RFC 9457 section 4.2.1: no more than the status says, so the title is the status phrase; `code` tells the rest.
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: error.message,
    code: error.code,
    requestId,
    ...(faults && { errors: faults }),
  };
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' };
  if (retryAfterSeconds !== undefined) headers['retry-after'] = String(Math.max(0, Math.ceil(retryAfterSeconds)));
  if (location !== undefined) headers['location'] = location;
  // RFC 9110 section 11.6.1: a 401 names at least one way to sign in.
  if (status === 401) headers['www-authenticate'] = 'Bearer';
  return { status, headers, jsonBody: body };
}
