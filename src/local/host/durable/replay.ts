// The interpreter: walks an orchestration's history beside the actions its code asked for, and finds what is new work.
// A pure function of both; nothing is kept between turns. Truth: functions-host facts on DurableTask.Core's TaskOrchestrationContext
// (ids are handed out in the order the tasks start, completions are looked up by id), checked by the cases in test/conformance.
import { EventType, succeeded, type HistoryEvent } from './history-event.ts';
import { HTTP_ACTIVITY, nextPoll } from './http-activity.ts';
import { callObjection, type KnownNames } from './call-objection.ts';
import { describeMismatch } from './non-determinism.ts';
import { ActionType, type Action, type HttpCall, type RetryPolicy } from './orchestrator-answer.ts';
import { retryDelayMs } from './retry-delay.ts';
import type { Work } from './work.ts';

export interface Replay {
  /** New work, by ascending id. */
  work: Work[];
  /** Tasks that have not ended: the orchestration cannot complete before there are none. */
  openCount: number;
  /** The code no longer fits the history, or asked for what this host refuses: the orchestration fails with this text. */
  failure?: string;
  continueAsNew?: { input: unknown; carried: HistoryEvent[] };
  /** What a developer must hear although the real host would keep silent. */
  notices: string[];
}

export interface ReplayOptions extends KnownNames {
  httpSleepMs: number;
}

const SHORT_TIMER_MS = 6 * 24 * 3_600_000;
const TIMER_CHUNK_MS = 3 * 24 * 3_600_000;
type CallAction = Extract<Action, { functionName: string }>;
type RetriedAction = Extract<CallAction, { retryOptions: RetryPolicy }>;
type TimerAction = Extract<Action, { isCanceled: boolean }>;
type EntityAction = Extract<Action, { operation: string }>;
type CompoundAction = Extract<Action, { compoundActions: Action[] }>;

interface Task {
  done: boolean;
  onDone?: () => void;
}

type Completion = (event: HistoryEvent) => void;

/** Thrown inside the walk; its message becomes the orchestration's failure. */
class ReplayFailure extends Error {}

function finish(task: Task): void {
  if (task.done) return;
  task.done = true;
  task.onDone?.();
}

/** One walk over one history. */
class Walk {
  readonly #actions: readonly Action[];
  readonly #options: ReplayOptions;
  readonly pending = new Map<number, Work>();
  readonly notices: string[] = [];
  continueAsNew: Replay['continueAsNew'];
  readonly #open = new Map<number, Completion>();
  readonly #entityCalls = new Map<string, Completion>();
  readonly #waiters = new Map<string, Task[]>();
  readonly #buffered = new Map<string, number>();
  #nextId = 0;
  #nowMs = 0;
  #cursor = 0;
  #current: Task | undefined;

  constructor(actions: readonly Action[], options: ReplayOptions) {
    this.#actions = actions;
    this.#options = options;
  }

  get openCount(): number {
    return this.#open.size + this.#entityCalls.size;
  }

  handle(event: HistoryEvent): void {
    switch (event.EventType) {
      case EventType.OrchestratorStarted:
        this.#nowMs = Math.max(this.#nowMs, Date.parse(event.Timestamp));
        break;
      case EventType.ExecutionStarted:
        this.#advance(true);
        break;
      case EventType.TaskScheduled:
      case EventType.SubOrchestrationInstanceCreated:
      case EventType.TimerCreated:
      case EventType.EventSent:
        this.#match(event);
        break;
      case EventType.TaskCompleted:
      case EventType.TaskFailed:
      case EventType.SubOrchestrationInstanceCompleted:
      case EventType.SubOrchestrationInstanceFailed:
        this.#complete(event.TaskScheduledId ?? -1, event);
        break;
      case EventType.TimerFired:
        this.#complete(event.TimerId ?? -1, event);
        break;
      case EventType.EventRaised:
        this.#raise(event);
        break;
      default:
        break;
    }
  }

  /** Starts the actions one after another, each once the one before has ended: that is the order in which ids are handed out. */
  #advance(isStart = false): void {
    if (!isStart && this.#current === undefined) return;
    while (this.#cursor < this.#actions.length && (this.#current === undefined || this.#current.done)) {
      const action = this.#actions[this.#cursor];
      this.#cursor += 1;
      if (action) this.#current = this.#start(action);
    }
  }

  #complete(id: number, event: HistoryEvent): void {
    const completion = this.#open.get(id);
    // An unknown id is a repeated message or a timer that was cancelled: both mean nothing any more.
    if (!completion) return;
    this.#open.delete(id);
    completion(event);
    this.#advance();
  }

  #raise(event: HistoryEvent): void {
    const name = event.Name ?? '';
    const call = this.#entityCalls.get(name);
    if (call) {
      this.#entityCalls.delete(name);
      call(event);
      this.#advance();
    } else if (this.continueAsNew) {
      this.continueAsNew.carried.push(event);
    } else {
      const key = name.toLowerCase();
      const waiter = this.#waiters.get(key)?.pop();
      if (waiter) finish(waiter);
      else this.#buffered.set(key, (this.#buffered.get(key) ?? 0) + 1);
      this.#advance();
    }
  }

  #match(event: HistoryEvent): void {
    const id = event.EventId;
    const work = this.pending.get(id);
    const mismatch = describeMismatch(event, work);
    if (mismatch)
      throw new ReplayFailure(`Non-Deterministic workflow detected: A previous execution of this orchestration scheduled ${mismatch}`);
    this.pending.delete(id);
    const call = work?.kind === 'send' && work.isCall ? this.#open.get(id) : undefined;
    if (!call) return;
    this.#open.delete(id);
    this.#entityCalls.set((JSON.parse(event.Input ?? '{}') as { id: string }).id, call);
  }

  #takeId(): number {
    const id = this.#nextId;
    this.#nextId += 1;
    return id;
  }

  #start(action: Action): Task {
    const task: Task = { done: false };
    switch (action.actionType) {
      case ActionType.CallActivity:
      case ActionType.CallSubOrchestrator:
        this.#startCall(action, task);
        break;
      case ActionType.CallActivityWithRetry:
      case ActionType.CallSubOrchestratorWithRetry:
        this.#startRetried(action, task);
        break;
      case ActionType.ContinueAsNew:
        this.continueAsNew ??= { input: action.input, carried: [] };
        finish(task);
        break;
      case ActionType.CreateTimer:
        this.#startTimer(action, task);
        break;
      case ActionType.WaitForExternalEvent:
        this.#startWait(action.externalEventName.toLowerCase(), task);
        break;
      case ActionType.CallEntity:
        this.#send(action, task, true);
        break;
      case ActionType.SignalEntity:
      case ActionType.ScheduledSignalEntity:
        this.#send(action, task, false);
        break;
      case ActionType.CallHttp:
        this.#startHttp(action.httpRequest, task);
        break;
      case ActionType.WhenAny:
      case ActionType.WhenAll:
        this.#startCompound(action, task);
        break;
      case ActionType.LockEntities:
      case ActionType.ReleaseEntities:
        throw new ReplayFailure('Entity locks are not served by the local Functions host; the application may not use context.df.lock.');
    }
    return task;
  }

  /** Schedules one activity or sub-orchestration; false when that is impossible. */
  #schedule(action: CallAction, onEnd: Completion): boolean {
    const { functionName: name, input } = action;
    const isActivity = action.actionType === ActionType.CallActivity || action.actionType === ActionType.CallActivityWithRetry;
    // A blank id counts as none (DurableTask.Core, TaskOrchestrationContext.CreateSubOrchestrationInstance).
    const givenId = 'instanceId' in action ? (action.instanceId ?? '') : '';
    const instanceId = givenId.trim() === '' ? undefined : givenId;
    const objection = callObjection(name, isActivity, instanceId ?? '', this.#options);
    if (objection !== undefined) {
      this.notices.push(`${objection} As on the real host nothing is scheduled and the orchestration waits for ever.`);
      return false;
    }
    const id = this.#takeId();
    this.pending.set(id, isActivity ? { kind: 'activity', id, name, input } : { kind: 'child', id, name, instanceId, input });
    this.#open.set(id, onEnd);
    return true;
  }

  #startCall(action: CallAction, task: Task): void {
    if (!this.#schedule(action, () => finish(task))) finish(task);
  }

  #startRetried(action: RetriedAction, task: Task): void {
    const policy = action.retryOptions;
    const firstAttemptMs = this.#nowMs;
    const attempt = (count: number): void => {
      const isScheduled = this.#schedule(action, (event) => (succeeded(event) ? finish(task) : onFailure(count)));
      if (!isScheduled) finish(task);
    };
    const onFailure = (count: number): void => {
      if (policy.retryTimeoutInMilliseconds !== undefined && this.#nowMs - firstAttemptMs >= policy.retryTimeoutInMilliseconds) {
        this.notices.push(
          `The retry timeout of '${action.functionName}' has passed. As on the real host the orchestration now waits for ever.`,
        );
        return;
      }
      const isLast = count >= policy.maxNumberOfAttempts;
      this.#timer(this.#nowMs + (isLast ? 0 : retryDelayMs(policy, count)), () => (isLast ? finish(task) : attempt(count + 1)));
    };
    attempt(1);
  }

  /** Asks for a timer; gives its id. */
  #addTimer(fireAtMs: number): number {
    const fireAt = new Date(fireAtMs);
    if (Number.isNaN(fireAt.getTime())) throw new ReplayFailure('The orchestration asked for a timer with a time that is none.');
    const id = this.#takeId();
    this.pending.set(id, { kind: 'timer', id, fireAt: fireAt.toISOString() });
    return id;
  }

  #timer(fireAtMs: number, onFired: Completion): void {
    this.#open.set(this.#addTimer(fireAtMs), onFired);
  }

  #startTimer(action: TimerAction, task: Task): void {
    const fireAtMs = Date.parse(action.fireAt);
    const isLong = fireAtMs - this.#nowMs > SHORT_TIMER_MS;
    const chunkEndMs = (): number => Math.min(fireAtMs, this.#nowMs + TIMER_CHUNK_MS);
    const firstMs = isLong ? chunkEndMs() : fireAtMs;
    if (action.isCanceled) {
      if (isLong)
        this.notices.push('A timer of more than 6 days was cancelled: once it has been prolonged, the replay of this orchestration fails.');
      this.#addTimer(firstMs);
      return finish(task);
    }
    const onFired = (): void => (isLong && this.#nowMs < fireAtMs ? this.#timer(chunkEndMs(), onFired) : finish(task));
    this.#timer(firstMs, onFired);
  }

  #startWait(name: string, task: Task): void {
    const buffered = this.#buffered.get(name) ?? 0;
    if (buffered > 0) {
      this.#buffered.set(name, buffered - 1);
      finish(task);
      return;
    }
    const waiters = this.#waiters.get(name);
    if (waiters) waiters.push(task);
    else this.#waiters.set(name, [task]);
  }

  #send(action: EntityAction, task: Task, isCall: boolean): void {
    const id = this.#takeId();
    const { instanceId, operation, input, fireAt } = action;
    this.pending.set(id, { kind: 'send', id, instanceId, operation, input, isCall, fireAt });
    if (isCall) this.#open.set(id, () => finish(task));
    else finish(task);
  }

  #startHttp(request: HttpCall, task: Task): void {
    const id = this.#takeId();
    this.pending.set(id, { kind: 'activity', id, name: HTTP_ACTIVITY, input: request });
    this.#open.set(id, (event) => {
      const poll = nextPoll(request, event);
      if (poll === 'bad-location') {
        this.notices.push(`${request.uri} answered 202 with a Location that is no address: the orchestration waits for ever.`);
        return finish(task);
      }
      if (!poll) return finish(task);
      this.#timer(this.#nowMs + (poll.waitMs ?? this.#options.httpSleepMs), () => this.#startHttp(poll.request, task));
    });
  }

  #startCompound(action: CompoundAction, task: Task): void {
    const members = action.compoundActions.map((member) => this.#start(member));
    let missing = action.actionType === ActionType.WhenAny ? 1 : members.length;
    const onDone = (): void => {
      missing -= 1;
      if (missing <= 0) finish(task);
    };
    for (const member of members) {
      if (member.done) onDone();
      else member.onDone = onDone;
    }
    if (members.length === 0) finish(task);
  }
}

/** Walks `history` with the actions of the latest turn. */
export function replay(history: readonly HistoryEvent[], actions: readonly Action[], options: ReplayOptions): Replay {
  const walk = new Walk(actions, options);
  const result = (failure?: string): Replay => ({
    work: failure === undefined ? [...walk.pending.values()].sort((a, b) => a.id - b.id) : [],
    openCount: walk.openCount,
    notices: walk.notices,
    ...(failure === undefined ? {} : { failure }),
    ...(walk.continueAsNew ? { continueAsNew: walk.continueAsNew } : {}),
  });
  try {
    for (const event of history) walk.handle(event);
    return result();
  } catch (error) {
    if (error instanceof ReplayFailure) return result(error.message);
    throw error;
  }
}
