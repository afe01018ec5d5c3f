// Calls activities side by side, as many as the lanes allow, with patience: what failed is tried again, what has to wait waits.
// Two things look roundabout and are not. Task.any over a task that is under way already would launch it a second time
// (https://github.com/Azure/azure-functions-durable-js/issues/574), so new tasks are launched beside a timer that is due at once, and then the
// oldest task is waited for. And retries are made here, because those of callActivityWithRetry take other numbers in the SDK than in the
// extension once the orchestration has moved on (https://github.com/Azure/azure-functions-durable-extension/issues/3049).
import type { Task, TimerTask } from 'durable-functions';
import type { TaskAnswer } from '../domain/run-task.ts';
import type { Lanes } from './lanes.ts';
import { refusal, RunIsOver, tally } from './run-script.ts';
import type { Call, RunScript, Steps } from './run-script.ts';

/** How often an activity is tried when it fails, and how long the first pause is; each further one is twice as long. */
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 15_000;
/** How often one call may ask for a later time. */
const POSTPONEMENTS = 20;
const LONGEST_PAUSE_MS = 3_600_000;
const SECOND_MS = 1_000;

/** A call with what became of it so far. */
interface Attempt {
  readonly call: Call;
  readonly failures: number;
  readonly postponements: number;
  /** Not before then, in milliseconds since the epoch. */
  readonly dueMs: number;
}

interface Open {
  readonly attempt: Attempt;
  readonly task: Task;
}

/** Where further calls come from, when those at hand do not fill the lanes; undefined: there are none now. */
type Source = () => Call | undefined;

/**
 * Makes the calls and those that follow from them, and ends when all are done. What they counted is in the script.
 * Throws RunIsOver when an activity finds the run over, and the failure of a call that is not optional; then nothing new is begun.
 */
export function* fanOut(script: RunScript, calls: readonly Call[], lanes: Lanes, source: Source = () => undefined): Steps<void> {
  const waiting: Attempt[] = calls.map(firstAttempt);
  let open: Open[] = [];

  function* take(count: number): Generator<Attempt, void, undefined> {
    const now = nowMs(script);
    for (let taken = 0; taken < count; taken += 1) {
      const due = waiting.findIndex(({ dueMs }) => dueMs <= now);
      const [attempt] = due === -1 ? [] : waiting.splice(due, 1);
      const more = attempt ? undefined : source();
      if (attempt) yield attempt;
      else if (more) yield firstAttempt(more);
      else return;
    }
  }

  for (;;) {
    const fresh = [...take(lanes.width - open.length)].map((attempt) => launch(script, attempt));
    if (open.length + fresh.length > 0) yield* untilOneEnds(script, open, fresh);
    else if (waiting.length > 0) yield timerAt(script, Math.min(...waiting.map(({ dueMs }) => dueMs)));
    else return;
    const started = [...open, ...fresh];
    open = started.filter(({ task }) => !hasEnded(task));
    for (const { attempt, task } of started.filter((each) => hasEnded(each.task))) waiting.push(...settle(script, attempt, task, lanes));
  }
}

function firstAttempt(call: Call): Attempt {
  return { call, failures: 0, postponements: 0, dueMs: 0 };
}

function launch({ context }: RunScript, attempt: Attempt): Open {
  return { attempt, task: context.df.callActivity(attempt.call.name, attempt.call.task) };
}

/** Waits until one of the tasks has ended: of those under way, and of the new ones, which this launches. */
function* untilOneEnds({ context }: RunScript, open: readonly Open[], fresh: readonly Open[]): Steps<void> {
  const launched = fresh.map(({ task }) => task);
  const [oldest] = open;
  if (!oldest) {
    yield context.df.Task.any(launched);
    return;
  }
  if (launched.length > 0) yield context.df.Task.any([...launched, context.df.createTimer(context.df.currentUtcDateTime)]);
  if ([...open, ...fresh].some(({ task }) => hasEnded(task))) return;
  try {
    yield oldest.task;
  } catch {
    // Its failure is dealt with beside those of all others that have ended by now.
  }
}

/** In the SDK a task that failed is not completed. */
function hasEnded({ isCompleted, isFaulted }: Task): boolean {
  return isCompleted || isFaulted;
}

/** What is to be tried because of a task that has ended: the call again, or those that follow from its answer. */
function settle(script: RunScript, attempt: Attempt, task: Task, lanes: Lanes): readonly Attempt[] {
  const { call } = attempt;
  if (task.isFaulted) return again(script, { ...attempt, failures: attempt.failures + 1 }, task.result);
  const answer = task.result;
  if (!isAnswer(answer)) throw refusal('internal', `The activity '${call.name}' answered in a form that this version does not know.`);
  if (answer.outcome === 'over') throw new RunIsOver(answer.reason);
  lanes.note(answer.outcome === 'again' || answer.counts.throttled > 0);
  switch (answer.outcome) {
    case 'done':
      tally(script, answer.counts);
      return call.next(answer).map(firstAttempt);
    case 'refused':
      tally(script, answer.counts);
      if (call.isOptional) return [];
      throw refusal(answer.code, answer.message);
    case 'again':
      // The same is read once more, and counted then; what it cost so far is spent.
      tally(script, { ...answer.counts, read: 0 });
      return postpone(script, attempt, answer.afterSeconds);
    default:
      return answer satisfies never;
  }
}

function isAnswer(value: unknown): value is TaskAnswer {
  if (typeof value !== 'object' || value === null || !('outcome' in value)) return false;
  if (value.outcome === 'over') return true;
  return 'counts' in value && ['done', 'refused', 'again'].some((outcome) => outcome === value.outcome);
}

function again(script: RunScript, attempt: Attempt, error: unknown): readonly Attempt[] {
  const { call, failures } = attempt;
  if (failures < ATTEMPTS) return [{ ...attempt, dueMs: nowMs(script) + FIRST_PAUSE_MS * 2 ** (failures - 1) }];
  if (call.isOptional) return [];
  throw error instanceof Error ? error : refusal('internal', `The activity '${call.name}' failed without saying why.`);
}

function postpone(script: RunScript, attempt: Attempt, afterSeconds: number): readonly Attempt[] {
  const { call } = attempt;
  const postponements = attempt.postponements + 1;
  const pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(SECOND_MS, afterSeconds * SECOND_MS));
  if (postponements <= POSTPONEMENTS) return [{ ...attempt, postponements, dueMs: nowMs(script) + pauseMs }];
  if (call.isOptional) return [];
  throw refusal('exchange.throttled', `The step '${call.name}' was put off ${POSTPONEMENTS} times. Try again later.`);
}

/** The time of the present turn, in milliseconds since the epoch. */
export function nowMs({ context }: RunScript): number {
  return context.df.currentUtcDateTime.getTime();
}

function timerAt({ context }: RunScript, dueMs: number): TimerTask {
  // oxlint-disable-next-line no-restricted-globals -- the SDK takes a Date; its time comes from the context
  return context.df.createTimer(new Date(dueMs));
}
