import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Instance, Message, StoredMessage } from '../../../../src/local/host/durable/durable-store.ts';
import { EventType, historyEvent, type HistoryEvent, type RuntimeStatus } from '../../../../src/local/host/durable/history-event.ts';
import { planTurn, type TurnPlan } from '../../../../src/local/host/durable/turn-plan.ts';
import { anInstance } from './an-instance.ts';

const AT = '2030-01-01T00:00:00.000Z';
const TYPE_NAMES = new Map<number, string>(Object.entries(EventType).map(([name, number]) => [number, name]));

const event = (one: HistoryEvent, executionId: string | null = null): Message => ({ kind: 'event', executionId, event: one });
const raised = (name: string): Message => event(historyEvent.eventRaised(AT, name, '1'));
const result = (taskId: number, executionId: string): Message => event(historyEvent.taskCompleted(AT, taskId, '1'), executionId);
const suspend = event(historyEvent.executionSuspended(AT, 'pause'));
const resume = event(historyEvent.executionResumed(AT, null));
const terminate = event(historyEvent.executionTerminated(AT, 'enough'));
const start = (executionId: string): Message => ({ kind: 'start', instance: anInstance({ executionId, status: 'Pending' }) });
const next: Message = { kind: 'continue' };

const stored = (messages: readonly Message[]): StoredMessage[] => messages.map((message, index) => ({ seq: index + 1, dueMs: 0, message }));

/** A plan in short: what it does, on which events, and which messages go. */
function brief(plan: TurnPlan): Record<string, unknown> {
  const names = (events: readonly HistoryEvent[]): string[] => events.map((one) => one.Name ?? TYPE_NAMES.get(one.EventType) ?? '');
  switch (plan.kind) {
    case 'idle':
      return { idle: plan.drop };
    case 'suspend':
      return { suspend: plan.consumed };
    case 'terminate':
      return { terminate: names(plan.events), consumed: plan.consumed, ...(plan.isFirst ? { isFirst: true } : {}) };
    default:
      return {
        run: names(plan.events),
        consumed: plan.consumed,
        ...(plan.isFirst ? { isFirst: true } : {}),
        ...(plan.isNewGeneration ? { isNewGeneration: true } : {}),
      };
  }
}

const CASES: { name: string; instance: RuntimeStatus | 'none'; messages: Message[]; plan: Record<string, unknown> }[] = [
  { name: 'a start runs the first turn', instance: 'Pending', messages: [start('e')], plan: { run: ['o'], consumed: [1], isFirst: true } },
  { name: 'a child starts without a row', instance: 'none', messages: [start('c')], plan: { run: ['o'], consumed: [1], isFirst: true } },
  {
    name: 'events that came before the first turn are part of it, also those that were sent before the start',
    instance: 'Pending',
    messages: [start('e'), raised('x')],
    plan: { run: ['o', 'x'], consumed: [1, 2], isFirst: true },
  },
  {
    name: 'an event that is ordered before the start waits for the next turn',
    instance: 'Pending',
    messages: [raised('x'), start('e')],
    plan: { run: ['o'], consumed: [2], isFirst: true },
  },
  { name: 'a pending instance keeps its events', instance: 'Pending', messages: [raised('x')], plan: { idle: [] } },
  { name: 'messages to nobody are dropped', instance: 'none', messages: [raised('x'), result(0, 'e')], plan: { idle: [1, 2] } },
  { name: 'messages to an ended instance are dropped', instance: 'Completed', messages: [raised('x'), terminate], plan: { idle: [1, 2] } },
  {
    name: 'all that is due is one turn, in order',
    instance: 'Running',
    messages: [result(0, 'e'), raised('x'), result(1, 'e')],
    plan: { run: ['TaskCompleted', 'x', 'TaskCompleted'], consumed: [1, 2, 3] },
  },
  {
    name: 'results of an earlier execution are dropped',
    instance: 'Running',
    messages: [result(0, 'old'), raised('x'), result(0, 'old')],
    plan: { run: ['x'], consumed: [2, 1, 3] },
  },
  { name: 'nothing but late results is no turn', instance: 'Running', messages: [result(0, 'old')], plan: { idle: [1] } },
  {
    name: 'a child start over a live instance waits',
    instance: 'Running',
    messages: [start('c'), raised('x')],
    plan: { run: ['x'], consumed: [2] },
  },
  { name: 'a child start over a live instance alone is no turn', instance: 'Running', messages: [start('c')], plan: { idle: [] } },
  {
    name: 'a child start over a pending instance lets that one go first',
    instance: 'Pending',
    messages: [start('c'), start('e')],
    plan: { run: ['o'], consumed: [2], isFirst: true },
  },
  {
    name: 'of two child starts the second waits',
    instance: 'none',
    messages: [start('c'), start('d')],
    plan: { run: ['o'], consumed: [1], isFirst: true },
  },
  {
    name: 'a child start replaces an ended instance',
    instance: 'Failed',
    messages: [result(3, 'e'), start('c'), raised('x')],
    plan: { run: ['o', 'x'], consumed: [2, 3, 1], isFirst: true },
  },
  {
    name: 'a new generation runs its first turn before anything else',
    instance: 'Running',
    messages: [raised('x'), suspend, next],
    plan: { run: [], consumed: [3], isNewGeneration: true },
  },
  { name: 'the continuation of an ended instance is dropped', instance: 'Terminated', messages: [next], plan: { idle: [1] } },
  { name: 'a suspend comes alone', instance: 'Running', messages: [suspend, raised('x')], plan: { suspend: [1] } },
  { name: 'a suspend takes late results away', instance: 'Running', messages: [result(0, 'old'), suspend], plan: { suspend: [1, 2] } },
  {
    name: 'a suspend after events waits for their turn',
    instance: 'Running',
    messages: [raised('x'), suspend],
    plan: { run: ['x'], consumed: [1] },
  },
  {
    name: 'a suspended instance keeps everything',
    instance: 'Suspended',
    messages: [raised('x'), result(0, 'e'), suspend],
    plan: { idle: [] },
  },
  {
    name: 'a suspended instance drops late results',
    instance: 'Suspended',
    messages: [result(0, 'old'), raised('x')],
    plan: { idle: [1] },
  },
  {
    name: 'a resume lets everything in, in order',
    instance: 'Suspended',
    messages: [raised('x'), resume, result(0, 'e')],
    plan: { run: ['x', 'ExecutionResumed', 'TaskCompleted'], consumed: [1, 2, 3] },
  },
  {
    name: 'a second suspend is taken when the resume is there',
    instance: 'Suspended',
    messages: [suspend, resume],
    plan: { suspend: [1] },
  },
  {
    name: 'a resume followed by a suspend runs first',
    instance: 'Suspended',
    messages: [resume, suspend],
    plan: { run: ['ExecutionResumed'], consumed: [1] },
  },
  {
    name: 'a terminate ends at once',
    instance: 'Running',
    messages: [terminate, raised('x')],
    plan: { terminate: ['ExecutionTerminated'], consumed: [1] },
  },
  {
    name: 'a terminate keeps what came before it in the history',
    instance: 'Running',
    messages: [raised('x'), result(0, 'old'), terminate, resume],
    plan: { terminate: ['x', 'ExecutionTerminated'], consumed: [1, 3, 2] },
  },
  {
    name: 'a terminate ends a suspended instance',
    instance: 'Suspended',
    messages: [raised('x'), terminate],
    plan: { terminate: ['x', 'ExecutionTerminated'], consumed: [1, 2] },
  },
  {
    name: 'a resume and a terminate together end a suspended instance',
    instance: 'Suspended',
    messages: [resume, terminate],
    plan: { terminate: ['ExecutionResumed', 'ExecutionTerminated'], consumed: [1, 2] },
  },
  {
    name: 'a terminate ends a pending instance with its start in the history',
    instance: 'Pending',
    messages: [start('e'), terminate],
    plan: { terminate: ['o', 'ExecutionTerminated'], consumed: [1, 2], isFirst: true },
  },
];

for (const { name, instance, messages, plan } of CASES) {
  test(name, () => {
    const present = instance === 'none' ? undefined : anInstance({ executionId: 'e', status: instance });

    const planned = planTurn(present, stored(messages), AT);

    assert.deepEqual(brief(planned), plan);
  });
}

test('the turn after a resume is that of a running instance without the reason of the suspension', () => {
  const suspended: Instance = anInstance({ executionId: 'e', status: 'Suspended', output: 'pause' });

  const plan = planTurn(suspended, stored([resume]), AT);

  assert.ok(plan.kind === 'run');
  assert.deepEqual([plan.instance.status, plan.instance.output], ['Running', null]);
});
