import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Instance } from '../../../../src/local/host/durable/durable-store.ts';
import { EventType, historyEvent, type HistoryEvent } from '../../../../src/local/host/durable/history-event.ts';
import { ActionType, type Action, type OrchestratorAnswer } from '../../../../src/local/host/durable/orchestrator-answer.ts';
import { completeTurn, type Turn, type TurnNeeds } from '../../../../src/local/host/durable/turn-commit.ts';
import { anInstance } from './an-instance.ts';
import { completed, isoOf, raised, START_MS } from './story.ts';

const AT = isoOf(START_MS);
const NOW_MS = START_MS + 50;

const needs: TurnNeeds = {
  nowMs: NOW_MS,
  httpSleepMs: 30_000,
  isActivity: (name) => name.startsWith('a'),
  isOrchestrator: (name) => name.startsWith('o'),
  newExecutionId: () => 'new-execution',
  newRequestId: () => 'new-request',
};

const parent = {
  Name: 'o',
  OrchestrationInstance: { InstanceId: 'mother', ExecutionId: 'mother-execution' },
  TaskScheduleId: 4,
  Version: null,
};

/** The answer of a turn on `history`, of which the last `newCount` events are new; without it this is the first turn. */
function answered(
  answer: Partial<OrchestratorAnswer>,
  given: { instance?: Partial<Instance>; history?: HistoryEvent[]; newCount?: number } = {},
): Turn {
  const instance = anInstance(given.instance);
  const reference = { InstanceId: instance.id, ExecutionId: instance.executionId };
  const first = [
    historyEvent.orchestratorStarted(AT),
    historyEvent.executionStarted(AT, { instance: reference, parent: null, name: 'o', input: null, generation: 0 }),
  ];
  const history = [...first, ...(given.history ?? [])];
  const newCount = given.newCount ?? history.length;
  return completeTurn(
    { instance, history, newCount, isFirst: newCount === history.length, consumed: [7], answer: { isDone: false, actions: [], ...answer } },
    needs,
  );
}

const types = (events: readonly HistoryEvent[]): string =>
  events.map((event) => `${event.EventType}${event.IsPlayed ? 'p' : ''}`).join(' ');

const call: Action = { actionType: ActionType.CallActivity, functionName: 'a', input: { x: 1 } };
const timer = (inMs: number, isCanceled = false): Action => ({
  actionType: ActionType.CreateTimer,
  fireAt: isoOf(START_MS + inMs),
  isCanceled,
});

test('the first turn begins a history and schedules its activities', () => {
  const { commit } = answered({ actions: [call], customStatus: { step: 1 } });

  assert.equal(commit.history.mode, 'replace');
  assert.equal(types(commit.history.events), '12 0p 4 13');
  assert.deepEqual(commit.activities, [{ instanceId: 'i', executionId: 'e', taskId: 0, name: 'a', input: '{"x":1}' }]);
  assert.deepEqual(commit.posts, []);
  assert.deepEqual([commit.instance.status, commit.instance.customStatus, commit.instance.updatedMs], ['Running', '{"step":1}', NOW_MS]);
  assert.deepEqual([commit.basedOn, commit.consumed, commit.endedExecution], ['e', [7], undefined]);
});

test('a later turn appends what is new, its messages as played', () => {
  const history = [historyEvent.taskScheduled(AT, 0, 'a'), historyEvent.orchestratorStarted(AT), completed(0)];

  const { commit } = answered({ actions: [call, timer(1_000)] }, { history, newCount: 2 });

  assert.equal(commit.history.mode, 'append');
  assert.equal(types(commit.history.events), '12 5p 10 13');
});

test('a timer comes back as an event of the same execution when it is due', () => {
  const { commit } = answered({ actions: [timer(60_000)] });

  const [post] = commit.posts;
  assert.deepEqual([post?.instanceId, post?.dueMs], ['i', START_MS + 60_000]);
  assert.ok(post?.message.kind === 'event');
  assert.equal(post.message.executionId, 'e');
  assert.deepEqual([post.message.event.TimerId, post.message.event.Timestamp], [0, isoOf(NOW_MS)]);
});

test('a timer in the past is due at once', () => {
  const { commit } = answered({ actions: [timer(-60_000)] });

  assert.equal(commit.posts[0]?.dueMs, NOW_MS);
});

for (const [given, id] of [
  ['chosen', 'chosen'],
  [undefined, 'e:0'],
] as const) {
  test(`a child ${given ? 'with a given id' : 'without an id'} is started as '${id}' and knows its parent`, () => {
    const action = { actionType: ActionType.CallSubOrchestrator, functionName: 'o2', input: 'x', ...(given ? { instanceId: given } : {}) };

    const { commit } = answered({ actions: [action] });

    const [post] = commit.posts;
    assert.ok(post?.message.kind === 'start');
    const { instance } = post.message;
    assert.deepEqual(
      [post.instanceId, instance.id, instance.executionId, instance.name, instance.input],
      [id, id, 'new-execution', 'o2', '"x"'],
    );
    assert.deepEqual(instance.parent, {
      Name: 'o',
      OrchestrationInstance: { InstanceId: 'i', ExecutionId: 'e' },
      TaskScheduleId: 0,
      Version: null,
    });
    assert.equal(commit.history.events.find(({ EventType: type }) => type === EventType.SubOrchestrationInstanceCreated)?.InstanceId, id);
  });
}

test('an entity call tells who waits, under the id that its history event has', () => {
  const { commit } = answered({ actions: [{ actionType: ActionType.CallEntity, instanceId: '@e@k', operation: 'add', input: 5 }] });

  const [post] = commit.posts;
  assert.deepEqual(post, {
    instanceId: '@e@k',
    dueMs: NOW_MS,
    message: {
      kind: 'operation',
      operation: { id: 'new-request', name: 'add', input: '5', caller: { instanceId: 'i', executionId: 'e' } },
    },
  });
  const sent = commit.history.events.find(({ EventType: type }) => type === EventType.EventSent);
  assert.deepEqual(JSON.parse(sent?.Input ?? ''), { op: 'add', id: 'new-request', input: '5', signal: false });
});

test('a scheduled signal waits until its time', () => {
  const fireAt = isoOf(START_MS + 5_000);
  const action: Action = { actionType: ActionType.ScheduledSignalEntity, instanceId: '@e@k', operation: 'add', fireAt };

  const { commit } = answered({ actions: [action] });

  assert.equal(commit.posts[0]?.dueMs, START_MS + 5_000);
});

test('an orchestrator that is done stays open while a task of it runs', () => {
  const { commit } = answered({
    isDone: true,
    output: 1,
    actions: [{ actionType: ActionType.WhenAny, compoundActions: [call, timer(9_000)] }],
  });

  assert.equal(commit.instance.status, 'Running');
  assert.equal(commit.endedExecution, undefined);
});

test('signals and cancelled timers do not keep a finished orchestrator open', () => {
  const signal: Action = { actionType: ActionType.SignalEntity, instanceId: '@e@k', operation: 'add' };

  const { commit } = answered({ isDone: true, output: 1, actions: [signal, timer(9_000, true)] });

  assert.equal(commit.instance.status, 'Completed');
  assert.equal(commit.endedExecution, 'e');
  assert.deepEqual(
    commit.posts.map(({ instanceId }) => instanceId),
    ['@e@k', 'i'],
  );
});

const ENDS: {
  name: string;
  answer: Partial<OrchestratorAnswer>;
  status: string;
  output: string | null;
  toParent: Partial<HistoryEvent>;
}[] = [
  {
    name: 'a result',
    answer: { isDone: true, output: { ok: true } },
    status: 'Completed',
    output: '{"ok":true}',
    toParent: { EventType: EventType.SubOrchestrationInstanceCompleted, TaskScheduledId: 4, Result: '{"ok":true}' },
  },
  {
    name: 'no result',
    answer: { isDone: true },
    status: 'Completed',
    output: null,
    toParent: { EventType: EventType.SubOrchestrationInstanceCompleted, TaskScheduledId: 4, Result: null },
  },
  {
    name: 'an error',
    answer: { error: 'boom' },
    status: 'Failed',
    output: "Orchestrator function 'o' failed: boom",
    toParent: { EventType: EventType.SubOrchestrationInstanceFailed, TaskScheduledId: 4, Reason: "Orchestrator function 'o' failed: boom" },
  },
  {
    name: 'a failure of the SDK itself',
    answer: { sdkFailure: 'internal' },
    status: 'Failed',
    output: "Orchestrator function 'o' failed: internal",
    toParent: { EventType: EventType.SubOrchestrationInstanceFailed, Reason: "Orchestrator function 'o' failed: internal" },
  },
];

for (const { name, answer, status, output, toParent } of ENDS) {
  test(`an orchestrator that ends with ${name} is ${status} and tells its parent's execution`, () => {
    const { commit } = answered(answer, { instance: { parent } });

    assert.deepEqual([commit.instance.status, commit.instance.output, commit.endedExecution], [status, output, 'e']);
    assert.equal(types(commit.history.events), '12 0p 1 13');
    const [post] = commit.posts;
    assert.ok(post?.message.kind === 'event');
    assert.deepEqual([post.instanceId, post.message.executionId], ['mother', 'mother-execution']);
    for (const [field, value] of Object.entries(toParent)) assert.deepEqual(post.message.event[field], value, field);
  });
}

test('the details of a failed child carry its message alone', () => {
  const { commit } = answered({ error: 'boom' }, { instance: { parent } });

  const [post] = commit.posts;
  assert.ok(post?.message.kind === 'event');
  assert.match(post.message.event.Details ?? '', /^Message: boom, StackTrace: {4}at /);
});

test('code that no longer fits fails the instance and schedules nothing', () => {
  const history = [historyEvent.taskScheduled(AT, 0, 'a1'), historyEvent.orchestratorStarted(AT), completed(0)];

  const { commit } = answered({ actions: [{ ...call, functionName: 'a2' }, timer(5)] }, { history, newCount: 2 });

  assert.equal(commit.instance.status, 'Failed');
  assert.match(commit.instance.output ?? '', /^Non-Deterministic workflow detected/);
  assert.deepEqual([commit.activities, commit.posts], [[], []]);
});

test('continueAsNew begins a new execution whose history holds the carried events', () => {
  const actions: Action[] = [{ actionType: ActionType.ContinueAsNew, input: { round: 2 } }];

  const { commit } = answered({ isDone: true, actions }, { history: [raised('x')], instance: { parent, generation: 3 } });

  assert.equal(commit.history.mode, 'replace');
  assert.equal(types(commit.history.events), '12 0p 15p 13p');
  assert.deepEqual(
    [commit.instance.executionId, commit.instance.input, commit.instance.status],
    ['new-execution', '{"round":2}', 'Running'],
  );
  assert.deepEqual([commit.basedOn, commit.endedExecution], ['e', 'e']);
  assert.deepEqual(commit.posts, [{ instanceId: 'i', dueMs: NOW_MS, message: { kind: 'continue' } }]);
});

test('continueAsNew waits for what still runs', () => {
  const actions: Action[] = [
    { actionType: ActionType.WhenAny, compoundActions: [call, { ...call, functionName: 'a2' }] },
    { actionType: ActionType.ContinueAsNew, input: 2 },
  ];
  const history = [
    historyEvent.taskScheduled(AT, 0, 'a'),
    historyEvent.taskScheduled(AT, 1, 'a2'),
    historyEvent.orchestratorStarted(AT),
    completed(1),
  ];

  const { commit } = answered({ isDone: true, actions }, { history, newCount: 2 });

  assert.deepEqual([commit.instance.executionId, commit.history.mode], ['e', 'append']);
});

test('an error after continueAsNew wins', () => {
  const { commit } = answered({ error: 'late', actions: [{ actionType: ActionType.ContinueAsNew, input: 2 }] });

  assert.deepEqual([commit.instance.status, commit.instance.executionId], ['Failed', 'e']);
});

test('a custom status of more than 16 KB of UTF-16 fails the orchestration', () => {
  const fits = answered({ customStatus: 'x'.repeat(8_190) });
  const exceeds = answered({ customStatus: 'x'.repeat(8_191) });

  assert.equal(fits.commit.instance.status, 'Running');
  assert.equal(exceeds.commit.instance.status, 'Failed');
  assert.match(exceeds.commit.instance.output ?? '', /must not exceed 16 KB/);
});
