// The audit over the API, in process: what people change and what is refused is shown there once the sequencer has come by.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createAuditHeads } from '../../src/adapters/audit/audit-heads.ts';
import { sha256 } from '../../src/adapters/audit/digest.ts';
import { createKeyFile } from '../../src/adapters/audit/key-file.ts';
import { auditEntry } from '../../src/domain/audit.ts';
import { AppError } from '../../src/domain/errors.ts';
import { sequenceAudit } from '../../src/operations/sequence-audit.ts';
import { startDueRuns } from '../../src/operations/start-due-runs.ts';
import { memoryHeads } from '../support/audit-scene.ts';
import { deviceGuid } from '../support/discovery-scene.ts';
import { tempDirectory } from '../support/temp-directory.ts';
import { callerOf, createApi, organization, strangeOrganization } from './api-scene.ts';
import type { Answer, ApiScene, Ask } from './api-scene.ts';

const auditKey = createKeyFile(join(tempDirectory('http-audit'), 'audit-key.json'), { isMade: true });
const connector = `/organizations/${organization}/connector`;
const audit = `/organizations/${organization}/audit`;
const any = { 'if-match': '*' };
const idOf = (name: string, of: string = organization): string => callerOf(name, of, []).objectId;
const ADMIN = idOf('FullAdministrator');

/** An order for whatever came in none. */
const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

interface Shown {
  readonly sequence: number;
  readonly event: string;
  readonly time: string;
  readonly actor: Record<string, string>;
  readonly subject: { readonly kind: string; readonly id: string };
  readonly details: Record<string, unknown>;
}

interface AuditApi extends ApiScene {
  /** The sequencer's turn. */
  readonly sequence: () => Promise<void>;
}

function createAuditApi(): AuditApi {
  const api = createApi();
  const auditHeads = createAuditHeads(memoryHeads());
  return { ...api, sequence: async () => void (await sequenceAudit({ ...api.ports, digest: sha256, auditHeads, auditKey })) };
}

/** The events of a list, the oldest first. */
async function eventsOf(api: ApiScene, query = '', as: Ask['as'] = 'Auditor', of = audit): Promise<Shown[]> {
  const { status, body } = await api.call(`GET ${of}?top=1000${query}`, { as });
  assert.equal(status, 200);
  return (body['value'] as Shown[]).toReversed();
}

/** Changes by an administrator, one after the other, a minute apart. */
async function changesMade(): Promise<{ readonly api: AuditApi; readonly run: string }> {
  const api = createAuditApi();
  const change = async (line: string, ask: Ask): Promise<Answer> => {
    const answer = await api.call(line, ask);
    assert.ok(answer.status < 300, `${line}: ${answer.status} ${answer.text}`);
    api.clock.advance(60_000);
    return answer;
  };
  await change(`PUT ${connector}`, { body: { displayName: 'Contoso' } });
  await change(`PUT ${connector}`, { headers: any, body: { keepGoneDays: 30, schedule: { deltaMinutes: 30 } } });
  await api.keepDevices([1]);
  await change(`PUT /organizations/${organization}/devices/${deviceGuid(1)}/annotations`, {
    as: 'OperationsAdministrator',
    headers: any,
    body: { note: 'secret words', ownership: 'company' },
  });
  const started = await change(`POST /organizations/${organization}/discovery`, { body: { kind: 'full' } });
  const run = String(started.body['id']);
  await change(`POST /organizations/${organization}/discovery/runs/${run}`, { body: { stop: true } });
  await change(`POST /organizations/${organization}/discovery/runs/${run}`, { body: { stop: true } });
  return { api, run };
}

test('what people change is shown once the sequencer has come by, with who did it, and in the order in which it was done', async () => {
  const { api, run } = await changesMade();
  const before = await eventsOf(api);

  await api.sequence();

  const shown = await eventsOf(api);
  assert.deepEqual(before, []);
  assert.deepEqual(
    shown.map(({ event, actor, subject, details }) => [event, actor['name'], subject.id, details]),
    [
      ['connector.created', 'FullAdministrator', organization, { generation: 1, cloud: 'global', credential: 'managed-identity' }],
      ['connector.changed', 'FullAdministrator', organization, { generation: 1, changed: ['displayName', 'schedule', 'keepGoneDays'] }],
      ['annotation.changed', 'OperationsAdministrator', deviceGuid(1), { changed: ['note', 'ownership'], ownership: 'company' }],
      ['discovery.requested', 'FullAdministrator', run, { kind: 'full' }],
      ['run.stop-requested', 'FullAdministrator', run, { kind: 'full' }],
    ],
  );
  assert.deepEqual(shown[0]?.actor, { kind: 'user', tenant: organization, objectId: ADMIN, name: 'FullAdministrator' });
  assert.doesNotMatch(JSON.stringify(shown), /secret words/);
});

test('what the schedule does by itself is not told', async () => {
  const api = createAuditApi();
  await api.scene.connect();

  const begun = await startDueRuns(api.ports);
  await api.sequence();

  assert.equal(begun, 1);
  assert.deepEqual(await eventsOf(api), []);
});

test('each filter leaves what it is about, and several leave what meets all', async () => {
  const { api, run } = await changesMade();
  await api.sequence();
  const [, second] = await eventsOf(api);
  const found = async (query: string): Promise<string[]> => (await eventsOf(api, query)).map(({ event }) => event);

  assert.deepEqual(await found('&event=run.'), ['run.stop-requested']);
  assert.deepEqual(await found('&event=connector.changed'), ['connector.changed']);
  assert.deepEqual(await found(`&actor=${idOf('OperationsAdministrator').toUpperCase()}`), ['annotation.changed']);
  assert.deepEqual(await found(`&subject=${run}`), ['discovery.requested', 'run.stop-requested']);
  assert.deepEqual(await found(`&to=${second?.time}`), ['connector.created']);
  assert.deepEqual(await found(`&from=${second?.time}&actor=${ADMIN}&event=connector.`), ['connector.changed']);
});

test('wrong filters are named, all at once', async () => {
  const { api } = await changesMade();

  const answer = await api.call(`GET ${audit}?event=run.exploded&from=yesterday&top=0&who=me`, { as: 'Auditor' });

  assert.equal(answer.status, 400);
  assert.deepEqual([...answer.faults].sort(), ['query #/event', 'query #/from', 'query #/top', 'query #/who']);
});

test('a list goes on where its nextLink leads, newest first', async () => {
  const { api } = await changesMade();
  await api.sequence();
  const pages: number[][] = [];
  let link: string | undefined = `${audit}?top=2`;

  while (link !== undefined) {
    const { body } = await api.call(`GET ${link}`, { as: 'Auditor' });
    pages.push((body['value'] as Shown[]).map(({ sequence }) => sequence));
    link = body['nextLink'] as string | undefined;
  }

  assert.deepEqual(
    pages.filter((page) => page.length > 0),
    [[5, 4], [3, 2], [1]],
  );
});

test('as a table the same events come with their parts in columns, whether the query or the Accept header asks for it', async () => {
  const { api, run } = await changesMade();
  await api.sequence();

  const asked = await api.call(`GET ${audit}?top=2&format=csv`, { as: 'Auditor' });
  const accepted = await api.call(`GET ${audit}?top=2`, { as: 'Auditor', headers: { accept: 'text/csv' } });
  const next = /<([^>]+)>; rel="next"/.exec(asked.headers.get('link') ?? '')?.[1] ?? '';
  const rest = await api.call(`GET ${next}`, { as: 'Auditor' });

  const [heading, newest, older, ...more] = asked.text.split('\r\n');
  assert.equal(heading, 'Sequence,Time,Recorded,Event,Actor,Actor kind,Actor tenant,Actor ID,Subject kind,Subject ID,Details');
  assert.match(
    newest ?? '',
    new RegExp(`^5,2026-\\S+,run\\.stop-requested,FullAdministrator,user,${organization},${ADMIN},run,${run},"\\{""kind"":""full""\\}"$`),
  );
  assert.match(older ?? '', /^4,/);
  assert.deepEqual(more, ['']);
  assert.equal(asked.headers.get('content-disposition'), 'attachment; filename="audit.csv"');
  assert.equal(accepted.text, asked.text);
  assert.match(rest.text, /\r\n3,.*\r\n2,/s);
});

test('no cell of the table begins a formula, whatever a caller is called', async () => {
  const api = createAuditApi();
  await api.scene.connect();
  const by = { actor: { kind: 'user', tenant: organization, objectId: ADMIN }, actorName: '=HYPERLINK("http://evil")' } as const;
  const fact = { type: 'role.removed', subject: '+1', details: {} } as const;
  await api.ports.auditOutbox.add(auditEntry(fact, { id: 'e', chain: organization, time: api.clock.now(), ...by }));
  await api.sequence();

  const { text } = await api.call(`GET ${audit}?format=csv`, { as: 'Auditor' });

  assert.match(text, /role\.removed,"'=HYPERLINK\(""http:\/\/evil""\)",/);
  assert.match(text, /,role,'\+1,/);
});

test('the audit outlives the connector, and is nobody else’s business', async () => {
  const { api } = await changesMade();
  await api.call(`DELETE ${connector}`, { headers: any });
  await api.sequence();

  const events = await eventsOf(api);
  const [analyst, nobody, stranger] = [
    await api.call(`GET ${audit}`, { as: 'ReadOnlyAnalyst' }),
    await api.call(`GET ${audit}`, { as: 'nobody' }),
    await api.call(`GET ${audit}`, { as: 'stranger' }),
  ];

  assert.deepEqual([events.at(-1)?.event, events.at(-1)?.details], ['connector.removed', { generation: 1 }]);
  assert.deepEqual([analyst.code, nobody.code, stranger.code], ['role.missing', 'organization.missing', 'organization.missing']);
});

test('the name of a person is erased where it was shown; what the person did stays, and the erasure is told', async () => {
  const { api } = await changesMade();
  await api.sequence();
  const body = { tenant: organization, objectId: idOf('OperationsAdministrator').toUpperCase(), reason: 'asked for by letter' };

  const erased = await api.call(`POST ${audit}/erasures`, { body });
  const refused = await api.call(`POST ${audit}/erasures`, { body, as: 'Auditor' });
  const wrong = await api.call(`POST ${audit}/erasures`, { body: { tenant: 'x', objectId: body.objectId, reason: ' ' } });
  await api.sequence();

  const events = await eventsOf(api);
  const annotated = events.find(({ event }) => event === 'annotation.changed');
  const told = events.find(({ event }) => event === 'audit.name-erased');
  assert.deepEqual(erased.body, { tenant: organization, objectId: idOf('OperationsAdministrator') });
  assert.equal(annotated?.actor['objectId'], idOf('OperationsAdministrator'));
  assert.equal(annotated?.actor['name'], undefined);
  assert.deepEqual([told?.actor['objectId'], told?.details], [ADMIN, { reason: 'asked for by letter' }]);
  assert.deepEqual([refused.code, [...wrong.faults].sort()], ['role.missing', ['body #/reason', 'body #/tenant']]);
});

test('a record that somebody made unreadable is shown as such, also in the table', async () => {
  const { api } = await changesMade();
  await api.sequence();
  const { audit: store } = api.ports;
  const scan: typeof store.scan = async (chain, through, request) => {
    const found = await store.scan(chain, through, request);
    return { ...found, values: found.values.map((kept) => (kept.sequence === 2 ? { ...kept, text: '{' } : kept)) };
  };
  Object.assign(api.ports, { audit: { ...store, scan } });

  const events = await eventsOf(api);
  const { text } = await api.call(`GET ${audit}?format=csv`, { as: 'Auditor' });

  assert.deepEqual(events[1], { sequence: 2, problem: 'unreadable' });
  assert.match(text, /\r\n2,unreadable,,,,,,,,,\r\n/);
});

test('a refused change is told once a minute, in the chain of its organization; a refused look is not', async () => {
  const api = createAuditApi();
  await api.scene.connect();
  const body = {};

  await api.call(`PUT ${connector}`, { as: 'Auditor', headers: any, body });
  await api.call(`PUT ${connector}`, { as: 'Auditor', headers: any, body });
  await api.call(`GET ${audit}`, { as: 'ReadOnlyAnalyst' });
  await api.call(`PUT ${connector}`, { as: 'stranger', headers: any, body });
  await api.call(`PUT ${connector}`, { as: 'browser', headers: { ...any, origin: 'https://evil.example' }, body });
  await api.sequence();

  const route = 'PUT organizations/{organization}/connector';
  assert.deepEqual(
    (await eventsOf(api)).map(({ event, actor, subject, details }) => [event, actor['name'], subject.id, details]).toSorted(byText),
    [
      ['access.denied', 'Auditor', route, { code: 'role.missing', permission: 'Site.Modify' }],
      ['access.denied', 'browser', route, { code: 'caller.cross-origin' }],
      ['access.denied', 'stranger', route, { code: 'organization.missing' }],
    ],
  );
});

test('a proof of identity that is no good is told whatever it was sent for; to come without any is told for changes only', async () => {
  const api = createAuditApi();
  await api.scene.connect();
  const none = { authorization: '' };
  Object.assign(api.ports, {
    callers: {
      identify: async (headers: Headers) => {
        throw new AppError('caller.unknown', { reason: headers.get('authorization') === '' ? 'nothing-sent' : 'wrong-audience' });
      },
    },
  });

  const answers = [
    await api.call(`GET ${audit}`),
    await api.call(`GET ${audit}`, { headers: none }),
    await api.call(`DELETE ${connector}`, { headers: none }),
    await api.call('GET /organizations'),
  ];
  await api.sequence();

  const { ports } = createApi();
  Object.assign(api.ports, { callers: ports.callers });
  assert.ok(answers.every(({ status }) => status === 401));
  assert.deepEqual((await eventsOf(api)).map(({ actor, subject, details }) => [actor, subject.id, details['reason']]).toSorted(byText), [
    [{ kind: 'unknown' }, 'DELETE organizations/{organization}/connector', 'nothing-sent'],
    [{ kind: 'unknown' }, 'GET organizations/{organization}/audit', 'wrong-audience'],
  ]);
  assert.deepEqual(
    (await eventsOf(api, '', 'host', '/audit')).map(({ subject }) => subject.id),
    ['GET organizations'],
  );
});

test('what belongs to no organization is in the audit of the deployment, for those who run it', async () => {
  const api = createAuditApi();
  const nowhere = `/organizations/${strangeOrganization}/connector`;
  await api.call(`PUT ${nowhere}`, { as: 'Auditor', body: {} });
  await api.sequence();

  const shown = await eventsOf(api, '', 'host', '/audit');
  const answers = await Promise.all(
    (['first', 'host-analyst', 'FullAdministrator', 'Auditor', 'nobody'] as const).map((as) => api.call('GET /audit', { as })),
  );
  const erased = await api.call('POST /audit/erasures', {
    as: 'first',
    body: { tenant: organization, objectId: idOf('Auditor'), reason: 'r' },
  });
  const refused = await api.call('POST /audit/erasures', { body: { tenant: organization, objectId: ADMIN, reason: 'r' } });

  assert.deepEqual(
    shown.map(({ actor, subject, details }) => [actor['name'], subject.id, details['code']]),
    [['Auditor', 'PUT organizations/{organization}/connector', 'organization.missing']],
  );
  assert.deepEqual(
    answers.map(({ code }) => code ?? 'shown'),
    ['shown', 'role.missing', 'role.missing', 'role.missing', 'role.missing'],
  );
  assert.deepEqual([erased.status, refused.code], [200, 'role.missing']);
  assert.equal((await eventsOf(api, '', 'first', '/audit'))[0]?.actor['name'], undefined);
});

test('a refusal is a refusal, also when it cannot be told', async () => {
  const api = createAuditApi();
  await api.scene.connect();
  Object.assign(api.ports.refusals, {
    tell: async () => {
      throw new Error('no storage');
    },
  });

  const answer = await api.call(`PUT ${connector}`, { as: 'Auditor', headers: any, body: {} });

  assert.deepEqual([answer.status, answer.code], [403, 'role.missing']);
  assert.ok(api.scene.lines.some(({ event }) => event === 'audit.refusal-not-told'));
});
