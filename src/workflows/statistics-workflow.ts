// `statistics-workflow`: reads the statistics of mailboxes in the order of a queue, as long as the connector allows, a few at a time.
// Bounded in time by the clock of the orchestration: what is not reached stays first in the queue of the next run.
import type { OrchestrationHandler } from 'durable-functions';
import { ask, toItsEnd } from './ask.ts';
import type { RunEnding } from './ask.ts';
import { fanOut, nowMs } from './fan-out.ts';
import { createLanes } from './lanes.ts';
import { callOf, openScript, optional } from './run-script.ts';
import type { Call, RunScript, Steps } from './run-script.ts';

/** Mailboxes in one activity: 10 seconds at 0.8 s a mailbox. Lanes wait for the oldest activity (fan-out.ts): the shorter it is, the less. */
const MOST_MAILBOXES = 12;
/** As long as lanes are closed: they open again with the answers of activities. */
const FEW_MAILBOXES = 4;
const MINUTE_MS = 60_000;

/** Goes through one run. */
export const statisticsWorkflow: OrchestrationHandler = function* readStatistics(context) {
  const script = openScript(context);
  return yield* toItsEnd(script, function* steps() {
    const { statisticsParallel, statisticsMinutes } = yield* ask(script, 'run-claim', {});
    const endMs = nowMs(script) + statisticsMinutes * MINUTE_MS;
    const { count } = yield* ask(script, 'statistics-plan', {});
    const reached = yield* readQueue(script, { count, parallel: statisticsParallel, endMs });
    yield* fanOut(script, [optional(callOf(script, 'ownerless-read', {}))], createLanes(1, 1));
    return { state: 'completed', completeness: count === 0 ? 1 : reached / count } satisfies RunEnding;
  });
};

interface Queue {
  readonly count: number;
  readonly parallel: number;
  readonly endMs: number;
}

/** Reads the queue from its beginning until it or the time has come to an end; answers how far it came. */
function* readQueue(script: RunScript, { count, parallel, endMs }: Queue): Steps<number> {
  const lanes = createLanes(parallel, parallel);
  let most = evenPart(count, parallel);
  let isNearEnd = false;
  let from = 0;
  const next = (): Call | undefined => {
    if (from >= count || nowMs(script) >= endMs) return undefined;
    const rest = count - from;
    // Whatever happened meanwhile, each lane gets its share of the rest, in small parts.
    if (!isNearEnd && rest <= parallel * most) {
      isNearEnd = true;
      most = Math.max(FEW_MAILBOXES, Math.ceil(evenPart(rest, parallel) / 2));
    }
    const part = { from, count: Math.min(lanes.width < parallel ? FEW_MAILBOXES : most, rest) };
    from += part.count;
    return callOf(script, 'statistics-read', part);
  };
  yield* fanOut(script, [], lanes, next);
  return from;
}

/** How many mailboxes each activity takes so that the lanes come to the end of the queue together. */
function evenPart(count: number, parallel: number): number {
  const rounds = Math.ceil(count / (parallel * MOST_MAILBOXES));
  return Math.ceil(count / (parallel * Math.max(1, rounds)));
}
