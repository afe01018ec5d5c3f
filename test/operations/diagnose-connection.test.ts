// The diagnosis of a connection over memory ports: which checks are made, in which order, and what one failure means for the rest.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryDirectory } from '../../src/adapters/memory/directory.ts';
import { createMemoryExchange } from '../../src/adapters/memory/exchange.ts';
import { createMemoryWorld } from '../../src/adapters/memory/exchange-world.ts';
import type { MemoryExchangeWorld } from '../../src/adapters/memory/exchange-world.ts';
import { endpointsOf } from '../../src/domain/cloud.ts';
import type { DeviceGuid, MailboxGuid } from '../../src/domain/device-identity.ts';
import type { Finding, FindingState } from '../../src/domain/diagnosis.ts';
import type { Directory } from '../../src/domain/directory-port.ts';
import { AppError } from '../../src/domain/errors.ts';
import type { ExchangePort } from '../../src/domain/exchange-port.ts';
import type { ExchangeRight } from '../../src/domain/exchange-right.ts';
import { parseOrganizationId } from '../../src/domain/organization.ts';
import type { TokenFacts, TokenService } from '../../src/domain/token-port.ts';
import { diagnoseConnection } from '../../src/operations/diagnose-connection.ts';

const connection = {
  organization: parseOrganizationId('cfd7dfc3-c394-4621-a6f9-0ab65e30af5e') ?? assert.fail(),
  credential: { kind: 'managed-identity' as const },
  endpoints: endpointsOf('global'),
};

const RIGHTS: readonly ExchangeRight[] = [
  { ability: 'device-lists.write', cmdlet: 'Set-CASMailbox', state: 'granted' },
  { ability: 'devices.wipe', cmdlet: 'Clear-MobileDevice', state: 'granted' },
  { ability: 'devices.remove', cmdlet: 'Remove-MobileDevice', state: 'granted' },
  { ability: 'access.write', cmdlet: 'Set-ActiveSyncOrganizationSettings', state: 'granted' },
  { ability: 'policies.write', cmdlet: 'Set-MobileDeviceMailboxPolicy', state: 'granted' },
];

const withRight = (cmdlet: string, state: ExchangeRight['state']): ExchangeRight[] =>
  RIGHTS.map((right) => (right.cmdlet === cmdlet ? { ...right, state } : right));

const GRAPH_ROLES = ['User.Read.All', 'GroupMember.Read.All', 'DeviceManagementManagedDevices.Read.All', 'Mail.Send'];

interface Scene {
  /** What each call of Exchange does before it answers. */
  readonly before?: (call: keyof ExchangePort) => void;
  readonly rights?: { readonly source: 'list' | 'probe'; readonly rights: readonly ExchangeRight[] };
  readonly tokens?: Partial<Record<TokenService, Partial<TokenFacts> | AppError>>;
  readonly isIntuneLicensed?: boolean;
  readonly directory?: Partial<Directory>;
  readonly isEmpty?: boolean;
  readonly signal?: AbortSignal;
}

const idOf = (kind: number): string => `00000000-0000-4000-8000-00000000000${kind}`;

function fill(world: MemoryExchangeWorld): void {
  const guid = idOf(1) as MailboxGuid;
  const names = { distinguishedName: 'CN=Alice,OU=contoso.onmicrosoft.com', primarySmtpAddress: 'alice@contoso.example', name: 'Alice' };
  world.mailboxes.set(guid, { access: { guid, ...names }, mailbox: { guid, ...names } });
  const device = {
    guid: idOf(2) as DeviceGuid,
    distinguishedName: `CN=iPhone,CN=ExchangeActiveSyncDevices,${names.distinguishedName}`,
  };
  world.devices.set(device.guid, { device, mailbox: guid, statistics: { guid: device.guid, deviceWipe: {}, accountWipe: {} } });
}

async function diagnose(scene: Scene = {}): Promise<{ findings: readonly Finding[]; calls: Set<string> }> {
  const calls = new Set<string>();
  const world = createMemoryWorld({
    clock: { now: () => '2026-11-24T08:00:00.000Z' },
    ids: { next: () => idOf(9) },
    rights: scene.rights ?? { source: 'list', rights: RIGHTS },
    before(call) {
      calls.add(call);
      scene.before?.(call);
    },
  });
  if (!scene.isEmpty) fill(world);
  const directory = new MemoryDirectory();
  if (!scene.isEmpty) directory.putUser({ id: idOf(3), displayName: 'Alice' });
  directory.setIntune(scene.isIntuneLicensed ?? true);
  const tokens = {
    factsOf: async (service: TokenService): Promise<TokenFacts> => {
      const told = scene.tokens?.[service];
      if (told instanceof AppError) throw told;
      const appRoles = service === 'exchange' ? ['Exchange.ManageAsApp'] : GRAPH_ROLES;
      return { expiresAt: '2026-11-24T09:00:00.000Z', appRoles, directoryRoles: ['role'], ...told };
    },
  };
  const needs = { tokens, exchange: createMemoryExchange(world), directory: overriding(directory, scene.directory) };
  return { findings: await diagnoseConnection(needs, connection, scene.signal), calls };
}

function overriding(directory: Directory, changes: Partial<Directory> = {}): Directory {
  return new Proxy(directory, {
    get(target, name) {
      const changed: unknown = Reflect.get(changes, name);
      const own: unknown = Reflect.get(target, name);
      return changed ?? (typeof own === 'function' ? own.bind(target) : own);
    },
  });
}

async function* failingList(error: Error): AsyncGenerator<never> {
  yield* [];
  throw error;
}

const of = (findings: readonly Finding[], check: string): Finding =>
  findings.find((finding) => finding.check === check) ?? assert.fail(`no check '${check}'`);

const states = (findings: readonly Finding[]): Partial<Record<FindingState, number>> => {
  const counts: Partial<Record<FindingState, number>> = {};
  for (const { state } of findings) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
};

test('with every grant everything works, each read is made, and nothing is changed', async () => {
  const { findings, calls } = await diagnose();

  assert.deepEqual(states(findings), { works: findings.length });
  const reads = /^(?:list|count|get|find|check)|^(?:devicesOfMailbox|mailboxStatistics|statisticsOfMailboxes|deviceStatistics)$/;
  const all = Object.keys(createMemoryExchange(createMemoryWorld({ clock: { now: () => '' }, ids: { next: () => '' } })));
  assert.deepEqual([...calls].sort(), all.filter((call) => reads.test(call)).sort());
});

test('an empty organization proves the same rights', async () => {
  const { findings } = await diagnose({ isEmpty: true });

  assert.deepEqual(states(findings), { works: findings.length });
  assert.equal(of(findings, 'Statistics of a mailbox').detail, 'allowed; there was nothing to read');
});

test('the samples are a device and its own mailbox', async () => {
  const { findings } = await diagnose();

  assert.equal(of(findings, 'One device').detail, 'read');
  assert.equal(of(findings, 'Devices of a mailbox').detail, '1 found');
  assert.equal(of(findings, 'Access of one mailbox').detail, 'read');
});

test('without the app role the credential is refused as a whole: one cause, and nothing else is tried', async () => {
  const { findings, calls } = await diagnose({
    tokens: { exchange: { appRoles: [] } },
    before() {
      throw new AppError('exchange.unauthenticated', { status: 401 });
    },
  });

  assert.deepEqual([...calls], ['checkRights']);
  const missing = findings.filter(({ state }) => state === 'missing');
  assert.deepEqual(
    missing.map(({ check }) => check),
    ['Token for Exchange Online', 'What the roles in Exchange allow'],
  );
  assert.ok(missing.every(({ cause = '', cure = '' }) => /Exchange\.ManageAsApp/.test(cause) && /appRoleAssignments/.test(cure)));
  assert.equal(of(findings, 'Exchange Online answers').state, 'works');
  assert.equal(of(findings, 'Wipe devices').detail, 'not tried: refused');
  assert.equal(of(findings, 'List of users').state, 'works');
});

test('without a role in Exchange the token is good and the cause is the role', async () => {
  const { findings } = await diagnose({
    tokens: { exchange: { directoryRoles: [] } },
    before() {
      throw new AppError('exchange.denied', { status: 403, refusal: 'opaque' });
    },
  });

  assert.equal(of(findings, 'Token for Exchange Online').detail, 'app role Exchange.ManageAsApp, no directory roles');
  const { state, cause = '', cure = '' } = of(findings, 'What the roles in Exchange allow');
  assert.equal(state, 'missing');
  assert.match(cause, /has no role in Exchange/);
  assert.match(cure, /Exchange Administrator/);
});

test('a cmdlet that may not be run is missing where it is read, and where it would change something', async () => {
  const denied = new AppError('exchange.denied', { refusal: 'cmdlet', request: 'Get-MobileDeviceStatistics' });

  const { findings } = await diagnose({
    rights: { source: 'list', rights: withRight('Clear-MobileDevice', 'missing') },
    before(call) {
      if (call === 'mailboxStatistics') throw denied;
    },
  });

  assert.deepEqual(
    findings.filter(({ state }) => state !== 'works').map(({ check, state, detail }) => ({ check, state, detail })),
    [
      { check: 'Statistics of a mailbox', state: 'missing', detail: 'Get-MobileDeviceStatistics' },
      { check: 'Wipe devices', state: 'missing', detail: 'Clear-MobileDevice' },
    ],
  );
});

test('rights to change that Exchange does not tell stay unknown', async () => {
  const { findings } = await diagnose({ rights: { source: 'probe', rights: withRight('Clear-MobileDevice', 'unknown') } });

  const { state, cause = '' } = of(findings, 'Wipe devices');
  assert.equal(state, 'unknown');
  assert.match(cause, /its list of allowed cmdlets cannot be read/);
});

test('a failure that is no refusal fails its own check and no other', async () => {
  const { findings } = await diagnose({
    before(call) {
      if (call === 'listAccessRules') throw new AppError('exchange.throttled', { retryAfterSeconds: 60 });
      if (call === 'listPolicies') throw new TypeError('rows is not iterable');
    },
  });

  assert.deepEqual(states(findings), { works: findings.length - 2, failed: 2 });
  assert.match(of(findings, 'Access rules').cause ?? '', /fewer requests/);
  assert.equal(of(findings, 'Policies').detail, 'rows is not iterable');
});

test('what does not answer is asked once', async () => {
  const { findings, calls } = await diagnose({
    before() {
      throw new AppError('exchange.unavailable', { reason: 'connection' });
    },
    directory: { users: () => failingList(new AppError('graph.unavailable', { request: 'GET /users' })) },
  });

  assert.deepEqual([...calls], ['checkRights']);
  assert.deepEqual(
    findings.filter(({ state }) => state === 'failed').map(({ check }) => check),
    ['Exchange Online answers', 'List of users'],
  );
  assert.equal(of(findings, 'Organization').detail, 'not tried: no answer');
  assert.equal(of(findings, 'Devices in Intune').detail, 'not tried: no answer');
});

test('without a token nothing is tried where it would be needed', async () => {
  const { findings, calls } = await diagnose({
    tokens: {
      exchange: new AppError('identity.denied', { reason: 'AADSTS500011' }),
      graph: new AppError('credential.invalid', { problem: 'x' }),
    },
  });

  assert.equal(calls.size, 0);
  assert.deepEqual(states(findings), { failed: 2, unknown: findings.length - 2 });
});

test('a permission in Graph that is missing is named by the checks that need it', async () => {
  const denied = async (): Promise<never> => {
    throw new AppError('graph.denied', { request: 'GET /groups/{id}', status: 403 });
  };

  const { findings } = await diagnose({ directory: { group: denied, groupsAmong: denied } });

  const missing = findings.filter(({ state }) => state === 'missing');
  assert.deepEqual(
    missing.map(({ check, detail }) => [check, detail]),
    [
      ['One group', 'GroupMember.Read.All'],
      ['Groups of a user', 'GroupMember.Read.All'],
    ],
  );
});

test('an organization without Intune lacks nothing', async () => {
  const { findings } = await diagnose({ isIntuneLicensed: false });

  assert.deepEqual(of(findings, 'Devices in Intune'), {
    check: 'Devices in Intune',
    ability: 'managed-devices.read',
    state: 'works',
    detail: 'no Intune: nothing to add to devices',
  });
});

test('mail is never tried: the right shows in the token, or stays unknown', async () => {
  const { findings } = await diagnose({ tokens: { graph: { appRoles: GRAPH_ROLES.slice(0, 3) } } });

  const { state, cause = '' } = of(findings, 'Send mail');
  assert.equal(state, 'unknown');
  assert.match(cause, /Application Mail\.Send/);
});

test('a diagnosis that is cancelled ends with the reason', async () => {
  const controller = new AbortController();

  const work = diagnose({
    signal: controller.signal,
    before(call) {
      if (call === 'listDevices') {
        controller.abort(new Error('enough'));
        throw new AppError('exchange.unavailable', { reason: 'aborted' });
      }
    },
  });

  await assert.rejects(work, { message: 'enough' });
});
