// The wire of the Exchange endpoint: batches, methods, paths, errors, and the same bytes for the same steps.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { DAY_MS, heldWorld, standardHeaders, startTestServer } from '../tenant-under-test.ts';

const server = await startTestServer({ mailboxes: 60 });
const DEVICES = { ResultSize: 'Unlimited' };

beforeEach(() => server.use(heldWorld({ mailboxes: 60 })));

const headers = (): Record<string, string> => standardHeaders(server.token, server.tenantId);

test('a batch answers every item by its id, each with its own status, and pays for each', async () => {
  const items = [
    ['one', 'Get-MobileDevice', { Mailbox: 'alice' }],
    ['two', 'Get-MobileDeviceStatistics', { Identity: 'nobody' }],
    ['three', 'Set-CASMailbox', { Identity: 'bob', ActiveSyncEnabled: false }],
    ['four', 'Get-ExchangeServer', {}],
  ] as const;
  const url = `${server.origin}/adminapi/beta/${server.tenantId}/InvokeCommand?`;
  const requests = items.map(([id, CmdletName, Parameters]) => ({
    id,
    method: 'POST',
    url,
    headers: { Authorization: `Bearer ${server.token}` },
    body: { CmdletInput: { CmdletName, Parameters } },
  }));

  const answer = await server.send({
    method: 'POST',
    path: `/adminapi/beta/${server.tenantId}/$batch`,
    headers: headers(),
    body: JSON.stringify({ requests }),
  });
  const tooMany = await server.send({
    method: 'POST',
    path: `/adminapi/beta/${server.tenantId}/$batch`,
    headers: headers(),
    body: JSON.stringify({ requests: Array.from({ length: 11 }, () => requests[0]) }),
  });

  const { responses } = JSON.parse(answer.text);
  const statuses = Object.fromEntries(responses.map(({ id, status }: { id: string; status: number }) => [id, status]));
  assert.deepEqual(statuses, { one: 200, two: 400, three: 200, four: 403 });
  assert.notDeepEqual(
    responses.map(({ id }: { id: string }) => id),
    items.map(([id]) => id),
    'nobody may rely on the order',
  );
  assert.equal(server.organization.mailboxes.settings(server.organization.mailboxes.find('bob') ?? -1).activeSyncEnabled, false);
  assert.equal(tooMany.status, 400);
});

test('wrong methods, versions, paths and tenants are refused', async () => {
  const send = async (method: string, path: string) =>
    (await server.send({ method, path, headers: headers(), body: method === 'POST' ? '{}' : '' })).status;

  assert.deepEqual(
    await Promise.all([
      send('GET', `/adminapi/beta/${server.tenantId}/InvokeCommand`),
      send('POST', `/adminapi/v1.0/${server.tenantId}/InvokeCommand`),
      send('POST', `/adminapi/beta/${server.tenantId}/Nothing`),
      send('POST', '/adminapi/beta/00000000-0000-4000-8000-000000000000/InvokeCommand'),
      send('POST', `/adminapi/beta/${server.tenantId}/InvokeCommand`),
      send('POST', '/adminapi/beta/%E0%A4%A/InvokeCommand'),
    ]),
    [405, 405, 404, 404, 400, 404],
  );
});

test('a tenant is named by its domain as well, and paths know no case', async () => {
  const body = JSON.stringify({ CmdletInput: { CmdletName: 'Get-OrganizationConfig'.toLowerCase(), Parameters: {} } });
  const answer = await server.send({
    method: 'POST',
    path: '/AdminApi/Beta/CONTOSO.onmicrosoft.com/invokecommand',
    headers: headers(),
    body,
  });

  assert.equal(JSON.parse(answer.text).value[0].Name, 'contoso.onmicrosoft.com');
});

test('unknown parameters and bad values are refused in Exchange’s words', async () => {
  const unknown = await server.invoke('Get-MobileDevice', { Foo: 1 });
  const badEnum = await server.invoke('Set-ActiveSyncOrganizationSettings', { DefaultAccessLevel: 'Perhaps' });
  const badFilter = await server.invoke('Get-MobileDevice', { Filter: 'nonsense' });

  assert.match(unknown.text, /AmbiguousParameterSetException/);
  assert.match(unknown.text, /Invalid cmdlet parameters specified\. Foo/);
  assert.match(badEnum.text, /ParameterTransformationException.*Allow, Block, Quarantine/s);
  assert.deepEqual([unknown.status, badEnum.status, badFilter.status], [400, 400, 400]);
});

test('the same seed and steps give the same bytes, request ids included', async () => {
  const play = async (): Promise<string[]> => {
    await server.use(heldWorld({ mailboxes: 60, churnPerDay: 0.1 }));
    const texts: string[] = [];
    for (const [cmdlet, parameters] of [
      ['Get-MobileDevice', DEVICES],
      ['New-ActiveSyncDeviceAccessRule', { QueryString: 'X', Characteristic: 'DeviceType', AccessLevel: 'Block' }],
      ['Clear-MobileDevice', { Identity: server.organization.devices.guid(0) }],
      ['Get-MobileDeviceStatistics', { Mailbox: 'admin' }],
      ['Get-MobileDevice', { Identity: 'nobody' }],
    ] as const) {
      server.world.clock.step(DAY_MS);
      const answer = await server.invoke(cmdlet, parameters, { prefer: 'odata.maxpagesize=5' });
      texts.push(`${answer.status} ${String(answer.headers['request-id'])} ${answer.text}`);
    }
    return texts;
  };

  assert.deepEqual(await play(), await play());
});
