// The task hub under a held clock, with the real worker and SDK: months pass in milliseconds.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { tempDirectory } from '../../../support/temp-directory.ts';
import { startHeldHub, type HeldHub } from './hub-under-test.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
let hub: HeldHub;

before(async () => {
  hub = await startHeldHub({ data: tempDirectory('hub-time') });
});

after(() => hub.stop());

const output = async (id: string): Promise<unknown> => {
  const status = await hub.status(id);
  assert.equal(status?.runtimeStatus, 'Completed', JSON.stringify(status));
  return status.output;
};

test('a timer of thirty days fires after thirty days, for the orchestration and for its activities', async () => {
  await hub.start('patient', 'month', { days: 30 });
  await hub.settled();

  await hub.advance(30 * DAY_MS - 1);
  const early = await hub.status('month');
  await hub.advance(1);

  assert.equal(early?.runtimeStatus, 'Running');
  assert.deepEqual(await output('month'), { waitedMs: 30 * DAY_MS, hurried: false, activitySaw: 30 * DAY_MS });
  const history = (await hub.status('month', '?showHistory=true'))?.historyEvents ?? [];
  assert.equal(history.filter(({ EventType }) => EventType === 'TimerFired').length, 10, 'chunks of three days');
});

test('an event ends a wait at once, and the cancelled timer keeps nothing open', async () => {
  await hub.start('patient', 'hurried', { days: 5 });
  await hub.settled();
  await hub.advance(3 * DAY_MS);

  await hub.send('hurried', 'raiseEvent/hurry', 1);
  await hub.settled();

  assert.deepEqual(await output('hurried'), { waitedMs: 3 * DAY_MS, hurried: true, activitySaw: 3 * DAY_MS });
  assert.equal(hub.host.hub.store.hasDue('hurried', Number.MAX_SAFE_INTEGER), false);
});

test('retries wait as their back-off says', async () => {
  const started = hub.clock.now();
  await hub.start('retries', 'lucky', { failures: 3, attempts: 4 });
  await hub.settled();

  await hub.advance(HOUR_MS);

  const times = (await output('lucky')) as number[];
  assert.deepEqual(
    times.map((time) => time - started),
    [0, 1_000, 3_000, 7_000],
  );
});

test('retries that are used up fail with the last error, without another wait', async () => {
  const started = hub.clock.now();
  await hub.start('retries', 'unlucky', { failures: 9, attempts: 3 });
  await hub.settled();

  await hub.advance(HOUR_MS);

  assert.deepEqual(await output('unlucky'), { caught: "Activity function 'unlucky' failed:  run 3", at: started + 3_000 });
});

test('two hundred generations leave a short history and nothing else', async () => {
  await hub.start('generations', 'generations', { rounds: 200 });

  await hub.settled();

  assert.equal(await output('generations'), (200 * 201) / 2);
  const { store } = hub.host.hub;
  assert.ok(store.history('generations').length < 20, `${store.history('generations').length} events`);
  assert.equal(store.hasDue('generations', Number.MAX_SAFE_INTEGER), false, 'no timer of an earlier generation is left');
});

test('two thousand timers of one moment are one turn', async () => {
  await hub.start('equalTimers', 'equal', { width: 2_000, ms: 5_000 });
  await hub.settled();
  const started = hub.clock.now();

  await hub.advance(5_000);

  assert.equal(await output('equal'), started + 5_000);
  const turns = hub.host.hub.store.history('equal').filter(({ EventType }) => EventType === 12);
  assert.equal(turns.length, 2);
});

test('a hundred instances that are due together all go on', async () => {
  const ids = Array.from({ length: 100 }, (_, index) => `together-${index}`);
  for (const id of ids) await hub.start('patient', id, { days: 1 });
  await hub.settled();

  await hub.advance(DAY_MS);

  for (const id of ids) assert.equal(((await output(id)) as { waitedMs: number }).waitedMs, DAY_MS);
});

test('a week of suspension keeps everything back, and what came first still comes first', async () => {
  await hub.start('patient', 'week', { days: 2 });
  await hub.settled();
  await hub.send('week', 'suspend?reason=holiday');
  await hub.settled();
  await hub.advance(3 * DAY_MS);
  await hub.send('week', 'raiseEvent/hurry', 1);
  await hub.advance(4 * DAY_MS);
  const suspended = await hub.status('week');

  await hub.send('week', 'resume');
  await hub.settled();

  assert.deepEqual([suspended?.runtimeStatus, suspended?.output], ['Suspended', 'holiday']);
  assert.deepEqual(await output('week'), { waitedMs: 7 * DAY_MS, hurried: false, activitySaw: 7 * DAY_MS });
});

test('a start that asks to wait is answered when the instance has ended, or with its links when the time is over', async () => {
  const days = 1 / 24;
  const url = (id: string, seconds: number): string =>
    `${hub.host.url}/runtime/webhooks/durabletask/orchestrators/patient/${id}?timeout=${seconds}&pollingInterval=60`;
  const start = (id: string, seconds: number): Promise<Response> =>
    fetch(url(id, seconds), { method: 'POST', body: JSON.stringify({ days }) });
  const { store } = hub.host.hub;

  const [long, short] = [start('waited', 7_200), start('given-up', 60)];
  while (!store.instance('waited') || !store.instance('given-up')) await new Promise((resolve) => setImmediate(resolve));
  await hub.advance(60_000);
  const late = await short;
  await hub.advance(HOUR_MS);
  const ended = await long;

  assert.equal(late.status, 202);
  assert.equal(((await late.json()) as { id: string }).id, 'given-up');
  assert.equal(ended.status, 200);
  assert.equal(((await ended.json()) as { waitedMs: number }).waitedMs, HOUR_MS);
});
