// The API in process: the registered routes over memory ports, called with the library's own request and answer objects.
// Every answer is checked against what its route publishes. What the host adds (routing, bindings) is tested black box elsewhere.
import assert from 'node:assert/strict';
import azureFunctions from '@azure/functions';
import type { HttpRequestInit } from '@azure/functions';
import '../../functions/http-annotations.ts';
import '../../functions/http-audit.ts';
import '../../functions/http-collection-members.ts';
import '../../functions/http-collections.ts';
import '../../functions/http-connector.ts';
import '../../functions/http-devices.ts';
import '../../functions/http-discovery.ts';
import '../../functions/http-installation.ts';
import '../../functions/http-openapi.ts';
import '../../functions/http-organizations.ts';
import '../../functions/http-role-assignments.ts';
import '../../functions/http-roles.ts';
import '../../functions/http-runs.ts';
import '../../functions/http-status-messages.ts';
import { apiRoutes } from '../../functions/register.ts';
import { ProblemView } from '../../src/adapters/http/answers.ts';
import { endpoint } from '../../src/adapters/http/endpoint.ts';
import type { ApiRoute } from '../../src/adapters/http/route.ts';
import { createSeals } from '../../src/adapters/http/seals.ts';
import { createMemoryCallers } from '../../src/adapters/memory/callers.ts';
import { randomIds } from '../../src/adapters/random-ids.ts';
import type { Caller } from '../../src/domain/caller.ts';
import type { DeviceRecord } from '../../src/domain/device-record.ts';
import type { Ports } from '../../src/domain/ports.ts';
import { builtInRoles } from '../../src/domain/role.ts';
import type { BuiltInRole } from '../../src/domain/role.ts';
import { tellingRefusals } from '../../src/tell-refusals.ts';
import { createDiscoveryScene, deviceAt, guidOf, mailboxGuid, organization, START, userId } from '../support/discovery-scene.ts';
import type { DiscoveryScene, HeldClock } from '../support/discovery-scene.ts';

const { HttpRequest, HttpResponse, InvocationContext } = azureFunctions;

/** The tenant of those who run the deployment; not the organization's. */
export const homeTenant = guidOf(7, 1);
/** An organization without a connector. */
export const strangeOrganization = guidOf(7, 2);
/** The group that the caller `member` is in. */
export const memberGroup = guidOf(7, 3);
export { organization };

/** A caller with app roles; `of` is their tenant. */
export function callerOf(name: string, of: string, roles: readonly string[], more: Partial<Caller> = {}): Caller {
  const objectId = guidOf(8, Number.parseInt(Buffer.from(name).toString('hex').slice(0, 9), 16));
  return { tenantId: of, objectId, kind: 'user', name, roles, groups: [], areGroupsComplete: true, via: 'token', ...more };
}

/** Who can call, by the token that stands for them: one per role in the organization, and some who stand elsewhere. */
const callers: ReadonlyMap<string, Caller> = new Map([
  ...builtInRoles.map((role) => [role, callerOf(role, organization, [role])] as const),
  ['nobody', callerOf('nobody', organization, [])],
  ['stranger', callerOf('stranger', strangeOrganization, ['FullAdministrator'])],
  ['host', callerOf('host', homeTenant, ['FullAdministrator'])],
  ['host-analyst', callerOf('host-analyst', homeTenant, ['ReadOnlyAnalyst'])],
  ['first', callerOf('first', homeTenant, [])],
  ['robot', callerOf('robot', organization, [], { kind: 'application' })],
  ['member', callerOf('member', organization, [], { groups: [memberGroup] })],
  ['browser', callerOf('browser', organization, ['FullAdministrator'], { via: 'session' })],
]);

export type Who = BuiltInRole | 'nobody' | 'robot' | 'member' | 'stranger' | 'host' | 'host-analyst' | 'first' | 'browser' | 'unknown';

/** A request, as short as it can be said. */
export interface Ask {
  /** FullAdministrator when left out. */
  readonly as?: Who;
  /** Sent as JSON; a text or bytes are sent as they are. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
  /** As it was sent. */
  readonly text: string;
  readonly code: unknown;
  /** The faults in a problem answer: where and in what. */
  readonly faults: readonly string[];
}

export interface ApiScene {
  readonly scene: DiscoveryScene;
  readonly clock: HeldClock;
  readonly ports: Ports;
  /** `GET /organizations/…`; the path may carry a query and starts below `/api`. */
  readonly call: (line: string, ask?: Ask) => Promise<Answer>;
  /** Keeps devices of mailbox and index, one mailbox a device unless said. */
  readonly keepDevices: (indexes: readonly number[], more?: (index: number) => Partial<DeviceRecord['device']>) => Promise<void>;
}

const API = '/api';

function routeFor(method: string, path: string): { route: ApiRoute; params: Record<string, string> } | undefined {
  for (const route of apiRoutes()) {
    const names = [...route.route.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
    const form = new RegExp(`^${API}/${route.route.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '([^/]+)')}$`);
    const match = form.exec(path);
    const isAnswered = route.method === method || (route.method === 'GET' && method === 'HEAD');
    if (match && isAnswered)
      return { route, params: Object.fromEntries(names.map((name, at) => [name, decodeURIComponent(match[at + 1] ?? '')])) };
  }
  return undefined;
}

function bodyOf(body: unknown): Pick<HttpRequestInit, 'body'> {
  if (body === undefined) return {};
  return { body: { string: typeof body === 'string' ? body : JSON.stringify(body) } };
}

async function answerOf(route: ApiRoute, response: Response): Promise<Answer> {
  const text = await response.text();
  if (response.headers.get('content-type')?.startsWith('text/csv')) {
    assert.ok(route.answers[response.status]?.isTableToo, `${route.name} publishes no table`);
    return { status: response.status, headers: response.headers, body: {}, text, code: undefined, faults: [] };
  }
  const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  if (response.status === 204) {
    assert.ok(route.answers[204] && text === '', `${route.name} answers 204 with a body, or does not publish it`);
    return { status: 204, headers: response.headers, body, text, code: undefined, faults: [] };
  }
  const isProblem = response.headers.get('content-type') === 'application/problem+json';
  const schema = isProblem ? ProblemView : route.answers[response.status]?.schema;
  assert.ok(schema, `${route.name} publishes no answer ${response.status}`);
  const checked = schema.safeParse(body);
  assert.ok(
    checked.success,
    `${route.name} answers ${response.status} in another form than it publishes: ${checked.error?.message} ${text}`,
  );
  for (const name of Object.keys(isProblem ? {} : (route.answers[response.status]?.headers ?? {})))
    assert.ok(response.headers.get(name), name);
  const errors = (body['errors'] ?? []) as { pointer: string; in?: string }[];
  const faults = errors.map((fault) => `${fault.in ?? 'body'} ${fault.pointer}`);
  return { status: response.status, headers: response.headers, body, text, code: body['code'], faults };
}

/** The API with nothing kept. */
export function createApi(): ApiScene {
  const scene = createDiscoveryScene();
  // The API needs no more of them; what is left out fails loudly.
  const ports = {
    ...scene.ports,
    // The ids of runs keep the beginning of these, and counted ones differ at their end.
    ids: randomIds,
    timetable: {
      problemWith: (expression, zone) =>
        zone.includes('/') || zone === 'UTC' ? (expression.split(' ').length === 5 ? undefined : 'Not five fields.') : 'Unknown time zone.',
      lastDue: () => undefined,
      nextDue: () => '2026-11-25T02:00:00.000Z',
    },
    callers: createMemoryCallers(callers),
    deployment: { homeTenantId: homeTenant, firstAdministrator: callers.get('first')?.objectId ?? '' },
    seals: createSeals(async () => new Uint8Array(32).fill(7)),
  } as Partial<Ports> as Ports;

  async function call(line: string, { as = 'FullAdministrator', body, headers = {} }: Ask = {}): Promise<Answer> {
    const [method = '', target = ''] = line.split(' ');
    const url = new URL(target.startsWith(API) ? target : `${API}${target}`, 'http://localhost:7071');
    const found = routeFor(method, url.pathname);
    assert.ok(found, `nothing answers ${line}`);
    const media = body === undefined ? {} : { 'content-type': 'application/json' };
    const request = new HttpRequest({
      method,
      url: url.href,
      headers: { authorization: `Bearer ${as}`, ...media, ...headers },
      params: found.params,
      ...bodyOf(body),
    });
    const context = new InvocationContext({ invocationId: 'i-1', functionName: found.route.name, logHandler: () => undefined });
    return answerOf(
      found.route,
      new HttpResponse(await endpoint(tellingRefusals(found.route), () => ports)(request, context)) as unknown as Response,
    );
  }

  async function keepDevices(
    indexes: readonly number[],
    more: (index: number) => Partial<DeviceRecord['device']> = () => ({}),
  ): Promise<void> {
    const writer = ports.devices.writer(organization, 'each');
    await writer.add(
      indexes.map((index) => ({
        device: { ...deviceAt(index, index), ...more(index) },
        owner: { kind: 'mailbox', mailbox: mailboxGuid(index), user: userId(index), userName: `user${index}` },
        observedAt: START,
      })),
    );
    await writer.finish();
  }

  return { scene, clock: scene.clock, ports, call, keepDevices };
}
