// Walks through the transport checklist and sees every line of it happen: each fault armed by name, each switch turned, each sentinel asked,
// and what needs no asking at all.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { CHECKLIST } from '../../../src/local/tenant/checklist.ts';
import { EXCHANGE_SWITCHES } from '../../../src/local/tenant/exchange/switches.ts';
import { SENTINELS } from '../../../src/local/tenant/exchange/sentinels.ts';
import { FAULTS, faultNamed, type FaultName } from '../../../src/local/tenant/faults.ts';
import { heldWorld, read, standardHeaders, startTestServer, type Invoked, type Json } from './tenant-under-test.ts';

const server = await startTestServer({ mailboxes: 60 });
const ALL = { ResultSize: 'Unlimited' };
const PAGED = { prefer: 'odata.maxpagesize=10' };

beforeEach(() => server.use(heldWorld({ mailboxes: 60 })));

const list = (headers: Record<string, string> = PAGED): Promise<Invoked> => server.invoke('Get-MobileDevice', ALL, headers);
const write = (): Promise<Invoked> => server.invoke('Set-CASMailbox', { Identity: 'alice', ActiveSyncSuppressReadReceipt: true });

async function batch(): Promise<Invoked> {
  const url = `${server.origin}/adminapi/beta/${server.tenantId}/InvokeCommand`;
  const item = { method: 'POST', url, body: { CmdletInput: { CmdletName: 'Get-OrganizationConfig', Parameters: {} } } };
  const body = JSON.stringify({
    requests: [
      { id: 'a', ...item },
      { id: 'b', ...item },
    ],
  });
  return read(
    await server.send({
      method: 'POST',
      path: `/adminapi/beta/${server.tenantId}/$batch`,
      headers: standardHeaders(server.token, server.tenantId),
      body,
    }),
  );
}

/** Page 2 of the list, with headers of choice. */
async function secondPage(change: Record<string, string> = {}): Promise<Invoked> {
  const first = await list();
  const body = JSON.stringify({ CmdletInput: { CmdletName: 'Get-MobileDevice', Parameters: ALL } });
  const headers = { ...standardHeaders(server.token, server.tenantId), ...PAGED, ...change };
  return read(await server.send({ method: 'POST', path: first.nextLink?.slice(server.origin.length) ?? '', headers, body }));
}

const statusIs =
  (status: number, text = /(?:)/) =>
  (answer: Invoked): void => {
    assert.equal(answer.status, status);
    assert.match(answer.text, text);
  };

const redirectTo =
  (status: number, port: RegExp) =>
  (answer: Invoked): void => {
    assert.equal(answer.status, status);
    assert.match(String(answer.headers.location), port);
  };

const nul =
  (decode: (bytes: Buffer) => Buffer = (bytes) => bytes) =>
  (answer: Invoked) => {
    assert.equal(answer.status, 403);
    assert.deepEqual(decode(answer.bytes), Buffer.alloc(336));
  };

const spoiled =
  (check: (answer: Invoked) => boolean) =>
  (answer: Invoked): void =>
    assert.ok(answer.status < 300 && check(answer), answer.text.slice(0, 300));

interface Sight {
  readonly ask: () => Promise<Invoked>;
  readonly see: (answer: Invoked) => void;
}

const NOT_FOUND = /couldn't be found on/;
const HERE = /^https:\/\/127\.0\.0\.1:\d+\/adminapi\//;
const inPages = (name: FaultName): Sight => ({
  ask: () => secondPage(),
  see: statusIs({ 'list-page2-expired': 400, 'list-page2-429': 429, 'list-page2-503': 503 }[name as 'list-page2-429']),
});
const onFirst = (see: Sight['see']): Sight => ({ ask: () => list(), see });
const row = (answer: Invoked): Json => answer.rows[0];

/** What each fault looks like from outside. */
const SIGHTS: Readonly<Record<Exclude<FaultName, 'reset' | 'write-lost' | 'answer-cut' | 'slow' | 'hang'>, Sight>> = {
  'redirect-302': onFirst(redirectTo(302, HERE)),
  'redirect-307': onFirst(redirectTo(307, HERE)),
  'redirect-308': onFirst(redirectTo(308, HERE)),
  'redirect-302-port-446': onFirst(redirectTo(302, /^https:\/\/127\.0\.0\.1:446\//)),
  'redirect-foreign': onFirst(redirectTo(302, /^https:\/\/outlook\.office365\.com\.example\.net\//)),
  'redirect-plain-http': onFirst(redirectTo(302, /^http:\/\//)),
  'error-401-empty': onFirst(statusIs(401, /^$/)),
  'error-401-claims': onFirst((answer) => assert.match(String(answer.headers['www-authenticate']), /claims=/)),
  'throttle-429-retry-after': onFirst((answer) =>
    assert.deepEqual([answer.status, answer.headers['retry-after'], answer.json.error.code], [429, '1', 'TooManyRequests']),
  ),
  'throttle-429-always': onFirst((answer) => assert.deepEqual([answer.status, answer.headers['retry-after']], [429, '1'])),
  'throttle-429-no-header': onFirst((answer) => assert.deepEqual([answer.status, answer.headers['retry-after']], [429, undefined])),
  'throttle-429-empty-body': onFirst((answer) =>
    assert.deepEqual([answer.status, answer.headers['retry-after'], answer.text], [429, '1', '']),
  ),
  'throttle-429-date-header': onFirst((answer) =>
    assert.ok(answer.status === 429 && Date.parse(String(answer.headers['retry-after'])) > 0),
  ),
  'throttle-429-plain-text': onFirst(statusIs(429, /^You have reached the maximum number of concurrent requests/)),
  'throttle-400-plain-text': onFirst(statusIs(400, /^You have reached the maximum number of concurrent requests/)),
  'busy-503-then-ok': onFirst(statusIs(503, /<html>/)),
  'busy-504': onFirst(statusIs(504)),
  'busy-408': onFirst(statusIs(408)),
  'error-502-html': onFirst(statusIs(502, /<html>/)),
  'error-403-json': onFirst(statusIs(403, /User is not allowed to call Get-MobileDevice/)),
  'error-403-nul-plain': onFirst(nul()),
  'error-403-nul-gzip': onFirst((answer) => {
    assert.equal(answer.headers['content-encoding'], 'gzip');
    nul()(answer);
  }),
  'error-403-nul-valid-gzip': onFirst(nul((bytes) => gunzipSync(bytes))),
  'error-403-diagnostics': onFirst((answer) => assert.match(String(answer.headers['x-ms-diagnostics']), /reason=/)),
  'error-400-role-definition': onFirst(statusIs(400, /not present in the role definition/)),
  'error-400-full': onFirst((answer) => assert.match(answer.json.error.innererror.internalexception.message, NOT_FOUND)),
  'error-400-details-no-innererror': onFirst((answer) => assert.deepEqual([answer.status, answer.json.error.innererror], [400, undefined])),
  'error-400-details-leading-bar': onFirst((answer) => assert.match(answer.json.error.details[0].message, /^\|.*\|The operation/)),
  'error-400-innererror-only': onFirst((answer) => assert.equal(answer.json.error.details, undefined)),
  'error-400-innererror-camel': onFirst((answer) => assert.match(answer.json.error.innererror.internalException.message, NOT_FOUND)),
  'error-400-details-json': onFirst((answer) => assert.match(JSON.parse(answer.json.error.details[0].message).Message, NOT_FOUND)),
  'error-400-two-details': onFirst((answer) => assert.equal(answer.json.error.details.length, 2)),
  'error-400-text-with-bar': onFirst((answer) => assert.match(answer.json.error.innererror.internalexception.message, /'a\|b'/)),
  'error-404-notfound': onFirst(statusIs(404, NOT_FOUND)),
  'error-500-notfound': onFirst(statusIs(500, NOT_FOUND)),
  'error-400-transient-dc': onFirst(statusIs(400, /DCOverloadedException/)),
  'error-500-transient-dc': onFirst(statusIs(500, /ServerInMMException/)),
  'list-page2-expired': inPages('list-page2-expired'),
  'list-page2-429': inPages('list-page2-429'),
  'list-page2-503': inPages('list-page2-503'),
  'list-affinity-anchor': { ask: () => secondPage({ 'x-anchormailbox': '' }), see: statusIs(400, /pagination/) },
  'list-affinity-cookie': { ask: () => secondPage(), see: statusIs(400, /pagination/) },
  'batch-429': { ask: batch, see: statusIs(429) },
  'batch-503': { ask: batch, see: statusIs(503) },
  'batch-403-nul': { ask: batch, see: nul() },
  'batch-item-429': { ask: batch, see: spoiled(({ json }) => json.responses.map((one: Json) => one.status).join() === '200,429') },
  'batch-item-503': { ask: batch, see: spoiled(({ json }) => json.responses.map((one: Json) => one.status).join() === '200,503') },
  'list-truncation-warning': onFirst(spoiled(({ json }) => /more results/.test(json['@adminapi.warnings'][0]) && json.value.length === 10)),
  'list-cut': onFirst(
    spoiled(({ json }) => json.value.length === 5 && json['@odata.nextLink'] === undefined && json['@adminapi.warnings'].length === 1),
  ),
  'list-cut-silently': onFirst(spoiled(({ json }) => json.value.length === 5 && json['@adminapi.warnings'].length === 0)),
  'list-endless': onFirst(spoiled(({ nextLink }) => nextLink === `${server.origin}/adminapi/beta/${server.tenantId}/InvokeCommand`)),
  'list-foreign-nextlink': onFirst(spoiled(({ nextLink }) => new URL(nextLink ?? '').host === 'outlook.office365.com.example.net')),
  'list-value-null': onFirst(spoiled(({ json }) => json.value === null)),
  'list-value-absent': onFirst(spoiled(({ json }) => !('value' in json))),
  'list-nextlink-null': onFirst(spoiled(({ json }) => json['@odata.nextLink'] === null)),
  'list-nextlink-empty-string': onFirst(spoiled(({ json }) => json['@odata.nextLink'] === '')),
  'list-extra-members': onFirst(spoiled((answer) => '@adminapi.brandnew' in answer.json && 'BrandNewProperty' in row(answer))),
  'rows-missing-fields': onFirst(spoiled((answer) => !('FriendlyName' in row(answer)) && 'Guid' in row(answer))),
  'rows-blank-fields': onFirst(spoiled((answer) => row(answer).FriendlyName === '')),
  'rows-mistyped-fields': onFirst(spoiled((answer) => row(answer).FriendlyName === 0)),
  'casmailbox-204': { ask: write, see: statusIs(204, /^$/) },
  'casmailbox-200-empty-body': { ask: write, see: statusIs(200, /^$/) },
  'ok-200-html': onFirst(statusIs(200, /<html>/)),
  'ok-200-truncated-json': onFirst((answer) => assert.throws(() => JSON.parse(answer.text), SyntaxError)),
};

describe('faults', () => {
  for (const [name, { ask, see }] of Object.entries(SIGHTS)) {
    test(`${name}: ${FAULTS[name as FaultName].text}, and nothing afterwards`, async () => {
      server.tenant.faults.arm({ name });

      see(await ask());

      server.tenant.faults.disarm(name);
      assert.equal((await list()).rows.length, 10);
    });
  }

  for (const name of ['reset', 'answer-cut', 'write-lost']) {
    test(`${name}: ${FAULTS[name as FaultName].text}`, async () => {
      server.tenant.faults.arm({ name });

      await assert.rejects(name === 'write-lost' ? write() : list(), /socket hang up|ECONNRESET|aborted/);

      assert.equal((await list()).rows.length, 10);
      const { suppressReadReceipt } = server.organization.mailboxes.settings(server.organization.mailboxes.find('alice') ?? -1);
      assert.equal(suppressReadReceipt, name === 'write-lost');
    });
  }

  for (const name of ['slow', 'hang']) {
    test(`${name}: ${FAULTS[name as FaultName].text}`, async () => {
      server.tenant.faults.arm({ name, argument: '60000' });

      const first = await Promise.race([
        list().then(
          () => 'answered',
          () => 'broken',
        ),
        sleep(150, 'waiting'),
      ]);

      assert.equal(first, 'waiting');
      assert.equal((await list()).status, 200);
    });
  }
});

describe('sentinels', () => {
  const ask = (alias: string) => server.invoke('Get-MobileDeviceStatistics', { Mailbox: alias });

  test('throttled: two of three calls are throttled', async () => {
    const statuses: number[] = [];
    for (let count = 0; count < 6; count += 1) statuses.push((await ask('throttled')).status);

    assert.deepEqual(statuses, [429, 429, 200, 429, 429, 200]);
  });

  test('busy: every other call is answered 503', async () => {
    assert.deepEqual([(await ask('busy')).status, (await ask('busy')).status, (await ask('busy')).status], [503, 200, 503]);
  });

  test('not found in two more ways', async () => {
    assert.deepEqual([(await ask('notfound-404')).status, (await ask('notfound-500')).status], [404, 500]);
  });

  test('denied: reads are allowed, writes are refused', async () => {
    const refused = await server.invoke('Set-CASMailbox', { Identity: 'denied', ActiveSyncEnabled: false });

    assert.deepEqual([(await ask('denied')).status, refused.status], [200, 403]);
  });

  test('slow: its calls wait, others do not', async () => {
    const first = await Promise.race([
      ask('slow').then(
        () => 'answered',
        () => 'broken',
      ),
      ask('alice').then(() => 'others'),
    ]);

    assert.equal(first, 'others');
  });

  test('stats-missing: devices without statistics', async () => {
    const { rows } = await server.invoke('Get-MobileDevice', { Mailbox: 'stats-missing' });

    assert.deepEqual([rows.length, (await ask('stats-missing')).rows.length], [1, 0]);
  });
});

describe('switches', () => {
  test('paging: what page 2 must bring along', async () => {
    const withoutAnchor = { 'x-anchormailbox': '' };
    const statuses: Record<string, number[]> = {};
    for (const paging of ['free', 'same-anchor', 'anchor', 'cookie', 'never']) {
      server.tenant.setSwitches({ paging });
      statuses[paging] = [(await secondPage()).status, (await secondPage(withoutAnchor)).status];
    }

    assert.deepEqual(statuses, { free: [200, 200], 'same-anchor': [200, 400], anchor: [200, 400], cookie: [400, 400], never: [400, 400] });
  });

  test('errorShape and notFoundStatus: how a real error comes', async () => {
    server.tenant.setSwitches({ errorShape: 'details-json', notFoundStatus: 404 });

    const answer = await server.invoke('Get-CASMailbox', { Identity: 'nobody' });

    assert.equal(answer.status, 404);
    assert.match(JSON.parse(answer.json.error.details[0].message).Message, /'nobody'/);
  });

  test('regionalHost: where redirects lead', async () => {
    server.tenant.setSwitches({ regionalHost: 'eurprd05.outlook.office365.com' });
    server.tenant.faults.arm({ name: 'redirect-302' });

    assert.match(String((await list()).headers.location), /^https:\/\/eurprd05\.outlook\.office365\.com\/adminapi/);
  });

  test('cmdletRefusal and roleRefusal: the form of a refusal', async () => {
    const { directory } = server.organization;
    const [application] = directory.applications();
    server.tenant.setSwitches({ cmdletRefusal: 'role-definition', roleRefusal: 'diagnostics' });
    directory.updateApplication(application?.appId ?? '', { deniedCmdlets: ['Get-MobileDevice'] });
    const lacksCmdlet = await list();
    directory.updateApplication(application?.appId ?? '', { directoryRoles: [] });
    await server.use(server.world);
    server.tenant.setSwitches({ roleRefusal: 'diagnostics' });
    const lacksRole = await list();

    assert.deepEqual([lacksCmdlet.status, lacksRole.status], [400, 403]);
    assert.match(String(lacksRole.headers['x-ms-diagnostics']), /reason/);
  });

  test('cancelNeedsAccountOnly and emptyListClears', async () => {
    server.tenant.setSwitches({ cancelNeedsAccountOnly: true, emptyListClears: true });
    const [phone] = (await server.invoke('Get-MobileDevice', { Mailbox: 'admin' })).rows;
    const statusAfter = async (parameters: Record<string, unknown>) => {
      await server.invoke('Clear-MobileDevice', { Identity: phone.Guid, ...parameters });
      return (await server.invoke('Get-MobileDeviceStatistics', { Identity: phone.Guid })).rows[0].Status;
    };

    assert.equal(await statusAfter({ AccountOnly: true }), 'AccountOnlyDeviceWipePending');
    assert.equal(await statusAfter({ Cancel: true }), 'AccountOnlyDeviceWipePending');
    assert.equal(await statusAfter({ Cancel: true, AccountOnly: true }), 'DeviceOk');
    await server.invoke('Set-CASMailbox', { Identity: 'alice', ActiveSyncAllowedDeviceIDs: ['A'] });
    await server.invoke('Set-CASMailbox', { Identity: 'alice', ActiveSyncAllowedDeviceIDs: [] });
    assert.deepEqual((await server.invoke('Get-CASMailbox', { Identity: 'alice' })).rows[0].ActiveSyncAllowedDeviceIDs, []);
  });

  test('a switch or value that does not exist is refused with what does', () => {
    assert.throws(() => server.tenant.setSwitches({ paging: 'backwards' }), /one of same-anchor, anchor, cookie, free, never/);
    assert.throws(() => server.tenant.setSwitches({ pages: 'free' }), /There are: pageSize, paging/);
    assert.throws(() => server.tenant.setSwitches({ pageSize: 0 }), /whole number above 0/);
  });
});

describe('the checklist', () => {
  test('each line is reached by faults, switches or sentinels that exist, or needs none', () => {
    for (const { line, faults, switches = [], sentinels = [], isAlways } of CHECKLIST) {
      assert.ok(isAlways || faults.length > 0, line);
      for (const name of faults) assert.equal(faultNamed(name), name);
      for (const name of switches) assert.ok(name in EXCHANGE_SWITCHES, name);
      for (const name of sentinels) assert.ok(name in SENTINELS, name);
    }
    assert.equal(CHECKLIST.length, 17);
  });

  test('every fault is either in this file’s table of sights or seen by a test of its own', () => {
    const own = ['reset', 'answer-cut', 'write-lost', 'slow', 'hang'];

    assert.deepEqual(Object.keys(FAULTS).toSorted(), [...Object.keys(SIGHTS), ...own].toSorted());
  });

  test('what needs no asking: enum prefixes, null identities, empty values of writes, annotations, truncation', async () => {
    const prefix = await server.invoke('New-ActiveSyncDeviceAccessRule', { QueryString: 'x', Characteristic: 'DeviceT', AccessLevel: 'b' });
    const all = await server.invoke('Get-MobileDevice', { Identity: null, ResultSize: 'Unlimited' });
    const written = await write();
    const cut = await server.invoke('Get-MobileDevice', { ResultSize: 3 });

    assert.deepEqual([prefix.rows[0].AccessLevel, prefix.rows[0].Characteristic], ['Block', 'DeviceType']);
    assert.equal(all.rows.length, server.organization.devices.extent);
    assert.deepEqual([written.status, written.json.value], [200, []]);
    assert.match(cut.json['@adminapi.warnings'][0], /ResultSize/);
    assert.equal(all.rows[0]['Guid@data.type'], 'System.Guid');
  });

  test('nothing of the drift happens by itself', async () => {
    for (let count = 0; count < 20; count += 1) {
      const answer = await list();
      assert.deepEqual(
        [answer.status, answer.rows.length, typeof answer.nextLink, answer.headers.location],
        [200, 10, 'string', undefined],
      );
    }
  });
});
