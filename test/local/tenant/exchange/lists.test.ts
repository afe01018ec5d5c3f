// Lists of the Exchange endpoint: pages, links, filters, columns, and how a device is found.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { SENTINELS } from '../../../../src/local/tenant/exchange/sentinels.ts';
import { heldWorld, MINUTE_MS, readAll, standardHeaders, startTestServer, type Json } from '../tenant-under-test.ts';

const server = await startTestServer({ mailboxes: 60 });
const DEVICES = { ResultSize: 'Unlimited' };

beforeEach(() => server.use(heldWorld({ mailboxes: 60 })));

test('every device comes once, whatever the page size, and the last page has no link', async () => {
  const { devices } = server.organization;
  const guids = Array.from({ length: devices.extent }, (_, index) => devices.guid(index));

  for (const size of [1, 7, 1000]) {
    const rows = await readAll(server, 'Get-MobileDevice', DEVICES, size);
    assert.deepEqual(
      rows.map(({ Guid }) => Guid),
      guids,
    );
  }
});

test('typed properties carry their annotations, nulls carry none', async () => {
  const [row] = await readAll(server, 'Get-MobileDevice', { Filter: 'FirstSyncTime -ne $null' });

  assert.equal(row['Guid@data.type'], 'System.Guid');
  assert.equal(row['Guid@odata.type'], '#Guid');
  assert.equal(row['FirstSyncTime@data.type'], 'System.DateTime');
  assert.match(row.FirstSyncTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}\+00:00$/);
  assert.match(row.WhenChangedUTC, /\.\d{7}Z$/);
  assert.equal(typeof row.IsManaged, 'boolean');
  assert.deepEqual([row.DeviceImei, 'DeviceImei@data.type' in row], [null, false]);
  const { rows } = await server.invoke('Get-CASMailbox', { Identity: 'alice' });
  assert.equal(rows[0]['ActiveSyncAllowedDeviceIDs@odata.type'], '#Collection(String)');
});

test('the separator of names arrives escaped', async () => {
  const answer = await server.invoke('Get-MobileDevice', { Mailbox: 'alice' });

  assert.ok(answer.text.includes(String.raw`iPhone\u00a7`));
  assert.ok(!/[^\p{ASCII}]/u.test(answer.text));
});

test('without ResultSize a list of more than 1000 rows is cut, warns, and goes on by its link', async () => {
  await server.use(heldWorld({ mailboxes: 600 }));

  const first = await server.invoke('Get-MobileDevice');
  const all = await readAll(server, 'Get-MobileDevice', {});

  assert.equal(first.rows.length, 1000);
  assert.match(first.json['@adminapi.warnings'][0], /more results available.*ResultSize/);
  assert.ok(first.nextLink);
  assert.equal(all.length, server.organization.devices.extent);
});

test('a result size of one gives one row, a warning and a link', async () => {
  const answer = await server.invoke('Get-MobileDevice', { ResultSize: 1 });

  assert.deepEqual([answer.rows.length, answer.json['@adminapi.warnings'].length, typeof answer.nextLink], [1, 1, 'string']);
});

test('a null Identity returns everything, an unknown one is refused or, by a switch, returns everything too', async () => {
  const everything = await server.invoke('Get-MobileDevice', { Identity: null, ResultSize: 'Unlimited' });
  const refused = await server.invoke('Get-MobileDevice', { Identity: 'nobody' });
  server.tenant.setSwitches({ unknownIdentityReturnsAll: true });
  const all = await server.invoke('Get-MobileDevice', { Identity: 'nobody', ResultSize: 'Unlimited' });

  assert.equal(everything.rows.length, server.organization.devices.extent);
  assert.deepEqual([refused.status, /couldn't be found on/.test(refused.text)], [400, true]);
  assert.equal(all.rows.length, everything.rows.length);
});

test('a link that outlived its half hour, or came with another anchor, is refused', async () => {
  const headers = { prefer: 'odata.maxpagesize=3' };
  const page = await server.invoke('Get-MobileDevice', DEVICES, headers);
  const path = page.nextLink?.slice(server.origin.length) ?? '';
  const body = JSON.stringify({ CmdletInput: { CmdletName: 'Get-MobileDevice', Parameters: DEVICES } });
  const resend = (more: Record<string, string>) =>
    server.send({ method: 'POST', path, body, headers: { ...standardHeaders(server.token, server.tenantId), ...headers, ...more } });

  const good = await resend({});
  const otherAnchor = await resend({ 'x-anchormailbox': 'UPN:alice@contoso.example' });
  server.world.clock.step(31 * MINUTE_MS);
  const late = await resend({});

  assert.deepEqual([good.status, otherAnchor.status, late.status], [200, 400, 400]);
  for (const answer of [otherAnchor, late]) assert.match(answer.text, /Expired or Invalid pagination request/);
});

test('a made-up link is refused like an expired one', async () => {
  const path = `/adminapi/beta/${server.tenantId}/InvokeCommand?%24skiptoken=DB9PR05MB0001.page2`;
  const answer = await server.send({ method: 'GET', path, headers: standardHeaders(server.token, server.tenantId) });

  assert.equal(answer.status, 400);
  assert.match(answer.text, /Expired or Invalid pagination request/);
});

test('filters, families and sorting choose and order devices', async () => {
  const all = await readAll(server, 'Get-MobileDevice', DEVICES);
  const quarantined = await readAll(server, 'Get-MobileDevice', { Filter: "DeviceAccessState -eq 'Quarantined'" });
  const prefix = await readAll(server, 'Get-MobileDevice', { Filter: "DeviceId -like 'A*'" });
  const family = await readAll(server, 'Get-MobileDevice', { ...DEVICES, RestApi: true });
  const sorted = await readAll(server, 'Get-MobileDevice', { ...DEVICES, SortBy: 'DeviceId' }, 10);

  assert.deepEqual(
    quarantined.map(({ Guid }) => Guid),
    all.filter(({ DeviceAccessState }) => DeviceAccessState === 'Quarantined').map(({ Guid }) => Guid),
  );
  assert.ok(prefix.length > 0 && prefix.every(({ DeviceId }) => /^a/i.test(DeviceId)));
  assert.ok(family.every(({ ClientType }) => ClientType === 'REST'));
  const order: string[] = sorted.map(({ DeviceId }) => DeviceId.toLowerCase());
  assert.deepEqual(order, order.toSorted());
  assert.equal(sorted.length, all.length);
});

test('ranges of FirstSyncTime with one for missing values have every device once', async () => {
  await server.use(heldWorld({ mailboxes: 400 }));
  const borders = ['2024-01-01T00:00:00Z', '2025-06-01T00:00:00Z', '2026-03-01T00:00:00Z', '2026-10-01T00:00:00Z'];
  const ranges = borders.map(
    (border, index) =>
      `FirstSyncTime -ge '${border}'${index + 1 < borders.length ? ` -and FirstSyncTime -lt '${borders[index + 1]}'` : ''}`,
  );
  const filters = [`FirstSyncTime -lt '${borders[0]}'`, ...ranges, 'FirstSyncTime -eq $null'];

  const slices = await Promise.all(filters.map((Filter) => readAll(server, 'Get-MobileDevice', { Filter, ResultSize: 'Unlimited' })));
  const all = await readAll(server, 'Get-MobileDevice', DEVICES);

  const guidsOf = (rows: Json[]): string[] => rows.map(({ Guid }) => String(Guid)).toSorted();
  assert.deepEqual(guidsOf(slices.flat()), guidsOf(all));
  assert.ok(slices.every((slice) => slice.length > 0));
});

test('$select leaves the named columns and their annotations', async () => {
  const path = `/adminapi/beta/${server.tenantId}/InvokeCommand?$select=Guid,DeviceId,FirstSyncTime`;
  const body = JSON.stringify({ CmdletInput: { CmdletName: 'Get-MobileDevice', Parameters: { Mailbox: 'alice' } } });
  const answer = await server.send({ method: 'POST', path, body, headers: standardHeaders(server.token, server.tenantId) });

  const [row] = JSON.parse(answer.text).value;
  assert.deepEqual(Object.keys(row).toSorted(), [
    'DeviceId',
    'FirstSyncTime',
    'FirstSyncTime@data.type',
    'Guid',
    'Guid@data.type',
    'Guid@odata.type',
  ]);
});

test('a device is found by guid, identity and distinguished name, and its owner is the grandparent of its DN', async () => {
  const all = await readAll(server, 'Get-MobileDevice', DEVICES);
  const owners = new Map((await readAll(server, 'Get-CASMailbox', DEVICES)).map((row) => [row.DistinguishedName, row]));

  for (const row of all) {
    const parts = row.DistinguishedName.split(/(?<!\\),/);
    assert.ok(owners.has(parts.slice(2).join(',')), row.DistinguishedName);
  }
  const ordinary = all.filter(({ DistinguishedName }) => {
    const owner = owners.get(
      DistinguishedName.split(/(?<!\\),/)
        .slice(2)
        .join(','),
    );
    return !Object.hasOwn(SENTINELS, owner?.PrimarySmtpAddress.split('@')[0]);
  });
  for (const row of ordinary.filter((_, index) => index % 5 === 0)) {
    for (const Identity of [row.Guid, row.Identity, row.DistinguishedName]) {
      const { rows } = await server.invoke('Get-MobileDevice', { Identity });
      assert.deepEqual(
        rows.map(({ Guid }) => Guid),
        [row.Guid],
        Identity,
      );
    }
  }
});
