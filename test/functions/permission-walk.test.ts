// Every route × every role, however it was given × what for: what is answered follows from docs/permissions.md alone, which this file reads.
// And no function answers HTTP that the page does not name.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { apiRoutes } from '../../functions/register.ts';
import { permissionsPage } from '../../src/adapters/http/permissions-page.ts';
import type { ApiRoute } from '../../src/adapters/http/route.ts';
import { defaultConnectorSettings } from '../../src/domain/connector.ts';
import type { OrganizationId } from '../../src/domain/organization.ts';
import { withImplied } from '../../src/domain/role.ts';
import { deviceGuid, guidOf, START, userId } from '../support/discovery-scene.ts';
import { callerOf, createApi, memberGroup, organization, strangeOrganization } from './api-scene.ts';
import type { ApiScene, Ask, Who } from './api-scene.ts';
import { startApp } from './app-worker.ts';
import { PAGE, readPermissionsTable } from './permissions-table.ts';
import type { PermissionsTable } from './permissions-table.ts';

/** What answers without a caller; everything else is a route of the API. */
const OPEN = {
  health: 'Says whether the app can work, its version and the number of its functions, and nothing else.',
  'zz-not-found': 'Answers every path that is none with 404.',
};

test('docs/permissions.md describes roles and routes as they are', async () => {
  const page = permissionsPage(apiRoutes(), OPEN);
  // `WRITE_PAGES=1 node --test test/functions/permission-walk.test.ts` writes the page anew.
  if (process.env['WRITE_PAGES'] === '1') await writeFile(PAGE, page);

  assert.equal(await readFile(PAGE, 'utf8'), page);
});

describe('the registered functions', () => {
  let directory: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'walk-'));
    const main = JSON.stringify(new URL('../../functions/main.ts', import.meta.url).href);
    await writeFile(join(directory, 'package.json'), '{ "main": "app.mjs" }');
    await writeFile(join(directory, 'app.mjs'), `import ${main};`);
  });

  after(() => rm(directory, { recursive: true, force: true }));

  test('that answer HTTP are the routes of the API with their methods, and those that are named as open', async (t) => {
    const settings = { TASK_HUB: 'Test1', AzureWebJobsStorage: 'UseDevelopmentStorage=true', AUDIT_KEY_FILE: 'audit-key.json' };
    const app = await startApp(settings, directory);
    t.after(() => app.stop());

    const served = app.functions.flatMap(({ name, bindings }) => {
      const trigger = Object.values(bindings).find(({ type }) => type === 'httpTrigger') as
        | { methods?: string[]; route?: string }
        | undefined;
      return trigger ? [`${name} ${(trigger.methods ?? []).join()} ${trigger.route}`] : [];
    });

    const routes = apiRoutes().map(({ name, method, route }) => `${name} ${method === 'GET' ? 'GET,HEAD' : method} ${route}`);
    const open = served.filter((line) => Object.keys(OPEN).some((name) => line.startsWith(`${name} `)));
    assert.equal(open.length, Object.keys(OPEN).length);
    assert.deepEqual(served.filter((line) => !open.includes(line)).toSorted(), routes.toSorted());
  });
});

/** The values that app roles and assignments have, by what people call the roles. */
const ROLE_IDS: Readonly<Record<string, string>> = {
  'Full Administrator': 'FullAdministrator',
  'Operations Administrator': 'OperationsAdministrator',
  'Access Approver': 'AccessApprover',
  'Read-only Analyst': 'ReadOnlyAnalyst',
  Auditor: 'Auditor',
};
const CUSTOM = { id: guidOf(5, 7), name: 'Custom', permissions: ['Collection.Modify', 'Audit.Read', 'Collection.Read'] } as const;
const MAKER = { id: guidOf(5, 8), name: 'Maker', permissions: ['Collection.ModifyResource', 'Site.Modify'] } as const;

const [sales, inner, spare] = [1, 2, 3].map((number) => guidOf(5, number)) as [string, string, string];
const [given, spareAssignment] = [guidOf(6, 1), guidOf(6, 2)];
const absent = guidOf(7, 9);
const RUN = '20261124T080000000Z-000000000000';

/** How somebody came by a role, and for what. */
interface Grant {
  readonly who: Who;
  readonly role: string;
  readonly reach: 'organization' | 'collection' | 'elsewhere';
}

const idOf = (name: 'nobody' | 'robot'): string => callerOf(name, organization, []).objectId;
const PRINCIPALS = {
  nobody: { kind: 'user', tenantId: organization, objectId: idOf('nobody') },
  robot: { kind: 'application', tenantId: organization, objectId: idOf('robot') },
  member: { kind: 'group', tenantId: organization, objectId: memberGroup },
} as const;

/** An organization with nine devices, of which three are in Sales, and another organization; somebody has the grant. */
async function world({ who, role, reach }: Partial<Grant> = {}): Promise<ApiScene> {
  const api = createApi();
  const connector = await api.scene.connect();
  await api.ports.connectors.add({ ...connector, ...defaultConnectorSettings, organization: strangeOrganization as OrganizationId });
  await api.keepDevices([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const by = { createdAt: START, changedAt: START, changedBy: userId(0) };
  const nobody = { devices: [], users: [] };
  for (const [id, more] of [
    [sales, { include: { devices: [], users: [1, 2, 3].map(userId) } }],
    [inner, { limitedBy: sales, rule: { kind: 'everything' } }],
    [spare, {}],
  ] as const) {
    const guard = await api.ports.collections.guard(organization);
    const collection = { id, organization, name: id, include: nobody, exclude: nobody, ...by, ...more };
    await api.ports.collections.save(collection, { version: undefined, guard, entries: [] });
  }
  const keep = async (
    of: OrganizationId,
    id: string,
    principal: (typeof PRINCIPALS)[keyof typeof PRINCIPALS],
    as: string,
    limit?: string,
  ) => {
    const guard = await api.ports.collections.guard(of);
    const assignment = { organization: of, id, principal, role: as, ...by, ...(limit !== undefined && { collections: [limit] }) };
    await api.ports.roles.saveAssignment(assignment, { version: undefined, guard, entries: [] });
  };
  for (const custom of [CUSTOM, MAKER, { id: guidOf(5, 9), name: 'Unused', permissions: ['Audit.Read'] } as const]) {
    for (const place of [organization, strangeOrganization as OrganizationId]) {
      const guard = await api.ports.collections.guard(place);
      await api.ports.roles.saveRole({ ...custom, organization: place, ...by }, { version: undefined, guard, entries: [] });
    }
  }
  // Somebody who stays, so that nobody takes away the last Full Administrator.
  const staying = { kind: 'user', tenantId: organization, objectId: userId(9) } as never;
  await keep(organization, spareAssignment, staying, 'AccessApprover');
  if (who !== undefined && role !== undefined && who in PRINCIPALS) {
    const of = reach === 'elsewhere' ? (strangeOrganization as OrganizationId) : organization;
    await keep(of, given, PRINCIPALS[who as keyof typeof PRINCIPALS], ROLE_IDS[role] ?? role, reach === 'collection' ? sales : undefined);
  }
  return api;
}

/** Requests that are right in everything but, perhaps, who sends them. */
const BODIES: Readonly<Record<string, unknown>> = {
  'discovery-start': { kind: 'full' },
  'runs-change': { stop: true },
  'installation-retry': { retry: true },
  'annotations-put': { note: 'x' },
  'collections-put': { name: 'x', limitedBy: sales },
  'roles-put': { name: 'x', permissions: ['Audit.Read'] },
  'role-assignments-put': { principal: PRINCIPALS.nobody, role: 'Auditor' },
  'connector-put': {},
  'audit-erase-name': { tenant: organization, objectId: userId(1), reason: 'asked for' },
  'deployment-audit-erase-name': { tenant: organization, objectId: userId(1), reason: 'asked for' },
};

interface Target {
  readonly of: string;
  readonly device: string;
  readonly collection: string;
}
const INSIDE: Target = { of: organization, device: deviceGuid(1), collection: inner };

function lineOf({ method, route, about }: ApiRoute, { of, device, collection }: Target): string {
  const path = route
    .replace('{organization}', of)
    .replace('{device}', device)
    .replace('{collection}', collection)
    .replace('{run}', RUN)
    .replace('{role}', guidOf(5, 9))
    .replace('{assignment}', spareAssignment);
  const isNamed = route.includes('{organization}') || about === 'caller' || about === 'deployment';
  return `${method} /${path}${isNamed ? '' : `?organization=${of}`}`;
}

function askOf({ name, method }: ApiRoute, as: Who): Ask {
  const hasBody = method === 'PUT' || method === 'POST';
  return { as, ...(method !== 'GET' && { headers: { 'if-match': '*' } }), ...(hasBody && { body: BODIES[name] }) };
}

/** The run that is asked for goes on. */
async function withRun(api: ApiScene): Promise<ApiScene> {
  const task = await api.scene.begin('statistics');
  const kept = await api.ports.runs.get(organization, task.run);
  assert.ok(kept);
  await api.ports.runs.begin({ ...kept.value, id: RUN, kind: 'delta' });
  return api;
}

interface Expected {
  readonly status: 200 | 401 | 403 | 404;
  readonly code?: string;
}
const MISSING: Expected = { status: 404, code: 'organization.missing' };

/** What the page says that such a caller is answered about the organization: 200 for every success. */
function expectedFor(page: PermissionsTable, route: ApiRoute, held: ReadonlySet<string> | undefined, reach: Grant['reach']): Expected {
  const row = page.routes.find(({ line }) => line === `${route.method} /${route.route}`);
  assert.ok(row, `the page does not name ${route.method} /${route.route}`);
  if (row.reach.startsWith('any caller')) return { status: 200 };
  // Assigned roles are about organizations.
  if (row.reach.startsWith('the deployment')) return { status: 403, code: 'role.missing' };
  if (!held || reach === 'elsewhere') return MISSING;
  const had = reach === 'collection' ? new Set([...held].filter((permission) => page.limitable.has(permission))) : held;
  if (had.size === 0) return MISSING;
  if (!had.has(row.permission)) return { status: 403, code: 'role.missing' };
  if (reach === 'collection' && row.reach === 'the whole organization') return { status: 403, code: 'role.limited' };
  // Whoever may act on devices and see none acts on none.
  if (route.route.includes('{device}') && !had.has('Collection.Read')) return { status: 404, code: 'device.missing' };
  return { status: 200 };
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

/** Walks all routes as one caller; a change that is allowed is made in a world of its own. */
async function walk(page: PermissionsTable, grant: Grant, held: ReadonlySet<string> | undefined): Promise<number> {
  const shared = await withRun(await world(grant));
  let allowed = 0;
  for (const route of apiRoutes()) {
    const expected = expectedFor(page, route, held, grant.reach);
    const changes = expected.status === 200 && route.method !== 'GET';
    const { call } = changes ? await withRun(await world(grant)) : shared;
    const answer = await call(lineOf(route, INSIDE), askOf(route, grant.who));
    const what = `${grant.who} as ${grant.role} for ${grant.reach}: ${route.name} ${answer.text}`;
    if (expected.status === 200) {
      assert.ok(isSuccess(answer.status), what);
      allowed += 1;
      continue;
    }
    assert.deepEqual([answer.status, answer.code], [expected.status, expected.code], what);
    if (expected.code === 'organization.missing') {
      const nowhere = await call(lineOf(route, { ...INSIDE, of: absent }), askOf(route, grant.who));
      assert.deepEqual([nowhere.status, nowhere.text], [answer.status, answer.text], what);
    }
    if (expected.status === 403 && route.about !== 'caller') assert.match(answer.text, new RegExp(`\\b${route.permission}\\b`), what);
  }
  return allowed;
}

describe('what is answered follows from the page', () => {
  const reaches = ['organization', 'collection', 'elsewhere'] as const;
  const principals = ['nobody', 'robot', 'member'] as const;
  const roles = [...Object.keys(ROLE_IDS), CUSTOM.id, MAKER.id];

  for (const who of principals) {
    for (const reach of reaches) {
      test(`for ${PRINCIPALS[who].kind}s with each role assigned for ${reach}`, async () => {
        const page = await readPermissionsTable();
        for (const role of roles) {
          const custom = [CUSTOM, MAKER].find(({ id }) => id === role);
          const held = custom ? withImplied(custom.permissions) : page.roles.get(role);

          const allowed = await walk(page, { who, role, reach }, held);

          assert.ok(allowed >= 2, `${role} ${allowed}`);
        }
      });
    }
  }

  test('for app roles of the organization, of the home tenant, and for nobody in particular', async () => {
    const page = await readPermissionsTable();
    for (const [name, role] of Object.entries(ROLE_IDS)) {
      await walk(page, { who: role as Who, role: name, reach: 'organization' }, page.roles.get(name));
    }
    await walk(page, { who: 'nobody', role: 'none', reach: 'organization' }, undefined);
    const { call } = await withRun(await world());
    for (const [who, name] of [
      ['host', 'Full Administrator'],
      ['first', 'Full Administrator'],
      ['host-analyst', 'Read-only Analyst'],
    ] as const) {
      for (const route of apiRoutes().filter(({ method }) => method === 'GET')) {
        const row = page.routes.find(({ line }) => line === `GET /${route.route}`);
        const isAllowed = row?.permission === '' || page.roles.get(name)?.has(row?.permission ?? '');

        const { status, text } = await call(lineOf(route, INSIDE), askOf(route, who));

        assert.equal(status, isAllowed ? 200 : 403, `${who} ${route.name} ${text}`);
      }
    }
  });

  test('for nobody at all', async () => {
    const { call } = await withRun(await world());
    for (const route of apiRoutes()) {
      for (const target of [INSIDE, { ...INSIDE, of: absent }]) {
        const { status, code } = await call(lineOf(route, target), askOf(route, 'unknown'));

        assert.deepEqual([status, code], [401, 'caller.unknown'], route.name);
      }
    }
  });
});
