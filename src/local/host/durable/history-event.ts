// Events of an orchestration's history, in the field names that durable-functions reads.
// Truth: DurableTask.Core History/*, and the payloads recorded in test/conformance (case turn-payload).

/** `EventType` numbers. */
export const EventType = {
  ExecutionStarted: 0,
  ExecutionCompleted: 1,
  ExecutionTerminated: 3,
  TaskScheduled: 4,
  TaskCompleted: 5,
  TaskFailed: 6,
  SubOrchestrationInstanceCreated: 7,
  SubOrchestrationInstanceCompleted: 8,
  SubOrchestrationInstanceFailed: 9,
  TimerCreated: 10,
  TimerFired: 11,
  OrchestratorStarted: 12,
  OrchestratorCompleted: 13,
  EventSent: 14,
  EventRaised: 15,
  GenericEvent: 17,
  ExecutionSuspended: 19,
  ExecutionResumed: 20,
  ExecutionRewound: 21,
} as const;

type EventTypeNumber = (typeof EventType)[keyof typeof EventType];

/** Status numbers of ExecutionCompleted, and the names of them all. */
export const STATUS_NUMBER = { Completed: 1, Failed: 3, Terminated: 5 } as const;

export type RuntimeStatus = 'Pending' | 'Running' | 'Suspended' | 'Completed' | 'Failed' | 'Terminated';

export type EndStatus = keyof typeof STATUS_NUMBER;

export function isTerminal(status: RuntimeStatus): status is EndStatus {
  return status in STATUS_NUMBER;
}

export interface HistoryEvent {
  EventType: EventTypeNumber;
  /** The task id for Scheduled/Created/Sent events, else -1. */
  EventId: number;
  IsPlayed: boolean;
  /** ISO text, UTC. */
  Timestamp: string;
  Name?: string | null;
  Input?: string | null;
  Result?: string | null;
  Reason?: string | null;
  Details?: string | null;
  TaskScheduledId?: number;
  TimerId?: number;
  FireAt?: string;
  InstanceId?: string;
  OrchestrationStatus?: number;
  Data?: string | null;
  [field: string]: unknown;
}

export interface OrchestrationRef {
  InstanceId: string;
  ExecutionId: string;
}

export interface ParentInstance {
  Name: string;
  OrchestrationInstance: OrchestrationRef;
  TaskScheduleId: number;
  Version: null;
}

const event = (EventTypeValue: EventTypeNumber, timestamp: string, fields: Record<string, unknown>, eventId = -1): HistoryEvent => ({
  ...fields,
  EventType: EventTypeValue,
  EventId: eventId,
  IsPlayed: false,
  Timestamp: timestamp,
});

/** Constructors, one per kind; `at` is the event's time as ISO text. */
export const historyEvent = {
  executionStarted: (
    at: string,
    start: { instance: OrchestrationRef; parent: ParentInstance | null; name: string; input: string | null; generation: number | null },
  ): HistoryEvent =>
    event(EventType.ExecutionStarted, at, {
      OrchestrationInstance: start.instance,
      ParentInstance: start.parent,
      Name: start.name,
      Version: null,
      Input: start.input,
      Tags: null,
      Correlation: null,
      ParentTraceContext: null,
      ScheduledStartTime: null,
      Generation: start.generation,
      GenerateNewTrace: false,
    }),
  executionCompleted: (at: string, status: EndStatus, result: string | null): HistoryEvent =>
    event(EventType.ExecutionCompleted, at, { OrchestrationStatus: STATUS_NUMBER[status], Result: result, FailureDetails: null }),
  executionTerminated: (at: string, reason: string | null): HistoryEvent => event(EventType.ExecutionTerminated, at, { Input: reason }),
  executionSuspended: (at: string, reason: string | null): HistoryEvent => event(EventType.ExecutionSuspended, at, { Reason: reason }),
  executionResumed: (at: string, reason: string | null): HistoryEvent => event(EventType.ExecutionResumed, at, { Reason: reason }),
  genericEvent: (at: string, data: string | null, eventId = -1): HistoryEvent => event(EventType.GenericEvent, at, { Data: data }, eventId),
  orchestratorStarted: (at: string): HistoryEvent => event(EventType.OrchestratorStarted, at, {}),
  orchestratorCompleted: (at: string): HistoryEvent => event(EventType.OrchestratorCompleted, at, {}),
  taskScheduled: (at: string, id: number, name: string): HistoryEvent =>
    event(EventType.TaskScheduled, at, { Name: name, Version: '', Input: null, ParentTraceContext: null, Tags: null }, id),
  taskCompleted: (at: string, id: number, result: string | null): HistoryEvent =>
    event(EventType.TaskCompleted, at, { TaskScheduledId: id, Result: result }),
  taskFailed: (at: string, id: number, reason: string, details: string): HistoryEvent =>
    event(EventType.TaskFailed, at, { TaskScheduledId: id, Reason: reason, Details: details, FailureDetails: null }),
  childCreated: (at: string, id: number, name: string, instanceId: string): HistoryEvent =>
    event(EventType.SubOrchestrationInstanceCreated, at, { Name: name, Version: '', InstanceId: instanceId, Input: null }, id),
  childCompleted: (at: string, id: number, result: string | null): HistoryEvent =>
    event(EventType.SubOrchestrationInstanceCompleted, at, { TaskScheduledId: id, Result: result }),
  childFailed: (at: string, id: number, reason: string | null, details: string | null): HistoryEvent =>
    event(EventType.SubOrchestrationInstanceFailed, at, { TaskScheduledId: id, Reason: reason, Details: details, FailureDetails: null }),
  timerCreated: (at: string, id: number, fireAt: string): HistoryEvent => event(EventType.TimerCreated, at, { FireAt: fireAt }, id),
  timerFired: (at: string, id: number, fireAt: string): HistoryEvent => event(EventType.TimerFired, at, { TimerId: id, FireAt: fireAt }),
  eventSent: (at: string, id: number, instanceId: string, name: string, input: string): HistoryEvent =>
    event(EventType.EventSent, at, { InstanceId: instanceId, Name: name, Input: input }, id),
  eventRaised: (at: string, name: string, input: string | null): HistoryEvent =>
    event(EventType.EventRaised, at, { Name: name, Input: input }),
};

/** Events that come from outside a turn: they count as played in every later turn. The others never do, except as below. */
const MESSAGE_EVENTS: ReadonlySet<number> = new Set([
  EventType.ExecutionStarted,
  EventType.ExecutionTerminated,
  EventType.TaskCompleted,
  EventType.TaskFailed,
  EventType.SubOrchestrationInstanceCompleted,
  EventType.SubOrchestrationInstanceFailed,
  EventType.TimerFired,
  EventType.EventRaised,
  EventType.GenericEvent,
  EventType.ExecutionSuspended,
  EventType.ExecutionResumed,
]);

/** The event as later turns see it. */
export function asPlayed(one: HistoryEvent): HistoryEvent {
  return MESSAGE_EVENTS.has(one.EventType) && !one.IsPlayed ? { ...one, IsPlayed: true } : one;
}

/** True for the good end of an activity or a sub-orchestration. */
export const succeeded = (one: HistoryEvent): boolean =>
  one.EventType === EventType.TaskCompleted || one.EventType === EventType.SubOrchestrationInstanceCompleted;
