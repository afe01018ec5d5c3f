// Small random orchestrations, for the property tests: what they are made of, how they run on the SDK, and what must come of them.
// They keep to what SDK and extension do alike. Left out is what the real host itself gets wrong (durable extension issue 3049): retries
// and long timers, which take ids as time goes by, running on after the orchestration has moved past a WhenAny or a failed WhenAll.
// cspell:ignore letrec
import fc from 'fast-check';
import * as df from 'durable-functions';
import type { OrchestrationContext, OrchestrationHandler, Task } from 'durable-functions';

export type Step =
  | { kind: 'activity'; fails: boolean }
  | { kind: 'retried'; failures: number; attempts: number }
  | { kind: 'timer'; ms: number }
  | { kind: 'event' }
  | { kind: 'race'; ms: number }
  | { kind: 'child'; hasId: boolean; steps: Step[] }
  | { kind: 'all' | 'any'; members: Step[] }
  | { kind: 'forgotten' };

export interface Program {
  steps: Step[];
  generations: number;
}

interface Input extends Program {
  name: string;
  generation: number;
  results: unknown[];
}

const DAY_MS = 24 * 3_600_000;

const activity = fc.record({ kind: fc.constant('activity' as const), fails: fc.boolean() });
const soundActivity = fc.record({ kind: fc.constant('activity' as const), fails: fc.constant(false) });
const retried = fc
  .record({ failures: fc.integer({ min: 0, max: 3 }), attempts: fc.integer({ min: 1, max: 3 }) })
  .map((record) => ({ kind: 'retried' as const, ...record }));
const soundRetried = fc.integer({ min: 0, max: 2 }).map((failures) => ({ kind: 'retried' as const, failures, attempts: failures + 1 }));
const shortTimer = fc.record({ kind: fc.constant('timer' as const), ms: fc.integer({ min: 0, max: 5_000 }) });
const longTimer = fc.record({ kind: fc.constant('timer' as const), ms: fc.integer({ min: 5 * DAY_MS, max: 20 * DAY_MS }) });
const event = fc.constant({ kind: 'event' as const });
const race = fc.record({ kind: fc.constant('race' as const), ms: fc.integer({ min: 0, max: 5_000 }) });
const forgotten = fc.constant({ kind: 'forgotten' as const });

interface Tree {
  step: Step;
  open: Step;
  sound: Step;
}

// `open` may be left behind by a WhenAny or a failed WhenAll; `sound` neither fails nor is left behind, and may take ids late.
const { step } = fc.letrec<Tree>((tie: fc.LetrecTypedTie<Tree>) => {
  const steps = fc.array(tie('step'), { minLength: 0, maxLength: 3 });
  const child: fc.Arbitrary<Step> = fc.record({ kind: fc.constant('child' as const), hasId: fc.boolean(), steps });
  const members = (key: 'open' | 'sound'): fc.Arbitrary<Step[]> => fc.array(tie(key), { minLength: 1, maxLength: 4 });
  const group = (kind: 'all' | 'any', key: 'open' | 'sound'): fc.Arbitrary<Step> => members(key).map((list) => ({ kind, members: list }));
  return {
    open: fc.oneof({ maxDepth: 3 }, activity, shortTimer, event, child, group('all', 'open'), group('any', 'open')),
    sound: fc.oneof({ maxDepth: 3 }, soundActivity, soundRetried, shortTimer, longTimer, event, child, group('all', 'sound')),
    step: fc.oneof(
      { maxDepth: 3 },
      activity,
      retried,
      shortTimer,
      longTimer,
      event,
      race,
      forgotten,
      child,
      group('any', 'open'),
      group('all', 'open'),
      group('all', 'sound'),
    ),
  };
});

export const program: fc.Arbitrary<Program> = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 4 }),
  generations: fc.integer({ min: 1, max: 2 }),
});

/** A step's result where it does not hang on the order of things. */
export function expectedResult(one: Step, path: string): unknown {
  switch (one.kind) {
    case 'activity':
      return one.fails ? `failed ${path}` : path;
    case 'retried':
      return one.failures >= one.attempts ? `failed ${path}` : path;
    case 'timer':
    case 'forgotten':
      return one.kind;
    case 'event':
      return `event ${path}`;
    case 'race':
      return 'raced';
    case 'child':
      return one.steps.map((inner, index) => expectedResult(inner, `${path}.${index}`));
    case 'any':
      return 'any';
    default: {
      const results = one.members.map((member, index) => expectedResult(member, `${path}.${index}`));
      return canFail(one) ? `failed ${path}` : results;
    }
  }
}

function canFail(one: Step): boolean {
  switch (one.kind) {
    case 'activity':
      return one.fails;
    case 'retried':
      return one.failures >= one.attempts;
    case 'all':
      return one.members.some(canFail);
    default:
      return false;
  }
}

/** Every path below `one` of a kind; a path names a step in all that is recorded of it. */
export function pathsOf(one: Step, path: string, kinds: readonly Step['kind'][]): { path: string; step: Step }[] {
  const own = kinds.includes(one.kind) ? [{ path, step: one }] : [];
  const inner = one.kind === 'child' ? one.steps : one.kind === 'all' || one.kind === 'any' ? one.members : [];
  return [...own, ...inner.flatMap((member, index) => pathsOf(member, `${path}.${index}`, kinds))];
}

export const rootPath = (name: string, generation: number, index: number): string => `${name}-${generation}-${index}`;

function makeTask(context: OrchestrationContext, one: Step, path: string): Task {
  const { df: durable } = context;
  switch (one.kind) {
    case 'activity':
    case 'forgotten':
      return durable.callActivity('work', { path, failures: one.kind === 'activity' && one.fails ? 1 : 0 });
    case 'retried':
      return durable.callActivityWithRetry('work', new df.RetryOptions(1_000, one.attempts), { path, failures: one.failures });
    case 'timer':
    case 'race':
      return durable.createTimer(new Date(durable.currentUtcDateTime.getTime() + one.ms));
    case 'event':
      return durable.waitForExternalEvent(path);
    case 'child':
      return durable.callSubOrchestrator('child', { steps: one.steps, path }, one.hasId ? `id-${path}` : undefined);
    case 'all':
      return durable.Task.all(one.members.map((member, index) => makeTask(context, member, `${path}.${index}`)));
    default:
      return durable.Task.any(one.members.map((member, index) => makeTask(context, member, `${path}.${index}`)));
  }
}

/** A step's result in the words of expectedResult. */
function resultOf(one: Step, value: unknown): unknown {
  if (one.kind === 'all') return one.members.map((member, index) => resultOf(member, (value as unknown[])[index]));
  return one.kind === 'any' || one.kind === 'timer' ? one.kind : value;
}

function* runStep(context: OrchestrationContext, one: Step, path: string): Generator<Task, unknown, unknown> {
  const task = makeTask(context, one, path);
  if (one.kind === 'forgotten') return 'forgotten';
  if (one.kind === 'race') {
    const wait = context.df.waitForExternalEvent(path);
    const winner = yield context.df.Task.any([task, wait]);
    if (winner === wait) (task as ReturnType<typeof context.df.createTimer>).cancel();
    return 'raced';
  }
  try {
    return resultOf(one, yield task);
  } catch (error) {
    if (one.kind !== 'all' && !(error as Error).message.includes(`broken ${path}`)) throw error;
    return `failed ${path}`;
  }
}

/** The orchestrators `program` and `child`, which run any program. */
export const orchestrators: Record<'program' | 'child', OrchestrationHandler> = {
  *program(context) {
    const input = context.df.getInput<Input>();
    const { name, generation, generations, steps } = input;
    const results = [...input.results];
    for (const [index, one] of steps.entries()) results.push(yield* runStep(context, one, rootPath(name, generation, index)));
    if (generation + 1 >= generations) return results;
    context.df.continueAsNew({ ...input, generation: generation + 1, results });
    return undefined;
  },
  *child(context) {
    const { steps, path } = context.df.getInput<{ steps: Step[]; path: string }>();
    const results: unknown[] = [];
    for (const [index, one] of steps.entries()) results.push(yield* runStep(context, one, `${path}.${index}`));
    return results;
  },
};

export const inputOf = (name: string, given: Program): Input => ({ ...given, name, generation: 0, results: [] });
