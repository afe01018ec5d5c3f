// Runs an orchestration of a run on the real SDK and the decisions of the local hub, under a virtual clock: activities are scripted, take as
// long as the script says, and answer then. Hours pass in milliseconds, and what was under way at any time is known.
import type { OrchestrationHandler } from 'durable-functions';
import type { RunActivity } from '../../src/domain/discovery-task.ts';
import { noCounts } from '../../src/domain/run.ts';
import type { RunCounts } from '../../src/domain/run.ts';
import { failureTexts } from '../../src/local/host/durable/activity-values.ts';
import { historyEvent } from '../../src/local/host/durable/history-event.ts';
import type { StoredActivity } from '../../src/local/host/durable/durable-store.ts';
import { createSdkLoop } from '../local/host/durable/sdk-loop.ts';

/** What a scripted activity is told. */
export interface Asked {
  readonly input: Readonly<Record<string, unknown>>;
  /** How often it was called before, with any input. */
  readonly before: number;
}

/** What a scripted activity does: it answers, or throws what crosses the boundary as text; `tookMs` is how long that takes. */
export type Scripted = (asked: Asked) => { readonly answer: object; readonly tookMs?: number };

export type Script = Partial<Record<RunActivity, Scripted>>;

export interface CallSeen {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly startedMs: number;
  readonly endedMs: number;
}

export interface Played {
  readonly status: string | undefined;
  readonly output: unknown;
  readonly calls: readonly CallSeen[];
  readonly events: number;
  readonly tookMs: number;
  /** Calls by name, in the order in which they began. */
  named(name: RunActivity): readonly CallSeen[];
  /** The input of the only `run-end`. */
  ending(): Readonly<Record<string, unknown>>;
}

export const counted = (counts: Partial<RunCounts> = {}): RunCounts => ({ ...noCounts, ...counts });

/** An activity that is done at once. */
export const done =
  (facts: object = {}, counts: Partial<RunCounts> = {}, tookMs = 0): Scripted =>
  () => ({ answer: { outcome: 'done', ...facts, counts: counted(counts) }, tookMs });

export const INPUT = { organization: 'aaaaaaaa-0000-4000-8000-000000000001', run: '20261124T080000000Z-schedulefull' };
const INSTANCE = `discovery-${INPUT.organization}-${INPUT.run}`;
const START_MS = Date.parse('2026-11-24T08:00:00.000Z');
const MOST_ROUNDS = 20_000;

/** Plays the workflow to its end. Nothing that the script leaves out may be called. */
export async function runWorkflow(workflow: OrchestrationHandler, script: Script, input: unknown = INPUT): Promise<Played> {
  const names = Object.keys(script) as RunActivity[];
  const unused = (): { ok: false; message: string } => ({ ok: false, message: 'the player works through the script itself' });
  const loop = createSdkLoop(
    { orchestrators: { workflow }, activities: Object.fromEntries(names.map((name) => [name, unused])) },
    START_MS,
  );
  const calls: CallSeen[] = [];

  function work({ seq, taskId, instanceId, executionId, name, input: text }: StoredActivity): void {
    const asked = JSON.parse(text ?? '{}') as Readonly<Record<string, unknown>>;
    const before = calls.filter((call) => call.name === name).length;
    const at = new Date(loop.nowMs).toISOString();
    const seen = { name, input: asked, startedMs: loop.nowMs - START_MS };
    let tookMs = 0;
    let event;
    try {
      const { answer, tookMs: took = 0 } = script[name as RunActivity]?.({ input: asked, before }) ?? { answer: {} };
      tookMs = took;
      event = historyEvent.taskCompleted(at, taskId, JSON.stringify(answer));
    } catch (error) {
      const { reason, details } = failureTexts(name, { message: (error as Error).message });
      event = historyEvent.taskFailed(at, taskId, reason, details);
    }
    calls.push({ ...seen, endedMs: seen.startedMs + tookMs });
    loop.store.completeActivity(seq, { instanceId, dueMs: loop.nowMs + tookMs, message: { kind: 'event', executionId, event } });
  }

  loop.start(INSTANCE, 'workflow', input);
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const due = loop.due();
    const activities = loop.store.activities();
    for (const id of due) await loop.turn(id);
    for (const activity of activities) work(activity);
    if (due.length === 0 && activities.length === 0 && !loop.skipTime()) break;
  }
  if (loop.notices.length > 0) throw new Error(loop.notices.join('\n'));
  const instance = loop.instance(INSTANCE);
  const output = instance?.output ?? 'null';
  return {
    status: instance?.status,
    output: instance?.status === 'Completed' ? (JSON.parse(output) as unknown) : output,
    calls,
    events: loop.store.history(INSTANCE).length,
    tookMs: loop.nowMs - START_MS,
    named: (name) => calls.filter((call) => call.name === name),
    ending() {
      const [end, ...more] = calls.filter(({ name }) => name === 'run-end');
      if (!end || more.length > 0) throw new Error(`The run was ended ${more.length + (end ? 1 : 0)} times: ${JSON.stringify(output)}`);
      return end.input;
    },
  };
}

/** The most calls of that name that were under way at one time. */
export function mostAtOnce(calls: readonly CallSeen[]): number {
  const underWay = (atMs: number): number => calls.filter(({ startedMs, endedMs }) => startedMs <= atMs && atMs < endedMs).length;
  return Math.max(0, ...calls.map(({ startedMs }) => underWay(startedMs)));
}
