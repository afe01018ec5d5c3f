// How an instance and its history look over HTTP. Truth: the extension's StatusResponsePayload and conformance cases status-*.
import type { Instance } from './durable-store.ts';
import { EventType, STATUS_NUMBER, type HistoryEvent } from './history-event.ts';

export interface StatusOptions {
  showInput: boolean;
  showHistory: boolean;
  showHistoryOutput: boolean;
}

/** Stored JSON text as a value; text that is not JSON (a reason) stays text. */
function parsed(text: string | null | undefined): unknown {
  if (text === null || text === undefined) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Seconds precision, as the real host shows times. */
const shownTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

const TYPE_NAMES = new Map<number, string>(Object.entries(EventType).map(([name, number]) => [number, name]));
const STATUS_NAMES = new Map<number, string>(Object.entries(STATUS_NUMBER).map(([name, number]) => [number, name]));

/** Rows that only say that something was asked for: what they know moves to the row of its end. */
const FOLDED: ReadonlySet<number> = new Set([
  EventType.OrchestratorStarted,
  EventType.OrchestratorCompleted,
  EventType.TaskScheduled,
  EventType.SubOrchestrationInstanceCreated,
]);

const HIDDEN_OF_START = new Set(['OrchestrationInstance', 'ParentInstance', 'Name', 'Version', 'Tags']);

function describeStart(event: HistoryEvent, options: StatusOptions): Record<string, unknown> {
  const { Input, Name } = event;
  const kept = Object.entries(event).filter(([key]) => !HIDDEN_OF_START.has(key) && key !== 'Input');
  return { ...(options.showInput ? { Input } : {}), ...Object.fromEntries(kept), FunctionName: Name };
}

function describeEnd(event: HistoryEvent, scheduled: HistoryEvent | undefined, options: StatusOptions): Record<string, unknown> {
  const { TaskScheduledId: _id, ...rest } = event;
  if (!scheduled) return rest;
  return {
    ...rest,
    ScheduledTime: scheduled.Timestamp,
    FunctionName: scheduled.Name,
    ...(options.showInput ? { Input: scheduled.Input ?? null } : {}),
  };
}

function describe(event: HistoryEvent, scheduled: HistoryEvent | undefined, options: StatusOptions): Record<string, unknown> {
  if (event.EventType === EventType.ExecutionStarted) return describeStart(event, options);
  if (event.EventType === EventType.ExecutionCompleted) {
    return { ...event, OrchestrationStatus: STATUS_NAMES.get(event.OrchestrationStatus ?? 0) };
  }
  if (event.TaskScheduledId !== undefined) return describeEnd(event, scheduled, options);
  const { TimerId: _id, ...rest } = event;
  return rest;
}

function historyEvents(history: readonly HistoryEvent[], options: StatusOptions): Record<string, unknown>[] {
  const scheduled = new Map<number, HistoryEvent>();
  const shown: Record<string, unknown>[] = [];
  for (const event of history) {
    if (event.EventType === EventType.TaskScheduled || event.EventType === EventType.SubOrchestrationInstanceCreated)
      scheduled.set(event.EventId, event);
    if (FOLDED.has(event.EventType)) continue;
    const { EventId: _eventId, IsPlayed: _isPlayed, ...fields } = describe(event, scheduled.get(event.TaskScheduledId ?? -1), options);
    if (options.showHistoryOutput && 'Result' in fields) fields['Result'] = parsed(fields['Result'] as string | null);
    else delete fields['Result'];
    shown.push({ ...fields, EventType: TYPE_NAMES.get(event.EventType) });
  }
  return shown;
}

/** The status payload; `history` is read only when it is asked for and the instance has run. */
export function statusPayload(instance: Instance, options: StatusOptions, history: () => readonly HistoryEvent[]): Record<string, unknown> {
  return {
    name: instance.name,
    instanceId: instance.id,
    runtimeStatus: instance.status,
    input: options.showInput ? parsed(instance.input) : null,
    customStatus: parsed(instance.customStatus),
    output: parsed(instance.output),
    createdTime: shownTime(instance.createdMs),
    lastUpdatedTime: shownTime(instance.updatedMs),
    ...(options.showHistory && instance.status !== 'Pending' ? { historyEvents: historyEvents(history(), options) } : {}),
  };
}
