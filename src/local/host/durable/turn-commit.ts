// Turns the orchestrator's answer into everything one turn changes. Pure: ids and time are given.
import type { ActivityItem, Instance, Post, TurnCommit } from './durable-store.ts';
import { asPlayed, EventType, historyEvent, type EndStatus, type HistoryEvent } from './history-event.ts';
import type { OrchestratorAnswer } from './orchestrator-answer.ts';
import { replay, type ReplayOptions } from './replay.ts';
import type { Work } from './work.ts';

export interface TurnInput {
  instance: Instance;
  /** All events up to and including this turn's OrchestratorStarted and messages. */
  history: readonly HistoryEvent[];
  /** How many of them this turn added. */
  newCount: number;
  isFirst: boolean;
  consumed: number[];
  answer: OrchestratorAnswer;
}

export interface TurnNeeds extends Omit<ReplayOptions, 'ownIds'> {
  nowMs: number;
  /** 32 hexadecimal digits: ids of generations and children's executions. */
  newExecutionId(): string;
  /** A guid: ids of requests to entities. */
  newRequestId(): string;
}

export interface Turn {
  commit: TurnCommit;
  notices: string[];
}

const isoOf = (ms: number): string => new Date(ms).toISOString();
/** JSON text of a value; undefined is null, as the extension stores it. */
const toText = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));

function failureText(instance: Instance, message: string): string {
  return `Orchestrator function '${instance.name}' failed: ${message}`;
}

/** Where the real host's failure comes from; only its place in `Details` matters. */
const CHILD_STACK =
  '   at Microsoft.Azure.WebJobs.Extensions.DurableTask.OutOfProcOrchestrationShim.HandleDurableTaskReplay(OrchestrationInvocationResult executionJson)\n' +
  '   at Microsoft.Azure.WebJobs.Extensions.DurableTask.TaskOrchestrationShim.InvokeUserCodeAndHandleResults(OrchestrationContext innerContext)';

/** What a parent is told when its child ends. */
function reportToParent(instance: Instance, status: EndStatus, output: string | null, nowMs: number): Post[] {
  const { parent } = instance;
  if (!parent) return [];
  const { InstanceId: instanceId, ExecutionId: executionId } = parent.OrchestrationInstance;
  const id = parent.TaskScheduleId;
  const at = isoOf(nowMs);
  const prefix = failureText(instance, '');
  const message = output?.startsWith(prefix) ? output.slice(prefix.length) : (output ?? '');
  const event =
    status === 'Completed'
      ? historyEvent.childCompleted(at, id, output)
      : historyEvent.childFailed(at, id, output, status === 'Failed' ? `Message: ${message}, StackTrace: ${CHILD_STACK}` : null);
  return [{ instanceId, dueMs: nowMs, message: { kind: 'event', executionId, event } }];
}

/** The commit of a turn that ends the instance. */
export function endInstance(
  turn: Omit<TurnInput, 'answer'>,
  end: { status: EndStatus; output: string | null; customStatus: string | null; scheduled?: HistoryEvent[]; work?: Work[] },
  needs: TurnNeeds,
): TurnCommit {
  const { instance } = turn;
  const at = isoOf(needs.nowMs);
  const events = [
    ...turn.history.slice(turn.history.length - turn.newCount),
    ...(end.scheduled ?? []),
    historyEvent.executionCompleted(at, end.status, end.output),
    historyEvent.orchestratorCompleted(at),
  ];
  const ended: Instance = { ...instance, status: end.status, output: end.output, customStatus: end.customStatus, updatedMs: needs.nowMs };
  return {
    instance: ended,
    basedOn: instance.executionId,
    consumed: turn.consumed,
    history: { mode: turn.isFirst ? 'replace' : 'append', events: events.map(asPlayed) },
    activities: [],
    posts: reportToParent(instance, end.status, end.output, needs.nowMs),
    endedExecution: instance.executionId,
  };
}

interface Scheduled {
  events: HistoryEvent[];
  activities: ActivityItem[];
  posts: Post[];
}

function scheduleChild(instance: Instance, work: Work & { kind: 'child' }, needs: TurnNeeds, into: Scheduled): void {
  const id = work.instanceId ?? `${instance.executionId}:${work.id}`;
  const input = toText(work.input);
  const at = isoOf(needs.nowMs);
  into.events.push(historyEvent.childCreated(at, work.id, work.name, id));
  const child: Instance = {
    id,
    executionId: needs.newExecutionId(),
    name: work.name,
    input,
    output: null,
    customStatus: null,
    status: 'Pending',
    createdMs: needs.nowMs,
    updatedMs: needs.nowMs,
    generation: null,
    parent: {
      Name: instance.name,
      OrchestrationInstance: { InstanceId: instance.id, ExecutionId: instance.executionId },
      TaskScheduleId: work.id,
      Version: null,
    },
  };
  into.posts.push({ instanceId: id, dueMs: needs.nowMs, message: { kind: 'start', instance: child } });
}

function scheduleSend(instance: Instance, work: Work & { kind: 'send' }, needs: TurnNeeds, into: Scheduled): void {
  const id = needs.newRequestId();
  const input = toText(work.input);
  const caller = work.isCall ? { instanceId: instance.id, executionId: instance.executionId } : null;
  const message = { op: work.operation, id, input, signal: !work.isCall };
  into.events.push(historyEvent.eventSent(isoOf(needs.nowMs), work.id, work.instanceId, 'op', JSON.stringify(message)));
  const dueMs = work.fireAt ? Date.parse(work.fireAt) : needs.nowMs;
  into.posts.push({
    instanceId: work.instanceId,
    dueMs,
    message: { kind: 'operation', operation: { id, name: work.operation, input, caller } },
  });
}

function schedule(instance: Instance, work: readonly Work[], needs: TurnNeeds): Scheduled {
  const into: Scheduled = { events: [], activities: [], posts: [] };
  const at = isoOf(needs.nowMs);
  const { id: instanceId, executionId } = instance;
  for (const item of work) {
    switch (item.kind) {
      case 'activity':
        into.events.push(historyEvent.taskScheduled(at, item.id, item.name));
        into.activities.push({ instanceId, executionId, taskId: item.id, name: item.name, input: toText(item.input) });
        break;
      case 'timer': {
        into.events.push(historyEvent.timerCreated(at, item.id, item.fireAt));
        const event = historyEvent.timerFired(at, item.id, item.fireAt);
        const dueMs = Math.max(needs.nowMs, Date.parse(item.fireAt));
        into.posts.push({ instanceId, dueMs, message: { kind: 'event', executionId, event } });
        break;
      }
      case 'child':
        scheduleChild(instance, item, needs, into);
        break;
      case 'send':
        scheduleSend(instance, item, needs, into);
        break;
    }
  }
  return into;
}

/** The next generation: a history of its own, and a message that runs its first turn. */
function continueAsNew(
  turn: TurnInput,
  next: { input: unknown; carried: HistoryEvent[] },
  customStatus: string | null,
  needs: TurnNeeds,
): TurnCommit {
  const at = isoOf(needs.nowMs);
  const { instance } = turn;
  const input = toText(next.input);
  const executionId = needs.newExecutionId();
  const started = historyEvent.executionStarted(at, {
    instance: { InstanceId: instance.id, ExecutionId: executionId },
    parent: instance.parent,
    name: instance.name,
    input,
    generation: instance.generation,
  });
  const events = [historyEvent.orchestratorStarted(at), started, ...next.carried, historyEvent.orchestratorCompleted(at)];
  return {
    instance: { ...instance, executionId, input, customStatus, updatedMs: needs.nowMs },
    basedOn: instance.executionId,
    consumed: turn.consumed,
    history: {
      mode: 'replace',
      events: events.map((event) => ({ ...event, IsPlayed: event.EventType !== EventType.OrchestratorStarted })),
    },
    activities: [],
    posts: [{ instanceId: instance.id, dueMs: needs.nowMs, message: { kind: 'continue' } }],
    endedExecution: instance.executionId,
  };
}

/** The end of a turn whose code no longer fits, or that the SDK itself could not run. */
function failTurn(turn: TurnInput, output: string, customStatus: string | null, needs: TurnNeeds): TurnCommit {
  return endInstance(turn, { status: 'Failed', output, customStatus }, needs);
}

/** The extension's limit (DurableOrchestrationContext.cs, SetCustomStatus), in bytes of UTF-16. */
const LONGEST_STATUS_BYTES = 16 * 1024;

function statusObjection(customStatus: string | null): string | undefined {
  const bytes = 2 * (customStatus?.length ?? 0);
  if (bytes <= LONGEST_STATUS_BYTES) return undefined;
  return `The UTF-16 size of the JSON-serialized custom status must not exceed 16 KB. The current size is ${(bytes / 1024).toFixed(2)} KB.`;
}

/** Works out all effects of a turn. */
export function completeTurn(turn: TurnInput, needs: TurnNeeds): Turn {
  const { instance, answer } = turn;
  const objection = statusObjection(toText(answer.customStatus));
  if (objection !== undefined)
    return { commit: failTurn(turn, failureText(instance, objection), instance.customStatus, needs), notices: [objection] };
  // The SDK works the status out anew in every turn, so one without it clears what continueAsNew carried over (case continue-as-new).
  const customStatus = toText(answer.customStatus);
  const ownIds = [instance.id, instance.parent?.OrchestrationInstance.InstanceId ?? ''].filter((id) => id !== '');
  const walked = replay(turn.history, answer.actions, { ...needs, ownIds: ownIds.map((id) => id.toLowerCase()) });
  const { notices } = walked;
  if (walked.failure !== undefined) return { commit: failTurn(turn, walked.failure, customStatus, needs), notices };
  if (answer.sdkFailure !== undefined)
    return { commit: failTurn(turn, failureText(instance, answer.sdkFailure), customStatus, needs), notices };

  const scheduled = schedule(instance, walked.work, needs);
  const hasEnded = (answer.isDone || answer.error !== undefined) && walked.openCount === 0;
  if (hasEnded && walked.continueAsNew && answer.error === undefined) {
    const commit = continueAsNew(turn, walked.continueAsNew, customStatus, needs);
    return { commit: { ...commit, posts: [...scheduled.posts, ...commit.posts] }, notices };
  }
  if (hasEnded) {
    const end =
      answer.error === undefined
        ? { status: 'Completed' as const, output: toText(answer.output) }
        : { status: 'Failed' as const, output: failureText(instance, answer.error) };
    const commit = endInstance(turn, { ...end, customStatus, scheduled: scheduled.events }, needs);
    return { commit: { ...commit, activities: scheduled.activities, posts: [...scheduled.posts, ...commit.posts] }, notices };
  }
  return {
    commit: {
      instance: { ...instance, status: 'Running', customStatus, updatedMs: needs.nowMs },
      basedOn: instance.executionId,
      consumed: turn.consumed,
      history: {
        mode: turn.isFirst ? 'replace' : 'append',
        events: [
          ...turn.history.slice(turn.history.length - turn.newCount),
          ...scheduled.events,
          historyEvent.orchestratorCompleted(isoOf(needs.nowMs)),
        ].map(asPlayed),
      },
      activities: scheduled.activities,
      posts: scheduled.posts,
    },
    notices,
  };
}
