// What reaches an instance while something of it runs: ends, new starts, purges and events in the middle of the work.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { tempDirectory } from '../../../support/temp-directory.ts';
import { startHub, type HubUnderTest } from './hub-under-test.ts';

const folder = tempDirectory('hub-races');
let hub: HubUnderTest;

before(async () => {
  hub = await startHub({ data: join(folder, 'data') });
});

after(() => hub.stop());

const fileOf = (name: string): string => join(folder, name);
const runsOf = (name: string): number =>
  existsSync(`${fileOf(name)}.log`)
    ? readFileSync(`${fileOf(name)}.log`, 'utf8')
        .trim()
        .split('\n').length
    : 0;
const release = (name: string): void => writeFileSync(fileOf(name), '');

/** Waits until the activity that `name` holds runs. */
async function untilHeld(name: string): Promise<void> {
  while (runsOf(name) === 0) await sleep(5);
}

test('an activity that still runs when its instance is terminated and started anew has no effect on the new one', async () => {
  await hub.start('holds', 'again', { file: fileOf('old'), result: 'old' });
  await untilHeld('old');

  const terminated = await hub.send('again', 'terminate?reason=enough');
  const ended = await hub.until('again', 'Terminated');
  await hub.start('holds', 'again', { file: fileOf('new'), result: 'new' });
  await untilHeld('new');
  release('old');
  while (hub.host.hub.store.activities().length > 1) await sleep(5);
  const between = await hub.status('again');
  release('new');
  const last = await hub.until('again', 'Completed');

  assert.equal(terminated, 202);
  assert.deepEqual([ended.output, between?.runtimeStatus, last.output], ['enough', 'Running', 'new']);
  const history = hub.host.hub.store.history('again');
  assert.equal(history.filter(({ EventType }) => EventType === 5).length, 1);
});

test('a purged instance does not come back with what it left running', async () => {
  await hub.start('holds', 'purged', { file: fileOf('leftover'), result: 1 });
  await untilHeld('leftover');
  const early = await hub.purge('purged');
  await hub.send('purged', 'terminate');
  await hub.until('purged', 'Terminated');

  const purged = await hub.purge('purged');
  release('leftover');
  await hub.host.settled();

  assert.deepEqual([early, purged], [412, 200]);
  assert.equal(await hub.status('purged'), undefined);
  assert.deepEqual(hub.host.hub.store.activities(), []);
  assert.equal(hub.host.hub.store.hasDue('purged', Number.MAX_SAFE_INTEGER), false);
});

test('two children of one id run one after the other, and both report', async () => {
  await hub.start('twoTimes', 'mother', { id: 'shared', files: [fileOf('first'), fileOf('second')] });
  await untilHeld('first');
  const both = runsOf('second');

  release('first');
  await untilHeld('second');
  release('second');
  const mother = await hub.until('mother', 'Completed', 'Failed');

  assert.equal(both, 0);
  assert.deepEqual(mother.output, [0, 1]);
});

test('a child start waits for a live instance of its id and then takes its place', async () => {
  await hub.start('holds', 'occupied', { file: fileOf('occupant'), result: 'occupant' });
  await untilHeld('occupant');
  await hub.start('oneChild', 'patient-mother', { name: 'holds', id: 'occupied', input: { file: fileOf('child'), result: 'child' } });
  while (!hub.host.hub.store.history('patient-mother').some(({ EventType }) => EventType === 7)) await sleep(5);
  const waiting = runsOf('child');

  release('occupant');
  await untilHeld('child');
  release('child');
  const mother = await hub.until('patient-mother', 'Completed', 'Failed');

  assert.equal(waiting, 0);
  assert.equal(mother.output, 'child');
});

test('a start over a live instance is refused, and a restart of it too', async () => {
  await hub.start('holds', 'live', { file: fileOf('live'), result: 1 });
  await untilHeld('live');

  const again = await fetch(`${hub.host.url}/runtime/webhooks/durabletask/orchestrators/holds/live`, { method: 'POST', body: '1' });
  const restarted = await hub.send('live', 'restart?restartWithNewInstanceId=false');
  release('live');
  await hub.until('live', 'Completed');
  const afterwards = await hub.send('live', 'restart?restartWithNewInstanceId=false');
  const second = await hub.until('live', 'Completed');

  assert.deepEqual([again.status, restarted, afterwards], [409, 409, 202]);
  assert.deepEqual(await again.json(), { Message: 'An Orchestration instance with the status Running already exists.' });
  assert.equal(second.output, 1);
});

test('events that arrive during turns are all seen, in the order in which they were accepted', async () => {
  const count = 60;
  await hub.start('collects', 'collector', { count });

  for (let item = 0; item < count; item += 1) await hub.send('collector', 'raiseEvent/item', item);
  const { output } = await hub.until('collector', 'Completed');

  assert.deepEqual(
    output,
    Array.from({ length: count }, (_, item) => item),
  );
});

test('events that arrive while a generation gives way to the next are all seen, in their order', async () => {
  const count = 40;
  await hub.start('relays', 'relay', { count });

  for (let item = 0; item < count; item += 1) await hub.send('relay', 'raiseEvent/item', item);
  const { output } = await hub.until('relay', 'Completed');

  assert.deepEqual(
    output,
    Array.from({ length: count }, (_, item) => item),
  );
});

test('the result of an activity that arrives during a suspension waits for the resume', async () => {
  await hub.start('holds', 'paused', { file: fileOf('paused'), result: 'kept' });
  await untilHeld('paused');
  await hub.send('paused', 'suspend?reason=lunch');
  await hub.until('paused', 'Suspended');
  release('paused');
  await hub.host.settled();
  const during = await hub.status('paused');

  await hub.send('paused', 'resume');
  const { output } = await hub.until('paused', 'Completed');

  assert.deepEqual([during?.runtimeStatus, during?.output], ['Suspended', 'lunch']);
  assert.equal(output, 'kept');
});

test('operations on one entity run one at a time, and every caller gets its answer', async () => {
  const ids = Array.from({ length: 10 }, (_, index) => `adds-${index}`);
  for (const id of ids) await hub.start('adds', id, { key: 'shared', amounts: [1, 2, 3, 4, 5] });

  const totals = await Promise.all(ids.map(async (id) => (await hub.until(id, 'Completed')).output as number));

  assert.equal(hub.host.hub.store.entity('@tally@shared'), '150');
  assert.ok(
    totals.every((total) => total >= 15 && total <= 150),
    totals.join(),
  );
});

test('a failed child is rewound with its parent once the cause is gone', async () => {
  const file = fileOf('cause');
  await hub.start('oneChild', 'rewound', { name: 'needsFile', id: 'rewound-child', input: { file } });
  const failed = await hub.until('rewound', 'Failed');
  writeFileSync(file, '');

  const status = await hub.send('rewound', 'rewind?reason=fixed');
  const { output } = await hub.until('rewound', 'Completed');

  assert.match(String(failed.output), /the file is not there/);
  assert.equal(status, 202);
  assert.equal(output, 'found');
});

test('an unknown activity leaves the instance running, and the log says why', async () => {
  await hub.start('missing', 'stuck');
  await hub.until('stuck', 'Running');
  await hub.host.settled();

  const status = await hub.status('stuck');

  assert.equal(status?.runtimeStatus, 'Running');
  assert.ok(hub.log.some((line) => line.includes("There is no activity function 'nowhere'.")));
});
