// Runs one turn of an orchestrator: history to the worker, answer to the interpreter, everything it changes in one commit.
import { randomBytes, randomUUID } from 'node:crypto';
import type { HostContext, LoadedFunction } from '../host-context.ts';
import type { Instance, TurnCommit } from './durable-store.ts';
import { asPlayed, historyEvent, type HistoryEvent } from './history-event.ts';
import { readAnswer } from './orchestrator-answer.ts';
import { completeTurn, endInstance, type TurnInput, type TurnNeeds } from './turn-commit.ts';
import type { TurnPlan } from './turn-plan.ts';

export type RunPlan = TurnPlan & { kind: 'run' };
export type TurnOutcome = { kind: 'committed'; commit: TurnCommit; notices: string[] } | { kind: 'again'; why: string };

export interface TurnFunctions {
  orchestrator(name: string): LoadedFunction | undefined;
  isActivity(name: string): boolean;
  orchestratorNames(): string[];
}

/** Durations the SDK is told; they must agree with replay.ts. */
const SDK_TIMES = {
  longRunningTimerIntervalDuration: '3.00:00:00',
  maximumShortTimerDuration: '6.00:00:00',
};

function turnNeeds(nowMs: number, functions: TurnFunctions, httpSleepMs: number): TurnNeeds {
  return {
    nowMs,
    httpSleepMs,
    isActivity: (name) => functions.isActivity(name),
    isOrchestrator: (name) => functions.orchestrator(name) !== undefined,
    newExecutionId: () => randomBytes(16).toString('hex'),
    newRequestId: () => randomUUID(),
  };
}

function payload(instance: Instance, history: readonly HistoryEvent[], isReplaying: boolean, httpSleepMs: number): string {
  return JSON.stringify({
    history,
    input: instance.input === null ? null : (JSON.parse(instance.input) as unknown),
    instanceId: instance.id,
    isReplaying,
    parentInstanceId: instance.parent?.OrchestrationInstance.InstanceId ?? null,
    upperSchemaVersion: 1,
    upperSchemaVersionNew: 3,
    ...SDK_TIMES,
    // The misspelt name is the protocol's own.
    defaultHttpAsyncRequestSleepTimeMillseconds: httpSleepMs,
  });
}

function unknownOrchestrator(name: string, known: readonly string[]): string {
  const list = known.map((one) => `'${one}'`).join(', ');
  return (
    `Orchestrator function '${name}' failed: The function '${name}' doesn't exist, is disabled, or is not an orchestrator function. ` +
    `Additional info: The following are the known orchestrator functions: ${list}.`
  );
}

/** All events the orchestrator sees in this turn. A new generation's first turn shows its whole history as unplayed. */
function turnHistory(plan: RunPlan, stored: readonly HistoryEvent[], at: string): { history: HistoryEvent[]; newCount: number } {
  if (plan.isNewGeneration) return { history: stored.map((event) => ({ ...event, IsPlayed: false })), newCount: 0 };
  const added = [historyEvent.orchestratorStarted(at), ...plan.events];
  return { history: [...(plan.isFirst ? [] : stored), ...added], newCount: added.length };
}

/** Runs the turn `plan` of an instance whose stored history is `stored`. */
export async function runTurn(
  context: HostContext,
  functions: TurnFunctions,
  plan: RunPlan,
  stored: readonly HistoryEvent[],
  httpSleepMs: number,
): Promise<TurnOutcome> {
  const startedMs = context.clock.now();
  const { instance, isFirst, consumed } = plan;
  const { history, newCount } = turnHistory(plan, stored, new Date(startedMs).toISOString());
  const turn: Omit<TurnInput, 'answer'> = { instance, history, newCount, isFirst, consumed };
  const fn = functions.orchestrator(instance.name);
  if (!fn) {
    const output = unknownOrchestrator(instance.name, functions.orchestratorNames());
    const needs = turnNeeds(startedMs, functions, httpSleepMs);
    return {
      kind: 'committed',
      commit: endInstance(turn, { status: 'Failed', output, customStatus: instance.customStatus }, needs),
      notices: [output],
    };
  }
  const result = await context.invoker.invoke(fn, {
    data: { string: payload(instance, history, !isFirst && !plan.isNewGeneration, httpSleepMs) },
    metadata: { instanceId: { string: instance.id } },
    reason: '(null)',
  });
  if (!result.ok && result.cause !== undefined && result.cause !== 'thrown') return { kind: 'again', why: result.error.message };
  const answer = readAnswer(result);
  const { commit, notices } = completeTurn({ ...turn, answer }, turnNeeds(context.clock.now(), functions, httpSleepMs));
  if (!result.ok && answer.error === undefined && answer.sdkFailure === undefined) {
    notices.push(
      'The orchestrator threw a text or an error without message. As on the real host the instance stays Running for ever: throw an Error with a message.',
    );
  }
  return { kind: 'committed', commit, notices };
}

/** The commit of a suspend: no code runs. */
export function suspendInstance(plan: TurnPlan & { kind: 'suspend' }, nowMs: number): TurnCommit {
  const at = new Date(nowMs).toISOString();
  const events = [historyEvent.orchestratorStarted(at), plan.event, historyEvent.orchestratorCompleted(at)];
  return {
    instance: {
      ...plan.instance,
      status: 'Suspended',
      output: plan.event.Reason ?? null,
      updatedMs: nowMs,
    },
    basedOn: plan.instance.executionId,
    consumed: plan.consumed,
    history: { mode: 'append', events: events.map(asPlayed) },
    activities: [],
    posts: [],
  };
}

/** The commit of a terminate: no code runs, what still runs is forgotten. */
export function terminateInstance(plan: TurnPlan & { kind: 'terminate' }, functions: TurnFunctions, nowMs: number): TurnCommit {
  const { instance, isFirst, consumed, reason } = plan;
  const history = [historyEvent.orchestratorStarted(new Date(nowMs).toISOString()), ...plan.events];
  const end = { status: 'Terminated' as const, output: reason, customStatus: instance.customStatus };
  return endInstance({ instance, history, newCount: history.length, isFirst, consumed }, end, turnNeeds(nowMs, functions, 0));
}
