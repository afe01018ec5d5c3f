// Runs orchestrations on the real durable-functions SDK and this host's decisions (planTurn, runTurn, the store), in one process and
// without the hub: whoever calls it chooses what happens next, and what is lost on the way.
import { createRequire } from 'node:module';
import type { OrchestrationHandler } from 'durable-functions';
import type { HostContext, LoadedFunction } from '../../../../src/local/host/host-context.ts';
import type { DurableStore, Instance, StoredActivity } from '../../../../src/local/host/durable/durable-store.ts';
import { failureTexts } from '../../../../src/local/host/durable/activity-values.ts';
import { historyEvent, type HistoryEvent } from '../../../../src/local/host/durable/history-event.ts';
import { runTurn, suspendInstance, terminateInstance, type TurnFunctions } from '../../../../src/local/host/durable/run-turn.ts';
import { openSqliteStore } from '../../../../src/local/host/durable/sqlite-store.ts';
import { planTurn } from '../../../../src/local/host/durable/turn-plan.ts';
import type { InvocationResult } from '../../../../src/local/host/protocol.ts';

export type ActivityEnd = { ok: true; result: unknown } | { ok: false; message: string };

export interface LoopApp {
  orchestrators: Readonly<Record<string, OrchestrationHandler>>;
  activities: Readonly<Record<string, (input: unknown) => ActivityEnd>>;
}

export interface SdkLoop {
  readonly store: DurableStore;
  readonly nowMs: number;
  readonly notices: readonly string[];
  start(id: string, name: string, input: unknown): void;
  post(id: string, event: HistoryEvent): void;
  /** Instances with something due, each worth a turn. */
  due(): string[];
  /** Runs a turn; `isLost` forgets all that came of it, as a crash before the commit does. */
  turn(id: string, isLost?: boolean): Promise<void>;
  /** Runs an activity; `isLost` forgets its result. */
  work(activity: StoredActivity, isLost?: boolean): void;
  /** Moves time to the next message that will be due; false when there is none. */
  skipTime(): boolean;
  /** Moves time forward, past nothing that is due before then. */
  advanceTo(ms: number): void;
  instance(id: string): Instance | undefined;
}

/** The class that the SDK's registered handlers end in; the package has no types for it. */
const { Orchestrator } = createRequire(import.meta.url)('durable-functions/lib/src/orchestrations/Orchestrator.js') as {
  Orchestrator: new (handler: OrchestrationHandler) => { handle(trigger: unknown, context: object): Promise<unknown> };
};

/** One orchestrator turn on the SDK, as the worker would run it. */
export async function runOnSdk(handler: OrchestrationHandler, payload: string): Promise<InvocationResult> {
  try {
    const state = await new Orchestrator(handler).handle(JSON.parse(payload), {});
    return { ok: true, returnValue: { json: JSON.stringify(state) }, outputData: [] };
  } catch (error) {
    return { ok: false, error: { message: (error as Error).message }, cause: 'thrown' };
  }
}

/** The loop begins at `startMs` with an empty store. */
export function createSdkLoop(app: LoopApp, startMs: number): SdkLoop {
  const store = openSqliteStore(':memory:');
  const notices: string[] = [];
  let nowMs = startMs;
  let executions = 0;

  const invoke = (fn: Pick<LoadedFunction, 'name'>, invocation: { data?: { string?: string } }): Promise<InvocationResult> => {
    const handler = app.orchestrators[fn.name];
    if (!handler) throw new Error(`The test has no orchestrator '${fn.name}'.`);
    return runOnSdk(handler, invocation.data?.string ?? '');
  };
  const context = { clock: { now: () => nowMs }, invoker: { invoke } } as unknown as HostContext;
  const functions: TurnFunctions = {
    orchestrator: (name) => (name in app.orchestrators ? ({ name } as LoadedFunction) : undefined),
    isActivity: (name) => name in app.activities,
    orchestratorNames: () => Object.keys(app.orchestrators),
  };

  async function turn(id: string, isLost = false): Promise<void> {
    const plan = planTurn(store.instance(id), store.due(id, nowMs), new Date(nowMs).toISOString());
    switch (plan.kind) {
      case 'idle':
        return store.drop(plan.drop);
      case 'suspend':
        if (!isLost) store.commitTurn(suspendInstance(plan, nowMs));
        return;
      case 'terminate':
        if (!isLost) store.commitTurn(terminateInstance(plan, functions, nowMs));
        return;
      case 'run': {
        const outcome = await runTurn(context, functions, plan, store.history(id), 30_000);
        if (outcome.kind !== 'committed') throw new Error(outcome.why);
        if (isLost) return;
        notices.push(...outcome.notices);
        store.commitTurn(outcome.commit);
      }
    }
  }

  function work(activity: StoredActivity, isLost = false): void {
    const { seq, taskId, instanceId, executionId, name, input } = activity;
    const end = app.activities[name]?.(JSON.parse(input ?? 'null')) ?? { ok: false, message: 'no such activity' };
    if (isLost) return;
    const at = new Date(nowMs).toISOString();
    const { reason, details } = failureTexts(name, { message: end.ok ? '' : end.message });
    const event = end.ok
      ? historyEvent.taskCompleted(at, taskId, JSON.stringify(end.result))
      : historyEvent.taskFailed(at, taskId, reason, details);
    store.completeActivity(seq, { instanceId, dueMs: nowMs, message: { kind: 'event', executionId, event } });
  }

  return {
    store,
    get nowMs() {
      return nowMs;
    },
    notices,
    start(id, name, input) {
      executions += 1;
      const text = JSON.stringify(input);
      const instance: Instance = {
        id,
        executionId: `execution-${executions}`,
        name,
        input: text,
        output: null,
        customStatus: null,
        status: 'Pending',
        createdMs: nowMs,
        updatedMs: nowMs,
        generation: 0,
        parent: null,
      };
      const refused = store.start(instance, nowMs, false);
      if (refused) throw new Error(`'${id}' is ${refused}.`);
    },
    post: (id, event) => store.post([{ instanceId: id, dueMs: nowMs, message: { kind: 'event', executionId: null, event } }]),
    due: () => store.dueInstances(nowMs),
    turn,
    work,
    skipTime() {
      const next = store.nextDueMs(nowMs);
      if (next === undefined) return false;
      nowMs = next;
      return true;
    },
    advanceTo(ms) {
      const next = store.nextDueMs(nowMs);
      nowMs = Math.max(nowMs, next === undefined ? ms : Math.min(ms, next));
    },
    instance: (id) => store.instance(id),
  };
}
