// Decides what an instance does with the messages that are due for it. Pure.
import type { Instance, StoredMessage } from './durable-store.ts';
import { EventType, historyEvent, isTerminal, type HistoryEvent } from './history-event.ts';

export type TurnPlan =
  /** Nothing to run; `drop` are messages nobody waits for any more. */
  | { kind: 'idle'; drop: number[] }
  /** Run the orchestrator on `events` (empty for the first turn of a new generation). */
  | { kind: 'run'; instance: Instance; isFirst: boolean; isNewGeneration: boolean; events: HistoryEvent[]; consumed: number[] }
  | { kind: 'suspend'; instance: Instance; event: HistoryEvent; consumed: number[] }
  | { kind: 'terminate'; instance: Instance; isFirst: boolean; events: HistoryEvent[]; reason: string | null; consumed: number[] };

interface Draft {
  instance: Instance | undefined;
  isFirst: boolean;
  events: HistoryEvent[];
  consumed: number[];
  drop: number[];
}

function begin(draft: Draft, message: StoredMessage, instance: Instance, at: string): void {
  draft.instance = { ...instance, status: 'Running' };
  draft.isFirst = true;
  draft.consumed.push(message.seq);
  draft.events.push(
    historyEvent.executionStarted(at, {
      instance: { InstanceId: instance.id, ExecutionId: instance.executionId },
      parent: instance.parent,
      name: instance.name,
      input: instance.input,
      generation: instance.generation,
    }),
  );
}

/** True when the message belongs to an execution that runs now (or to any). */
function isCurrent(message: StoredMessage, instance: Instance): boolean {
  if (message.message.kind !== 'event') return true;
  const { executionId } = message.message;
  return executionId === null || executionId === instance.executionId;
}

const isEvent = (message: StoredMessage, type: number): boolean =>
  message.message.kind === 'event' && message.message.event.EventType === type;

/** A suspended instance keeps everything waiting until a resume or a terminate is there. */
function mustWait(instance: Instance | undefined, messages: readonly StoredMessage[]): boolean {
  if (instance?.status !== 'Suspended') return false;
  return !messages.some((message) => isEvent(message, EventType.ExecutionResumed) || isEvent(message, EventType.ExecutionTerminated));
}

/** Takes a start message; false when it has to wait because the instance still runs. */
function takeStart(draft: Draft, message: StoredMessage, started: Instance, at: string): boolean {
  const isOwnFirst = draft.instance?.status === 'Pending' && draft.instance.executionId === started.executionId;
  const isFree = draft.instance === undefined || isTerminal(draft.instance.status);
  if (draft.events.length > 0 || !(isOwnFirst || isFree)) return false;
  begin(draft, message, started, at);
  return true;
}

/** The plan for `messages`, which are due for `instance` (undefined when there is no such instance yet), at the ISO time `at`. */
export function planTurn(instance: Instance | undefined, messages: readonly StoredMessage[], at: string): TurnPlan {
  const draft: Draft = { instance, isFirst: false, events: [], consumed: [], drop: [] };
  const next = messages.find((message) => message.message.kind === 'continue');
  if (next && instance && !isTerminal(instance.status)) {
    return { kind: 'run', instance, isFirst: false, isNewGeneration: true, events: [], consumed: [next.seq] };
  }
  const waits = mustWait(instance, messages);
  for (const stored of messages) {
    const { message } = stored;
    if (message.kind === 'start') {
      takeStart(draft, stored, message.instance, at);
      continue;
    }
    const current = draft.instance;
    const isLive = current !== undefined && !isTerminal(current.status);
    if (message.kind !== 'event' || !isLive || !isCurrent(stored, current)) {
      draft.drop.push(stored.seq);
      continue;
    }
    // Before its start message is due an instance keeps its events.
    if (waits || current.status === 'Pending') continue;
    const control = takeControl(draft, stored, message.event, current);
    if (control === 'stop') break;
    if (control) return control;
  }
  return conclude(draft);
}

/** Handles suspend and terminate; anything else becomes an event of the turn. */
function takeControl(draft: Draft, stored: StoredMessage, event: HistoryEvent, instance: Instance): TurnPlan | 'stop' | undefined {
  if (event.EventType === EventType.ExecutionSuspended) {
    if (draft.events.length > 0) return 'stop';
    return { kind: 'suspend', instance, event, consumed: [...draft.consumed, ...draft.drop, stored.seq] };
  }
  draft.consumed.push(stored.seq);
  draft.events.push(event);
  if (event.EventType === EventType.ExecutionResumed) draft.instance = { ...instance, status: 'Running', output: null };
  if (event.EventType !== EventType.ExecutionTerminated) return undefined;
  const consumed = [...draft.consumed, ...draft.drop];
  return { kind: 'terminate', instance, isFirst: draft.isFirst, events: draft.events, reason: event.Input ?? null, consumed };
}

function conclude(draft: Draft): TurnPlan {
  if (draft.events.length === 0 || !draft.instance) return { kind: 'idle', drop: draft.drop };
  const { instance, isFirst, events } = draft;
  return { kind: 'run', instance, isFirst, isNewGeneration: false, events, consumed: [...draft.consumed, ...draft.drop] };
}
