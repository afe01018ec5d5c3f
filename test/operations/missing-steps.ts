// What a full run does before and between the operations that decide what is gone, for their tests: short, and without orchestration.
import assert from 'node:assert/strict';
import type { DeviceGuid } from '../../src/domain/device-identity.ts';
import type { DeviceOwner, DeviceRecord } from '../../src/domain/device-record.ts';
import type { AnswerOf, RunActivity } from '../../src/domain/discovery-task.ts';
import type { RunTask } from '../../src/domain/run-task.ts';
import { partitionDigits } from '../../src/domain/store-page.ts';
import { applyMissing } from '../../src/operations/apply-missing.ts';
import { compareSlices } from '../../src/operations/compare-slices.ts';
import { confirmMissing } from '../../src/operations/confirm-missing.ts';
import { judgeMissing } from '../../src/operations/judge-missing.ts';
import { deviceAt, deviceGuid, mailboxGuid, organization, userId } from '../support/discovery-scene.ts';
import type { DiscoveryScene } from '../support/discovery-scene.ts';

export type Done<Name extends RunActivity> = Extract<AnswerOf<Name>, { outcome: 'done' }>;

/** The answer, which has to be the one of work that is done. */
export function done<Answer extends { readonly outcome: string }>(answer: Answer): Extract<Answer, { outcome: 'done' }> {
  assert.equal(answer.outcome, 'done', JSON.stringify(answer));
  return answer as Extract<Answer, { outcome: 'done' }>;
}

export function ownerOf(mailbox: number): DeviceOwner {
  return { kind: 'mailbox', mailbox: mailboxGuid(mailbox), user: userId(mailbox), userName: `User ${mailbox}` };
}

/** Keeps devices as an earlier run read them, each in the mailbox of its index, or in one for all. */
export async function store({ ports }: DiscoveryScene, indexes: readonly number[], mailbox?: number): Promise<void> {
  const writer = ports.devices.writer(organization, 'each');
  const observedAt = ports.clock.now();
  await writer.add(indexes.map((index) => ({ device: deviceAt(index, mailbox ?? index), owner: ownerOf(mailbox ?? index), observedAt })));
  await writer.finish();
}

/** Adds devices to Exchange, each in the mailbox of its index, or in one for all. */
export function exist(scene: DiscoveryScene, indexes: readonly number[], mailbox?: number): void {
  for (const index of indexes) {
    scene.addMailbox(mailbox ?? index);
    scene.addDevice(index, mailbox ?? index);
  }
}

export async function record({ ports }: DiscoveryScene, index: number): Promise<DeviceRecord> {
  const found = await ports.devices.get(organization, deviceGuid(index));
  assert.ok(found !== undefined, `device ${index} is not stored`);
  return found;
}

/** Which of the devices are marked as gone. */
export async function goneAmong(scene: DiscoveryScene, indexes: readonly number[]): Promise<readonly number[]> {
  const gone: number[] = [];
  for (const index of indexes) if ((await record(scene, index)).goneAt !== undefined) gone.push(index);
  return gone;
}

/** Writes down what is stored, as `known-remember` does. */
export async function rememberKnown(scene: DiscoveryScene, task: RunTask): Promise<void> {
  const { ports } = scene;
  const writer = ports.files.knownWriter(scene.keyOf(task));
  for (const digit of partitionDigits) for await (const page of ports.devices.known(organization, digit)) writer.add(page);
  await writer.finish();
}

export async function writeIds(scene: DiscoveryScene, task: RunTask, name: string, ids: readonly DeviceGuid[]): Promise<void> {
  const writer = scene.ports.files.setWriter(scene.keyOf(task), name);
  writer.add(ids);
  await writer.finish();
}

export async function idsIn(scene: DiscoveryScene, task: RunTask, name: string): Promise<readonly DeviceGuid[]> {
  const set = await scene.ports.files.set(scene.keyOf(task), name);
  assert.ok(set !== undefined, `there is no set ${name}`);
  return [...set.all()];
}

/** A run whose slices saw these devices; answers its task. */
export async function readSlices(scene: DiscoveryScene, slices: readonly (readonly number[])[]): Promise<RunTask> {
  const task = await scene.begin();
  await rememberKnown(scene, task);
  for (const [index, seen] of slices.entries()) await writeIds(scene, task, `seen-${index}`, seen.map(deviceGuid));
  return task;
}

export const namesOf = (slices: readonly unknown[]): readonly string[] => slices.map((_, index) => String(index));

export interface Reconciled {
  readonly isRefused: boolean;
  readonly isHeld: boolean;
  readonly gone: number;
}

/** Compare, confirm, judge and mark, as a full run does once its slices are read. */
export async function reconcile(scene: DiscoveryScene, task: RunTask, slices: readonly unknown[]): Promise<Reconciled> {
  const compared = done(await compareSlices(scene.ports, { ...task, slices: namesOf(slices), pass: 2, expected: 0 }));
  const confirmed = await confirmMissing(scene.ports, { ...task, missing: compared.missing });
  if (confirmed.outcome === 'refused') return { isRefused: true, isHeld: false, gone: 0 };
  const { missing, missingInScope } = done(confirmed);
  const judged = done(await judgeMissing(scene.ports, { ...task, missing, missingInScope, knownInScope: compared.knownInScope }));
  const applied = done(await applyMissing(scene.ports, { ...task, set: 'gone' }));
  return { isRefused: false, isHeld: judged.isHeld, gone: applied.counts.gone };
}

/** Ends a run, and remembers it as held where it is. */
export async function endRun(scene: DiscoveryScene, task: RunTask, isHeld: boolean): Promise<void> {
  const { runs } = scene.ports;
  const kept = await runs.get(organization, task.run);
  assert.ok(kept);
  const endedAt = scene.clock.now();
  await runs.end({ ...kept.value, state: isHeld ? 'held' : 'completed', endedAt, completeness: 1 }, kept.version);
  await scene.remember(isHeld ? { held: { runId: task.run, endedAt } } : {});
}
