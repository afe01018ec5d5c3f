// The task hub: finds instances with due messages, runs their turns and their activities side by side, and stores every result before acting on it.
// All decisions are in turn-plan.ts, replay.ts and turn-commit.ts; all state is in the store.
import { join } from 'node:path';
import { takeLock, type DataLock } from '../../data-lock.ts';
import { neverBack, type Alarm } from '../clock.ts';
import { servedFunctions, type HostContext, type HostPart, type LoadedFunction } from '../host-context.ts';
import type { DurableStore, Post, StoredActivity, StoredMessage, TurnCommit } from './durable-store.ts';
import { isTerminal } from './history-event.ts';
import { HTTP_ACTIVITY } from './http-activity.ts';
import { parseEntityId, runEntity } from './run-entity.ts';
import { runActivity, runActivityByHand } from './run-activity.ts';
import { runTurn, suspendInstance, terminateInstance, type TurnFunctions } from './run-turn.ts';
import { planTurn, type TurnPlan } from './turn-plan.ts';
import { createWorkQueue, type WorkQueue } from './work-queue.ts';

export interface HubOptions {
  maxConcurrentOrchestrators: number;
  maxConcurrentActivities: number;
  httpSleepMs: number;
  /** Called after an activity ended and before its result is stored: the place where a test lets the process die. */
  onActivityEnded?: (activity: StoredActivity) => void;
  /** How long a stop waits for what runs; 10 s when left out. */
  stopGraceMs?: number;
}

/** Pause before a run that was lost with its worker, or that the host could not end, is repeated. */
const AGAIN_MS = 1_000;
/** Pause before it is seen whether a function that the app no longer has is back; only a new start can bring it. */
const MISSING_AGAIN_MS = 60_000;
const STOP_GRACE_MS = 10_000;
/** A host that is just ending, or was killed and is not yet collected by its parent, still holds its lock. */
const LOCK_WAIT_MS = 3_000;

type FunctionTable = ReadonlyMap<string, LoadedFunction>;

function tableOf(context: HostContext, trigger: string): FunctionTable {
  return new Map(servedFunctions(context, trigger).map((fn) => [fn.name.toLowerCase(), fn]));
}

/** One task hub over one store. */
export class DurableHub implements HostPart {
  readonly name = 'durable task hub';
  readonly store: DurableStore;
  readonly entities: FunctionTable;
  readonly #context: HostContext;
  readonly #options: HubOptions;
  readonly #activities: FunctionTable;
  readonly #functions: TurnFunctions;
  readonly #turns: WorkQueue<string>;
  readonly #work: WorkQueue<StoredActivity>;
  #alarm: Alarm | undefined;
  #alarmMs = Infinity;
  #isStopped = false;
  #lock: DataLock | undefined;
  /** Work that is tried again after a while. */
  readonly #pauses = new Set<Alarm>();

  constructor(context: HostContext, store: DurableStore, options: HubOptions) {
    this.store = store;
    // An orchestration's time must not run backwards, and nothing that was due may become undue.
    this.#context = { ...context, clock: neverBack(context.clock) };
    this.#options = options;
    const orchestrators = tableOf(context, 'orchestrationTrigger');
    const activities = tableOf(context, 'activityTrigger');
    this.#activities = activities;
    this.entities = tableOf(context, 'entityTrigger');
    this.#functions = {
      orchestrator: (name) => orchestrators.get(name.toLowerCase()),
      isActivity: (name) => activities.has(name.toLowerCase()),
      orchestratorNames: () => [...orchestrators.values()].map((fn) => fn.name),
    };
    context.manualRuns.set('activitytrigger', (fn, input) => runActivityByHand(context, fn, input));
    this.#turns = createWorkQueue<string>({
      limit: options.maxConcurrentOrchestrators,
      key: (id) => id,
      run: (id) => this.#takeTurn(id),
      onError: (error, id) => this.#onFault(`A turn of '${id}'`, error, () => this.#turns.add(id)),
    });
    this.#work = createWorkQueue<StoredActivity>({
      limit: options.maxConcurrentActivities,
      key: (activity) => String(activity.seq),
      run: (activity) => this.#takeActivity(activity),
      onError: (error, activity) =>
        this.#onFault(`Activity '${activity.name}' of '${activity.instanceId}'`, error, () => this.#work.add(activity)),
    });
  }

  /** Puts everything that a former process left undone back to work; rejects while another host uses the data folder. */
  async start(): Promise<void> {
    const { dataDirectory } = this.#context;
    try {
      this.#lock = await takeLock(join(dataDirectory, 'host.lock'), `The host's data folder ${dataDirectory}`, LOCK_WAIT_MS);
    } catch (error) {
      this.store.close();
      throw error;
    }
    for (const activity of this.store.activities()) this.#work.add(activity);
    this.#wakeDue();
    this.#turns.open();
    this.#work.open();
  }

  /** Starts nothing new; what still runs after the grace period is cut off and repeated by the next process. */
  async stop(): Promise<void> {
    this.#alarm?.cancel();
    const grace = Promise.withResolvers<undefined>();
    const timeout = setTimeout(() => grace.resolve(undefined), this.#options.stopGraceMs ?? STOP_GRACE_MS);
    await Promise.race([Promise.all([this.#turns.close(), this.#work.close()]), grace.promise]);
    clearTimeout(timeout);
    this.#isStopped = true;
    for (const pause of this.#pauses) pause.cancel();
    this.store.close();
    this.#lock?.release();
  }

  /** Stores messages and wakes their instances. */
  post(posts: readonly Post[]): void {
    this.store.post(posts);
    this.#notify(posts);
  }

  /** Looks again at an instance whose state was changed in the store. */
  wake(instanceId: string): void {
    this.#turns.add(instanceId);
  }

  /** Resolves when nothing that is due is left to run. */
  async settled(): Promise<void> {
    while (this.#turns.isBusy || this.#work.isBusy) await Promise.all([this.#turns.idle(), this.#work.idle()]);
  }

  #nowMs(): number {
    return this.#context.clock.now();
  }

  #log(level: 'warning' | 'error', message: string): void {
    this.#context.log.write(level, 'Host.Triggers.DurableTask', message);
  }

  /** Wakes whoever a post is for, now or when it becomes due. */
  #notify(posts: readonly Post[]): void {
    const nowMs = this.#nowMs();
    for (const { instanceId, dueMs } of posts) {
      if (dueMs <= nowMs) this.#turns.add(instanceId);
      else this.#armAt(dueMs);
    }
  }

  #armAt(dueMs: number): void {
    if (dueMs >= this.#alarmMs) return;
    this.#alarm?.cancel();
    this.#alarmMs = dueMs;
    this.#alarm = this.#context.clock.at(dueMs, () => {
      this.#alarmMs = Infinity;
      this.#wakeDue();
    });
  }

  /** Wakes everybody with a due message and sets the alarm for the next: by one reading of the clock, or a message between two would be missed. */
  #wakeDue(): void {
    const nowMs = this.#nowMs();
    for (const id of this.store.dueInstances(nowMs)) this.#turns.add(id);
    const next = this.store.nextDueMs(nowMs);
    if (next !== undefined) this.#armAt(next);
  }

  #later(run: () => void, pauseMs = AGAIN_MS): void {
    const alarm = this.#context.clock.at(this.#nowMs() + pauseMs, () => {
      this.#pauses.delete(alarm);
      run();
    });
    this.#pauses.add(alarm);
  }

  /** A fault of the host itself, such as a full disk: nothing was stored, so the work is tried again. */
  #onFault(what: string, error: unknown, again: () => void): void {
    if (this.#isStopped) return;
    this.#log('error', `${what} is repeated: the task hub failed. ${error instanceof Error ? error.stack : String(error)}`);
    this.#later(again);
  }

  #commit(change: TurnCommit): void {
    for (const activity of this.store.commitTurn(change)) this.#work.add(activity);
    this.#notify(change.posts);
  }

  /** Messages that came during a turn, or that it left for the next one. */
  #lookAgain(id: string): void {
    if (this.store.hasDue(id, this.#nowMs())) this.#turns.add(id);
  }

  async #takeTurn(id: string): Promise<void> {
    const messages = this.store.due(id, this.#nowMs());
    if (messages.length === 0) return;
    const operations = messages.filter(({ message }) => message.kind === 'operation');
    if (operations.length > 0) return this.#takeOperations(id, operations);
    await this.#runPlan(id, planTurn(this.store.instance(id), messages, new Date(this.#nowMs()).toISOString()));
  }

  async #runPlan(id: string, plan: TurnPlan): Promise<void> {
    switch (plan.kind) {
      case 'idle':
        if (plan.drop.length > 0) this.store.drop(plan.drop);
        return;
      case 'suspend':
        this.#commit(suspendInstance(plan, this.#nowMs()));
        break;
      case 'terminate':
        this.#commit(terminateInstance(plan, this.#functions, this.#nowMs()));
        break;
      case 'run': {
        const outcome = await runTurn(this.#context, this.#functions, plan, this.store.history(id), this.#options.httpSleepMs);
        if (this.#isStopped) return;
        if (outcome.kind === 'again') {
          this.#log('warning', `A turn of '${id}' is repeated: ${outcome.why}`);
          return this.#later(() => this.#turns.add(id));
        }
        for (const notice of outcome.notices) this.#log('warning', `Orchestration '${id}': ${notice}`);
        this.#commit(outcome.commit);
        break;
      }
    }
    this.#lookAgain(id);
  }

  async #takeOperations(id: string, operations: StoredMessage[]): Promise<void> {
    const fn = this.entities.get(parseEntityId(id)?.name ?? '');
    if (!fn) {
      this.#log('warning', `Operations for '${id}' are dropped: there is no such entity function.`);
      return this.store.drop(operations.map(({ seq }) => seq));
    }
    const outcome = await runEntity(this.#context, fn, id, this.store.entity(id), operations);
    if (this.#isStopped) return;
    if (!outcome) return this.#later(() => this.#turns.add(id));
    this.store.commitEntity(id, outcome.state, outcome.consumed, outcome.posts);
    this.#notify(outcome.posts);
    this.#lookAgain(id);
  }

  async #takeActivity(activity: StoredActivity): Promise<void> {
    const { seq, name, instanceId, executionId } = activity;
    const fn = this.#activities.get(name.toLowerCase());
    if (!fn && name !== HTTP_ACTIVITY) return this.#missActivity(activity);
    const outcome = await runActivity(this.#context, fn, activity);
    if (this.#isStopped) return;
    if (outcome.kind === 'again') {
      this.#log('warning', `Activity '${name}' of '${instanceId}' is repeated: ${outcome.why}`);
      return this.#later(() => this.#work.add(activity));
    }
    this.#options.onActivityEnded?.(activity);
    const post: Post = { instanceId, dueMs: this.#nowMs(), message: { kind: 'event', executionId, event: outcome.event } };
    this.store.completeActivity(seq, post);
    this.#notify([post]);
  }

  /** An activity that the app had when it was scheduled: it waits, as on the real host, as long as somebody waits for it. */
  #missActivity(activity: StoredActivity): void {
    const { seq, name, instanceId, executionId } = activity;
    const instance = this.store.instance(instanceId);
    if (instance?.executionId !== executionId || isTerminal(instance.status)) return this.store.completeActivity(seq, undefined);
    this.#log('warning', `Activity '${name}' of '${instanceId}' waits: the app has no such function any more.`);
    this.#later(() => this.#work.add(activity), MISSING_AGAIN_MS);
  }
}
