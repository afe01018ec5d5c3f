// The whole reading of a full run over https against the simulated tenant: lists in pages that break off, owners, scope, users, and what is left behind.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DeviceRecord } from '../../src/domain/device-record.ts';
import { partitionDigits } from '../../src/domain/store-page.ts';
import type { LearntFromSlices } from '../../src/domain/discovery-task.ts';
import type { RunTask } from '../../src/domain/run-task.ts';
import type { Slice, SliceSample } from '../../src/domain/slice.ts';
import { splitSlice } from '../../src/domain/slice.ts';
import { learnSlices } from '../../src/operations/learn-slices.ts';
import { planSlices } from '../../src/operations/plan-slices.ts';
import { readDirectory } from '../../src/operations/read-directory.ts';
import { readMailboxes } from '../../src/operations/read-mailboxes.ts';
import { readManagedDevices } from '../../src/operations/read-managed-devices.ts';
import { readOrganization } from '../../src/operations/read-organization.ts';
import { readSlice } from '../../src/operations/read-slice.ts';
import { resolveOwners } from '../../src/operations/resolve-owners.ts';
import { createDiscoveryScene, organization } from '../support/discovery-scene.ts';
import type { DiscoveryScene } from '../support/discovery-scene.ts';
import { startTestTenant } from '../support/tenant.ts';
import type { TestOrganization, TestTenant } from '../support/tenant.ts';
import { beginReading, doneOf, setOf, storedDevices } from './reading-steps.ts';

const MAILBOXES = 420;
const PAGE = 50;

const tenant = await startTestTenant({ mailboxes: MAILBOXES });
tenant.tenant.setSwitches({ pageSize: PAGE });

/** Stores in memory, the connector's real ways to the tenant. */
function sceneIn({ contoso }: TestTenant): DiscoveryScene {
  const [exchange, directory] = [contoso.exchange(), contoso.directory()];
  return createDiscoveryScene({
    ports: ({ connections }) => ({ connections: { ...connections, exchange: () => exchange, directory: () => directory } }),
  });
}

/** Reads the planned slices and the parts of those that are too long; answers what was read to its end and what that tells. */
async function readAllSlices(scene: DiscoveryScene, task: RunTask): Promise<{ names: string[]; cut: number; learnt: LearntFromSlices }> {
  const { slices } = doneOf(await planSlices(scene.ports, { ...task, pass: 1, mailboxesWithDevices: 0 }));
  const open: Slice[] = [...slices];
  const names: string[] = [];
  const samples: SliceSample[] = [];
  let newest = '';
  let cut = 0;
  for (let slice = open.pop(); slice; slice = open.pop()) {
    const { isComplete, seen, firstSyncSample, newestFirstSync = '' } = doneOf(await readSlice(scene.ports, { ...task, slice }));
    if (isComplete) {
      names.push(slice.name);
      samples.push({ seen, times: firstSyncSample });
      if (newestFirstSync > newest) newest = newestFirstSync;
    } else {
      cut += 1;
      open.push(...splitSlice(slice, firstSyncSample));
    }
  }
  return { names, cut, learnt: { devices: samples.reduce((sum, { seen }) => sum + seen, 0), samples, newest } };
}

/** What is really there: the mailbox and its user, by the device's Guid. */
function truth({ world }: TestOrganization): ReadonlyMap<string, { readonly mailbox: string; readonly user: string }> {
  const { devices, mailboxes } = world;
  const indexes = Array.from({ length: devices.extent }, (_, index) => index).filter((index) => !devices.isRemoved(index));
  return new Map(
    indexes.map((index) => {
      const { guid, externalDirectoryObjectId } = mailboxes.mailbox(devices.mailboxOf(index));
      return [devices.guid(index), { mailbox: guid, user: externalDirectoryObjectId }];
    }),
  );
}

function ownersOf(stored: ReadonlyMap<string, DeviceRecord>): ReadonlyMap<string, unknown> {
  return new Map(
    [...stored].map(([id, { owner }]) => [id, owner.kind === 'mailbox' ? { mailbox: owner.mailbox, user: owner.user } : 'unknown']),
  );
}

describe('a full run over https', () => {
  test('stores every device with its owner, though lists break off, are throttled, and one is too long', async () => {
    const scene = sceneIn(tenant);
    tenant.tenant.faults.arm({ name: 'list-page2-expired', cmdlet: 'Get-CASMailbox', skip: 3 });
    tenant.tenant.faults.arm({ name: 'list-page2-expired', cmdlet: 'Get-MobileDevice', skip: 4 });
    tenant.tenant.faults.arm({ name: 'list-page2-429', cmdlet: 'Get-MobileDevice', skip: 2 });
    tenant.tenant.faults.arm({ name: 'list-page2-503', cmdlet: 'Get-MobileDevice', skip: 6 });

    const task = await beginReading(scene);
    const { names, cut } = await readAllSlices(scene, task);
    const owners = doneOf(await resolveOwners(scene.ports, { ...task, slices: names }));

    const expected = truth(tenant.contoso);
    assert.ok(expected.size > 20 * PAGE, `the tenant has only ${expected.size} devices`);
    assert.equal(cut, 1);
    assert.deepEqual(owners.unknown, 0);
    assert.deepEqual(ownersOf(await storedDevices(scene)), expected);
    const seen = await Promise.all(names.map((name) => setOf(scene, task, `seen-${name}`)));
    assert.equal(new Set(seen.flat()).size, expected.size);
    assert.ok(seen.flat().length <= expected.size * 1.01, 'more than a hundredth was read twice');
    assert.deepEqual(tenant.tenant.faults.list(), []);
  });

  test('writes nothing anew when nothing has changed', async () => {
    const scene = sceneIn(tenant);
    const first = await beginReading(scene);
    const { learnt } = await readAllSlices(scene, first);
    doneOf(await learnSlices(scene.ports, { ...first, result: 'complete', mode: 'chain', learnt }));
    const second = await beginReading(scene);
    const { expected } = doneOf(await planSlices(scene.ports, { ...second, pass: 1, mailboxesWithDevices: 0 }));

    const { names } = await readAllSlices(scene, second);

    assert.equal(expected, truth(tenant.contoso).size);
    const added = await Promise.all(names.map((name) => setOf(scene, second, `added-${name}`)));
    assert.deepEqual(added.flat(), []);
    const state = await scene.state();
    const devices = state?.lastFull?.devices ?? 0;
    assert.ok(devices >= expected && devices <= expected * 1.01, `${devices} devices instead of ${expected}`);
    const firstSyncs = [...(await storedDevices(scene)).values()].map(({ device }) => device.firstSyncAt ?? '');
    assert.equal(
      state?.watermark,
      firstSyncs.filter((time) => time <= scene.clock.now()).reduce((a, b) => (a > b ? a : b)),
    );
    assert.ok(state.watermark !== undefined && state.watermark <= scene.clock.now());
  });

  test('covers the devices of the members of a group and of the group in it', async () => {
    const { contoso } = tenant;
    const sales = [...contoso.world.directory.groups()].find(({ displayName }) => displayName === 'Sales');
    assert.ok(sales);
    const scene = sceneIn(tenant);
    await scene.connect({ scope: { kind: 'groups', groupIds: [sales.id] } });

    const task = await beginReading(scene);
    await readAllSlices(scene, task);

    const stored = [...(await storedDevices(scene)).values()];
    const covered = stored.filter(({ scope }) => scope === undefined);
    const users = new Map([...truth(contoso)].map(([id, { user }]) => [id, user]));
    const inSales = stored.filter(({ id }) => contoso.world.directory.groupsOf(users.get(id) ?? '').has(sales.id));
    assert.ok(covered.length > 0 && covered.length < stored.length);
    assert.deepEqual(covered.map(({ id }) => id).toSorted(), inSales.map(({ id }) => id).toSorted());
  });

  test('is not misled by a list of mailboxes that is cut short without a sign', async () => {
    const scene = sceneIn(tenant);
    await beginReading(scene);
    const task = await scene.begin();
    tenant.tenant.faults.arm({ name: 'list-cut-silently', cmdlet: 'Get-CASMailbox' });

    const reading = readMailboxes(scene.ports, task);

    await assert.rejects(reading, /\[exchange\.incomplete\]/);
    assert.equal(await scene.ports.files.owners(scene.keyOf(task)), undefined);
  });

  test('keeps users, the organization and Intune’s list beside the devices', async () => {
    const { contoso } = tenant;
    const scene = sceneIn(tenant);
    const task = await scene.begin();

    const directory = doneOf(await readDirectory(scene.ports, task));
    doneOf(await readOrganization(scene.ports, task));
    const { managed } = doneOf(await readManagedDevices(scene.ports, task));

    assert.equal(directory.isComplete, true);
    const users: string[] = [];
    for (const digit of partitionDigits) {
      for await (const page of scene.ports.users.pages(organization, digit)) users.push(...page.map(({ user }) => user.id));
    }
    assert.equal(users.length, contoso.world.directory.userCount);
    const kept = await scene.ports.organizations.get(organization);
    assert.ok(kept?.facts && kept.accessSettings && kept.accessRules && kept.policies);
    assert.ok(managed > 0);
    assert.equal((await scene.ports.files.managed(scene.keyOf(task)))?.size, managed);
  });
});
