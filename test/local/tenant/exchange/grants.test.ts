// Who may do what at the Exchange endpoint: every step of the ladder of grants, and what a refusal looks like.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { ApplicationChange } from '../../../../src/local/tenant/world/types.ts';
import { heldWorld, standardHeaders, START_MS, startTestServer } from '../tenant-under-test.ts';

const server = await startTestServer({ mailboxes: 60 });
const DEVICES = { ResultSize: 'Unlimited' };

beforeEach(() => server.use(heldWorld({ mailboxes: 60 })));

/** Changes grants, then gets a token that shows them. */
async function grant(change: ApplicationChange): Promise<void> {
  const { directory } = server.organization;
  const [application] = directory.applications();
  directory.updateApplication(application?.appId ?? '', change);
  await server.use(server.world);
}

test('without a token, with a strange one, or with one of another tenant it is 401', async () => {
  const [none, strange] = await Promise.all(
    ['', 'Bearer x.y.z'].map((authorization) => server.invoke('Get-MobileDevice', DEVICES, { authorization })),
  );

  assert.deepEqual([none?.status, strange?.status], [401, 401]);
  assert.equal(none?.text, '');
  assert.match(String(none?.headers['www-authenticate']), /^Bearer/);
});

test('without the application role it is 401, with the newer role alone as well', async () => {
  await grant({ exchangeAppRoles: [] });
  const without = await server.invoke('Get-MobileDevice', DEVICES);
  await grant({ exchangeAppRoles: ['Exchange.ManageAsAppV2'] });
  const newer = await server.invoke('Get-MobileDevice', DEVICES);

  assert.deepEqual([without.status, newer.status, without.text], [401, 401, '']);
});

test('without a role in Exchange it is 403 in NUL bytes that are called gzip', async () => {
  await grant({ directoryRoles: [] });

  const answer = await server.invoke('Get-MobileDevice', DEVICES);

  assert.deepEqual([answer.status, answer.headers['content-encoding'], answer.bytes.length], [403, 'gzip', 336]);
  assert.ok(answer.bytes.every((byte) => byte === 0));
});

test('a role group opens what a directory role does not', async () => {
  await grant({ directoryRoles: [], exchangeRoleGroups: ['Recipient Management'] });

  const [read, write, rules] = await Promise.all([
    server.invoke('Get-MobileDevice', DEVICES),
    server.invoke('Set-CASMailbox', { Identity: 'alice', ActiveSyncEnabled: false }),
    server.invoke('Set-ActiveSyncOrganizationSettings', { DefaultAccessLevel: 'Block' }),
  ]);

  assert.deepEqual([read.status, write.status, rules.status], [200, 200, 403]);
});

test('a reader reads everything and changes nothing', async () => {
  await grant({ directoryRoles: ['f2ef992c-3afb-46b9-b7cf-a126ee74c451'] });

  const [read, write] = await Promise.all([
    server.invoke('Get-ActiveSyncOrganizationSettings'),
    server.invoke('Set-CASMailbox', { Identity: 'alice', ActiveSyncEnabled: false }),
  ]);

  assert.deepEqual([read.status, write.status, write.json?.error.message], [200, 403, 'User is not allowed to call Set-CASMailbox']);
});

test('one missing cmdlet is named, and missing from the module file', async () => {
  await grant({ deniedCmdlets: ['Clear-MobileDevice'] });

  const answer = await server.invoke('Clear-MobileDevice', { Identity: 'x' });
  const file = await server.send({
    method: 'GET',
    path: `/AdminApi/v1.0/${server.tenantId}/EXOModuleFile?Version=3.9.2`,
    headers: standardHeaders(server.token, server.tenantId),
  });

  assert.deepEqual([answer.status, answer.json?.error.message], [403, 'User is not allowed to call Clear-MobileDevice']);
  const exported = JSON.parse(file.text).value[0].exportedCmdlets.split(',');
  assert.ok(exported.includes('Get-MobileDevice') && !exported.includes('Clear-MobileDevice'));
});

test('one missing parameter is named', async () => {
  await grant({ deniedParameters: ['Set-CASMailbox:ActiveSyncBlockedDeviceIDs'] });

  const answer = await server.invoke('Set-CASMailbox', { Identity: 'alice', ActiveSyncBlockedDeviceIDs: { add: 'X' } });
  const allowed = await server.invoke('Set-CASMailbox', { Identity: 'alice', ActiveSyncAllowedDeviceIDs: { add: 'X' } });

  assert.deepEqual([answer.status, allowed.status], [400, 200]);
  assert.match(answer.text, /ActiveSyncBlockedDeviceIDs.*is not present in the role definition of the current user/);
});

test('role entries show what the caller may, parameters and all', async () => {
  await grant({ deniedCmdlets: ['Remove-MobileDevice'], deniedParameters: ['Clear-MobileDevice:AccountOnly'] });

  const [clear, remove] = await Promise.all(
    ['Clear', 'Remove'].map((verb) => server.invoke('Get-ManagementRoleEntry', { Identity: `*\\${verb}-MobileDevice` })),
  );

  assert.deepEqual(
    clear?.rows.map(({ Name, Role }) => [Name, Role]),
    [['Clear-MobileDevice', 'Mail Recipients']],
  );
  assert.ok(clear?.rows[0].Parameters.includes('Identity') && !clear.rows[0].Parameters.includes('AccountOnly'));
  assert.deepEqual(remove?.rows, []);
});

test('a role that is limited to some recipients does not see the others nor their devices, in lists that look complete', async () => {
  const { mailboxes, devices } = server.organization;
  const isAnAlias = ({ alias }: { readonly alias: string }): boolean => alias.startsWith('a');
  const reached = Array.from({ length: mailboxes.count }, (_, index) => index).filter((index) => isAnAlias(mailboxes.facts(index)));
  const phones = reached.flatMap((index) => devices.ofMailbox(index));
  const stranger = Array.from({ length: mailboxes.count }, (_, index) => index).find((index) => !reached.includes(index)) ?? 0;
  const [foreignPhone = 0] = devices.ofMailbox(stranger);
  await grant({ recipientFilter: "Alias -like 'a*'" });

  const [listed, people, recipients, mailbox, phone, statistics, write] = await Promise.all([
    server.invoke('Get-MobileDevice', DEVICES),
    server.invoke('Get-CASMailbox', DEVICES),
    server.invoke('Get-Recipient', DEVICES),
    server.invoke('Get-MobileDevice', { Mailbox: mailboxes.facts(stranger).alias }),
    server.invoke('Get-MobileDevice', { Identity: devices.read(foreignPhone, START_MS).guid }),
    server.invoke('Get-MobileDeviceStatistics', { Mailbox: mailboxes.facts(stranger).alias }),
    server.invoke('Set-CASMailbox', { Identity: mailboxes.facts(stranger).alias, ActiveSyncEnabled: false }),
  ]);

  assert.ok(phones.length > 0 && phones.length < devices.extent);
  assert.deepEqual([listed.rows.length, people.rows.length, recipients.rows.length], [phones.length, reached.length, reached.length]);
  assert.deepEqual([listed.json?.['@odata.nextLink'], listed.json?.['@adminapi.warnings']], [undefined, []]);
  assert.deepEqual([mailbox.status, phone.status, statistics.status, write.status], [400, 400, 400, 400]);
  assert.match(phone.text, /couldn't be found|could not be found/i);
});

test('an unknown cmdlet looks like a missing role', async () => {
  const answer = await server.invoke('Get-ExchangeServer');

  assert.deepEqual([answer.status, answer.headers['content-encoding']], [403, 'gzip']);
});
