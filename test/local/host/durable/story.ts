// Plays one execution turn by turn against the interpreter alone: what a turn schedules is written into the history as the hub does it.
import { historyEvent, type HistoryEvent } from '../../../../src/local/host/durable/history-event.ts';
import type { Action } from '../../../../src/local/host/durable/orchestrator-answer.ts';
import { replay, type Replay, type ReplayOptions } from '../../../../src/local/host/durable/replay.ts';
import type { Work } from '../../../../src/local/host/durable/work.ts';

export const START_MS = Date.parse('2030-01-01T00:00:00.000Z');
export const DAY_MS = 24 * 3_600_000;
export const isoOf = (ms: number): string => new Date(ms).toISOString();

export const OPTIONS: ReplayOptions = {
  isActivity: (name) => name.startsWith('a'),
  isOrchestrator: (name) => name.startsWith('o'),
  ownIds: ['self', 'parent'],
  httpSleepMs: 30_000,
};

/** The event that says `work` was scheduled. */
export function scheduledEvent(work: Work, at: string): HistoryEvent {
  switch (work.kind) {
    case 'activity':
      return historyEvent.taskScheduled(at, work.id, work.name);
    case 'child':
      return historyEvent.childCreated(at, work.id, work.name, work.instanceId ?? `execution:${work.id}`);
    case 'timer':
      return historyEvent.timerCreated(at, work.id, work.fireAt);
    default:
      return historyEvent.eventSent(at, work.id, work.instanceId, 'op', JSON.stringify({ op: work.operation, id: `request-${work.id}` }));
  }
}

export interface Story {
  readonly history: HistoryEvent[];
  /** One turn with `events` at START_MS + `atMs`; the actions are all that the code has asked for until then. */
  turn(atMs: number, actions: readonly Action[], ...events: HistoryEvent[]): Replay;
}

export function createStory(options: ReplayOptions = OPTIONS): Story {
  const history: HistoryEvent[] = [];
  return {
    history,
    turn(atMs, actions, ...events) {
      const at = isoOf(START_MS + atMs);
      history.push(historyEvent.orchestratorStarted(at));
      if (history.length === 1) {
        const instance = { InstanceId: 'self', ExecutionId: 'execution' };
        history.push(historyEvent.executionStarted(at, { instance, parent: null, name: 'o', input: null, generation: 0 }));
      }
      history.push(...events);
      const result = replay(history, actions, options);
      history.push(...result.work.map((work) => scheduledEvent(work, at)), historyEvent.orchestratorCompleted(at));
      return result;
    },
  };
}

const AT = isoOf(START_MS);
export const completed = (id: number, result = 'null'): HistoryEvent => historyEvent.taskCompleted(AT, id, result);
export const failed = (id: number): HistoryEvent => historyEvent.taskFailed(AT, id, 'reason', 'details');
export const fired = (id: number): HistoryEvent => historyEvent.timerFired(AT, id, AT);
export const raised = (name: string, input = '1'): HistoryEvent => historyEvent.eventRaised(AT, name, input);
