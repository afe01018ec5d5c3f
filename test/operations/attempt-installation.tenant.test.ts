// The installation on the simulated tenant, over https with the real adapters and tokens: every grant that can be missing has a cause and a cure of
// its own, and once it is given, the next attempt finds that, without a restart.
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import type { ConnectorCredential } from '../../src/adapters/identity/credential.ts';
import { createTokens } from '../../src/adapters/identity/token-facts.ts';
import type { Connector, ConnectorSettings } from '../../src/domain/connector.ts';
import type { Feature, InstallationCheck } from '../../src/domain/installation-check.ts';
import { isBroken } from '../../src/domain/installation-check.ts';
import type { Installation } from '../../src/domain/installation.ts';
import { attemptInstallation } from '../../src/operations/attempt-installation.ts';
import { requestInstallationRetry } from '../../src/operations/request-installation-retry.ts';
import { writeLog } from '../../src/local/tenant/world/journal.ts';
import type { Application } from '../../src/local/tenant/world/types.ts';
import { caller, createInstallationScene } from '../support/installation-scene.ts';
import type { InstallationScene } from '../support/installation-scene.ts';
import { startTestTenant } from '../support/tenant.ts';

const GLOBAL_READER = 'f2ef992c-3afb-46b9-b7cf-a126ee74c451';

const tenant = await startTestTenant({ mailboxes: 30 });
const { contoso } = tenant;
const seeded = contoso.application();

afterEach(() => {
  contoso.grant(seeded);
  tenant.tenant.setSwitches({ cmdletRefusal: 'json', roleRefusal: 'nul-gzip' });
});

/** Stores in memory, the connector's real ways to the tenant. The credential is new at each examination, as src/connections.ts has it. */
function sceneOnTenant(newCredential: () => ConnectorCredential = () => contoso.credential()): InstallationScene {
  return createInstallationScene({
    of: contoso.id,
    anew() {
      const credential = newCredential();
      return {
        organization: contoso.id,
        credential: { kind: 'secret', clientId: seeded.appId, name: 'TENANT' },
        endpoints: tenant.endpoints,
        tokens: createTokens(credential, tenant.endpoints),
        exchange: contoso.exchange({ credential }),
        directory: contoso.directory({ credential }),
      };
    },
  });
}

interface Attempted {
  readonly scene: InstallationScene;
  readonly connector: Connector;
  readonly record: Installation;
}

/** The first attempt with these grants. */
async function attemptWith(grants: Partial<Application>, settings: Partial<ConnectorSettings> = {}): Promise<Attempted> {
  contoso.grant(grants);
  const scene = sceneOnTenant();
  const connector = await scene.install(settings);
  await attemptInstallation(scene.ports, scene.taskOf(connector));
  return { scene, connector, record: await scene.record(connector) };
}

/** One retry after the grants were put right. */
async function healed({ scene, connector }: Attempted): Promise<Installation> {
  contoso.grant(seeded);
  scene.clock.advance(60_000);
  await requestInstallationRetry(scene.ports, connector, caller);
  await attemptInstallation(scene.ports, scene.taskOf(connector));
  return scene.record(connector);
}

const broken = ({ checks }: Installation): readonly InstallationCheck[] => checks.filter(isBroken);
const causes = (record: Installation): readonly string[] => [...new Set(broken(record).map(({ cause = '' }) => cause))];
const brokenFeatures = (record: Installation): readonly Feature[] => [...new Set(broken(record).map(({ feature }) => feature))];

function assertWhole(record: Installation): void {
  assert.deepEqual([record.state, record.missingFeatures, broken(record)], ['installed', [], []]);
}

describe('an installation on the tenant', () => {
  test('with everything granted every check works, and the classic list is accounted for', async () => {
    const { record, scene } = await attemptWith({}, { notificationMailbox: `reception@${contoso.domain}` });

    assertWhole(record);
    assert.ok(record.checks.every(({ state }) => state === 'works'));
    assert.equal(record.checks.at(-1)?.detail, 'a shared mailbox');
    assert.deepEqual(
      record.cmdlets.filter(({ state }) => state !== 'works').map(({ classic, state, note }) => [classic, state, note !== undefined]),
      [
        ['Get-ExchangeServer', 'replaced', true],
        ['Set-ADServerSettings', 'replaced', true],
        ['Get-User', 'replaced', true],
      ],
    );
    assert.ok((await scene.numbers()).includes(1015));
  });

  test('the ladder: without app role and role, then with the app role, then with both, each step told apart', async () => {
    const nothing = await attemptWith({ exchangeAppRoles: [], directoryRoles: [] });
    contoso.grant({ exchangeAppRoles: seeded.exchangeAppRoles, directoryRoles: [] });
    nothing.scene.clock.advance(60_000);
    await requestInstallationRetry(nothing.scene.ports, nothing.connector, caller);
    await attemptInstallation(nothing.scene.ports, nothing.scene.taskOf(nothing.connector));
    const appRoleOnly = await nothing.scene.record(nothing.connector);

    const both = await healed(nothing);

    assert.deepEqual([nothing.record.state, appRoleOnly.state], ['waiting', 'waiting']);
    assert.equal(causes(nothing.record).length, 1);
    assert.match(causes(nothing.record).join(), /lacks the app role Exchange\.ManageAsApp/);
    assert.match(causes(appRoleOnly).join(), /accepts the token but refuses without a reason: the application has no role in Exchange/);
    assert.ok(broken(nothing.record).every(({ cure = '' }) => cure.includes('adminconsent?client_id=')));
    assert.ok(broken(appRoleOnly).every(({ cure = '' }) => cure.includes('Exchange Administrator for everything')));
    assertWhole(both);
    assert.equal(both.attempts, 3);
    const numbers = await nothing.scene.numbers();
    assert.equal(numbers.filter((number) => number === 61_012).length, 2);
    assert.ok(
      nothing.scene.lines.some(
        ({ event, fields }) => event === `Failed to open runspace for site ${contoso.id}` && fields.log === 'EasDisc',
      ),
    );
  });

  for (const roleRefusal of ['nul-plain', 'nul-gzip', 'nul-valid-gzip', 'diagnostics'] as const) {
    test(`no role in Exchange, refused as ${roleRefusal}: a role is the cause, and one retry after the grant heals it`, async () => {
      tenant.tenant.setSwitches({ roleRefusal });

      const attempted = await attemptWith({ directoryRoles: [] });

      assert.equal(attempted.record.state, 'waiting');
      assert.ok(broken(attempted.record).every(({ cure = '' }) => /assign the application a directory role/.test(cure)));
      assertWhole(await healed(attempted));
    });
  }

  const needed = ['Get-MobileDevice', 'Get-CASMailbox', 'Get-OrganizationConfig'];
  for (const cmdlet of needed) {
    test(`without ${cmdlet} there is no discovery: it waits, names it, and heals within one retry`, async () => {
      const attempted = await attemptWith({ deniedCmdlets: [cmdlet] });

      assert.deepEqual([attempted.record.state, attempted.record.installedAt], ['waiting', undefined]);
      assert.deepEqual(brokenFeatures(attempted.record), ['discovery']);
      assert.deepEqual(causes(attempted.record), [`No role of the application in Exchange holds the cmdlet ${cmdlet}.`]);
      assert.ok(
        broken(attempted.record).every(({ cure = '', isNeeded }) => cure.includes(`Get-ManagementRole -Cmdlet ${cmdlet}`) && isNeeded),
      );
      assertWhole(await healed(attempted));
    });
  }

  const optional: [string, Feature][] = [
    ['Get-MobileDeviceStatistics', 'statistics'],
    ['Get-Recipient', 'owner-lookup'],
    ['Get-Mailbox', 'owner-lookup'],
    ['Get-ActiveSyncDeviceAccessRule', 'access-view'],
    ['Get-ActiveSyncOrganizationSettings', 'access-view'],
    ['Get-ActiveSyncDeviceClass', 'access-view'],
    ['Get-MobileDeviceMailboxPolicy', 'policy-view'],
    ['Set-CASMailbox', 'allow-and-block'],
    ['Clear-MobileDevice', 'wipe'],
    ['Remove-MobileDevice', 'remove'],
    ['New-ActiveSyncDeviceAccessRule', 'access-change'],
    ['Set-ActiveSyncDeviceAccessRule', 'access-change'],
    ['Remove-ActiveSyncDeviceAccessRule', 'access-change'],
    ['Set-ActiveSyncOrganizationSettings', 'access-change'],
    ['New-MobileDeviceMailboxPolicy', 'policy-change'],
    ['Set-MobileDeviceMailboxPolicy', 'policy-change'],
    ['Remove-MobileDeviceMailboxPolicy', 'policy-change'],
  ];
  for (const [cmdlet, feature] of optional) {
    test(`without ${cmdlet} it installs without ${feature}, and the retry after the grant has everything`, async () => {
      const attempted = await attemptWith({ deniedCmdlets: [cmdlet] });

      const { state, missingFeatures } = attempted.record;
      assert.deepEqual([state, missingFeatures], ['installed', [feature]]);
      assert.deepEqual(causes(attempted.record), [`No role of the application in Exchange holds the cmdlet ${cmdlet}.`]);
      const whole = await healed(attempted);
      assertWhole(whole);
      const numbers = await attempted.scene.numbers();
      assert.deepEqual(
        [1015, 61_003, 61_004].map((wanted) => numbers.filter((number) => number === wanted).length),
        [1, 1, 1],
      );
    });
  }

  const permissions: [string, Feature[]][] = [
    ['User.Read.All', ['directory']],
    ['GroupMember.Read.All', ['groups']],
    ['DeviceManagementManagedDevices.Read.All', ['managed-devices']],
    ['Mail.Send', []],
  ];
  for (const [permission, missing] of permissions) {
    test(`without ${permission} of Graph it installs, says so, and heals within one retry`, async () => {
      const attempted = await attemptWith({ graphAppRoles: seeded.graphAppRoles.filter((role) => role !== permission) });

      const { state, missingFeatures, checks } = attempted.record;
      assert.deepEqual([state, missingFeatures], ['installed', missing]);
      const told = checks.filter((check) => check.state !== 'works' && check.check !== 'Notification mailbox');
      assert.ok(told.length > 0);
      assert.ok(told.every(({ detail, cause, cure }) => detail?.includes(permission) && cause !== undefined && cure !== undefined));
      assertWhole(await healed(attempted));
    });
  }

  test('where groups choose the devices, discovery needs the permission to read them', async () => {
    const graphAppRoles = seeded.graphAppRoles.filter((role) => role !== 'GroupMember.Read.All');

    const attempted = await attemptWith(
      { graphAppRoles },
      { scope: { kind: 'groups', groupIds: ['00000000-0000-4000-8000-000000000001'] } },
    );

    assert.deepEqual([attempted.record.state, causes(attempted.record).length], ['waiting', 1]);
    assertWhole(await healed(attempted));
  });

  test('with rights to read only it installs with reduced features, all of them named', async () => {
    const { record, scene } = await attemptWith({ directoryRoles: [GLOBAL_READER] });

    assert.deepEqual(
      [record.state, record.missingFeatures],
      ['installed', ['allow-and-block', 'wipe', 'remove', 'access-change', 'policy-change']],
    );
    const reduced = (await scene.messages()).find(({ number }) => number === 61_003);
    assert.match(reduced?.text ?? '', /allowing and blocking devices, wiping devices, removing devices/);
    assert.ok(
      record.cmdlets.filter(({ today = '' }) => /^(?:Set|New|Clear|Remove)-/.test(today)).every(({ state }) => state === 'missing'),
    );
  });

  test('a secret that is refused is told with the number of Entra and where to correct it in the connector', async () => {
    const old = contoso.credential();
    const scene = sceneOnTenant(() => old);
    contoso.grant({ secrets: ['another'] });
    const connector = await scene.install();

    await attemptInstallation(scene.ports, scene.taskOf(connector));

    const record = await scene.record(connector);
    const refused = record.checks.find(({ check }) => check === 'Token for Exchange Online');
    assert.deepEqual([record.state, refused?.state, refused?.detail], ['waiting', 'failed', 'AADSTS7000215']);
    assert.match(refused?.cure ?? '', /in the app setting that the credential of the connector names/);
    old.renew();
    assertWhole(await healed({ scene, connector, record }));
  });

  test('a notification mailbox that is a room, or that nobody has, cannot send; the rest is installed', async () => {
    const room = await attemptWith({}, { notificationMailbox: `room.1.01@${contoso.domain}` });
    const nobody = await attemptWith({}, { notificationMailbox: `nobody@${contoso.domain}` });

    assert.deepEqual([room.record.state, room.record.missingFeatures], ['installed', ['mail']]);
    assert.match(causes(room.record).join(), /no mailbox of a kind that can send \(RoomMailbox\)/);
    assert.deepEqual([nobody.record.state, nobody.record.missingFeatures], ['installed', ['mail']]);
    assert.match(causes(nobody.record).join(), /No recipient of the organization has the address/);
  });

  test('no check changes anything in the tenant', async () => {
    const before = [...writeLog(tenant.tenant.world.journal)].length;

    const { record } = await attemptWith({}, { notificationMailbox: `alice@${contoso.domain}` });

    assertWhole(record);
    assert.equal([...writeLog(tenant.tenant.world.journal)].length, before);
  });
});
