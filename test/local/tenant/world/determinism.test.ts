// The same seed and the same steps give the same world, whoever looked in between, and a replay of the journal gives it again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createTenantClock } from '../../../../src/local/tenant/world/clock.ts';
import type { Change } from '../../../../src/local/tenant/world/changes.ts';
import { World } from '../../../../src/local/tenant/world/world.ts';
import { DAY_MS, firstOrganization, heldWorld, HOUR_MS, MINUTE_MS, START_MS } from '../tenant-under-test.ts';

const MAILBOXES = 45;
const CHURN = 0.2;

/** Everything that can be read of a world, as text. */
function portrait(world: World): string {
  const nowMs = world.clock.now();
  return JSON.stringify(
    world.organizations().map(({ devices, mailboxes, directory, access, settings, policies }) => ({
      devices: Array.from({ length: devices.extent }, (_, index) => (devices.isRemoved(index) ? null : devices.read(index, nowMs))),
      mailboxes: Array.from({ length: mailboxes.count }, (_, index) => mailboxes.mailbox(index)),
      users: [...directory.users()],
      managed: [...directory.managedDevices()],
      changes: [...directory.changesAfter(0)],
      mail: directory.sentMail(),
      access,
      settings,
      policies: [...policies.values()],
    })),
  );
}

type Step =
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'look'; readonly device: number }
  | { readonly kind: 'change'; readonly pick: number; readonly device: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('time' as const), ms: fc.constantFrom(0, 1, 7 * MINUTE_MS, HOUR_MS, 3 * HOUR_MS, DAY_MS, 40 * DAY_MS) }),
  fc.record({ kind: fc.constant('look' as const), device: fc.nat(100) }),
  fc.record({ kind: fc.constant('change' as const), pick: fc.nat(11), device: fc.nat(100) }),
);

function changeOf(world: World, pick: number, wanted: number): Change {
  const { devices, mailboxes, access } = firstOrganization(world);
  const device = wanted % devices.extent;
  const mailbox = devices.mailboxOf(device);
  const { deviceId } = devices.facts(device);
  const { userId } = mailboxes.facts(mailbox);
  const changes: Change[] = [
    { kind: 'device.wipe', device, scope: 'account', requestor: 'Connector' },
    { kind: 'device.wipe', device, scope: 'device', requestor: 'Connector' },
    { kind: 'device.cancel-wipe', device },
    { kind: 'device.connect', device },
    { kind: 'device.power', device, isOn: wanted % 2 === 0 },
    { kind: 'device.reset', device },
    { kind: 'mailbox.settings', mailbox, change: { blockedDeviceIds: wanted % 2 === 0 ? [deviceId] : [] } },
    { kind: 'mailbox.settings', mailbox, change: { activeSyncEnabled: wanted % 2 === 0 } },
    { kind: 'access.configure', change: { defaultAccessLevel: (['Allow', 'Block', 'Quarantine'] as const)[wanted % 3] ?? 'Allow' } },
    { kind: 'access.configure', change: { rules: access.rules.slice(wanted % 3), conditionalAccess: wanted % 2 === 0 ? 'all' : 'off' } },
    { kind: 'user.update', id: userId, change: { accountEnabled: wanted % 2 === 0 } },
    { kind: 'device.change', device, facts: { deviceOs: `iOS ${wanted}` } },
  ];
  return changes[pick] ?? { kind: 'device.connect', device };
}

/** Plays the steps; looking is left out on request. */
function play(steps: readonly Step[], looks: boolean, world = heldWorld({ mailboxes: MAILBOXES, churnPerDay: CHURN })): World {
  const { tenantId } = firstOrganization(world).organization;
  for (const one of steps) {
    if (one.kind === 'time') world.clock.step(one.ms);
    else if (one.kind === 'change') world.commit(tenantId, [changeOf(world, one.pick, one.device)]);
    else if (looks) {
      const { devices } = firstOrganization(world);
      devices.read(one.device % devices.extent, world.clock.now());
    }
  }
  return world;
}

test('a world does not depend on who looked at it in between', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      assert.equal(portrait(play(steps, true)), portrait(play(steps, false)));
    }),
    { numRuns: 40 },
  );
});

test('a replay of the journal gives the same world', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const world = play(steps, true);
      const clock = createTenantClock({ nowMs: world.clock.now(), wireMs: START_MS, speed: 1, held: true });
      const organizations = [{ name: 'contoso', mailboxes: MAILBOXES, hasSignInPeople: true }];
      const again = new World({ seed: '1', startMs: START_MS, churnPerDay: CHURN, clock, journal: world.journal, organizations });

      assert.equal(portrait(again), portrait(world));
    }),
    { numRuns: 15 },
  );
});

test('time that passes in one step or in many gives the same world', () => {
  const [once, often] = [0, 1].map(() => heldWorld({ mailboxes: MAILBOXES, churnPerDay: CHURN }));
  assert.ok(once && often);

  once.clock.step(30 * DAY_MS);
  for (let hour = 0; hour < 30 * 24; hour += 1) {
    often.clock.step(HOUR_MS);
    firstOrganization(often);
  }

  assert.equal(portrait(often), portrait(once));
});

test('another seed gives another world', () => {
  const [first, second] = ['1', '2'].map((seed) => portrait(heldWorld({ mailboxes: MAILBOXES, seed })));

  assert.notEqual(first, second);
});

test('phones live: in a month some are updated, some renamed, some replaced under a new DeviceId', () => {
  const world = heldWorld({ mailboxes: 200, churnPerDay: 0.02 });
  const { devices } = firstOrganization(world);
  const before = Array.from({ length: devices.extent }, (_, index) => devices.facts(index));

  world.clock.step(30 * DAY_MS);
  firstOrganization(world);
  const after = before.map((_, index) => devices.facts(index));

  const changed = (field: 'deviceOs' | 'deviceModel' | 'friendlyName'): number =>
    after.filter((facts, index) => facts[field] !== before[index]?.[field]).length;
  for (const field of ['deviceOs', 'deviceModel', 'friendlyName'] as const) assert.ok(changed(field) > 0, field);
  assert.ok(devices.extent > before.length);
});
