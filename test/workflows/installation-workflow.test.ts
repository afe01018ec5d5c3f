// The life of an installation under a virtual clock: a month of failing, wishes that cut the wait, removal, task hubs that are lost, forged starts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../src/domain/errors.ts';
import { instanceOfInstallation } from '../../src/domain/installation.ts';
import { noteRefusal } from '../../src/operations/note-refusal.ts';
import { requestInstallationRetry } from '../../src/operations/request-installation-retry.ts';
import { startDueRuns } from '../../src/operations/start-due-runs.ts';
import { caller, organization } from '../support/installation-scene.ts';
import { createInstallationHub, DAY_MS, HOUR_MS, MINUTE_MS } from './installation-hub.ts';
import type { InstallationHub } from './installation-hub.ts';

const denied = new AppError('exchange.denied', { request: 'Get-MobileDevice', refusal: 'cmdlet' });
const instanceOf = (generation: number): string => instanceOfInstallation({ organization, generation });
const count = <T>(values: readonly T[], wanted: T): number => values.filter((value) => value === wanted).length;

/** A hub whose Exchange refuses the list of devices. */
function failingHub(): InstallationHub {
  const hub = createInstallationHub();
  hub.scene.failing.set('listDevices', denied);
  return hub;
}

test('a connector that works is installed at once: 1015, its first full run, and an instance that has ended', async () => {
  const hub = createInstallationHub();

  const connector = await hub.scene.install();
  await hub.pass(MINUTE_MS);

  const { state, attempts, isAnnounced, missingFeatures } = await hub.scene.record(connector);
  assert.deepEqual([state, attempts, isAnnounced, missingFeatures], ['installed', 1, true, []]);
  assert.deepEqual(
    (await hub.scene.numbers()).toSorted((a, b) => a - b),
    [1015, 61_001],
  );
  assert.deepEqual([hub.status(instanceOf(1)), hub.output(instanceOf(1))], ['Completed', { ended: 'installed' }]);
  const running = await hub.ports.runs.running(organization, 'full');
  assert.ok(running !== undefined);
  assert.equal((await hub.ports.runs.get(organization, running))?.value.startedBy, caller.objectId);
});

test('thirty days of failing are an attempt an hour with a short history, and then 1015 once', async () => {
  const hub = failingHub();
  const connector = await hub.scene.install();

  await hub.pass(30 * DAY_MS);
  const failing = await hub.scene.record(connector);
  hub.scene.failing.clear();
  await hub.pass(HOUR_MS);

  assert.deepEqual([failing.state, failing.attempts], ['waiting', 721]);
  assert.ok(hub.longestHistory() < 30, `${hub.longestHistory()} events`);
  const installed = await hub.scene.record(connector);
  assert.deepEqual([installed.state, installed.attempts, installed.installedAt], ['installed', 722, hub.scene.clock.now()]);
  const numbers = await hub.scene.numbers();
  assert.equal(count(numbers, 1015), 1);
  // On the first day and every day after it: not 721 times.
  assert.equal(count(numbers, 61_002), 31);
  assert.equal(await startDueRuns(hub.ports), 0, 'the first run was begun with the installation');
});

test('no run begins before the connector is installed', async () => {
  const hub = failingHub();
  await hub.scene.install();
  await hub.pass(2 * HOUR_MS);

  const begun = await startDueRuns(hub.ports);

  assert.equal(begun, 0);
  assert.equal(await hub.ports.runs.running(organization, 'full'), undefined);
});

test('a retry cuts the wait', async () => {
  const hub = failingHub();
  const connector = await hub.scene.install();
  await hub.pass(10 * MINUTE_MS);
  hub.scene.failing.clear();

  const asked = await requestInstallationRetry(hub.ports, connector, caller);
  await hub.pass(1);

  assert.equal(asked.retryRequestedBy, caller.objectId);
  const { state, retryRequestedAt, attempts } = await hub.scene.record(connector);
  assert.deepEqual([state, retryRequestedAt, attempts], ['installed', undefined, 2]);
  const retried = (await hub.scene.events()).filter(({ type }) => type === 'installation.retried');
  assert.deepEqual(
    retried.map(({ actor }) => actor),
    [{ kind: 'user', tenant: organization, objectId: caller.objectId }],
  );
});

test('a retry whose event is lost is made up for by the watchdog: the record asks for it', async () => {
  const hub = failingHub();
  const connector = await hub.scene.install();
  await hub.pass(10 * MINUTE_MS);
  hub.scene.failing.clear();
  hub.loseEvents();

  await requestInstallationRetry(hub.ports, connector, caller);
  await hub.pass(5 * MINUTE_MS);
  const waiting = await hub.scene.record(connector);
  // The event of the watchdog is lost as well; then the instance counts as silent: it is ended, and at the next look started anew.
  await hub.watch();
  await hub.pass(5 * MINUTE_MS);
  await hub.watch();

  assert.equal(waiting.attempts, 1);
  assert.equal((await hub.scene.record(connector)).state, 'installed');
});

test('a retry that comes while an attempt is under way is answered by another attempt at once', async () => {
  const hub = failingHub();
  const connector = await hub.scene.install();
  let isAsked = false;
  hub.ports.files.remove = async () => {
    // In the middle of the checks.
    if (!isAsked) await requestInstallationRetry(hub.ports, connector, caller);
    isAsked = true;
  };

  await hub.pass(MINUTE_MS);

  const { attempts, retryRequestedAt } = await hub.scene.record(connector);
  assert.deepEqual([attempts, retryRequestedAt], [2, undefined]);
});

test('a connector that is removed during the wait ends its instance, and no attempt follows', async () => {
  const hub = failingHub();
  const connector = await hub.scene.install();
  await hub.pass(10 * MINUTE_MS);

  await hub.scene.remove();
  await hub.pass(3 * HOUR_MS);

  const { state, attempts } = await hub.scene.record(connector);
  assert.deepEqual([state, attempts, hub.status(instanceOf(1))], ['removed', 1, 'Terminated']);
  assert.equal((await hub.scene.numbers()).at(-1), 61_007);
  assert.equal(await hub.watch(), 0);
});

test('removed and added again at once, the old instance ends and the new one installs, once', async () => {
  const hub = failingHub();
  await hub.scene.install();
  await hub.pass(10 * MINUTE_MS);
  // Not even the end of the instance arrives.
  const terminate = hub.ports.workflows.terminate.bind(hub.ports.workflows);
  hub.ports.workflows.terminate = async () => {
    throw new AppError('workflow.unavailable', { request: 'ending an instance' });
  };

  await hub.scene.remove();
  hub.ports.workflows.terminate = terminate;
  const second = await hub.scene.install();
  hub.scene.failing.clear();
  await requestInstallationRetry(hub.ports, second, caller);
  await hub.pass(2 * HOUR_MS);

  assert.equal(second.generation, 2);
  assert.deepEqual([hub.output(instanceOf(1)), hub.output(instanceOf(2))], [{ ended: 'removed' }, { ended: 'installed' }]);
  const first = await hub.scene.record({ organization, generation: 1 });
  assert.deepEqual([first.state, first.attempts], ['removed', 1]);
  assert.equal(count(await hub.scene.numbers(), 1015), 1);
});

test('of connectors that are added at once one is kept, and it is installed once', async () => {
  const hub = createInstallationHub();

  const added = await Promise.allSettled([1, 2, 3].map(() => hub.scene.install()));
  await hub.pass(MINUTE_MS);

  assert.deepEqual(added.map(({ status }) => status).sort(), ['fulfilled', 'rejected', 'rejected']);
  assert.equal(count(await hub.scene.numbers(), 1015), 1);
  const open = await hub.ports.installations.listOpen();
  assert.deepEqual(
    open.map(({ value }) => value.state),
    ['installed'],
  );
});

test('started twice at once, the instance is one and the attempts are as many as without', async () => {
  const hub = failingHub();
  const connector = await hub.scene.install();
  const input = { organization, generation: '1' };
  await hub.ports.workflows.start('installation-workflow', instanceOf(1), input);
  await hub.ports.workflows.start('installation-workflow', instanceOf(1), input);

  await hub.pass(3 * HOUR_MS);

  assert.equal((await hub.scene.record(connector)).attempts, 4);
});

test('a task hub that is deleted during the wait is made up for by the watchdog', async () => {
  const hub = failingHub();
  const connector = await hub.scene.install();
  await hub.pass(10 * MINUTE_MS);
  hub.deleteHub();

  const restarted = await hub.watch();
  hub.scene.failing.clear();
  await hub.pass(HOUR_MS);

  assert.equal(restarted, 1);
  const { state, attempts } = await hub.scene.record(connector);
  assert.deepEqual([state, attempts], ['installed', 2]);
  assert.equal(count(await hub.scene.numbers(), 1015), 1);
});

test('an interruption between the installation and its announcement tells and begins nothing twice', async () => {
  const hub = createInstallationHub();
  const add = hub.ports.statusMessages.add.bind(hub.ports.statusMessages);
  hub.ports.statusMessages.add = async (message) => {
    const isNew = await add(message);
    if (message.number === 1015 && isNew) throw new AppError('store.unavailable', { request: 'a write' });
    return isNew;
  };

  const connector = await hub.scene.install();
  await hub.pass(HOUR_MS);

  const { state, isAnnounced, attempts } = await hub.scene.record(connector);
  assert.deepEqual([state, isAnnounced, attempts], ['installed', true, 1]);
  assert.equal(count(await hub.scene.numbers(), 1015), 1);
  const { values } = await hub.ports.runs.list(organization, { top: 10 });
  assert.equal(values.length, 1);
});

test('while storage fails the instance goes on trying, and is there when storage is back', async () => {
  const hub = createInstallationHub();
  hub.beforeActivity = () => {
    throw new Error('[store.unavailable] no storage');
  };
  const connector = await hub.scene.install();
  await hub.pass(HOUR_MS);
  const before = await hub.scene.record(connector);
  hub.beforeActivity = undefined;

  await hub.pass(5 * MINUTE_MS);

  assert.deepEqual([before.attempts, (await hub.scene.record(connector)).state], [0, 'installed']);
  assert.ok(hub.longestHistory() < 30);
});

test('what is installed is checked every day; a check that fails makes it wait with cause and cure, and runs with it', async () => {
  const hub = createInstallationHub();
  const connector = await hub.scene.install();
  await hub.pass(DAY_MS - MINUTE_MS);
  await hub.watch();
  const early = await hub.scene.record(connector);
  hub.scene.failing.set('listDevices', denied);

  await hub.pass(2 * MINUTE_MS);
  await hub.watch();
  const lost = await hub.scene.record(connector);
  const begun = await startDueRuns(hub.ports);
  hub.scene.failing.clear();
  await hub.pass(HOUR_MS);

  assert.equal(early.attempts, 1);
  assert.deepEqual([lost.state, lost.attempts], ['waiting', 2]);
  const broken = lost.checks.find(({ check }) => check === 'List of devices');
  assert.match(`${broken?.cause} ${broken?.cure}`, /holds the cmdlet Get-MobileDevice\..*Add-RoleGroupMember/);
  assert.equal(begun, 0);
  assert.equal((await hub.scene.record(connector)).state, 'installed');
  assert.deepEqual(
    (await hub.scene.numbers()).slice(2).toSorted((a, b) => a - b),
    [61_005, 61_006, 61_011],
  );
});

test('a refusal in normal work is checked within five minutes; where something is known to be missing, within the hour', async () => {
  const hub = createInstallationHub();
  const connector = await hub.scene.install();
  await hub.pass(2 * HOUR_MS);
  hub.scene.failing.set('mailboxStatistics', denied);

  await noteRefusal(hub.ports, organization, 'exchange.denied');
  await hub.pass(5 * MINUTE_MS);
  await hub.watch();
  const reduced = await hub.scene.record(connector);
  for (let minutes = 0; minutes < 60; minutes += 15) {
    await noteRefusal(hub.ports, organization, 'exchange.denied');
    await hub.watch();
    await hub.pass(15 * MINUTE_MS);
  }
  const known = await hub.scene.record(connector);
  await noteRefusal(hub.ports, organization, 'exchange.denied');
  await hub.watch();

  assert.deepEqual([reduced.state, reduced.attempts, reduced.missingFeatures], ['installed', 2, ['statistics']]);
  assert.equal(known.attempts, 2);
  assert.equal((await hub.scene.record(connector)).attempts, 3);
});

test('forged starts are turned away by the record and told to the audit', async () => {
  const hub = failingHub();
  const connector = await hub.scene.install();
  await hub.pass(10 * MINUTE_MS);
  const forged: [string, unknown][] = [
    ['made-up', { organization, generation: '1' }],
    [instanceOf(7), { organization, generation: '7' }],
    ['installation-x', { organization: 'x', generation: '1' }],
    [`installation-${organization}-0`, { organization, generation: '0' }],
    ['nothing', null],
    ['list', ['a']],
  ];

  for (const [instance, input] of forged) hub.forge(instance, input);
  await hub.pass(MINUTE_MS);

  const reasons = forged.map(([instance]) => (hub.output(instance) as { ended: string }).ended);
  assert.deepEqual(reasons, ['superseded', 'missing', 'missing', 'missing', 'missing', 'missing']);
  assert.equal((await hub.scene.record(connector)).attempts, 1);
  const events = [...(await hub.scene.events()), ...(await hub.scene.events('deployment'))];
  const told = events.filter(({ type }) => type === 'workflow.refused').map(({ subject }) => subject.id);
  assert.deepEqual(told.sort(), forged.map(([instance]) => instance).sort());
});

test('the right instance started by hand before its time makes no attempt, and after its time makes the one that was due', async () => {
  const hub = failingHub();
  const connector = await hub.scene.install();
  await hub.pass(10 * MINUTE_MS);
  hub.deleteHub();

  hub.forge(instanceOf(1), { organization, generation: '1' });
  await hub.pass(MINUTE_MS);
  const early = await hub.scene.record(connector);
  await hub.pass(HOUR_MS);

  assert.deepEqual([early.attempts, (await hub.scene.record(connector)).attempts], [1, 2]);
});
