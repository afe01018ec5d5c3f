// Full runs, deltas and readings of statistics, activity by activity, against the simulated tenant over https: what is gone, held, cut short, let out.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { parseMailboxGuid } from '../../src/domain/device-identity.ts';
import type { DeviceRecord } from '../../src/domain/device-record.ts';
import type { SlicesCompareFacts } from '../../src/domain/discovery-task.ts';
import type { SliceSample } from '../../src/domain/slice.ts';
import type { RunTask } from '../../src/domain/run-task.ts';
import { mailboxAt } from '../../src/local/tenant/exchange/find.ts';
import { applyMissing } from '../../src/operations/apply-missing.ts';
import { compareSlices } from '../../src/operations/compare-slices.ts';
import { confirmMissing } from '../../src/operations/confirm-missing.ts';
import { endRun } from '../../src/operations/end-run.ts';
import { judgeMissing } from '../../src/operations/judge-missing.ts';
import { learnSlices } from '../../src/operations/learn-slices.ts';
import { planSlices } from '../../src/operations/plan-slices.ts';
import { planStatistics } from '../../src/operations/plan-statistics.ts';
import { readDelta } from '../../src/operations/read-delta.ts';
import { readMailboxes } from '../../src/operations/read-mailboxes.ts';
import { readSlice } from '../../src/operations/read-slice.ts';
import { readStatistics } from '../../src/operations/read-statistics.ts';
import { rememberKnownDevices } from '../../src/operations/remember-known-devices.ts';
import { createDiscoveryScene, organization } from '../support/discovery-scene.ts';
import type { DiscoveryScene } from '../support/discovery-scene.ts';
import { startTestTenant } from '../support/tenant.ts';
import { done } from './missing-steps.ts';
import type { Done } from './missing-steps.ts';

const HOUR_MS = 3_600_000;
const tenant = await startTestTenant({ mailboxes: 250 });
const { contoso } = tenant;
const { world } = contoso;

let scene: DiscoveryScene;

beforeEach(async () => {
  widen();
  tenant.tenant.faults.disarm();
  scene = createDiscoveryScene({
    ports: ({ connections }) => ({
      connections: { ...connections, exchange: () => contoso.exchange(), directory: () => contoso.directory() },
    }),
  });
  await scene.connect();
});

interface FullRun {
  readonly task: RunTask;
  readonly found: SlicesCompareFacts;
  readonly outcome: 'completed' | 'held' | 'exchange.incomplete';
  readonly gone: number;
}

/** A full run, as discovery-workflow goes through it. */
async function fullRun(): Promise<FullRun> {
  const { ports } = scene;
  const task = await scene.begin();
  done(await rememberKnownDevices(ports, task));
  const { withDevices } = done(await readMailboxes(ports, task));
  const { slices, expected, mode } = done(await planSlices(ports, { ...task, pass: 1, mailboxesWithDevices: withDevices }));
  const samples: SliceSample[] = [];
  for (const slice of slices) {
    const { seen, firstSyncSample: times } = done(await readSlice(ports, { ...task, slice }));
    samples.push({ seen, times });
  }
  const names = slices.map(({ name }) => name);
  const found = done(await compareSlices(ports, { ...task, slices: names, pass: 2, expected }));
  const confirmed = await confirmMissing(ports, { ...task, missing: found.missing });
  const isRefused = confirmed.outcome === 'refused';
  const { isHeld, gone } = isRefused ? { isHeld: false, gone: 0 } : await mark(task, done(confirmed), found.knownInScope);
  const state = isRefused ? 'failed' : isHeld ? 'held' : 'completed';
  if (!isRefused)
    done(await learnSlices(ports, { ...task, result: isHeld ? 'held' : 'complete', mode, learnt: { devices: found.seen, samples } }));
  await endRun(ports, {
    ...task,
    state,
    completeness: 1,
    counts: { read: 0, added: 0, changed: 0, gone, statistics: 0, requests: 0, throttled: 0 },
  });
  assert.ok(!isRefused || confirmed.code === 'exchange.incomplete', 'refused for another reason');
  return { task, found, gone, outcome: state === 'failed' ? 'exchange.incomplete' : state };
}

async function mark(
  task: RunTask,
  { missing, missingInScope }: { readonly missing: number; readonly missingInScope: number },
  knownInScope: number,
): Promise<{ readonly isHeld: boolean; readonly gone: number }> {
  const { isHeld } = done(await judgeMissing(scene.ports, { ...task, missing, missingInScope, knownInScope }));
  const { counts } = done(await applyMissing(scene.ports, { ...task, set: 'gone' }));
  return { isHeld, gone: counts.gone };
}

async function stored(): Promise<readonly DeviceRecord[]> {
  const { values } = await scene.ports.devices.scan(organization, { matches: () => true, top: 5000 });
  return values;
}

const goneIn = (records: readonly DeviceRecord[]): readonly DeviceRecord[] => records.filter(({ goneAt }) => goneAt !== undefined);

/** Narrows the connector's role until so many devices are out of its reach. */
function narrow(devices: number): void {
  const hidden: string[] = [];
  let count = 0;
  for (let index = world.mailboxes.count - 1; index >= 0 && count < devices; index -= 1) {
    count += world.devices.ofMailbox(index).length;
    hidden.push(world.mailboxes.mailbox(index).guid);
  }
  contoso.grant({ recipientFilter: hidden.map((guid) => `Guid -ne '${guid}'`).join(' -and ') });
}

function widen(): void {
  contoso.grant({ recipientFilter: null });
}

test('a narrowed role holds the run; the second complete run an hour later agrees and marks the devices, and all are back when it is widened', async () => {
  const first = await fullRun();
  narrow(Math.ceil(first.found.seen / 10));
  scene.clock.advance(HOUR_MS);
  const held = await fullRun();
  const afterHeld = goneIn(await stored());
  scene.clock.advance(HOUR_MS);
  const second = await fullRun();
  const afterSecond = goneIn(await stored());
  widen();
  scene.clock.advance(HOUR_MS);
  const widened = await fullRun();

  assert.deepEqual([first.outcome, first.found.missing, first.found.seen], ['completed', 0, (await stored()).length]);
  assert.deepEqual([held.outcome, held.gone, afterHeld], ['held', 0, []]);
  assert.ok(held.found.missing > first.found.seen / 10);
  assert.deepEqual([second.outcome, second.gone, afterSecond.length], ['completed', held.found.missing, held.found.missing]);
  assert.deepEqual([widened.outcome, goneIn(await stored())], ['completed', []]);
});

test('what a held run found missing is marked when somebody accepts it', async () => {
  const first = await fullRun();
  narrow(Math.ceil(first.found.seen / 10));
  scene.clock.advance(HOUR_MS);
  const held = await fullRun();
  await scene.changeRun(held.task, { acceptedBy: 'admin' });

  const accepted = done(await applyMissing(scene.ports, { ...held.task, set: 'missing' }));

  assert.equal(accepted.counts.gone, held.found.missing);
  assert.equal(goneIn(await stored()).length, held.found.missing);
});

test('a list that is cut short without a sign is found out, and nothing is marked', async () => {
  await fullRun();
  scene.clock.advance(HOUR_MS);
  tenant.tenant.faults.arm({ name: 'list-cut-silently', cmdlet: 'Get-MobileDevice' });

  const cut = await fullRun();

  assert.ok(cut.found.missing > 20);
  assert.deepEqual([cut.outcome, goneIn(await stored())], ['exchange.incomplete', []]);
});

/** A delta from its beginning to its end. */
async function delta(): Promise<Done<'delta-read'>> {
  const { ports } = scene;
  const task = await scene.begin('delta');
  const answer = done(await readDelta(ports, task));
  await endRun(ports, { ...task, state: 'completed', completeness: 1, counts: answer.counts });
  return answer;
}

/** An hour passes, for us and for Exchange. */
function anHourPasses(): void {
  tenant.tenant.world.clock.step(HOUR_MS);
  scene.clock.advance(HOUR_MS);
}

test('a delta finds a new device, that it is in quarantine, and that it was let out', async () => {
  const mailbox = parseMailboxGuid(world.mailboxes.mailbox(1).guid);
  assert.ok(mailbox !== undefined);
  await fullRun();
  const before = new Set((await stored()).map(({ id }) => id));
  anHourPasses();
  // No rule of the organization knows it, so it is up to the default.
  tenant.tenant.world.commit(contoso.id, [{ kind: 'device.add', mailbox: 1, facts: { deviceType: 'Pager', deviceModel: 'Pager1' } }]);
  anHourPasses();

  const added = await delta();
  const [fresh, ...others] = (await stored()).filter(({ id }) => !before.has(id));
  assert.ok(fresh);
  await contoso.exchange().editDeviceLists(mailbox, { allowed: { add: [fresh.device.deviceId ?? ''] } });
  tenant.tenant.world.commit(contoso.id, [{ kind: 'device.connect', device: world.devices.byGuid(fresh.id) ?? -1 }]);
  anHourPasses();
  await delta();

  assert.deepEqual([others.length, added.unfinished, added.counts.added, fresh.device.accessState], [0, [], 1, 'Quarantined']);
  assert.equal(fresh.owner.kind === 'mailbox' && fresh.owner.mailbox, mailbox);
  assert.equal((await scene.ports.devices.get(organization, fresh.id))?.device.accessState, 'Allowed');
});

/** Mailboxes at which the tenant answers late, or not the first time. */
const DIFFICULT = ['slow', 'throttled', 'busy'];

test('statistics cost one request for each mailbox with devices, and every device has been read afterwards', async () => {
  const devices = DIFFICULT.flatMap((alias) => world.devices.ofMailbox(mailboxAt(world, alias) ?? -1));
  tenant.tenant.world.commit(
    contoso.id,
    devices.map((device) => ({ kind: 'device.remove', device })),
  );
  await fullRun();
  const task = await scene.begin('statistics');
  const owners = new Set((await stored()).map(({ owner }) => owner.kind === 'mailbox' && owner.mailbox));

  const { count } = done(await planStatistics(scene.ports, task));
  let requests = 0;
  let statistics = 0;
  for (let from = 0; from < count; from += 40) {
    const { counts } = done(await readStatistics(scene.ports, { ...task, from, count: 40 }));
    requests += counts.requests;
    statistics += counts.statistics;
  }

  const records = await stored();
  assert.deepEqual([count, requests, statistics], [owners.size, owners.size, records.length]);
  assert.deepEqual(
    records.filter((record) => record.statistics === undefined),
    [],
  );
  assert.ok(records.some((record) => record.statistics?.facts.lastSuccessSyncAt !== undefined));
});
