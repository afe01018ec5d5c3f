// The ways in which the gateway says no before a cmdlet runs: 401 without words, 403 in NUL bytes, in JSON, or with a diagnostics header.
// Forms: the recordings of public clients.
import { gzipSync } from 'node:zlib';
import type { TenantAnswer } from '../server/route.ts';
import { errorBody, errors } from './exchange-error.ts';
import { exchangeAnswer } from './envelope.ts';
import type { Refusal } from './switches.ts';

const NUL_BYTES = 336;

const CHALLENGE =
  'Bearer client_id="00000002-0000-0ff1-ce00-000000000000", trusted_issuers="00000001-0000-0000-c000-000000000000@*", ' +
  'token_types="app_asserted_user_v1 service_asserted_app_v1", error="invalid_token"';

/** No acceptable token, or one without the application role. */
export function unauthorized(claims?: string): TenantAnswer {
  const challenge = claims === undefined ? CHALLENGE : `${CHALLENGE}, error="insufficient_claims", claims="${claims}"`;
  return { status: 401, headers: { 'www-authenticate': challenge }, body: '' };
}

/** 336 NUL bytes: unlabelled, labelled gzip without being it, or really gzipped. */
export function nulRefusal(form: 'nul-plain' | 'nul-gzip' | 'nul-valid-gzip'): TenantAnswer {
  const bytes = Buffer.alloc(NUL_BYTES);
  if (form === 'nul-plain') return { status: 403, body: bytes };
  const headers = { 'content-encoding': 'gzip', 'content-type': 'application/json' };
  return { status: 403, headers, body: form === 'nul-gzip' ? bytes : gzipSync(bytes) };
}

/** The refusal of a cmdlet in the given form. */
export function refuseCmdlet(form: Refusal, cmdlet: string): TenantAnswer {
  switch (form) {
    case 'json':
      return exchangeAnswer(403, JSON.stringify({ error: { code: 'Forbidden', message: `User is not allowed to call ${cmdlet}` } }));
    case 'diagnostics':
      return { status: 403, headers: { 'x-ms-diagnostics': `2000003;reason="The caller is not allowed to call ${cmdlet}."` }, body: '' };
    case 'role-definition':
      return exchangeAnswer(400, errorBody(errors.roleDefinition(cmdlet, cmdlet), 'full'));
    default:
      return nulRefusal(form);
  }
}
