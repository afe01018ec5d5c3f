import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DurableStore, Instance } from '../../../../src/local/host/durable/durable-store.ts';
import { EventType, historyEvent, type HistoryEvent } from '../../../../src/local/host/durable/history-event.ts';
import { rewindInstance, withoutFailures } from '../../../../src/local/host/durable/rewind.ts';
import { openSqliteStore } from '../../../../src/local/host/durable/sqlite-store.ts';
import { anInstance } from './an-instance.ts';

const AT = '2030-01-01T00:00:00.000Z';

const started = [
  historyEvent.orchestratorStarted(AT),
  historyEvent.executionStarted(AT, {
    instance: { InstanceId: 'i', ExecutionId: 'e' },
    parent: null,
    name: 'o',
    input: null,
    generation: 0,
  }),
];

const ofParent = (InstanceId: string, TaskScheduleId: number, ExecutionId = `${InstanceId}-execution`): Instance['parent'] => ({
  Name: 'o',
  OrchestrationInstance: { InstanceId, ExecutionId },
  TaskScheduleId,
  Version: null,
});

const types = (history: readonly HistoryEvent[]): number[] => history.map(({ EventType: type }) => type);

test('failed tasks and the end become events that mean nothing but keep their ids; good results stay', () => {
  const history = [
    ...started,
    historyEvent.taskScheduled(AT, 0, 'a'),
    historyEvent.taskScheduled(AT, 1, 'b'),
    historyEvent.orchestratorCompleted(AT),
    historyEvent.taskCompleted(AT, 0, '1'),
    historyEvent.taskFailed(AT, 1, 'r', 'd'),
    historyEvent.executionCompleted(AT, 'Failed', 'boom'),
  ];

  const rewound = withoutFailures(history, () => true);

  assert.deepEqual(types(rewound), [12, 0, 4, 17, 13, 5, 17, 17]);
  assert.deepEqual([rewound[3]?.EventId, rewound[3]?.IsPlayed], [1, true]);
});

/** A store with instances, each with the given end of its history. */
function storeWith(...instances: { instance: Instance; history: HistoryEvent[] }[]): DurableStore {
  const store = openSqliteStore(':memory:');
  for (const { instance, history } of instances) {
    store.commitTurn({
      instance,
      basedOn: instance.executionId,
      consumed: [],
      history: { mode: 'replace', events: [...started, ...history] },
      activities: [],
      posts: [],
    });
  }
  return store;
}

const failedParent = (id: string, childId: string) => ({
  instance: anInstance({ id, executionId: `${id}-execution`, status: 'Failed', output: 'boom' }),
  history: [
    historyEvent.childCreated(AT, 0, 'o', childId),
    historyEvent.childFailed(AT, 0, 'r', 'd'),
    historyEvent.executionCompleted(AT, 'Failed', 'boom'),
  ],
});

const failedChild = (id: string, parentId: string) => ({
  instance: anInstance({ id, executionId: `${id}-execution`, status: 'Failed', output: 'boom', parent: ofParent(parentId, 0) }),
  history: [
    historyEvent.taskScheduled(AT, 0, 'a'),
    historyEvent.taskFailed(AT, 0, 'r', 'd'),
    historyEvent.executionCompleted(AT, 'Failed', 'boom'),
  ],
});

const dueTypes = (store: DurableStore, id: string): number[] =>
  store.due(id, 1e15).map(({ message }) => (message.kind === 'event' ? message.event.EventType : -1));

test('a failed instance runs again with its reason as the first event', () => {
  const store = storeWith(failedChild('i', 'gone'));

  const woken = rewindInstance(store, 'i', 'fixed it', 77);

  assert.deepEqual(woken, ['i']);
  const instance = store.instance('i');
  assert.deepEqual([instance?.status, instance?.output, instance?.updatedMs, instance?.executionId], ['Running', null, 77, 'i-execution']);
  const [message] = store.due('i', 77);
  assert.ok(message?.message.kind === 'event');
  assert.deepEqual([message.message.executionId, message.message.event.Data], ['i-execution', 'fixed it']);
  assert.deepEqual(types(store.history('i')), [12, 0, 17, 17, 17]);
});

test('failed children are rewound with their parent, over generations', () => {
  const middle = failedParent('middle', 'leaf');
  middle.instance = { ...middle.instance, parent: ofParent('top', 0) };
  const store = storeWith(failedParent('top', 'middle'), middle, failedChild('leaf', 'middle'));

  const woken = rewindInstance(store, 'top', null, 0);

  assert.deepEqual(woken.toSorted(), ['leaf', 'middle', 'top']);
  for (const id of woken) assert.equal(store.instance(id)?.status, 'Running', id);
  assert.deepEqual(
    types(store.history('top')).slice(2),
    [EventType.SubOrchestrationInstanceCreated, 17, 17],
    'the child answers again by itself',
  );
});

test('a child that was rewound alone and has ended well gives its result to the parent', () => {
  const done = { instance: anInstance({ id: 'leaf', status: 'Completed', output: '5', parent: ofParent('top', 0) }), history: [] };
  const store = storeWith(failedParent('top', 'leaf'), done);

  rewindInstance(store, 'top', null, 0);

  assert.deepEqual(dueTypes(store, 'top'), [EventType.GenericEvent, EventType.SubOrchestrationInstanceCompleted]);
});

for (const { name, child } of [
  { name: 'was purged', child: undefined },
  { name: 'was terminated', child: { status: 'Terminated' as const, parent: ofParent('top', 0) } },
  { name: 'is somebody else now', child: { status: 'Failed' as const, parent: null } },
  { name: 'was a later try under the same id', child: { status: 'Failed' as const, parent: ofParent('top', 2) } },
]) {
  test(`a failed child that ${name} is started anew`, () => {
    const present = child ? [{ instance: anInstance({ id: 'leaf', executionId: 'leaf-execution', ...child }), history: [] }] : [];
    const store = storeWith(failedParent('top', 'leaf'), ...present);

    const woken = rewindInstance(store, 'top', null, 0);

    assert.deepEqual(woken, ['top']);
    assert.deepEqual(types(store.history('top')).slice(2), [17, 17, 17], 'the event that created the child is gone');
    assert.equal(store.instance('leaf')?.status, child?.status);
  });
}

for (const status of ['Running', 'Completed', 'Terminated', 'Suspended', 'Pending'] as const) {
  test(`an instance that is ${status} is not rewound`, () => {
    const store = storeWith({ instance: anInstance({ status }), history: [] });

    const woken = rewindInstance(store, 'i', null, 0);

    assert.deepEqual(woken, []);
    assert.equal(store.instance('i')?.status, status);
  });
}
