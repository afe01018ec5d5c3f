import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../src/domain/errors.ts';
import type { ExchangePort } from '../../src/domain/exchange-port.ts';
import type { RunTask } from '../../src/domain/run-task.ts';
import { confirmMissing } from '../../src/operations/confirm-missing.ts';
import { createDiscoveryScene, deviceGuid, mailboxAt, mailboxGuid, organization } from '../support/discovery-scene.ts';
import type { DiscoveryScene, SceneOptions } from '../support/discovery-scene.ts';
import { done, exist, idsIn, record, rememberKnown, store, writeIds } from './missing-steps.ts';

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

interface MissingScene extends DiscoveryScene {
  readonly task: RunTask;
  readonly calls: (keyof ExchangePort)[];
}

/** A run in which `missing` of the stored devices were not seen. */
async function aRunMissing(
  missing: readonly number[],
  { mailbox, before }: { readonly mailbox?: number; readonly before?: SceneOptions['before'] } = {},
): Promise<MissingScene> {
  const calls: (keyof ExchangePort)[] = [];
  const scene = createDiscoveryScene({
    before(call, clock) {
      calls.push(call);
      before?.(call, clock);
    },
  });
  await store(scene, missing, mailbox);
  scene.clock.advance(3_600_000);
  const task = await scene.begin();
  await rememberKnown(scene, task);
  await writeIds(scene, task, 'missing', missing.map(deviceGuid));
  return { ...scene, task, calls };
}

test('a device that is there after all is taken out of the missing ones, and what was read of it is kept', async () => {
  const scene = await aRunMissing([1, 2, 3]);
  exist(scene, [2]);
  scene.addDevice(2, 2, { os: 'iOS 19' });

  const answer = await confirmMissing(scene.ports, { ...scene.task, missing: 3 });

  const { counts, ...facts } = done(answer);
  assert.deepEqual(facts, { outcome: 'done', missing: 2, missingInScope: 2, present: 1 });
  assert.deepEqual([counts.read, counts.changed], [1, 1]);
  assert.deepEqual(await idsIn(scene, scene.task, 'missing'), [1, 3].map(deviceGuid));
  const found = await record(scene, 2);
  assert.deepEqual([found.device.os, found.observedAt, found.owner.kind], ['iOS 19', scene.clock.now(), 'mailbox']);
});

test('the devices of one mailbox are re-read with one request, and one whose owner is unknown by itself', async () => {
  const scene = await aRunMissing([1, 2, 3], { mailbox: 1 });
  const writer = scene.ports.devices.writer(organization, 'each');
  const { device } = await record(scene, 3);
  await writer.add([{ device, owner: { kind: 'unknown' }, observedAt: scene.clock.now() }]);
  await writer.finish();
  exist(scene, [3], 1);

  const answer = done(await confirmMissing(scene.ports, { ...scene.task, missing: 3 }));

  assert.deepEqual(scene.calls.toSorted(), ['devicesOfMailbox', 'getDevice']);
  assert.deepEqual([answer.missing, answer.present], [2, 1]);
  assert.equal((await record(scene, 3)).owner.kind, 'unknown');
});

test('a mailbox that the run has listed and that is said to be missing proves nothing of its devices', async () => {
  const scene = await aRunMissing([1, 2, 3]);
  const owners = scene.ports.files.ownersWriter(scene.keyOf(scene.task));
  // The third was removed, and another one got its name.
  const listed = [
    { of: 1, mailbox: mailboxGuid(1) },
    { of: 3, mailbox: mailboxGuid(33) },
  ];
  owners.add(listed.map(({ of, mailbox }) => ({ distinguishedName: mailboxAt(of).distinguishedName ?? '', mailbox, isInScope: true })));
  await owners.finish();

  const answer = done(await confirmMissing(scene.ports, { ...scene.task, missing: 3 }));

  assert.deepEqual([answer.missing, answer.present], [2, 0]);
  assert.deepEqual(await idsIn(scene, scene.task, 'missing'), [2, 3].map(deviceGuid));
});

test('when many of the missing are there the list was cut short: refused, nothing is concluded, but what was read is kept', async () => {
  const scene = await aRunMissing(range(0, 20));
  exist(scene, range(0, 3));
  scene.addDevice(1, 1, { os: 'iOS 19' });

  const answer = await confirmMissing(scene.ports, { ...scene.task, missing: 20 });

  assert.equal(answer.outcome === 'refused' && answer.code, 'exchange.incomplete');
  assert.equal((await record(scene, 1)).device.os, 'iOS 19');
});

test('of more than 200 missing devices 200 are re-read from everywhere in the set, and a single one that is there is enough', async () => {
  const missing = range(0, 450);
  const gone = await aRunMissing(missing);
  const cut = await aRunMissing(missing);
  exist(cut, range(300, 360));

  const plausible = await confirmMissing(gone.ports, { ...gone.task, missing: 450 });
  const refused = await confirmMissing(cut.ports, { ...cut.task, missing: 450 });

  assert.deepEqual([done(plausible).missing, gone.calls.length], [450, 200]);
  assert.equal(refused.outcome === 'refused' && refused.code, 'exchange.incomplete');
});

test('a device that Exchange does not let us look for is not called gone', async () => {
  const scene = await aRunMissing([1, 2], {
    before: (call) => {
      if (call === 'devicesOfMailbox') throw new AppError('exchange.denied', { request: 'Get-MobileDevice' });
    },
  });

  const answer = done(await confirmMissing(scene.ports, { ...scene.task, missing: 2 }));

  assert.deepEqual([answer.missing, answer.present], [0, 0]);
});

test('what there is no time to re-read is not called gone', async () => {
  const scene = await aRunMissing([1, 2, 3], { before: (_, clock) => clock.advance(3 * 60_000) });

  const answer = done(await confirmMissing(scene.ports, { ...scene.task, missing: 3 }));

  assert.deepEqual([answer.missing, scene.calls.length], [2, 2]);
});

test('a pause that Exchange asks for is answered, and the set stays for the next attempt', async () => {
  const scene = await aRunMissing([1, 2], {
    before: () => {
      throw new AppError('exchange.throttled', { retryAfterSeconds: 90 });
    },
  });

  const answer = await confirmMissing(scene.ports, { ...scene.task, missing: 2 });

  assert.equal(answer.outcome === 'again' && answer.afterSeconds, 90);
  assert.equal((await idsIn(scene, scene.task, 'missing')).length, 2);
});

test('a stop that is asked for meanwhile ends it', async () => {
  const scene = await aRunMissing([1, 2, 3], {
    before(_, clock) {
      clock.advance(3000);
      void scene.changeRun(scene.task, { stopRequestedBy: 'admin' });
    },
  });

  const answer = await confirmMissing(scene.ports, { ...scene.task, missing: 3 });

  assert.deepEqual(answer, { outcome: 'over', reason: 'stop-requested' });
});
