// The control API: what `npm run tenant` and tests do to the tenant that no real one lets you. Loopback only, behind a random key.
// Each call is one small handler in control-calls.ts; this is the door.
import { timingSafeEqual } from 'node:crypto';
import type { TenantAnswer, TenantRequest, TenantRoute } from '../server/route.ts';
import { CONTROL_CALLS } from './control-calls.ts';
import type { ControlTenant } from './control-tenant.ts';

export const CONTROL_KEY_HEADER = 'x-control-key';

const PREFIX = '/control/';

export function createControlRoute(tenant: ControlTenant, key: string): TenantRoute {
  return {
    name: 'control',
    owns: (path) => path.startsWith(PREFIX),
    answer: (request) => Promise.resolve(answerControl(tenant, key, request)),
  };
}

function answerControl(tenant: ControlTenant, key: string, request: TenantRequest): TenantAnswer | Promise<TenantAnswer> {
  if (!isKey(request.headers[CONTROL_KEY_HEADER], key)) return json(401, { error: 'The control key is missing or wrong.' });
  const name = request.path.slice(PREFIX.length).toLowerCase();
  const call = CONTROL_CALLS[`${request.method} ${name}`];
  if (!call) return json(404, { error: `There is no ${request.method} ${name}. There are: ${Object.keys(CONTROL_CALLS).join(', ')}.` });
  return carryOut(async () => json(200, (await call(tenant, readInput(request))) ?? {}));
}

/** What a caller got wrong is a RangeError whose text says how to put it right. */
async function carryOut(work: () => Promise<TenantAnswer>): Promise<TenantAnswer> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError) return json(400, { error: error.message });
    throw error;
  }
}

function isKey(given: string | readonly string[] | undefined, key: string): boolean {
  const bytes = Buffer.from(typeof given === 'string' ? given : '');
  const wanted = Buffer.from(key);
  return bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
}

/** Query and body together; the body wins. */
function readInput(request: TenantRequest): Record<string, unknown> {
  const query = Object.fromEntries(request.query);
  const body: unknown = request.body.length === 0 ? {} : JSON.parse(request.body.toString('utf8'));
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new RangeError('The body is a JSON object.');
  return { ...query, ...body };
}

function json(status: number, value: unknown): TenantAnswer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(value) };
}
