// Around every route of the API: what is refused and worth an auditor's look is told to the audit before it is answered.
// Who asked is found out again, so that nothing has to be carried along for the requests that are served.
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpCall, HttpCallHandler } from './adapters/http/endpoint.ts';
import type { ApiRoute } from './adapters/http/route.ts';
import type { Caller, CallerRefusal } from './domain/caller.ts';
import { toAppError } from './domain/errors.ts';
import type { AppError } from './domain/errors.ts';
import { tellRefusal } from './operations/tell-refusal.ts';

/** The answer does not wait for longer than that. */
const LIMIT_MS = 2_000;

const READING = new Set(['GET', 'HEAD']);
/** What also happens to people who mean no harm. */
const HARMLESS = new Set<unknown>(['nothing-sent', 'expired', 'not-yet-valid'] satisfies CallerRefusal[]);

/** Serves the route and tells of refused changes, and of proofs of identity that nobody has by accident, whatever they were sent for. */
export function tellingRefusals({ route, serve }: Pick<ApiRoute, 'route' | 'serve'>): HttpCallHandler {
  return async (call) => {
    try {
      return await serve(call);
    } catch (thrown) {
      const error = toAppError(thrown);
      if (isTold(call.request.method, error)) await Promise.race([tell(call, route, error), sleep(LIMIT_MS, undefined, { ref: false })]);
      throw thrown;
    }
  };
}

/** An organization that is none of the caller's business looks missing to them; to an auditor, it was a refusal. */
function isTold(method: string, { kind, code, details }: AppError): boolean {
  if (kind === 'unknown-caller' && !HARMLESS.has(details['reason'])) return true;
  return !READING.has(method) && (kind === 'unknown-caller' || kind === 'forbidden' || code === 'organization.missing');
}

async function tell({ request, ports }: HttpCall, route: string, error: AppError): Promise<void> {
  const organization = request.params['organization'] ?? request.query.get('organization') ?? undefined;
  await tellRefusal(ports, { error, method: request.method, route, caller: await callerOf(request, ports), organization });
}

async function callerOf(request: HttpCall['request'], ports: HttpCall['ports']): Promise<Caller | undefined> {
  try {
    return await ports.callers.identify(request.headers);
  } catch {
    // Told as nobody: the error that is told says why.
    return undefined;
  }
}
