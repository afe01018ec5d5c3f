// What an orchestration of a run carries along: its task, what was counted, how far it is; and how it comes to its end whatever happens.
// Deterministic: time comes from the context, everything else from the answers of activities (design, law 4: the record is the authority).
import type { OrchestrationContext, Task } from 'durable-functions';
import type { RunActivities, RunActivity } from '../domain/discovery-task.ts';
import { AppError, codeOf } from '../domain/errors.ts';
import type { ErrorCode } from '../domain/errors.ts';
import { addCounts, noCounts } from '../domain/run.ts';
import type { RunCounts } from '../domain/run.ts';
import type { RunOver, RunTask, TaskAnswer } from '../domain/run-task.ts';

/** An orchestration, or a part of one, that answers `T`. */
export type Steps<T> = Generator<Task, T, unknown>;

/** The state of one orchestration. */
export interface RunScript {
  readonly context: OrchestrationContext;
  readonly task: RunTask;
  /** Of all answers so far, each counted once. */
  counts: RunCounts;
  /** Parts of the reading that were begun, and those that came to their end. */
  parts: { begun: number; ended: number };
}

/** What an activity that is done answers. */
export type DoneAnswer<Name extends RunActivity> = Extract<TaskAnswer<RunActivities[Name]['facts']>, { outcome: 'done' }>;

/** One call of an activity, and what follows from its answer. */
export interface Call {
  readonly name: RunActivity;
  readonly task: RunTask;
  /** Whether the run goes on without it when it fails. */
  readonly isOptional: boolean;
  /** The calls to make once it is done. */
  readonly next: (answer: object) => readonly Call[];
}

/** The fields of an activity's input beyond those that all have. */
type OwnInput<Name extends RunActivity> = Omit<RunActivities[Name]['task'], keyof RunTask>;

/** A call of `name`; `next` answers the calls that follow from its answer. */
export function callOf<Name extends RunActivity>(
  { task }: RunScript,
  name: Name,
  input: OwnInput<Name>,
  next: (answer: DoneAnswer<Name>) => readonly Call[] = () => [],
): Call {
  // oxlint-disable-next-line no-unsafe-type-assertion -- the fan-out hands over the answer of the very activity that is named here
  return { name, task: { ...task, ...input }, isOptional: false, next: (answer) => next(answer as DoneAnswer<Name>) };
}

/** The same call, whose failure does not fail the run. */
export function optional(call: Call): Call {
  return { ...call, isOptional: true };
}

/** There is nothing more to do for the run. Thrown to leave the orchestration from wherever it is. */
export class RunIsOver extends Error {
  override readonly name = 'RunIsOver';
  readonly reason: RunOver;

  constructor(reason: RunOver) {
    super(`The run is over: ${reason}.`);
    this.reason = reason;
  }
}

/** An expected no that fails the run, with the code and the words of whoever said it. */
export function refusal(code: ErrorCode, message: string): Error {
  return new Error(`[${code}] ${message}`);
}

/** The script of the orchestration that runs in `context`. */
export function openScript(context: OrchestrationContext): RunScript {
  // Anybody with a key of the task hub may have started this: the first activity turns away what is no key of a run.
  const input = context.df.getInput<Readonly<Record<string, unknown>> | null>();
  const task = { organization: String(input?.['organization']), run: String(input?.['run']), instance: context.df.instanceId };
  return { context, task, counts: noCounts, parts: { begun: 0, ended: 0 } };
}

/** Adds what an answer counted. */
export function tally(script: RunScript, counts: RunCounts | undefined): void {
  script.counts = addCounts(script.counts, counts ?? noCounts);
}

const NO_DETAILS = / \n [\s\S]*$/;

/** How a failed activity or a refusal reads in the record of the run: without names of activities and stacks. */
export function failureOf(error: unknown): { readonly code: ErrorCode; readonly message: string } {
  const code = codeOf(error);
  const text = error instanceof Error ? error.message : '';
  const at = text.indexOf(`[${code}]`);
  // Without a code it is a fault of ours, whose text belongs into the log.
  if (at === -1) return { code, message: new AppError(code).message };
  return {
    code,
    message: text
      .slice(at + code.length + 2)
      .replace(NO_DETAILS, '')
      .trim(),
  };
}
