import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import fc from 'fast-check';
import type { DurableStore, Instance, Message, Post, TurnCommit } from '../../../../src/local/host/durable/durable-store.ts';
import { historyEvent } from '../../../../src/local/host/durable/history-event.ts';
import { openSqliteStore } from '../../../../src/local/host/durable/sqlite-store.ts';
import { tempDirectory } from '../../../support/temp-directory.ts';
import { anInstance } from './an-instance.ts';

const AT = '2030-01-01T00:00:00.000Z';
const folder = tempDirectory('sqlite-store');

const raised = (name: string, executionId: string | null = null): Message => ({
  kind: 'event',
  executionId,
  event: historyEvent.eventRaised(AT, name, '1'),
});
const post = (message: Message, dueMs = 0, instanceId = 'i'): Post => ({ instanceId, dueMs, message });
const startOf = (instance: Instance): Message => ({ kind: 'start', instance });

/** A commit that changes nothing but what it is given. */
const commitOf = (instance: Instance, fields: Partial<TurnCommit> = {}): TurnCommit => ({
  instance,
  basedOn: instance.executionId,
  consumed: [],
  history: { mode: 'append', events: [] },
  activities: [],
  posts: [],
  ...fields,
});

const names = (store: DurableStore, id = 'i', nowMs = 1_000): string[] =>
  store.due(id, nowMs).map(({ message }) => (message.kind === 'event' ? (message.event.Name ?? '') : message.kind));

const activity = (taskId: number) => ({ instanceId: 'i', executionId: 'e', taskId, name: 'a', input: null });

test('a start writes a pending instance and its message, and a live instance refuses another', () => {
  const store = openSqliteStore(':memory:');

  const first = store.start(anInstance({ status: 'Pending' }), 5, false);
  const second = store.start(anInstance({ status: 'Pending', executionId: 'f' }), 6, false);

  assert.deepEqual([first, second], [undefined, 'Pending']);
  assert.equal(store.instance('i')?.executionId, 'e');
  assert.deepEqual(names(store), ['start']);
});

test('a start over an ended instance counts the generation up and clears what was left', () => {
  const store = openSqliteStore(':memory:');
  store.start(anInstance({ status: 'Pending' }), 0, false);
  store.commitTurn(
    commitOf(anInstance({ status: 'Completed' }), { history: { mode: 'append', events: [historyEvent.orchestratorStarted(AT)] } }),
  );
  store.post([post(raised('late'))]);

  store.start(anInstance({ status: 'Pending', executionId: 'f' }), 0, false);

  assert.equal(store.instance('i')?.generation, 1);
  assert.deepEqual(store.history('i'), []);
  assert.deepEqual(names(store), ['start']);
});

test('a start may replace a live instance where that is asked for', () => {
  const store = openSqliteStore(':memory:');
  store.commitTurn(commitOf(anInstance()));

  const refused = store.start(anInstance({ status: 'Pending', executionId: 'f' }), 0, true);

  assert.equal(refused, undefined);
  assert.equal(store.instance('i')?.executionId, 'f');
});

test('messages become due in the order of their times, then of their sending', () => {
  const store = openSqliteStore(':memory:');

  store.post([post(raised('c'), 30), post(raised('a'), 10), post(raised('b'), 10), post(raised('other'), 5, 'j')]);

  assert.deepEqual(names(store, 'i', 29), ['a', 'b']);
  assert.deepEqual(names(store, 'i', 30), ['a', 'b', 'c']);
  assert.deepEqual(store.dueInstances(9), ['j']);
  assert.deepEqual(store.dueInstances(10).toSorted(), ['i', 'j']);
  assert.deepEqual([store.nextDueMs(5), store.nextDueMs(10), store.nextDueMs(30)], [10, 30, undefined]);
  assert.deepEqual([store.hasDue('i', 9), store.hasDue('i', 10)], [false, true]);
});

test('one commit takes the messages away and writes history, instance, activities and posts', () => {
  const store = openSqliteStore(':memory:');
  store.post([post(raised('x')), post(raised('y'))]);
  const [first] = store.due('i', 0);

  const stored = store.commitTurn(
    commitOf(anInstance({ customStatus: '1' }), {
      consumed: [first?.seq ?? 0],
      history: { mode: 'replace', events: [historyEvent.orchestratorStarted(AT), historyEvent.orchestratorCompleted(AT)] },
      activities: [activity(0), activity(1)],
      posts: [post(raised('z'), 500)],
    }),
  );

  assert.deepEqual(names(store), ['y', 'z']);
  assert.equal(store.history('i').length, 2);
  assert.equal(store.instance('i')?.customStatus, '1');
  assert.deepEqual(store.activities(), stored);
  assert.deepEqual(
    stored.map(({ taskId }) => taskId),
    [0, 1],
  );
});

test('appending keeps the order of the history, replacing begins it anew', () => {
  const store = openSqliteStore(':memory:');
  const event = (name: string) => historyEvent.eventRaised(AT, name, null);
  const readNames = (): unknown[] => store.history('i').map(({ Name }) => Name);

  store.commitTurn(commitOf(anInstance(), { history: { mode: 'replace', events: [event('a'), event('b')] } }));
  const first = readNames();
  store.commitTurn(commitOf(anInstance(), { history: { mode: 'append', events: [event('c')] } }));
  const second = readNames();
  store.commitTurn(commitOf(anInstance(), { history: { mode: 'replace', events: [event('d')] } }));

  assert.deepEqual([first, second, readNames()], [['a', 'b'], ['a', 'b', 'c'], ['d']]);
});

test('a commit for an execution that was replaced meanwhile changes nothing', () => {
  const store = openSqliteStore(':memory:');
  store.start(anInstance({ status: 'Pending', executionId: 'new' }), 0, true);

  const activities = store.commitTurn(
    commitOf(anInstance({ executionId: 'old', status: 'Completed' }), { activities: [activity(0)], posts: [post(raised('x'))] }),
  );

  assert.deepEqual([activities, store.activities()], [[], []]);
  assert.deepEqual([store.instance('i')?.executionId, store.instance('i')?.status], ['new', 'Pending']);
  assert.deepEqual(names(store), ['start']);
});

test('the end of an execution takes its waiting messages along, also those of the same commit, and no others', () => {
  const store = openSqliteStore(':memory:');
  store.post([post(raised('own timer', 'e'), 900), post(raised('for whoever runs')), post(startOf(anInstance({ executionId: 'child' })))]);

  store.commitTurn(
    commitOf(anInstance({ status: 'Completed' }), {
      endedExecution: 'e',
      posts: [post(raised('cancelled', 'e'), 950), post(raised('up'), 0, 'parent')],
    }),
  );

  assert.deepEqual(names(store), ['for whoever runs', 'start']);
  assert.deepEqual(names(store, 'parent'), ['up']);
});

for (const { name, act } of [
  { name: 'a purge', act: (store: DurableStore) => store.purge(['i']) },
  { name: 'a start over the id', act: (store: DurableStore) => void store.start(anInstance({ executionId: 'f' }), 0, false) },
]) {
  test(`${name} keeps a child start that waits for the instance to go`, () => {
    const store = openSqliteStore(':memory:');
    store.commitTurn(commitOf(anInstance({ status: 'Completed' })));
    store.post([post(startOf(anInstance({ executionId: 'child' }))), post(raised('x')), post(raised('old', 'e'), 999_999)]);

    act(store);

    const executions = store
      .due('i', 1_000_000)
      .map(({ message }) => (message.kind === 'start' ? message.instance.executionId : message.kind));
    assert.equal(executions[0], 'child');
    assert.ok(
      executions.every((one) => one === 'child' || one === 'f'),
      executions.join(),
    );
  });
}

test('a purge forgets the instance, its history and its messages', () => {
  const store = openSqliteStore(':memory:');
  store.commitTurn(
    commitOf(anInstance({ status: 'Failed' }), { history: { mode: 'append', events: [historyEvent.orchestratorStarted(AT)] } }),
  );
  store.post([post(raised('x'), 10)]);

  store.purge(['i', 'unknown']);

  assert.equal(store.instance('i'), undefined);
  assert.deepEqual(store.history('i'), []);
  assert.equal(store.nextDueMs(0), undefined);
});

test('the result of an activity is stored once', () => {
  const store = openSqliteStore(':memory:');
  const [first, second] = store.commitTurn(commitOf(anInstance(), { activities: [activity(0), activity(1)] }));

  store.completeActivity(first?.seq ?? 0, post(raised('once')));
  store.completeActivity(first?.seq ?? 0, post(raised('twice')));
  store.completeActivity(second?.seq ?? 0, undefined);

  assert.deepEqual(names(store), ['once']);
  assert.deepEqual(store.activities(), []);
});

test('entities are written and forgotten together with the operations they ran', () => {
  const store = openSqliteStore(':memory:');
  store.post([post(raised('op'), 0, '@e@k')]);
  const seqs = store.due('@e@k', 0).map(({ seq }) => seq);

  store.commitEntity('@e@k', '{"n":1}', seqs, [post(raised('answer'))]);
  const state = store.entity('@e@k');
  store.commitEntity('@e@k', undefined, [], []);

  assert.equal(state, '{"n":1}');
  assert.equal(store.entity('@e@k'), undefined);
  assert.deepEqual([names(store, '@e@k'), names(store)], [[], ['answer']]);
});

const QUERIED: [id: string, status: Instance['status'], createdMs: number][] = [
  ['a', 'Running', 10],
  ['ab-1', 'Completed', 20],
  ['ab-2', 'Failed', 30],
  ['ab%', 'Completed', 40],
  ['ac', 'Running', 50],
  ['naïve-😀1', 'Running', 60],
  ['naïve-😀2', 'Running', 70],
];

const QUERIES: { name: string; read: (store: DurableStore) => Instance[]; ids: string[] }[] = [
  {
    name: 'everything, by id',
    read: (store) => store.instances({}, 9),
    ids: ['a', 'ab%', 'ab-1', 'ab-2', 'ac', 'naïve-😀1', 'naïve-😀2'],
  },
  { name: 'a page', read: (store) => store.instances({}, 2, 'ab%'), ids: ['ab-1', 'ab-2'] },
  { name: 'a prefix', read: (store) => store.instances({ idPrefix: 'ab' }, 9), ids: ['ab%', 'ab-1', 'ab-2'] },
  { name: 'a prefix and the page after an id', read: (store) => store.instances({ idPrefix: 'ab' }, 9, 'ab-1'), ids: ['ab-2'] },
  {
    name: 'a prefix with wide characters',
    read: (store) => store.instances({ idPrefix: 'naïve-😀' }, 9),
    ids: ['naïve-😀1', 'naïve-😀2'],
  },
  { name: 'a prefix is no pattern', read: (store) => store.instances({ idPrefix: 'ab%' }, 9), ids: ['ab%'] },
  { name: 'states', read: (store) => store.instances({ statuses: ['Failed', 'Completed'] }, 9), ids: ['ab%', 'ab-1', 'ab-2'] },
  {
    name: 'a time range with both ends',
    read: (store) => store.instances({ createdFromMs: 20, createdToMs: 40 }, 9),
    ids: ['ab%', 'ab-1', 'ab-2'],
  },
];

for (const { name, read, ids } of QUERIES) {
  test(`instances are found by ${name}`, () => {
    const store = openSqliteStore(':memory:');
    for (const [id, status, createdMs] of QUERIED) store.commitTurn(commitOf(anInstance({ id, status, createdMs })));

    const found = read(store);

    assert.deepEqual(
      found.map(({ id }) => id),
      ids,
    );
  });
}

/** All that the store tells about the instance `i`. */
const everything = (store: DurableStore): unknown => [store.instance('i'), store.history('i'), store.due('i', 1e15), store.activities()];

const BROKEN = undefined as unknown as string;
const THROWING: { name: string; act: (store: DurableStore) => void }[] = [
  {
    name: 'commit',
    act: (store) =>
      void store.commitTurn(
        commitOf(anInstance({ status: 'Completed' }), {
          consumed: [1],
          history: { mode: 'replace', events: [historyEvent.orchestratorStarted(AT)] },
          posts: [post(raised('z'))],
          activities: [{ ...activity(9), input: BROKEN }],
        }),
      ),
  },
  { name: 'start', act: (store) => void store.start(anInstance(), BROKEN as unknown as number, true) },
  { name: 'result', act: (store) => store.completeActivity(1, { ...post(raised('z')), instanceId: BROKEN }) },
  {
    name: 'rewind',
    act: (store) =>
      store.rewind([
        { instance: anInstance({ customStatus: 'changed' }), history: [], posts: [] },
        { instance: anInstance({ id: BROKEN }), history: [], posts: [] },
      ]),
  },
];

for (const { name, act } of THROWING) {
  test(`a ${name} that fails half-way leaves nothing behind`, () => {
    const store = openSqliteStore(':memory:');
    store.commitTurn(
      commitOf(anInstance(), {
        history: { mode: 'append', events: [historyEvent.orchestratorStarted(AT)] },
        activities: [activity(0)],
        posts: [post(raised('x'))],
      }),
    );
    const before = everything(store);

    assert.throws(() => act(store));

    assert.deepEqual(everything(store), before);
  });
}

/** Copies the files of an open store, as they lie on disk when its process is killed. */
function copyOpenStore(file: string, name: string): string {
  const target = join(folder, name);
  mkdirSync(target, { recursive: true });
  const copy = join(target, 'durable.sqlite');
  for (const suffix of ['', '-wal']) if (existsSync(`${file}${suffix}`)) copyFileSync(`${file}${suffix}`, `${copy}${suffix}`);
  return copy;
}

test('all that was committed is there after a kill', () => {
  const file = join(folder, 'killed.sqlite');
  const store = openSqliteStore(file);
  store.start(anInstance({ status: 'Pending' }), 0, false);
  store.commitTurn(commitOf(anInstance(), { activities: [activity(0)], posts: [post(raised('x'), 7)] }));
  const before = everything(store);

  const copy = openSqliteStore(copyOpenStore(file, 'killed'));

  assert.deepEqual(everything(copy), before);
  copy.close();
  store.close();
});

test('a log that breaks off anywhere leaves whole commits only', () => {
  const file = join(folder, 'torn.sqlite');
  const store = openSqliteStore(file);
  for (let count = 1; count <= 20; count += 1) {
    const events = [historyEvent.eventRaised(AT, String(count), null)];
    const change = { history: { mode: 'append' as const, events }, activities: [activity(count)], posts: [post(raised(String(count)))] };
    store.commitTurn(commitOf(anInstance({ customStatus: String(count) }), change));
  }
  const size = statSync(`${file}-wal`).size;

  const property = fc.property(fc.integer({ min: 0, max: size }), (length) => {
    const copy = copyOpenStore(file, 'torn');
    truncateSync(`${copy}-wal`, length);
    const torn = openSqliteStore(copy);
    const count = Number(torn.instance('i')?.customStatus ?? 0);
    const counts = [torn.history('i').length, torn.activities().length, torn.due('i', 0).length];
    torn.close();
    assert.deepEqual(counts, [count, count, count]);
  });

  fc.assert(property, { numRuns: 40 });
  store.close();
});

test('a file of a newer format is refused with the cure', () => {
  const file = join(folder, 'newer.sqlite');
  openSqliteStore(file).close();
  const db = new DatabaseSync(file);
  db.exec('PRAGMA user_version = 99');
  db.close();

  assert.throws(
    () => openSqliteStore(file),
    /newer\.sqlite cannot be used: it has format 99, this host reads format 1\. Start with --reset/,
  );
});

test('a file that is no database is refused with the cure', () => {
  const file = join(folder, 'text.sqlite');
  writeFileSync(file, 'this is not a database, it is a text that is long enough to be looked at. '.repeat(20));

  assert.throws(() => openSqliteStore(file), /text\.sqlite cannot be used: file is not a database\. Start with --reset/);
});

test('a damaged database is refused at the start', () => {
  const file = join(folder, 'damaged.sqlite');
  const store = openSqliteStore(file);
  for (let count = 0; count < 200; count += 1) store.post([post(raised(`x${count}`.repeat(50)))]);
  store.close();
  const bytes = readFileSync(file);
  bytes.fill(0xab, 4_096 * 3, 4_096 * 6);
  writeFileSync(file, bytes);

  assert.throws(() => openSqliteStore(file), /damaged\.sqlite cannot be used: .*(damaged|malformed)/s);
});

test('a half-copied database is refused at the start', () => {
  const file = join(folder, 'half.sqlite');
  const store = openSqliteStore(file);
  for (let count = 0; count < 200; count += 1) store.post([post(raised(`x${count}`.repeat(50)))]);
  store.close();
  truncateSync(file, Math.floor(statSync(file).size / 2));

  assert.throws(() => openSqliteStore(file), /half\.sqlite cannot be used/);
});

test('an empty file is a new store', () => {
  const file = join(folder, 'empty.sqlite');
  writeFileSync(file, '');

  const store = openSqliteStore(file);

  assert.deepEqual(store.activities(), []);
  store.close();
});
