// The hub where things go wrong around it: faults of the store, clocks set back, functions that are gone, stops in the middle of work.
// Orchestrators run on the real SDK in this process, activities are plain functions.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { OrchestrationHandler } from 'durable-functions';
import { createHeldClock, type HeldClock, type HostClock } from '../../../../src/local/host/clock.ts';
import { DurableHub } from '../../../../src/local/host/durable/durable-hub.ts';
import type { DurableStore } from '../../../../src/local/host/durable/durable-store.ts';
import { historyEvent } from '../../../../src/local/host/durable/history-event.ts';
import { openSqliteStore } from '../../../../src/local/host/durable/sqlite-store.ts';
import type { HostContext, LoadedFunction } from '../../../../src/local/host/host-context.ts';
import type { InvocationResult } from '../../../../src/local/host/protocol.ts';
import { tempDirectory } from '../../../support/temp-directory.ts';
import { anInstance } from './an-instance.ts';
import { runOnSdk } from './sdk-loop.ts';

const START_MS = Date.parse('2030-01-01T00:00:00.000Z');
const folder = tempDirectory('durable-hub');
const hubs = new Set<DurableHub>();
let folders = 0;

after(() => Promise.all([...hubs].map((hub) => hub.stop())));

const orchestrators: Record<string, OrchestrationHandler> = {
  *works(context) {
    return yield context.df.callActivity('work', context.df.getInput());
  },
  *waits(context) {
    const { ms } = context.df.getInput<{ ms: number }>();
    yield context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + ms));
    return context.df.currentUtcDateTime.getTime();
  },
  *collects(context) {
    const first: unknown = yield context.df.waitForExternalEvent('x');
    const second: unknown = yield context.df.waitForExternalEvent('x');
    return [first, second];
  },
};

interface Setting {
  data?: string;
  clock?: HostClock;
  store?: DurableStore;
  activities?: Record<string, () => InvocationResult | Promise<InvocationResult>>;
  stopGraceMs?: number;
}

const ok = (json: string): InvocationResult => ({ ok: true, returnValue: { json }, outputData: [] });

function newFolder(): string {
  folders += 1;
  const path = join(folder, String(folders));
  mkdirSync(path);
  return path;
}

/** A hub that has not been started, and what it logged. */
function createHub({ data = newFolder(), clock = createHeldClock(START_MS), store, activities = {}, stopGraceMs = 50 }: Setting) {
  const log: string[] = [];
  const loaded = (name: string, type: string): LoadedFunction => ({
    name,
    metadata: { name, bindings: {} },
    trigger: { type, direction: 'in' },
    triggerName: 'input',
    isDisabled: false,
    errors: [],
  });
  const context = {
    dataDirectory: data,
    clock,
    log: { write: (_level: string, _category: string, message: string) => void log.push(message) },
    functions: [
      ...Object.keys(orchestrators).map((name) => loaded(name, 'orchestrationTrigger')),
      ...Object.keys(activities).map((name) => loaded(name, 'activityTrigger')),
    ],
    invoker: {
      async invoke(fn: LoadedFunction, { data: input }: { data?: { string?: string } }): Promise<InvocationResult> {
        const orchestrator = orchestrators[fn.name];
        if (orchestrator) return runOnSdk(orchestrator, input?.string ?? '');
        return (await activities[fn.name]?.()) ?? { ok: false, error: { message: 'none' } };
      },
    },
    manualRuns: new Map(),
  } as unknown as HostContext;
  const options = { maxConcurrentActivities: 4, maxConcurrentOrchestrators: 4, httpSleepMs: 1_000, stopGraceMs };
  const hub = new DurableHub(context, store ?? openSqliteStore(join(data, 'hub.sqlite')), options);
  const begin = (name: string, id: string, input: unknown): void => {
    hub.store.start(
      anInstance({ id, executionId: `${id}-execution`, name, input: JSON.stringify(input), status: 'Pending' }),
      clock.now(),
      false,
    );
    hub.wake(id);
  };
  return { hub, log, begin, data };
}

async function startedHub(setting: Setting) {
  const made = createHub(setting);
  await made.hub.start();
  hubs.add(made.hub);
  return made;
}

const advance = (clock: HeldClock, hub: DurableHub, ms: number): Promise<void> => clock.advanceTo(clock.now() + ms, () => hub.settled());

/** A store whose `method` fails `times` times, as on a full disk. */
function failing(method: 'commitTurn' | 'completeActivity' | 'due', times: number): DurableStore {
  const store = openSqliteStore(':memory:');
  let left = times;
  return new Proxy(store, {
    get(target, key) {
      const value = Reflect.get(target, key) as unknown;
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (key === method && left > 0) {
          left -= 1;
          throw new Error('database or disk is full');
        }
        return Reflect.apply(value, target, args) as unknown;
      };
    },
  });
}

for (const method of ['commitTurn', 'completeActivity', 'due'] as const) {
  test(`work that meets a fault of the store (${method}) is repeated until it is stored`, async () => {
    const clock = createHeldClock(START_MS);
    const { hub, log, begin } = await startedHub({ clock, store: failing(method, 2), activities: { work: () => ok('7') } });

    begin('works', 'faulty', null);
    await hub.settled();
    await advance(clock, hub, 5_000);

    assert.deepEqual([hub.store.instance('faulty')?.status, hub.store.instance('faulty')?.output], ['Completed', '7']);
    assert.equal(log.filter((line) => line.includes('is repeated: the task hub failed. Error: database or disk is full')).length, 2);
  });
}

test('a run that was lost with the worker is repeated, one that failed is not', async () => {
  const clock = createHeldClock(START_MS);
  let runs = 0;
  const work = (): InvocationResult => {
    runs += 1;
    return runs === 1
      ? { ok: false, cause: 'worker-lost', error: { message: 'gone' } }
      : { ok: false, cause: 'timeout', error: { message: 'too slow' } };
  };
  const { hub, begin } = await startedHub({ clock, activities: { work } });

  begin('works', 'lost', null);
  await hub.settled();
  await advance(clock, hub, 10_000);

  assert.equal(runs, 2);
  assert.match(hub.store.instance('lost')?.output ?? '', /Activity function 'work' failed: {2}too slow/);
});

test('a clock that is set back holds nothing up that was due, and time in an orchestration does not run backwards', async () => {
  let nowMs = START_MS;
  const alarms: { dueMs: number; run: () => void }[] = [];
  const clock: HostClock = {
    now: () => nowMs,
    at(dueMs, run) {
      const alarm = { dueMs, run };
      alarms.push(alarm);
      return { cancel: () => void alarms.splice(alarms.indexOf(alarm), 1) };
    },
    state: { kind: 'running', offsetMs: 0 },
  };
  const work = (): InvocationResult => {
    nowMs -= 3_600_000;
    return ok('1');
  };
  const { hub, begin } = await startedHub({ clock, activities: { work } });

  begin('works', 'back', null);
  await hub.settled();
  begin('waits', 'timer', { ms: 1_000 });
  await hub.settled();
  nowMs = START_MS + 1_000;
  for (const alarm of alarms.splice(0)) if (alarm.dueMs <= nowMs) alarm.run();
  await hub.settled();

  assert.equal(hub.store.instance('back')?.status, 'Completed');
  const times = hub.store
    .history('back')
    .filter(({ EventType }) => EventType === 12)
    .map(({ Timestamp }) => Timestamp);
  assert.deepEqual(times, [new Date(START_MS).toISOString(), new Date(START_MS).toISOString()]);
  assert.equal(hub.store.instance('timer')?.output, String(START_MS + 1_000));
});

test('an activity whose function is gone waits for it, and is forgotten once nobody waits for its result', async () => {
  const data = newFolder();
  const first = await startedHub({ data, activities: { work: () => new Promise<InvocationResult>(() => undefined) } });
  first.begin('works', 'orphan', null);
  first.begin('works', 'survivor', null);
  while (first.hub.store.activities().length < 2) await new Promise((resolve) => setImmediate(resolve));
  await first.hub.stop();
  hubs.delete(first.hub);

  const second = await startedHub({ data, activities: {} });
  await second.hub.settled();
  second.hub.post([
    {
      instanceId: 'orphan',
      dueMs: START_MS,
      message: { kind: 'event', executionId: null, event: historyEvent.executionTerminated('', null) },
    },
  ]);
  await second.hub.settled();
  await second.hub.stop();
  hubs.delete(second.hub);
  const third = await startedHub({ data, activities: {} });
  await third.hub.settled();
  const waiting = third.hub.store.activities().map(({ instanceId }) => instanceId);
  await third.hub.stop();
  hubs.delete(third.hub);
  const fourth = await startedHub({ data, activities: { work: () => ok('"back"') } });
  await fourth.hub.settled();

  assert.ok(second.log.some((line) => line.includes("Activity 'work' of 'orphan' waits: the app has no such function any more.")));
  assert.deepEqual(waiting, ['survivor']);
  assert.equal(fourth.hub.store.instance('survivor')?.output, '"back"');
  assert.deepEqual(fourth.hub.store.activities(), []);
});

test('a stop does not wait for ever, and what was cut off runs again in the next host', async () => {
  const data = newFolder();
  const late = Promise.withResolvers<InvocationResult>();
  const first = await startedHub({ data, activities: { work: () => late.promise } });
  first.begin('works', 'cut', null);
  while (first.hub.store.activities().length === 0) await new Promise((resolve) => setImmediate(resolve));

  await first.hub.stop();
  hubs.delete(first.hub);
  late.resolve(ok('"too late"'));
  await late.promise;
  const second = await startedHub({ data, activities: { work: () => ok('"again"') } });
  await second.hub.settled();

  assert.equal(second.hub.store.instance('cut')?.output, '"again"');
  assert.deepEqual(first.log, []);
});

test('a stop lets what runs end and stores its result', async () => {
  const data = newFolder();
  const end = Promise.withResolvers<InvocationResult>();
  const { hub, begin } = await startedHub({ data, activities: { work: () => end.promise }, stopGraceMs: 60_000 });
  begin('works', 'ending', null);
  while (hub.store.activities().length === 0) await new Promise((resolve) => setImmediate(resolve));

  const stopped = hub.stop();
  hubs.delete(hub);
  end.resolve(ok('1'));
  await stopped;
  const store = openSqliteStore(join(data, 'hub.sqlite'));

  assert.deepEqual(store.activities(), []);
  assert.equal(store.hasDue('ending', START_MS), true);
  store.close();
});

test('a second host on the same data folder is refused, naming the first and the cure', async () => {
  const { hub, data } = await startedHub({});
  const second = createHub({ data });

  await assert.rejects(
    second.hub.start(),
    new RegExp(`data folder ${data} is in use by process ${process.pid}\\. Stop that one first .*delete .*host\\.lock`),
  );

  assert.deepEqual(hub.store.activities(), [], 'the first goes on');
});

test('the lock of a host that was killed is taken over', async () => {
  const data = newFolder();
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  writeFileSync(join(data, 'host.lock'), JSON.stringify({ pid: child.pid, born: '' }));

  const { hub } = await startedHub({ data });

  assert.equal(hub.store.nextDueMs(0), undefined);
});

test('messages of one moment reach an instance in the order of their sending', async () => {
  const { hub, begin } = await startedHub({});
  begin('collects', 'ordered', null);
  const event = (value: number) => ({
    instanceId: 'ordered',
    dueMs: START_MS,
    message: { kind: 'event' as const, executionId: null, event: historyEvent.eventRaised('', 'x', String(value)) },
  });

  hub.post([event(1), event(2)]);
  await hub.settled();

  assert.equal(hub.store.instance('ordered')?.output, '[1,2]');
});
