// A single call of an activity as one step of an orchestration, with the patience of the fan-out; and the frame that brings a run to its end.
import type { RunActivities, RunActivity, RunEndTask } from '../domain/discovery-task.ts';
import { AppError } from '../domain/errors.ts';
import type { RunOver } from '../domain/run-task.ts';
import { fanOut } from './fan-out.ts';
import { createLanes } from './lanes.ts';
import { callOf, failureOf, RunIsOver } from './run-script.ts';
import type { DoneAnswer, RunScript, Steps } from './run-script.ts';

type OwnInput<Name extends RunActivity> = Omit<RunActivities[Name]['task'], 'organization' | 'run' | 'instance'>;

/** Calls one activity and answers what it answers when it is done. Throws as the fan-out does. */
export function* ask<Name extends RunActivity>(script: RunScript, name: Name, input: OwnInput<Name>): Steps<DoneAnswer<Name>> {
  const answers: DoneAnswer<Name>[] = [];
  const keep = (answer: DoneAnswer<Name>): [] => {
    answers.push(answer);
    return [];
  };
  yield* fanOut(script, [callOf(script, name, input, keep)], createLanes(1, 1));
  const [answer] = answers;
  if (!answer) throw new AppError('internal', { problem: `'${name}' ended without an answer` });
  return answer;
}

/** How a run ended, as far as an orchestration decides it. */
export type RunEnding = Pick<RunEndTask, 'state' | 'completeness'> & Partial<Pick<RunEndTask, 'missing' | 'error'>>;

/** What the instance itself answers, for whoever looks into the task hub. */
export interface ScriptResult {
  readonly ended: RunEnding['state'] | RunOver;
}

/** Runs `steps` and puts their ending, or the failure or the stop that kept them from it, into the record of the run. */
export function* toItsEnd(script: RunScript, steps: () => Steps<RunEnding>): Steps<ScriptResult> {
  try {
    const ending = yield* endingOf(script, steps);
    if (typeof ending === 'string') return { ended: ending };
    yield* ask(script, 'run-end', { ...ending, counts: script.counts });
    return { ended: ending.state };
  } catch (error) {
    // Somebody else has ended it, or goes on with it.
    if (error instanceof RunIsOver) return { ended: error.reason };
    throw error;
  }
}

/** The ending of the steps; a reason alone when the record is not ours to write. */
function* endingOf(script: RunScript, steps: () => Steps<RunEnding>): Steps<RunEnding | RunOver> {
  try {
    return yield* steps();
  } catch (error) {
    const completeness = completenessOf(script);
    if (!(error instanceof RunIsOver)) return { state: 'failed', completeness, error: failureOf(error) };
    if (error.reason === 'stop-requested') return { state: 'failed', completeness, error: errorOf('run.stopped') };
    if (error.reason === 'connector-removed') return { state: 'failed', completeness, error: errorOf('run.connector-removed') };
    return error.reason;
  }
}

function errorOf(code: 'run.stopped' | 'run.connector-removed'): NonNullable<RunEnding['error']> {
  return { code, message: new AppError(code).message };
}

/** The share of the parts begun that were read to their end. */
export function completenessOf({ parts: { begun, ended } }: RunScript): number {
  return begun === 0 ? 0 : ended / begun;
}
