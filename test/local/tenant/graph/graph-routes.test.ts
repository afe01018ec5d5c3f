// The simulated Graph as a client on the wire sees it: permissions, query options, pages, changes, batches, mail, and sameness.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { TenantRequest } from '../../../../src/local/tenant/server/route.ts';
import { writeLog } from '../../../../src/local/tenant/world/journal.ts';
import { startTenant, TENANT } from '../../../adapters/graph/tenant-fixture.ts';
import type { TenantFixture } from '../../../adapters/graph/tenant-fixture.ts';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Record<string, unknown>;
}

interface Ask {
  readonly post?: unknown;
  readonly headers?: Record<string, string>;
  readonly token?: string;
}

const ORIGIN = 'https://graph.example';

/** Asks the routes as the server does, with a host name that does not depend on a port. */
async function ask(tenant: TenantFixture, target: string, { post, headers = {}, token }: Ask = {}): Promise<Answer> {
  const url = new URL(target, ORIGIN);
  const authorization = { authorization: `Bearer ${token ?? (await tokenOf(tenant))}` };
  const request: TenantRequest = {
    method: post === undefined ? 'GET' : 'POST',
    origin: ORIGIN,
    target,
    path: url.pathname,
    query: url.searchParams,
    headers: { ...authorization, ...headers },
    body: Buffer.from(post === undefined ? '' : JSON.stringify(post)),
    signal: new AbortController().signal,
  };
  const answer = await tenant.graph.answer(request);
  const text = String(answer.body ?? '');
  return {
    status: answer.status,
    headers: answer.headers ?? {},
    body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text },
  };
}

async function tokenOf(tenant: TenantFixture, scope = 'https://graph.microsoft.com/.default'): Promise<string> {
  const { appId, secrets } = tenant.application();
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: appId, client_secret: secrets[0] ?? '', scope });
  const response = await fetch(`${tenant.origin}/${TENANT}/oauth2/v2.0/token`, { method: 'POST', body: form });
  return ((await response.json()) as { access_token: string }).access_token;
}

function directoryOf(tenant: TenantFixture): NonNullable<ReturnType<typeof tenant.world.organization>>['directory'] {
  const organization = tenant.world.organization(TENANT);
  assert.ok(organization);
  return organization.directory;
}

const codeOf = ({ body }: Answer): unknown => (body['error'] as { code?: string } | undefined)?.code;
const rowsOf = ({ body }: Answer): { id: string }[] => body['value'] as { id: string }[];

/** Follows the links of a list. */
async function readAll(tenant: TenantFixture, target: string): Promise<{ rows: Record<string, unknown>[]; deltaLink: string }> {
  const token = await tokenOf(tenant);
  const rows: Record<string, unknown>[] = [];
  for (let next = target; ;) {
    const answer = await ask(tenant, next, { token });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    rows.push(...rowsOf(answer));
    const link = answer.body['@odata.nextLink'];
    if (typeof link !== 'string') return { rows, deltaLink: String(answer.body['@odata.deltaLink']) };
    next = link;
  }
}

describe('who may ask', () => {
  test('nobody without a token, with one of another API, or with one that is made up', async () => {
    const tenant = await startTenant();

    const answers = [
      await ask(tenant, '/v1.0/users', { headers: { authorization: '' } }),
      await ask(tenant, '/v1.0/users', { token: await tokenOf(tenant, 'https://outlook.office365.com/.default') }),
      await ask(tenant, '/v1.0/users', { token: 'made.up.token' }),
    ];

    assert.deepEqual(
      answers.map((answer) => [answer.status, codeOf(answer)]),
      answers.map(() => [401, 'InvalidAuthenticationToken']),
    );
    assert.ok(answers.every(({ headers }) => typeof headers['www-authenticate'] === 'string'));
  });

  test('an application for what it has the permission for, and nothing else', async () => {
    const tenant = await startTenant();
    const directory = directoryOf(tenant);
    const [user] = directory.users();
    const [group] = directory.groups();
    const calls: [string, string, Ask][] = [
      ['User.Read.All', '/v1.0/users', {}],
      ['User.Read.All', `/v1.0/users/${user?.id}`, {}],
      ['User.Read.All', '/v1.0/users/delta', {}],
      ['GroupMember.Read.All', `/v1.0/groups/${group?.id}`, {}],
      ['DeviceManagementManagedDevices.Read.All', '/v1.0/deviceManagement/managedDevices', {}],
      [
        'Mail.Send',
        `/v1.0/users/${user?.id}/sendMail`,
        { post: { message: { toRecipients: [{ emailAddress: { address: 'a@b.example' } }] } } },
      ],
    ];

    for (const [permission, target, how] of calls) {
      directory.updateApplication(tenant.application().appId, { graphAppRoles: [] });
      const refused = await ask(tenant, target, how);
      directory.updateApplication(tenant.application().appId, { graphAppRoles: [permission] });
      const allowed = await ask(tenant, target, how);

      assert.deepEqual([refused.status, codeOf(refused)], [403, 'Authorization_RequestDenied'], target);
      assert.ok(allowed.status < 300, target);
    }
  });
});

describe('lists', () => {
  test('are read whole whatever the page size, each row once', async () => {
    const tenant = await startTenant({ mailboxes: 70 });
    const ids = [...directoryOf(tenant).users()].map(({ id }) => id);

    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 120 }), async (top) => {
        const { rows } = await readAll(tenant, `/v1.0/users?$select=id&$top=${top}`);

        assert.deepEqual(
          rows,
          ids.map((id) => ({ id })),
        );
      }),
      { numRuns: 15 },
    );
  });

  test('name users and groups that can be asked for one by one', async () => {
    const tenant = await startTenant({ mailboxes: 70 });
    const token = await tokenOf(tenant);
    const { rows } = await readAll(tenant, '/v1.0/users?$select=id,userPrincipalName');

    for (const { id, userPrincipalName } of rows) {
      const [byId, byName] = await Promise.all([id, userPrincipalName].map((key) => ask(tenant, `/v1.0/users/${String(key)}`, { token })));
      assert.deepEqual([byId?.body['id'], byName?.body['id']], [id, id]);
    }
    for (const { id } of directoryOf(tenant).groups()) assert.equal((await ask(tenant, `/v1.0/groups/${id}`, { token })).body['id'], id);
  });

  test('give the fields that were asked for, and the usual ones otherwise', async () => {
    const tenant = await startTenant();
    const selected = await ask(tenant, '/v1.0/users?$select=id,accountEnabled,department&$top=1');
    const usual = await ask(tenant, '/v1.0/users?$top=1');

    assert.deepEqual(Object.keys(rowsOf(selected)[0] ?? {}), ['id', 'accountEnabled', 'department']);
    assert.ok(!('accountEnabled' in (rowsOf(usual)[0] ?? {})) && 'displayName' in (rowsOf(usual)[0] ?? {}));
  });

  test('refuse what they do not understand', async () => {
    const tenant = await startTenant();
    const [group] = directoryOf(tenant).groups();
    const targets = [
      '/v1.0/users?$top=0',
      '/v1.0/users?$top=1000',
      '/v1.0/users?$skip=5',
      '/v1.0/users?$select=nickname',
      '/v1.0/users?$skiptoken=made-up',
      '/v1.0/users/delta?$top=5',
      '/v1.0/users/delta?$deltatoken=made-up',
      `/v1.0/groups/${group?.id}/transitiveMembers/microsoft.graph.user`,
      '/v1.0/teams',
      '/v1.0/users/%',
    ];

    for (const target of targets) assert.equal((await ask(tenant, target)).status, 400, target);
    for (const id of ['users/nobody', 'users/nobody/manager', 'groups/nobody']) {
      assert.deepEqual(codeOf(await ask(tenant, `/v1.0/${id}`)), 'Request_ResourceNotFound', id);
    }
  });
});

describe('changes', () => {
  test('can be asked for from now on', async () => {
    const tenant = await startTenant();
    const { rows, deltaLink } = await readAll(tenant, '/v1.0/users/delta?$select=id,displayName&$deltatoken=latest');
    const [user] = directoryOf(tenant).users();
    directoryOf(tenant).updateUser(user?.id ?? '', { displayName: 'New Name' });

    const later = await readAll(tenant, deltaLink);

    assert.deepEqual(rows, []);
    assert.deepEqual(later.rows, [{ id: user?.id, displayName: 'New Name' }]);
  });

  test('grow too old in seven days of the tenant, and say where to start over', async () => {
    const tenant = await startTenant();
    const { deltaLink } = await readAll(tenant, '/v1.0/users/delta?$select=id');
    tenant.world.clock.step(7 * 86_400_000);
    const justInTime = await ask(tenant, deltaLink);
    tenant.world.clock.step(1);

    const tooLate = await ask(tenant, deltaLink);
    tenant.graph.switches.expiredDeltaAnswer = 'bad-request';
    const otherwise = await ask(tenant, deltaLink);

    assert.equal(justInTime.status, 200);
    assert.deepEqual([tooLate.status, codeOf(tooLate)], [410, 'syncStateNotFound']);
    assert.match(String(tooLate.headers['location']), /^https:\/\/graph\.example\/v1\.0\/users\/delta/);
    assert.deepEqual([otherwise.status, codeOf(otherwise)], [400, 'syncStateNotFound']);
  });

  test('during a first read are told by the next one', async () => {
    const tenant = await startTenant({ mailboxes: 45 });
    tenant.graph.switches.deltaPageSize = 20;
    const [first] = directoryOf(tenant).users();
    const page = await ask(tenant, '/v1.0/users/delta?$select=id,displayName');
    directoryOf(tenant).updateUser(first?.id ?? '', { displayName: 'Changed Meanwhile' });

    const { deltaLink } = await readAll(tenant, String(page.body['@odata.nextLink']));
    const { rows } = await readAll(tenant, deltaLink);

    assert.deepEqual(rows, [{ id: first?.id, displayName: 'Changed Meanwhile' }]);
  });
});

describe('groups, batches and mail', () => {
  test('more groups than twenty are too many to check', async () => {
    const tenant = await startTenant();
    const [user] = directoryOf(tenant).users();
    const groupIds = Array.from({ length: 21 }, (_, index) => `group-${index}`);

    const answer = await ask(tenant, `/v1.0/directoryObjects/${user?.id}/checkMemberGroups`, { post: { groupIds } });

    assert.equal(answer.status, 400);
  });

  test('a batch is answered part by part, and a part whose condition failed is not carried out', async () => {
    const tenant = await startTenant();
    const [user] = directoryOf(tenant).users();
    const requests = [
      { id: 'a', method: 'GET', url: `/users/${user?.id}?$select=id` },
      { id: 'b', method: 'GET', url: '/users/nobody' },
      { id: 'c', method: 'GET', url: '/users?$select=id&$top=1', dependsOn: ['b'] },
      { id: 'd', method: 'GET', url: '/teams' },
    ];

    const { status, body } = await ask(tenant, '/v1.0/$batch', { post: { requests } });

    const responses = body['responses'] as { id: string; status: number }[];
    assert.equal(status, 200);
    assert.deepEqual(Object.fromEntries(responses.map((one) => [one.id, one.status])), { a: 200, b: 404, c: 424, d: 400 });
  });

  test('a batch in a wrong form is refused as a whole', async () => {
    const tenant = await startTenant();
    const part = { id: '1', method: 'GET', url: '/users' };
    const batches = [
      {},
      { requests: [] },
      { requests: Array.from({ length: 21 }, (_, index) => ({ ...part, id: String(index) })) },
      { requests: [part, part] },
      { requests: [{ ...part, id: 1 }] },
      { requests: [{ ...part, method: 'POST', body: {} }] },
    ];

    for (const post of batches) assert.equal((await ask(tenant, '/v1.0/$batch', { post })).status, 400, JSON.stringify(post).slice(0, 80));
  });

  test('mail is accepted, kept with its sender, and stands in the write log', async () => {
    const tenant = await startTenant();
    const directory = directoryOf(tenant);
    const [sender] = directory.users();
    const message = { subject: 'Hello', toRecipients: [{ emailAddress: { address: 'bob@contoso.example' } }] };

    const answer = await ask(tenant, `/v1.0/users/${sender?.userPrincipalName}/sendMail`, { post: { message, saveToSentItems: false } });

    const { appId } = tenant.application();
    assert.equal(answer.status, 202);
    assert.deepEqual(
      directory.sentMail().map((mail) => [mail.senderId, mail.appId, mail.message]),
      [[sender?.id, appId, message]],
    );
    assert.deepEqual(
      [...writeLog(tenant.world.journal)].map(({ cmdlet, parameters }) => [cmdlet, parameters]),
      [['sendMail', { sender: sender?.id }]],
    );
  });

  test('mail in a wrong form is refused and not kept', async () => {
    const tenant = await startTenant();
    const [sender] = directoryOf(tenant).users();
    const good = { toRecipients: [{ emailAddress: { address: 'bob@contoso.example' } }] };
    const bodies = [
      {},
      { message: { toRecipients: [] } },
      { message: { toRecipients: [{ emailAddress: { address: 'nobody' } }] } },
      { message: { ...good, internetMessageHeaders: [{ name: 'Subject', value: 'x' }] } },
    ];

    for (const post of bodies) assert.equal((await ask(tenant, `/v1.0/users/${sender?.id}/sendMail`, { post })).status, 400);
    assert.equal((await ask(tenant, '/v1.0/users/nobody/sendMail', { post: { message: good } })).status, 404);

    assert.deepEqual(directoryOf(tenant).sentMail(), []);
  });
});

test('the same steps give the same answers, byte for byte', async () => {
  const life = async (): Promise<string> => {
    const tenant = await startTenant({ mailboxes: 30 });
    const token = await tokenOf(tenant);
    const [user] = directoryOf(tenant).users();
    const answers = [
      await ask(tenant, '/v1.0/users?$top=7', { token }),
      await ask(tenant, '/v1.0/users/delta?$select=id,manager', { token }),
      await ask(tenant, `/v1.0/users/${user?.id}/manager`, { token }),
      await ask(tenant, '/v1.0/users/nobody', { token }),
      await ask(tenant, '/v1.0/deviceManagement/managedDevices', { token }),
    ];
    return JSON.stringify(answers);
  };

  assert.equal(await life(), await life());
});
