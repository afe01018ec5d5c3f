// The routes of installations and status messages, in process: how a connector stands, asking for a check, and the list in JSON and as a table.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addMs } from '../../src/domain/instant.ts';
import { statusMessage } from '../../src/domain/status-message.ts';
import type { StatusFact } from '../../src/domain/status-message.ts';
import { attemptInstallation } from '../../src/operations/attempt-installation.ts';
import { purgeStatusMessages } from '../../src/operations/purge-status-messages.ts';
import { createApi, organization } from './api-scene.ts';
import type { Answer, ApiScene } from './api-scene.ts';

const root = `/organizations/${organization}`;
const MINUTE_MS = 60_000;

/** A connector that was just added, and what its instance hands to its activities. */
async function added(): Promise<ApiScene> {
  const api = createApi();
  const { status } = await api.call(`PUT ${root}/connector`, { body: {} });
  assert.equal(status, 201);
  return api;
}

const task = { organization, generation: '1', instance: `installation-${organization}-1` };

const texts = ({ body }: Answer, name: string): unknown[] => (body['value'] as Record<string, unknown>[]).map((message) => message[name]);

/** Messages a minute apart, oldest first. */
async function keep({ ports, clock }: ApiScene, facts: readonly StatusFact[]): Promise<void> {
  for (const [index, fact] of facts.entries()) {
    const occasion = {
      organization,
      at: addMs(clock.now(), index * MINUTE_MS),
      id: `id-${index}`,
      related: { kind: 'run', id: `r${index}` },
    } as const;
    await ports.statusMessages.add(statusMessage(fact, occasion));
  }
}

const FACTS: readonly StatusFact[] = [
  { name: 'connectionRestored', inserts: {} },
  { name: 'cmdletFailed', inserts: { cmdlet: 'Get-MobileDevice' } },
  { name: 'runFailed', inserts: { kind: 'full', code: 'exchange.denied', message: '=1+1, "no"' } },
  { name: 'auditDamaged', inserts: { problems: 2, first: 'x' } },
];

test('an installation shows every check, the classic list and when it moves, before and after its first attempt', async () => {
  const api = await added();
  const before = await api.call(`GET ${root}/installation`);

  await attemptInstallation(api.ports, task);
  const after = await api.call(`GET ${root}/installation`);

  assert.deepEqual([before.status, before.body['state'], before.body['attempts'], before.body['checks']], [200, 'installing', 0, []]);
  assert.deepEqual([after.body['attempts'], after.body['lastCheckedAt']], [1, api.clock.now()]);
  const checks = after.body['checks'] as { check: string; state: string; isNeeded: boolean; feature: string }[];
  assert.ok(checks.some(({ check, isNeeded, feature }) => check === 'List of devices' && isNeeded && feature === 'discovery'));
  assert.ok(checks.some(({ check, state }) => check === 'Storage: blobs' && state === 'works'));
  assert.ok((after.body['cmdlets'] as { classic: string }[]).some(({ classic }) => classic === 'Get-ExchangeServer'));
});

test('the state stands in the list of organizations', async () => {
  const api = await added();
  const before = await api.call('GET /organizations');
  await attemptInstallation(api.ports, task);

  const after = await api.call('GET /organizations');

  const stateIn = ({ body }: Answer): unknown => (body['value'] as { connector: { state: string } }[])[0]?.connector.state;
  assert.equal(stateIn(before), 'installing');
  assert.notEqual(stateIn(after), 'installing');
});

test('a retry is kept, answered with 202, and wakes the instance; nothing but true can be asked for', async () => {
  const api = await added();
  api.clock.advance(MINUTE_MS);

  const asked = await api.call(`POST ${root}/installation`, { body: { retry: true } });
  const wrong = await Promise.all(
    [{}, { retry: false }, { retry: true, now: 1 }].map((body) => api.call(`POST ${root}/installation`, { body })),
  );

  assert.deepEqual([asked.status, asked.body['retryRequestedAt']], [202, api.clock.now()]);
  assert.deepEqual(
    api.scene.workflows.calls.map(({ call }) => call),
    ['start', 'start', 'nudge'],
  );
  assert.deepEqual(
    wrong.map(({ status }) => status),
    [400, 400, 400],
  );
});

test('a retry is kept and answered when the task hub does not answer', async () => {
  const api = await added();
  Object.assign(api.ports.workflows, {
    start: async () => {
      throw new Error('no task hub');
    },
  });

  const asked = await api.call(`POST ${root}/installation`, { body: { retry: true } });

  assert.deepEqual([asked.status, typeof asked.body['retryRequestedAt']], [202, 'string']);
});

test('the installation is for those who may change the connector; the messages are for those who read everything', async () => {
  const api = await added();

  const installation = await api.call(`GET ${root}/installation`, { as: 'ReadOnlyAnalyst' });
  const retry = await api.call(`POST ${root}/installation`, { as: 'OperationsAdministrator', body: { retry: true } });
  const messages = await api.call(`GET ${root}/status-messages`, { as: 'ReadOnlyAnalyst' });
  const stranger = await api.call(`GET ${root}/status-messages`, { as: 'stranger' });

  assert.deepEqual([installation.status, retry.status, messages.status, stranger.status], [403, 403, 200, 404]);
});

test('messages are listed newest first, page by page, with every filter', async () => {
  const api = await added();
  await keep(api, FACTS);
  const path = `${root}/status-messages`;
  const from = encodeURIComponent(addMs(api.clock.now(), 2 * MINUTE_MS));

  const first = await api.call(`GET ${path}?top=3`);
  const second = await api.call(`GET ${String(first.body['nextLink'])}`);
  const errors = await api.call(`GET ${path}?severity=error`);
  const audit = await api.call(`GET ${path}?component=AUDIT`);
  const numbered = await api.call(`GET ${path}?number=61011`);
  const newer = await api.call(`GET ${path}?from=${from}`);
  const older = await api.call(`GET ${path}?to=${from}&number=61006`);
  const zoned = await api.call(`GET ${path}?from=2026-11-24T09:02:00%2B01:00`);

  assert.deepEqual(texts(first, 'number'), [61_201, 61_103, 61_011]);
  assert.equal(second.body['nextLink'], undefined);
  assert.ok(texts(second, 'number').includes(61_006));
  assert.deepEqual(texts(errors, 'number'), [61_201, 61_103]);
  assert.deepEqual(texts(audit, 'component'), ['AUDIT']);
  assert.deepEqual([texts(numbered, 'log'), texts(numbered, 'related')], [['EasDisc'], [{ kind: 'run', id: 'r1' }]]);
  assert.deepEqual(
    [texts(newer, 'number'), texts(older, 'number'), texts(zoned, 'number')],
    [[61_201, 61_103], [61_006], [61_201, 61_103]],
  );
});

test('the same as a table: no formula, quoted where needed, and its next page in the Link header', async () => {
  const api = await added();
  await keep(api, FACTS);

  const table = await api.call(`GET ${root}/status-messages?format=csv&severity=error&top=1`);
  const link = /<(?<next>[^>]+)>; rel="next"/.exec(table.headers.get('link') ?? '')?.groups?.['next'] ?? '';
  const next = await api.call(`GET ${link}`);

  assert.match(table.headers.get('content-type') ?? '', /^text\/csv/);
  const [headings, row, end] = table.text.split('\r\n');
  assert.equal(headings, 'Time,Severity,Message ID,Component,Description,Log,Related record');
  assert.match(row ?? '', /^2026-11-24T08:03:00\.000Z,error,61201,AUDIT,.*,run r3$/);
  assert.equal(end, '');
  assert.match(next.text, /,"The full run failed \(exchange\.denied\)\. =1\+1, ""no""",EasDisc,run r2\r\n$/);
});

test('filters that make no sense are named, all at once', async () => {
  const { call } = await added();

  const answer = await call(
    `GET ${root}/status-messages?severity=loud&component=X&number=one&from=yesterday&to=2026-02-30T00:00:00Z&top=0&format=xml`,
  );

  assert.deepEqual([...answer.faults].sort(), [
    'query #/component',
    'query #/format',
    'query #/from',
    'query #/number',
    'query #/severity',
    'query #/to',
    'query #/top',
  ]);
});

test('messages are removed when they have been kept long enough, and the audit is told', async () => {
  const api = await added();
  await keep(api, FACTS);
  const told: unknown[] = [];
  const auditOutbox = { ...api.ports.auditOutbox, add: async (entry: unknown) => void told.push(entry) };
  api.clock.advance(180 * 24 * 60 * MINUTE_MS + 2 * MINUTE_MS);

  const purged = await purgeStatusMessages({ ...api.ports, auditOutbox });
  const again = await purgeStatusMessages({ ...api.ports, auditOutbox });

  const left = await api.call(`GET ${root}/status-messages`);
  assert.deepEqual(texts(left, 'number'), [61_201, 61_103]);
  assert.ok(purged >= 2);
  assert.deepEqual([again, told.length], [0, 1]);
});
