import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { DAY_MS, heldWorld, START, START_MS, startTestServer } from '../tenant-under-test.ts';

const server = await startTestServer({ mailboxes: 60 });
const control: typeof server.control = (method, path, body) => server.control(method, path, body);

beforeEach(() => server.use(heldWorld({ mailboxes: 60 })));

test('without the key nothing is told', async () => {
  const answers = await Promise.all(
    [{}, { 'x-control-key': 'guess' }, { authorization: `Bearer ${server.token}` }].map((headers) =>
      server.send({ method: 'GET', path: '/control/state', headers }),
    ),
  );

  assert.deepEqual(
    answers.map(({ status }) => status),
    [401, 401, 401],
  );
});

test('the state names organizations, clock, faults, switches and load', async () => {
  server.tenant.faults.arm({ name: 'slow' });

  const state = await control('GET', 'state');

  assert.deepEqual(state.clock, { now: START, held: true, speed: 1 });
  assert.equal(state.organizations[0].mailboxes, 60);
  assert.equal(state.faults[0].name, 'slow');
  assert.deepEqual([state.switches.pageSize, state.load.requestMs], [1000, 0]);
});

test('the clock is held, stepped and sped up', async () => {
  const stepped = await control('POST', 'clock', { step: '2h' });
  const running = await control('POST', 'clock', { speed: 60 });
  const held = await control('POST', 'clock', { hold: true });
  const wrong = await control('POST', 'clock', { step: 'soon' });

  assert.equal(stepped.now, new Date(START_MS + 2 * 3_600_000).toISOString());
  assert.deepEqual([running.held, running.speed, held.held], [false, 60, true]);
  assert.match(wrong.error, /write 90s, 15m, 2h or 7d/);
});

test('faults are listed with what they do, armed and disarmed', async () => {
  const armed = await control('POST', 'faults', { name: 'throttle-429-retry-after', count: '2', argument: '7' });
  const listed = await control('GET', 'faults');
  const first = await server.invoke('Get-OrganizationConfig');
  await control('DELETE', 'faults');
  const second = await server.invoke('Get-OrganizationConfig');
  const wrong = await control('POST', 'faults', { name: 'nonsense' });

  assert.deepEqual([armed.left, listed.armed.length], [2, 1]);
  assert.ok(listed.table.length > 60 && listed.table.every(({ text }: { text: string }) => text.length > 3));
  assert.deepEqual([first.status, first.headers['retry-after'], second.status], [429, '7', 200]);
  assert.match(wrong.error, /There is no fault "nonsense"/);
});

test('a fault of Graph that makes no sense is refused, with what would', async () => {
  const unknown = await control('POST', 'graph-faults', { effect: { kind: 'nonsense' } });
  const bare = await control('POST', 'graph-faults', { effect: { kind: 'status', status: 'high' } });
  const good = await control('POST', 'graph-faults', { effect: { kind: 'status', status: 503 } });
  await control('DELETE', 'graph-faults');

  assert.match(unknown.error, /effect\.kind is one of status, lost, /);
  assert.match(bare.error, /"status" needs effect\.status, a number/);
  assert.equal(good.error, undefined);
});

test('switches and load are set by name', async () => {
  await control('POST', 'switches', { pageSize: '3' });
  await control('POST', 'load', { concurrency: 5 });
  const listed = await control('GET', 'switches');
  const page = await server.invoke('Get-MobileDevice', { ResultSize: 'Unlimited' });
  const wrong = await control('POST', 'switches', { paging: 'sideways' });

  assert.equal(listed.find(({ name }: { name: string }) => name === 'pageSize').value, 3);
  assert.deepEqual([page.rows.length, server.tenant.load.settings.concurrency], [3, 5]);
  assert.match(wrong.error, /one of same-anchor/);
});

test('a phone is bought, switched off, updated, reset and synced by its owner', async () => {
  const bought = await control('POST', 'phones', {
    mailbox: 'alice',
    facts: {
      deviceType: 'iPhone',
      deviceModel: 'iPhone14C3',
      deviceOs: 'iOS 17.4 21E219',
      clientType: 'EAS',
      clientVersion: '16.1',
      life: 'live',
    },
  });
  const updated = await control('POST', 'phone', { device: bought.guid, action: 'update' });
  await control('POST', 'clock', { step: '1d' });
  const synced = await control('POST', 'phone', { device: bought.guid, action: 'connect' });
  const reset = await control('POST', 'phone', { device: bought.guid, action: 'reset' });
  const { value } = await control('GET', 'phones?mailbox=alice');

  assert.equal(updated.os, 'iOS 17.7 21H16');
  assert.equal(synced.lastSync, new Date(START_MS + DAY_MS).toISOString());
  assert.notEqual(reset.deviceId, bought.deviceId);
  assert.deepEqual(
    value.slice(-2).map(({ guid }: { guid: string }) => guid),
    [bought.guid, reset.guid],
  );
});

test('a phone is named by its place in a mailbox, and a wrong name is answered with the right forms', async () => {
  const changed = await control('POST', 'phone', { device: 'alice/1', action: 'change', facts: { friendlyName: 'Renamed' } });
  const { rows } = await server.invoke('Get-MobileDevice', { Mailbox: 'alice' });
  const wrong = await Promise.all([
    control('POST', 'phone', { device: 'alice/99', action: 'off' }),
    control('POST', 'phone', { device: 'alice/1', action: 'explode' }),
    control('POST', 'phone', { action: 'off' }),
  ]);

  assert.equal(rows.find(({ Guid }) => Guid === changed.guid).FriendlyName, 'Renamed');
  assert.deepEqual(
    wrong.map(({ error }) => error.split('.')[0]),
    ['There is no phone "alice/99"', 'A phone can connect, off, on, reset, update, change, remove, but not "explode"', 'device is missing'],
  );
});

test('grants, users, groups, mailboxes and the cloud change from outside', async () => {
  const granted = await control('POST', 'applications', { change: { deniedCmdlets: ['Get-Mailbox'] } });
  const user = await control('POST', 'users', { user: 'alice@contoso.example', change: { accountEnabled: false } });
  await control('POST', 'members', { group: 'Nobody Yet', user: 'alice@contoso.example' });
  const mailbox = await control('POST', 'mailboxes', { alias: 'newcomer', displayName: 'Nina Newcomer' });
  const cloud = await control('POST', 'cloud', { cloudNeverReports: true, conditionalAccess: 'outlook' });
  const wrong = await control('POST', 'applications', { change: { appId: 'x' } });
  const unreadable = await control('POST', 'applications', { change: { recipientFilter: 'Alias -like' } });

  const { directory } = server.organization;
  const group = [...directory.groups()].find(({ displayName }) => displayName === 'Nobody Yet');
  assert.deepEqual(granted.deniedCmdlets, ['Get-Mailbox']);
  assert.equal(user.accountEnabled, false);
  assert.ok(directory.groupsOf(user.id).has(group?.id ?? ''));
  assert.match(unreadable.error, /^recipientFilter: /);
  assert.equal(mailbox.primarySmtpAddress, 'newcomer@contoso.example');
  assert.deepEqual(cloud, { cloudNeverReports: true, conditionalAccess: 'outlook' });
  assert.match(wrong.error, /"appId" is nothing that can be changed/);
});

test('writes are read by cmdlet and from a place on', async () => {
  for (const ActiveSyncEnabled of [false, true]) await server.invoke('Set-CASMailbox', { Identity: 'alice', ActiveSyncEnabled });
  await server.invoke('Set-ActiveSyncOrganizationSettings', { DefaultAccessLevel: 'Allow' });

  const all = await control('GET', 'writes');
  const some = await control('GET', `writes?cmdlet=set-casmailbox&after=${all.value[0].sequence}`);

  assert.deepEqual(
    all.value.map(({ cmdlet }: { cmdlet: string }) => cmdlet),
    ['Set-CASMailbox', 'Set-CASMailbox', 'Set-ActiveSyncOrganizationSettings'],
  );
  assert.deepEqual(
    some.value.map(({ parameters }: { parameters: unknown }) => parameters),
    [{ Identity: 'alice', ActiveSyncEnabled: true }],
  );
});

test('a token is issued for a person, and unknown calls are answered with the known ones', async () => {
  const token = await control('POST', 'tokens', { user: 'alice' });
  const nobody = await control('POST', 'tokens', { user: 'nobody' });
  const unknown = await control('POST', 'explode');

  assert.match(token.token, /^ey[^.]+\.[^.]+\.[^.]+$/);
  assert.match(nobody.error, /nobody/);
  assert.match(unknown.error, /There are: GET state/);
});
