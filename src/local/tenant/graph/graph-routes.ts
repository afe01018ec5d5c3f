// The simulated Microsoft Graph: the calls the connector uses, over the directory of the organization that the token belongs to.
// https://learn.microsoft.com/graph/api/overview; where it is not the truth: differences.md.
import type { TenantAnswer, TenantRequest, TenantRoute } from '../server/route.ts';
import type { VerifyToken } from '../world/types.ts';
import type { World } from '../world/world.ts';
import { answerBatch } from './graph-batch.ts';
import type { BatchPart } from './graph-batch.ts';
import { failureAnswer, failures, GraphFailure } from './graph-context.ts';
import type { GraphAnswer, GraphContext } from './graph-context.ts';
import { userDelta } from './graph-delta.ts';
import type { DeltaSwitches } from './graph-delta.ts';
import { graphFaults, insteadOf, spoil } from './graph-faults.ts';
import type { GraphFaults } from './graph-faults.ts';
import { checkMemberGroups, getGroup, listTransitiveUsers } from './graph-groups.ts';
import { sendMail } from './graph-mail.ts';
import { createOpenLists } from './open-lists.ts';
import { listManagedDevices } from './graph-managed-devices.ts';
import { getManager, getUser, listUsers } from './graph-users.ts';

export interface GraphOptions {
  readonly verifyToken: VerifyToken;
}

interface GraphSwitches extends DeltaSwitches {
  /** Tenant ids without Intune. */
  readonly withoutIntune: Set<string>;
}

export interface GraphRoutes extends TenantRoute {
  readonly faults: GraphFaults;
  readonly switches: GraphSwitches;
}

interface Call {
  readonly method: string;
  readonly path: RegExp;
  /** Any of these application permissions is enough. */
  readonly permissions: readonly string[];
  readonly handle: (context: GraphContext, id: string, switches: GraphSwitches) => GraphAnswer;
}

const READ_USERS = ['User.Read.All', 'User.ReadWrite.All', 'Directory.Read.All'];
const READ_GROUPS = ['GroupMember.Read.All', 'Group.Read.All', 'Directory.Read.All'];
const READ_DEVICES = ['DeviceManagementManagedDevices.Read.All', 'DeviceManagementManagedDevices.ReadWrite.All'];

/** Tried in this order: `/users/delta` before `/users/{id}`. */
const CALLS: readonly Call[] = [
  { method: 'GET', path: /^users$/i, permissions: READ_USERS, handle: listUsers },
  { method: 'GET', path: /^users\/delta$/i, permissions: READ_USERS, handle: (context, _, switches) => userDelta(context, switches) },
  { method: 'GET', path: /^users\/([^/]+)$/i, permissions: READ_USERS, handle: getUser },
  { method: 'GET', path: /^users\/([^/]+)\/manager$/i, permissions: READ_USERS, handle: getManager },
  { method: 'POST', path: /^users\/([^/]+)\/sendMail$/i, permissions: ['Mail.Send'], handle: sendMail },
  { method: 'GET', path: /^groups\/([^/]+)$/i, permissions: READ_GROUPS, handle: getGroup },
  {
    method: 'GET',
    path: /^groups\/([^/]+)\/transitiveMembers\/microsoft\.graph\.user$/i,
    permissions: READ_GROUPS,
    handle: listTransitiveUsers,
  },
  {
    method: 'POST',
    path: /^(?:directoryObjects|users)\/([^/]+)\/checkMemberGroups$/i,
    permissions: READ_GROUPS,
    handle: checkMemberGroups,
  },
  {
    method: 'GET',
    path: /^deviceManagement\/managedDevices$/i,
    permissions: READ_DEVICES,
    handle: (context, _, switches) => listManagedDevices(context, !switches.withoutIntune.has(context.organization.organization.tenantId)),
  },
];

const AUDIENCE = 'https://graph.microsoft.com';
const PREFIX = '/v1.0/';
const JSON_TYPE = 'application/json; odata.metadata=minimal; charset=utf-8';

/** Graph for every organization of the world. */
export function createGraphRoutes(world: World, { verifyToken }: GraphOptions): GraphRoutes {
  const faults = graphFaults();
  const lists = createOpenLists();
  const switches: GraphSwitches = { deltaGeneration: 0, expiredDeltaAnswer: 'gone', deltaPageSize: 200, withoutIntune: new Set() };
  let answered = 0;

  /** Failures become answers here, for a call alone and for each part of a batch. */
  async function settle(work: () => Promise<GraphAnswer>): Promise<GraphAnswer> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof GraphFailure)) throw error;
      return failureAnswer(error, requestId(answered), new Date(world.clock.now()).toISOString());
    }
  }

  async function carryOut(context: GraphContext): Promise<GraphAnswer> {
    const effect = faults.take(`${context.method} /${context.path}`);
    const instead = insteadOf(effect);
    if (instead) return instead;
    const answer = await settle(async () =>
      isBatch(context) ? answerBatch(context.body, (part) => carryOutPart(context, part)) : dispatch(context, switches),
    );
    return spoil(answer, effect, selfOf(context));
  }

  async function carryOutPart(context: GraphContext, part: BatchPart): Promise<GraphAnswer> {
    const url = new URL(part.url, 'https://graph.example/');
    const path = decodePath(url.pathname.replace(/^\//, ''));
    const { method, headers, body } = part;
    return carryOut({ ...context, method, path, query: url.searchParams, headers, body });
  }

  async function contextOf(request: TenantRequest): Promise<GraphContext> {
    const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) throw failures.noToken();
    const claims = await verifyToken(token, AUDIENCE);
    const organization = claims && world.organization(claims.tenantId);
    if (!claims || !organization) throw failures.badToken();
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, [value].flat()[0]]));
    const { method, origin, query } = request;
    const path = decodePath(request.path.slice(PREFIX.length));
    return { world, lists, organization, claims, origin, method, path, query, headers, body: parseBody(request.body) };
  }

  return {
    name: 'graph',
    faults,
    switches,
    owns: (path) => path.startsWith(PREFIX),
    async answer(request) {
      answered += 1;
      const answer = await settle(async () => carryOut(await contextOf(request)));
      return toWire(answer, request, requestId(answered));
    },
  };
}

function dispatch(context: GraphContext, switches: GraphSwitches): GraphAnswer {
  const { method, path, claims } = context;
  const call = CALLS.find((one) => one.method === method && one.path.test(path));
  if (!call) throw failures.noSegment(path.split('/').at(-1) ?? '');
  if (!call.permissions.some((permission) => claims.roles.includes(permission))) throw failures.noPermission();
  return call.handle(context, call.path.exec(path)?.[1] ?? '', switches);
}

function isBatch({ method, path }: GraphContext): boolean {
  return method === 'POST' && path === '$batch';
}

function selfOf({ origin, path, query }: GraphContext): string {
  return `${origin}${PREFIX}${path}?${query.toString()}`;
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw failures.badRequest('The path is not encoded well.');
  }
}

function parseBody(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw failures.badRequest('Unable to read JSON request payload.');
  }
}

/** Ids that follow from the order of the requests, so that the same steps give the same answers. */
function requestId(position: number): string {
  return `00000000-0000-4000-8000-${position.toString(16).padStart(12, '0')}`;
}

function toWire(answer: GraphAnswer, request: TenantRequest, id: string): TenantAnswer {
  const asked = request.headers['client-request-id'];
  const headers = { 'request-id': id, 'client-request-id': typeof asked === 'string' ? asked : id, ...answer.headers };
  const fate = answer.fate === undefined ? {} : { fate: answer.fate };
  const { status, body } = answer;
  if (body === undefined) return { status, headers, ...fate };
  if (typeof body !== 'string') return { status, headers: { 'content-type': JSON_TYPE, ...headers }, body: JSON.stringify(body), ...fate };
  return { status, headers: { 'content-type': body.startsWith('{') ? JSON_TYPE : 'text/plain', ...headers }, body, ...fate };
}
