// The table of every fault the simulated Exchange can be asked for by name: what it is, where it strikes, what it does.
// Not the states of an unsure world (exchange/switches.ts). Shapes: differences.md and the recordings of public clients.
import { errorBody, errors, ExchangeError, type ErrorShape } from './exchange/exchange-error.ts';
import { exchangeAnswer } from './exchange/envelope.ts';
import { nulRefusal, refuseCmdlet, unauthorized } from './exchange/refusals.ts';
import * as spoilers from './fault-spoilers.ts';
import type { FaultContext, FaultDefinition, FaultEffect } from './fault-types.ts';
import type { TenantAnswer } from './server/route.ts';

type Make = (context: FaultContext) => TenantAnswer;

const answer =
  (make: Make) =>
  (context: FaultContext): FaultEffect => ({ kind: 'answer', answer: make(context) });

const gate = (text: string, make: Make, more: Partial<FaultDefinition> = {}): FaultDefinition => {
  return { stage: 'gate', kind: 'fault', text, times: 'once', effect: answer(make), ...more };
};

const cmdlet = (text: string, make: Make, more: Partial<FaultDefinition> = {}): FaultDefinition => {
  return { stage: 'cmdlet', kind: 'fault', text, times: 'once', effect: answer(make), ...more };
};

const spoil = (text: string, spoiler: spoilers.Spoiler, more: Partial<FaultDefinition> = {}): FaultDefinition => ({
  stage: 'answer',
  kind: 'fault',
  text,
  times: 'once',
  effect: (context) => ({ kind: 'spoil', spoil: (envelope) => spoiler(envelope, context) }),
  ...more,
});

const THROTTLED = JSON.stringify({ error: { code: 'TooManyRequests', message: 'Too many requests.' } });
const THROTTLED_TEXT = 'You have reached the maximum number of concurrent requests per tenant. Please wait and try again.';
const HTML = { 'content-type': 'text/html' };
const SECONDS = { argument: { meaning: 'seconds of Retry-After', initial: '1' } };

const redirect =
  (status: number) =>
  ({ regionalHost, target }: FaultContext): TenantAnswer => ({
    status,
    headers: { location: `https://${regionalHost}${target}` },
    body: '',
  });

function throttled(headers: Readonly<Record<string, string>>, body = THROTTLED): TenantAnswer {
  return { status: 429, headers: { ...headers, 'content-type': 'application/json' }, body };
}

const retryAfter = ({ argument }: FaultContext): TenantAnswer => throttled({ 'retry-after': argument });
const html = (status: number, text: string): TenantAnswer => ({ status, headers: HTML, body: `<html><body>${text}</body></html>` });
const notFound = (shape: ErrorShape, status = 400): Make => {
  return ({ subject }) =>
    exchangeAnswer(status, errorBody(errors.notFound(subject, status), shape), { 'x-exceptiontype': 'ManagementObjectNotFoundException' });
};

function transient(type: string, status: number): Make {
  const error = new ExchangeError(`Data.Directory.${type}`, 'The server is overloaded. Try again later.', status);
  return () => exchangeAnswer(status, errorBody(error, 'full'));
}

const ANSWERS = {
  'redirect-302': gate('302 to the regional host', redirect(302)),
  'redirect-307': gate('307 to the regional host', redirect(307)),
  'redirect-308': gate('308 to the regional host', redirect(308)),
  'redirect-302-port-446': gate('302 to the regional host, port 446', ({ regionalHost, target }) => {
    return { status: 302, headers: { location: `https://${regionalHost.replace(/:\d+$/, '')}:446${target}` }, body: '' };
  }),
  'redirect-foreign': gate(
    '302 to a host that is none of Exchange’s',
    ({ argument, target }) => ({ status: 302, headers: { location: `https://${argument}${target}` }, body: '' }),
    { argument: { meaning: 'host and port', initial: 'outlook.office365.com.example.net' } },
  ),
  'redirect-plain-http': gate('302 to the regional host without TLS', ({ regionalHost, target }) => {
    return { status: 302, headers: { location: `http://${regionalHost}${target}` }, body: '' };
  }),
  'error-401-empty': gate('401 without a body', () => unauthorized()),
  'error-401-claims': gate('401 with a claims challenge', () =>
    unauthorized('eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZX19fQ=='),
  ),
  'throttle-429-retry-after': gate('429 with Retry-After in seconds', retryAfter, SECONDS),
  'throttle-429-always': gate('429 with Retry-After, again and again', retryAfter, { ...SECONDS, times: 'always' }),
  'throttle-429-no-header': gate('429 without Retry-After', () => throttled({})),
  'throttle-429-empty-body': gate(
    '429 with Retry-After and no body',
    ({ argument }) => ({ status: 429, headers: { 'retry-after': argument }, body: '' }),
    SECONDS,
  ),
  'throttle-429-date-header': gate(
    '429 with a date in Retry-After',
    ({ argument, wireMs }) => throttled({ 'retry-after': new Date(wireMs + Number(argument) * 1000).toUTCString() }),
    { argument: { meaning: 'seconds until the date', initial: '2' } },
  ),
  'throttle-429-plain-text': gate('429 in plain text', () => ({
    status: 429,
    headers: { 'content-type': 'text/plain' },
    body: THROTTLED_TEXT,
  })),
  'throttle-400-plain-text': gate('400 in plain text about concurrent requests', () => ({
    status: 400,
    headers: { 'content-type': 'text/plain' },
    body: THROTTLED_TEXT,
  })),
  'busy-503-then-ok': gate('503 in HTML', () => html(503, 'Service Unavailable')),
  'busy-504': gate('504 in HTML', () => html(504, 'Gateway Timeout')),
  'busy-408': gate('408 without a body', () => ({ status: 408, body: '' })),
  'error-502-html': gate('502 in HTML', () => html(502, 'Bad Gateway')),
  reset: gate('the connection drops before an answer', () => ({ status: 200, fate: 'reset' })),
  'error-403-json': cmdlet('403 in JSON: the role lacks the cmdlet', (context) => refuseCmdlet('json', context.cmdlet)),
  'error-403-nul-plain': cmdlet('403 in NUL bytes', () => nulRefusal('nul-plain')),
  'error-403-nul-gzip': cmdlet('403 in NUL bytes that are called gzip', () => nulRefusal('nul-gzip')),
  'error-403-nul-valid-gzip': cmdlet('403 in NUL bytes, gzipped', () => nulRefusal('nul-valid-gzip')),
  'error-403-diagnostics': cmdlet('403 with x-ms-diagnostics', (context) => refuseCmdlet('diagnostics', context.cmdlet)),
  'error-400-role-definition': cmdlet('400: not present in the role definition', (context) =>
    refuseCmdlet('role-definition', context.cmdlet),
  ),
  'error-400-full': cmdlet('not found, with details and innererror', notFound('full')),
  'error-400-details-no-innererror': cmdlet('not found, without innererror', notFound('no-innererror')),
  'error-400-details-leading-bar': cmdlet('not found, details begin with a bar', notFound('leading-bar')),
  'error-400-innererror-only': cmdlet('not found, without details', notFound('innererror-only')),
  'error-400-innererror-camel': cmdlet('not found, internalException in camel case', notFound('innererror-camel')),
  'error-400-details-json': cmdlet('not found, JSON in details.message', notFound('details-json')),
  'error-400-two-details': cmdlet('two details', () => exchangeAnswer(400, errorBody(new ExchangeError('One', 'first'), 'two-details'))),
  'error-400-text-with-bar': cmdlet('an error text with a bar in it', () =>
    exchangeAnswer(400, errorBody(errors.validation("Value 'a|b' is not valid."), 'full')),
  ),
  'error-404-notfound': cmdlet('not found as 404', notFound('full', 404)),
  'error-500-notfound': cmdlet('not found as 500', notFound('full', 500)),
  'error-400-transient-dc': cmdlet('400 that passes: a domain controller is overloaded', transient('DCOverloadedException', 400)),
  'error-500-transient-dc': cmdlet('500 that passes: server in maintenance', transient('ServerInMMException', 500)),
  'list-page2-expired': cmdlet('a continuation has expired', () => exchangeAnswer(400, errorBody(errors.pagination(), 'full')), {
    stage: 'page',
  }),
  'list-page2-429': cmdlet('a continuation is throttled', retryAfter, { stage: 'page', ...SECONDS }),
  'list-page2-503': cmdlet('a continuation meets a busy server', () => html(503, 'Service Unavailable'), { stage: 'page' }),
  'batch-429': cmdlet('a whole batch is throttled', retryAfter, { stage: 'batch', ...SECONDS }),
  'batch-503': cmdlet('a whole batch meets a busy server', () => html(503, 'Service Unavailable'), { stage: 'batch' }),
  'batch-403-nul': cmdlet('a whole batch is refused in NUL bytes', () => nulRefusal('nul-gzip'), { stage: 'batch' }),
  'batch-item-429': cmdlet('an item of a batch is throttled', retryAfter, { stage: 'item', ...SECONDS }),
  'batch-item-503': cmdlet('an item of a batch meets a busy server', () => html(503, 'Service Unavailable'), { stage: 'item' }),
} as const satisfies Record<string, FaultDefinition>;

const OTHERS = {
  slow: {
    stage: 'gate',
    kind: 'fault',
    text: 'a slow answer',
    times: 'once',
    argument: { meaning: 'milliseconds', initial: '5000' },
    effect: ({ argument }) => ({ kind: 'delay', ms: Number(argument) }),
  },
  hang: { stage: 'gate', kind: 'fault', text: 'no answer at all', times: 'once', effect: () => ({ kind: 'delay', ms: Infinity }) },
  'list-affinity-anchor': {
    stage: 'page',
    kind: 'fault',
    text: 'a continuation needs an anchor, the one of page 1',
    times: 'always',
    effect: () => ({ kind: 'require', what: 'anchor' }),
  },
  'list-affinity-cookie': {
    stage: 'page',
    kind: 'fault',
    text: 'a continuation needs the cookie of page 1',
    times: 'always',
    effect: () => ({ kind: 'require', what: 'cookie' }),
  },
  'list-truncation-warning': spoil('a warning that there are more results', spoilers.warnOfMore),
  'list-cut': spoil('a list cut short that looks healthy but for a warning', spoilers.cutList),
  'list-cut-silently': spoil('a list cut short without a word', spoilers.cutSilently, { kind: 'drift' }),
  'list-endless': spoil('the next link leads to the same page', spoilers.endless, { kind: 'drift', times: 'always' }),
  'list-foreign-nextlink': spoil('the next link leads to a host that is none of Exchange’s', spoilers.foreignLink, {
    argument: { meaning: 'host and port', initial: 'outlook.office365.com.example.net' },
  }),
  'list-value-null': spoil('value is null', (envelope) => ({ ...envelope, rows: null }), { kind: 'drift' }),
  'list-value-absent': spoil('value is missing', (envelope) => ({ ...envelope, rows: undefined }), { kind: 'drift' }),
  'list-nextlink-null': spoil('the next link is null', (envelope) => ({ ...envelope, nextLink: null }), { kind: 'drift' }),
  'list-nextlink-empty-string': spoil('the next link is empty', (envelope) => ({ ...envelope, nextLink: '' }), { kind: 'drift' }),
  'list-extra-members': spoil('unknown members in the envelope and the rows', spoilers.extraMembers, { times: 'always' }),
  'rows-missing-fields': spoil('rows lack some of their fields', spoilers.missingFields, { kind: 'drift', times: 'always' }),
  'rows-blank-fields': spoil('some fields are blank instead of null', spoilers.blankFields, { kind: 'drift', times: 'always' }),
  'rows-mistyped-fields': spoil('some fields have another type', spoilers.mistypedFields, { kind: 'drift', times: 'always' }),
  'casmailbox-204': spoil('a write is answered 204', spoilers.onWrites({ status: 204 })),
  'casmailbox-200-empty-body': spoil('a write is answered 200 without a body', spoilers.onWrites(exchangeAnswer(200, '')), {
    kind: 'drift',
  }),
  'write-lost': spoil('a write is carried out, then the connection drops', spoilers.onWrites({ status: 200, fate: 'reset' })),
  'answer-cut': spoil('the connection drops in the middle of the answer', spoilers.cutConnection),
  'ok-200-html': spoil('200 with a page for people', () => ({ status: 200, headers: HTML, body: '<html><body>Sign in</body></html>' }), {
    kind: 'drift',
  }),
  'ok-200-truncated-json': spoil('200 with half of the JSON', spoilers.halfBody, { kind: 'drift' }),
} as const satisfies Record<string, FaultDefinition>;

/** Every fault by its name. */
export const FAULTS: Readonly<Record<FaultName, FaultDefinition>> = { ...ANSWERS, ...OTHERS };

export type FaultName = keyof typeof ANSWERS | keyof typeof OTHERS;

/** The name as a fault's, or undefined. */
export function faultNamed(name: string): FaultName | undefined {
  return Object.hasOwn(FAULTS, name) ? (name as FaultName) : undefined;
}
