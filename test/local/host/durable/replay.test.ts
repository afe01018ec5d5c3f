import assert from 'node:assert/strict';
import { test } from 'node:test';
import { historyEvent } from '../../../../src/local/host/durable/history-event.ts';
import { ActionType, type Action, type RetryPolicy } from '../../../../src/local/host/durable/orchestrator-answer.ts';
import { replay } from '../../../../src/local/host/durable/replay.ts';
import { retryDelayMs } from '../../../../src/local/host/durable/retry-delay.ts';
import type { Work } from '../../../../src/local/host/durable/work.ts';
import { completed, createStory, DAY_MS, failed, fired, isoOf, OPTIONS, raised, START_MS } from './story.ts';

const RETRY: RetryPolicy = { firstRetryIntervalInMilliseconds: 1_000, maxNumberOfAttempts: 3 };
const call = (functionName = 'a', input: unknown = null): Action => ({ actionType: ActionType.CallActivity, functionName, input });
const retried = (functionName = 'a', retryOptions = RETRY): Action => ({
  actionType: ActionType.CallActivityWithRetry,
  functionName,
  retryOptions,
});
const timer = (inMs: number, isCanceled = false): Action => ({
  actionType: ActionType.CreateTimer,
  fireAt: isoOf(START_MS + inMs),
  isCanceled,
});
const wait = (externalEventName: string): Action => ({ actionType: ActionType.WaitForExternalEvent, externalEventName });
const all = (...compoundActions: Action[]): Action => ({ actionType: ActionType.WhenAll, compoundActions });
const any = (...compoundActions: Action[]): Action => ({ actionType: ActionType.WhenAny, compoundActions });
const child = (functionName: string, instanceId?: string): Action => ({
  actionType: ActionType.CallSubOrchestrator,
  functionName,
  ...(instanceId === undefined ? {} : { instanceId }),
});
const signal: Action = { actionType: ActionType.SignalEntity, instanceId: '@e@k', operation: 'add', input: 5 };

const brief = (work: readonly Work[]): string[] =>
  work.map((item) => {
    const detail = item.kind === 'timer' ? item.fireAt : item.kind === 'send' ? item.operation : item.name;
    return `${item.id} ${item.kind} ${detail}`;
  });

const KINDS: { name: string; actions: Action[]; work: Work[]; open: number }[] = [
  { name: 'an activity', actions: [call('a1', 7)], work: [{ kind: 'activity', id: 0, name: 'a1', input: 7 }], open: 1 },
  { name: 'a retried activity', actions: [retried('a1')], work: [{ kind: 'activity', id: 0, name: 'a1', input: undefined }], open: 1 },
  {
    name: 'a sub-orchestration',
    actions: [child('o1', 'given')],
    work: [{ kind: 'child', id: 0, name: 'o1', instanceId: 'given', input: undefined }],
    open: 1,
  },
  {
    name: 'a sub-orchestration with a blank id',
    actions: [child('o1', ' ')],
    work: [{ kind: 'child', id: 0, name: 'o1', instanceId: undefined, input: undefined }],
    open: 1,
  },
  {
    name: 'a retried sub-orchestration',
    actions: [{ actionType: ActionType.CallSubOrchestratorWithRetry, functionName: 'o1', input: 1, retryOptions: RETRY }],
    work: [{ kind: 'child', id: 0, name: 'o1', instanceId: undefined, input: 1 }],
    open: 1,
  },
  { name: 'a timer', actions: [timer(1_500)], work: [{ kind: 'timer', id: 0, fireAt: isoOf(START_MS + 1_500) }], open: 1 },
  {
    name: 'a cancelled timer, which nobody waits for',
    actions: [timer(1_500, true)],
    work: [{ kind: 'timer', id: 0, fireAt: isoOf(START_MS + 1_500) }],
    open: 0,
  },
  {
    name: 'a wait for an event, which takes no id',
    actions: [any(wait('x'), call('a1'))],
    work: [{ kind: 'activity', id: 0, name: 'a1', input: null }],
    open: 1,
  },
  {
    name: 'a signal, which nobody waits for',
    actions: [signal, call('a1')],
    work: [
      { kind: 'send', id: 0, instanceId: '@e@k', operation: 'add', input: 5, isCall: false, fireAt: undefined },
      { kind: 'activity', id: 1, name: 'a1', input: null },
    ],
    open: 1,
  },
  {
    name: 'a call of an entity',
    actions: [{ actionType: ActionType.CallEntity, instanceId: '@e@k', operation: 'get' }],
    work: [{ kind: 'send', id: 0, instanceId: '@e@k', operation: 'get', input: undefined, isCall: true, fireAt: undefined }],
    open: 1,
  },
  {
    name: 'an HTTP call',
    actions: [{ actionType: ActionType.CallHttp, httpRequest: { method: 'GET', uri: 'http://localhost/x' } }],
    work: [{ kind: 'activity', id: 0, name: 'BuiltIn::HttpActivity', input: { method: 'GET', uri: 'http://localhost/x' } }],
    open: 1,
  },
];

for (const { name, actions, work, open } of KINDS) {
  test(`the first turn schedules ${name}`, () => {
    const result = createStory().turn(0, actions);

    assert.deepEqual(result.work, work);
    assert.equal(result.openCount, open);
    assert.equal(result.failure, undefined);
  });
}

test('ids are handed out depth first through nested compounds', () => {
  const result = createStory().turn(0, [all(call('a0'), any(call('a1'), all(call('a2'), timer(1_000))), call('a4'))]);

  assert.deepEqual(brief(result.work), [
    '0 activity a0',
    '1 activity a1',
    '2 activity a2',
    `3 timer ${isoOf(START_MS + 1_000)}`,
    '4 activity a4',
  ]);
});

test('the next action starts only when the one before has ended', () => {
  const actions = [all(call('a0'), call('a1')), call('a2')];
  const story = createStory();
  story.turn(0, actions);

  const half = story.turn(1, actions, completed(1));
  const whole = story.turn(2, actions, failed(0));

  assert.deepEqual(half.work, []);
  assert.deepEqual(brief(whole.work), ['2 activity a2']);
});

test('any member ends a WhenAny, and the others keep the orchestration open', () => {
  const actions = [any(call('a0'), call('a1')), call('a2')];
  const story = createStory();
  story.turn(0, actions);

  const first = story.turn(1, actions, completed(1));
  const second = story.turn(2, actions, completed(2));
  const late = story.turn(3, actions, completed(0));

  assert.deepEqual(brief(first.work), ['2 activity a2']);
  assert.deepEqual([first.openCount, second.openCount, late.openCount], [2, 1, 0]);
});

test('two retried members take their ids in the order in which their failures arrive', () => {
  const actions = [all(retried('a0'), retried('a1'))];
  const story = createStory();
  story.turn(0, actions);

  const timers = story.turn(10, actions, failed(1), failed(0));
  const again = story.turn(2_000, actions, fired(3), fired(2));

  assert.deepEqual(brief(timers.work), [`2 timer ${isoOf(START_MS + 1_010)}`, `3 timer ${isoOf(START_MS + 1_010)}`]);
  assert.deepEqual(brief(again.work), ['4 activity a0', '5 activity a1'], 'timer 3 belongs to a0, whose failure came second');
});

test('after the last failed attempt one more timer, due at once, delivers the failure', () => {
  const actions = [retried('a0', { ...RETRY, maxNumberOfAttempts: 2 }), call('a9')];
  const story = createStory();
  story.turn(0, actions);
  story.turn(10, actions, failed(0));
  story.turn(1_010, actions, fired(1));

  const last = story.turn(1_020, actions, failed(2));
  const after = story.turn(1_030, actions, fired(3));

  assert.deepEqual(brief(last.work), [`3 timer ${isoOf(START_MS + 1_020)}`]);
  assert.deepEqual(brief(after.work), ['4 activity a9']);
});

const DELAYS: { policy: Partial<RetryPolicy>; delays: number[] }[] = [
  { policy: {}, delays: [1_000, 1_000, 1_000] },
  { policy: { backoffCoefficient: 2 }, delays: [1_000, 2_000, 4_000] },
  { policy: { backoffCoefficient: 3, maxRetryIntervalInMilliseconds: 5_000 }, delays: [1_000, 3_000, 5_000] },
  { policy: { firstRetryIntervalInMilliseconds: 9 * DAY_MS }, delays: [6 * DAY_MS, 6 * DAY_MS, 6 * DAY_MS] },
];

for (const { policy, delays } of DELAYS) {
  test(`the waits of ${JSON.stringify(policy)} are ${delays.join(', ')} ms`, () => {
    const actual = [1, 2, 3].map((attempt) => retryDelayMs({ ...RETRY, ...policy }, attempt));

    assert.deepEqual(actual, delays);
  });
}

test('a retry whose time is over waits for ever and says so', () => {
  const actions = [retried('a0', { ...RETRY, retryTimeoutInMilliseconds: 500 })];
  const story = createStory();
  story.turn(0, actions);

  const result = story.turn(500, actions, failed(0));

  assert.deepEqual(result.work, []);
  assert.match(result.notices.join(), /retry timeout of 'a0' has passed/);
});

test('a timer of eight days is waited for in chunks of three days, one id each', () => {
  const actions = [timer(8 * DAY_MS), call('a9')];
  const story = createStory();

  const days = [
    story.turn(0, actions),
    story.turn(3 * DAY_MS, actions, fired(0)),
    story.turn(6 * DAY_MS, actions, fired(1)),
    story.turn(8 * DAY_MS, actions, fired(2)),
  ].map(({ work }) => brief(work).join());

  assert.deepEqual(days, [
    `0 timer ${isoOf(START_MS + 3 * DAY_MS)}`,
    `1 timer ${isoOf(START_MS + 6 * DAY_MS)}`,
    `2 timer ${isoOf(START_MS + 8 * DAY_MS)}`,
    '3 activity a9',
  ]);
});

test('a chunk that is handled late is not followed by more than what is left', () => {
  const actions = [timer(8 * DAY_MS)];
  const story = createStory();
  story.turn(0, actions);

  const late = story.turn(7 * DAY_MS, actions, fired(0));
  const past = story.turn(9 * DAY_MS, actions, fired(1));

  assert.deepEqual(brief(late.work), [`1 timer ${isoOf(START_MS + 8 * DAY_MS)}`]);
  assert.deepEqual([past.work.length, past.openCount], [0, 0]);
});

test('a long timer that is cancelled is remarked on', () => {
  const result = createStory().turn(0, [timer(8 * DAY_MS, true)]);

  assert.match(result.notices.join(), /more than 6 days was cancelled/);
  assert.deepEqual(brief(result.work), [`0 timer ${isoOf(START_MS + 3 * DAY_MS)}`]);
});

test('a timer at no time fails the orchestration', () => {
  const result = createStory().turn(0, [{ actionType: ActionType.CreateTimer, fireAt: 'null', isCanceled: false }]);

  assert.match(result.failure ?? '', /a time that is none/);
});

test('events that came early are buffered, whatever their case, and taken first in first out', () => {
  const actions = [call('a0'), wait('Go'), wait('Go'), call('a1')];
  const story = createStory();
  story.turn(0, actions);

  const one = story.turn(1, actions, raised('go'), completed(0));
  const two = story.turn(2, actions, raised('GO'));

  assert.deepEqual(one.work, []);
  assert.deepEqual(brief(two.work), ['1 activity a1']);
});

test('of several waiters for one event the last is served first', () => {
  const actions = [any(wait('x'), call('a0')), any(wait('x'), call('a1')), wait('x'), call('a2')];
  const story = createStory();
  story.turn(0, actions);
  story.turn(1, actions, completed(0));

  const second = story.turn(2, actions, raised('x'));
  const third = story.turn(3, actions, raised('x'));

  assert.deepEqual(brief(second.work), [], 'the event went to the second wait, and the third action now waits');
  assert.deepEqual(brief(third.work), ['2 activity a2'], 'on top of the stack is the wait that was added last');
});

test('only events after continueAsNew are carried over', () => {
  const actions: Action[] = [call('a0'), { actionType: ActionType.ContinueAsNew, input: { next: 1 } }];
  const story = createStory();
  story.turn(0, actions);

  const result = story.turn(1, actions, raised('early'), completed(0), raised('late'));

  assert.deepEqual(result.continueAsNew?.input, { next: 1 });
  assert.deepEqual(
    result.continueAsNew?.carried.map(({ Name }) => Name),
    ['late'],
  );
});

test('an entity call ends with the event that carries its request id', () => {
  const actions: Action[] = [{ actionType: ActionType.CallEntity, instanceId: '@e@k', operation: 'get' }, call('a0')];
  const story = createStory();
  story.turn(0, actions);

  const other = story.turn(1, actions, raised('request-9'));
  const own = story.turn(2, actions, raised('request-0'));

  assert.deepEqual([other.work.length, other.openCount], [0, 1]);
  assert.deepEqual(brief(own.work), ['1 activity a0']);
});

const httpEnd = (statusCode: number, headers: Record<string, string>): string => JSON.stringify({ statusCode, headers, content: '' });

test('an HTTP call answered with 202 is asked again after Retry-After, without the function key', () => {
  const httpRequest = { method: 'POST', uri: 'http://localhost/start', content: 'x', headers: { 'x-functions-key': 'k', 'x-kept': '1' } };
  const actions: Action[] = [{ actionType: ActionType.CallHttp, httpRequest }];
  const story = createStory();
  story.turn(0, actions);

  const waiting = story.turn(0, actions, completed(0, httpEnd(202, { Location: '/status', 'Retry-After': '7' })));
  const asked = story.turn(7_000, actions, fired(1));
  const ended = story.turn(8_000, actions, completed(2, httpEnd(200, {})));

  assert.deepEqual(brief(waiting.work), [`1 timer ${isoOf(START_MS + 7_000)}`]);
  const [poll] = asked.work;
  assert.equal(poll?.id, 2);
  assert.deepEqual(poll?.kind === 'activity' && poll.input, {
    method: 'GET',
    uri: 'http://localhost/status',
    content: undefined,
    headers: { 'x-kept': '1' },
  });
  assert.deepEqual([ended.work.length, ended.openCount], [0, 0]);
});

test('a Location that is no address is remarked on', () => {
  const actions: Action[] = [{ actionType: ActionType.CallHttp, httpRequest: { method: 'GET', uri: 'http://localhost/' } }];
  const story = createStory();
  story.turn(0, actions);

  const result = story.turn(1, actions, completed(0, httpEnd(202, { location: 'http://[' })));

  assert.match(result.notices.join(), /Location that is no address/);
});

const REFUSED: { name: string; action: Action; notice: RegExp }[] = [
  { name: 'an unknown activity', action: call('x'), notice: /There is no activity function 'x'/ },
  { name: 'an unknown sub-orchestration', action: child('x'), notice: /There is no orchestrator function 'x'/ },
  { name: 'a child under its own id', action: child('o', 'SELF'), notice: /'SELF' is that of the orchestration itself/ },
  { name: "a child under its parent's id", action: child('o', 'parent'), notice: /or of its parent/ },
  { name: 'a child with an id that is no text', action: child('o', 'a\0b'), notice: /"a\\u0000b" holds a character that cannot be stored/ },
  { name: 'a child with the id of an entity', action: child('o', '@e@k'), notice: /begins with @/ },
];

for (const { name, action, notice } of REFUSED) {
  test(`${name} takes no id and is remarked on`, () => {
    const result = createStory().turn(0, [any(action, call('a0'))]);

    assert.deepEqual(brief(result.work), ['0 activity a0']);
    assert.match(result.notices.join(), notice);
  });
}

test('entity locks are refused by name', () => {
  const result = createStory().turn(0, [{ actionType: ActionType.LockEntities }]);

  assert.match(result.failure ?? '', /context\.df\.lock/);
});

test('repeated and unknown completions change nothing', () => {
  const actions = [call('a0'), call('a1')];
  const story = createStory();
  story.turn(0, actions);
  story.turn(1, actions, completed(0), completed(0));

  const result = story.turn(2, actions, completed(0), fired(17), completed(1));

  assert.deepEqual([result.work.length, result.openCount, result.failure], [0, 0, undefined]);
});

const AT = isoOf(START_MS);
const MISMATCHES: { name: string; event: Parameters<typeof replay>[0][number]; actions: Action[]; text: RegExp }[] = [
  {
    name: 'another activity',
    event: historyEvent.taskScheduled(AT, 0, 'a1'),
    actions: [call('a2')],
    text: /an activity task with sequence number 0 named 'a1', but the current orchestration replay instead scheduled an activity task named 'a2'/,
  },
  {
    name: 'a timer in place of an activity',
    event: historyEvent.taskScheduled(AT, 0, 'a1'),
    actions: [timer(1_000)],
    text: /an activity task with sequence ID 0 and name 'a1' .*hasn't \(yet\?\) scheduled this task/,
  },
  {
    name: 'nothing in place of a child',
    event: historyEvent.childCreated(AT, 0, 'o1', 'i'),
    actions: [],
    text: /a sub-orchestration task with sequence ID 0 and name 'o1' \(version '', instance ID 'i'\)/,
  },
  {
    name: 'nothing in place of a timer',
    event: historyEvent.timerCreated(AT, 0, AT),
    actions: [],
    text: /a timer task with sequence number 0/,
  },
  {
    name: 'nothing in place of a message to an entity',
    event: historyEvent.eventSent(AT, 0, '@e@k', 'op', '{}'),
    actions: [],
    text: /a send event task with sequence ID 0, type 'EventSent' name 'op', instance ID '@e@k'/,
  },
];

for (const { name, event, actions, text } of MISMATCHES) {
  test(`code that asks for ${name} is non-deterministic`, () => {
    const story = createStory();
    story.turn(0, []);

    const result = story.turn(1, actions, event);

    assert.match(result.failure ?? '', /^Non-Deterministic workflow detected/);
    assert.match(result.failure ?? '', text);
    assert.deepEqual(result.work, []);
  });
}

test('names are compared without case', () => {
  const story = createStory();
  story.turn(0, [call('aBC')]);

  const result = replay(story.history, [call('AbC')], { ...OPTIONS, isActivity: () => true });

  assert.equal(result.failure, undefined);
  assert.deepEqual(result.work, []);
});
