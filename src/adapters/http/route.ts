// One route of the API as data: who may ask, what may be asked, what is answered. The same definition validates requests and is published as OpenAPI.
// The order is fixed here: caller, origin, path and query, permission, body, handler. Every fault of a request is named at once.
import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import * as z from 'zod';
import type { Caller } from '../../domain/caller.ts';
import type { Fault } from '../../domain/errors.ts';
import { parseOrganizationId } from '../../domain/organization.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { Ports } from '../../domain/ports.ts';
import type { Precondition } from '../../domain/precondition.ts';
import { isLimitable } from '../../domain/role.ts';
import type { Permission } from '../../domain/role.ts';
import type { HttpCall, HttpCallHandler } from './endpoint.ts';
import { preconditionFaults, preconditionOf } from './etag.ts';
import { check, invalidRequest } from './faults.ts';
import type { Checked } from './faults.ts';
import { checkJson } from './json.ts';
import type { ListCall } from './next-link.ts';
import { requireSameOrigin } from './same-origin.ts';

type ApiMethod = 'GET' | 'PUT' | 'POST' | 'DELETE';

/** One way in which a route answers. */
export interface ApiAnswer {
  readonly description: string;
  /** Of the JSON body; left out where there is none. */
  readonly schema?: z.ZodType;
  /** The same is also answered as CSV. */
  readonly isTableToo?: true;
  /** Headers with what each is for. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What every route says of itself. */
interface Description {
  /** The name of the Azure function: kebab-case, unique. */
  readonly name: string;
  readonly method: ApiMethod;
  /** Without the prefix `/api`; parameters in braces. */
  readonly route: string;
  /** What it does, in one sentence. */
  readonly summary: string;
  /** Its answers by status, besides problem answers. */
  readonly answers: Readonly<Record<number, ApiAnswer>>;
  /** The change depends on If-Match or If-None-Match. */
  readonly isConditional?: true;
  /** It starts or nudges orchestrations, so that the host has to say where those are. */
  readonly usesWorkflows?: true;
}

/** What a handler gets: the request, checked. */
interface ApiCall<Path, Query, Body> extends HttpCall {
  readonly caller: Caller;
  readonly route: string;
  readonly path: Path;
  readonly query: Query;
  readonly body: Body;
  readonly precondition: Precondition;
}

/** Values of parameters in the path by name. */
type PathValues = ListCall['path'];

interface Definition<Path extends PathValues, Query, Body> extends Description {
  readonly path: z.ZodType<Path>;
  readonly query: z.ZodType<Query>;
  /** A schema may need a port, such as the timetable that knows time zones. `noBody` where there is none. */
  readonly body: (ports: Ports) => z.ZodType<Body>;
}

interface OpenDefinition<Path extends PathValues, Query, Body> extends Definition<Path, Query, Body> {
  readonly handler: (call: ApiCall<Path, Query, Body>) => Promise<HttpResponseInit>;
}

interface DeploymentDefinition<Path extends PathValues, Query, Body> extends OpenDefinition<Path, Query, Body> {
  readonly permission: Permission;
  /** Throws for whoever may not. */
  readonly authorize: (ports: Ports, caller: Caller, permission: Permission) => void;
}

interface OrganizationDefinition<Path extends PathValues, Query, Body, Access extends object> extends Definition<Path, Query, Body> {
  readonly permission: Permission;
  /** It tells about the organization as a whole: whoever has the permission for some collections only is refused. Others tell of devices. */
  readonly isWhole?: true;
  /** Where the organization is named; left out, in the path. */
  readonly organizationIn?: 'query';
  /** Throws for whoever may not, and answers what the handler needs to know of whoever may. */
  readonly authorize: (ports: Ports, caller: Caller, permission: Permission, organization: OrganizationId) => Promise<Access>;
  readonly handler: (call: ApiCall<Path, Query, Body> & Access) => Promise<HttpResponseInit>;
}

/**
 * What a route is about, and so who is let through. `caller`: any caller, who is shown what is theirs; `deployment`: who has the permission there;
 * `organization`: who has it for all of the organization; `devices`: who has it for all or for some collections, and then for what is in these.
 */
type RouteSubject = 'caller' | 'deployment' | 'organization' | 'devices';

/** A route, whatever its types. */
export interface ApiRoute extends Description {
  readonly about: RouteSubject;
  /** Left out where any caller may ask. */
  readonly permission?: Permission;
  readonly path: z.ZodType;
  readonly query: z.ZodType;
  readonly body: (ports: Ports) => z.ZodType;
  readonly serve: HttpCallHandler;
}

const Nothing = z.strictObject({});
const None = z.undefined();
/** For routes without parameters in the path or in the query. */
export const noParameters = Nothing;
/** For routes without a body; one that is sent is not read. */
export const noBody = (): typeof None => None;

/** A route that any caller may ask; its handler shows each what is theirs. */
export function defineRoute<Path extends PathValues, Query, Body>(definition: OpenDefinition<Path, Query, Body>): ApiRoute {
  const { handler, ...rest } = definition;
  const serve: HttpCallHandler = async (call) => {
    const caller = await identify(call);
    return handler({ ...call, caller, ...valuesOf(await checkRequest(definition, call)) });
  };
  return { ...rest, about: 'caller', serve };
}

/** A route about the deployment and no organization. */
export function defineDeploymentRoute<Path extends PathValues, Query, Body>(definition: DeploymentDefinition<Path, Query, Body>): ApiRoute {
  const { handler, authorize, ...rest } = definition;
  const serve: HttpCallHandler = async (call) => {
    const caller = await identify(call);
    authorize(call.ports, caller, definition.permission);
    return handler({ ...call, caller, ...valuesOf(await checkRequest(definition, call)) });
  };
  return { ...rest, about: 'deployment', serve };
}

/** A route about an organization, whose id is the parameter `organization` of the path or the query. */
export function defineOrganizationRoute<Path extends PathValues, Query, Body, Access extends object>(
  definition: OrganizationDefinition<Path, Query, Body, Access>,
): ApiRoute {
  const { handler, authorize, organizationIn, isWhole, ...rest } = definition;
  const serve: HttpCallHandler = async (call) => {
    const caller = await identify(call);
    const { params, query } = call.request;
    const organization = parseOrganizationId((organizationIn === 'query' ? query.get('organization') : params['organization']) ?? '');
    // Only what is no id at all is told apart before the caller's rights are known.
    const access = organization && (await authorize(call.ports, caller, definition.permission, organization));
    const checked = await checkRequest(definition, call);
    const values = valuesOf(checked);
    if (!access) throw invalidRequest(checked.faults);
    return handler({ ...call, caller, ...values, ...access });
  };
  return { ...rest, about: isWhole || !isLimitable(definition.permission) ? 'organization' : 'devices', serve };
}

async function identify({ request, ports }: HttpCall): Promise<Caller> {
  const caller = await ports.callers.identify(request.headers);
  requireSameOrigin(request, caller);
  return caller;
}

/** A request with all that is wrong with it. */
interface CheckedRequest<Path, Query, Body> {
  readonly route: string;
  readonly path: Checked<Path>;
  readonly query: Checked<Query>;
  readonly body: Checked<Body>;
  readonly precondition: Precondition;
  readonly faults: readonly Fault[];
}

async function checkRequest<Path extends PathValues, Query, Body>(
  definition: Definition<Path, Query, Body>,
  { request, ports }: HttpCall,
): Promise<CheckedRequest<Path, Query, Body>> {
  const { route, method, isConditional } = definition;
  const path = check(definition.path, request.params, 'path');
  const query = checkQuery(definition.query, request);
  const schema = definition.body(ports);
  const hasBody = method === 'PUT' || method === 'POST';
  const body = hasBody ? await checkJson(request, schema) : check(schema, undefined);
  const faults = [...faultsIn(path), ...faultsIn(query), ...(isConditional ? preconditionFaults(request.headers) : []), ...faultsIn(body)];
  return { route, path, query, body, precondition: preconditionOf(request.headers), faults };
}

/** The checked values; throws the error that names every fault, if there are any. */
function valuesOf<Path, Query, Body>({
  route,
  path,
  query,
  body,
  precondition,
  faults,
}: CheckedRequest<Path, Query, Body>): {
  route: string;
  path: Path;
  query: Query;
  body: Body;
  precondition: Precondition;
} {
  if (!path.isValid || !query.isValid || !body.isValid || faults.length > 0) throw invalidRequest(faults);
  return { route, path: path.value, query: query.value, body: body.value, precondition };
}

function faultsIn(checked: Checked<unknown>): readonly Fault[] {
  return checked.isValid ? [] : checked.faults;
}

function checkQuery<T>(schema: z.ZodType<T>, { query }: Pick<HttpRequest, 'query'>): Checked<T> {
  const checked = check(schema, Object.fromEntries(query), 'query');
  const repeated = [...new Set(query.keys())].filter((name) => query.getAll(name).length > 1);
  if (repeated.length === 0) return checked;
  const faults = repeated.map((name) => ({ pointer: `#/${name}`, in: 'query', detail: 'Given more than once.' }) as const);
  return { isValid: false, faults: [...faultsIn(checked), ...faults] };
}
