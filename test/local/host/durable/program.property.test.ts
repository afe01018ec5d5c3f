// Random orchestrations on the real SDK, in random order, with crashes and suspensions: nothing is lost, doubled or non-deterministic.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { historyEvent } from '../../../../src/local/host/durable/history-event.ts';
import { seededRandom } from '../../../support/crash-run.ts';
import { expectedResult, inputOf, orchestrators, pathsOf, program, rootPath, type Program, type Step } from './random-program.ts';
import { createSdkLoop, type SdkLoop } from './sdk-loop.ts';

const NAME = 'p';
const MOST_ROUNDS = 5_000;

interface Ending {
  status: string | undefined;
  output: unknown;
  /** How often each activity ran, without the runs whose result was lost. */
  runs: Map<string, number>;
  unfinished: number;
}

/** All steps with their paths, over all generations. */
function everyPath({ steps, generations }: Program, kinds: readonly Step['kind'][]): { path: string; step: Step }[] {
  return Array.from({ length: generations }, (_, generation) =>
    steps.flatMap((one, index) => pathsOf(one, rootPath(NAME, generation, index), kinds)),
  ).flat();
}

/** Where an event of a step must be sent: to the child it is in, else to the program. */
function ownerOf(loop: SdkLoop, given: Program, path: string): string | undefined {
  const owners = everyPath(given, ['child']).filter((child) => path.startsWith(`${child.path}.`));
  const nearest = owners.sort((a, b) => b.path.length - a.path.length)[0];
  if (!nearest) return NAME;
  if (nearest.step.kind === 'child' && nearest.step.hasId) return `id-${nearest.path}`;
  // A child without a given id is found by its input.
  return loop.store.instances({}, 1_000).find(({ input }) => input?.includes(`"path":"${nearest.path}"`))?.id;
}

/** An event may be sent once its generation runs; before that continueAsNew would lose it. */
function hasBegun(loop: SdkLoop, path: string): boolean {
  const { generation } = JSON.parse(loop.instance(NAME)?.input ?? '{}') as { generation?: number };
  return path.startsWith(`${NAME}-${generation}-`);
}

interface Chance {
  /** Of losing what a turn or a run did, as a crash does. */
  loss: number;
  /** Of suspending the program for a while. */
  suspension: number;
}

async function play(given: Program, seed: number, chance: Chance): Promise<Ending> {
  const random = seededRandom(seed);
  const tries = new Map<string, number>();
  const runs = new Map<string, number>();
  const work = (input: unknown): { ok: true; result: unknown } | { ok: false; message: string } => {
    const { path, failures } = input as { path: string; failures: number };
    return (tries.get(path) ?? 0) < failures ? { ok: false, message: `broken ${path}` } : { ok: true, result: path };
  };
  const loop = createSdkLoop({ orchestrators, activities: { work } }, Date.parse('2030-01-01T00:00:00Z'));
  loop.start(NAME, 'program', inputOf(NAME, given));
  const events = everyPath(given, ['event', 'race']).map(({ path }) => path);
  const at = (): string => new Date(loop.nowMs).toISOString();
  let isSuspended = false;

  /** Everything that could happen next. */
  function choices(): (() => void | Promise<void>)[] {
    const list: (() => void | Promise<void>)[] = [];
    const isLost = (): boolean => random() < chance.loss;
    const isHeld = isSuspended && loop.instance(NAME)?.status === 'Suspended';
    for (const id of loop.due()) if (!isHeld || id !== NAME) list.push(() => loop.turn(id, isLost()));
    for (const activity of loop.store.activities()) {
      list.push(() => {
        const lost = isLost();
        loop.work(activity, lost);
        if (lost) return;
        const { path } = JSON.parse(activity.input ?? '{}') as { path: string };
        runs.set(path, (runs.get(path) ?? 0) + 1);
        tries.set(path, (tries.get(path) ?? 0) + 1);
      });
    }
    for (const [index, path] of events.entries()) {
      const owner = hasBegun(loop, path) ? ownerOf(loop, given, path) : undefined;
      const status = owner === undefined ? undefined : loop.instance(owner)?.status;
      if (owner === undefined || (status !== 'Running' && status !== 'Pending' && status !== 'Suspended')) continue;
      list.push(() => {
        events.splice(index, 1);
        loop.post(owner, historyEvent.eventRaised(at(), path, JSON.stringify(`event ${path}`)));
      });
    }
    return list;
  }

  async function toggle(): Promise<void> {
    loop.post(NAME, isSuspended ? historyEvent.executionResumed(at(), null) : historyEvent.executionSuspended(at(), 'test'));
    isSuspended = !isSuspended;
    // Both are only asked for when the other has taken effect, as the management routes do.
    await loop.turn(NAME);
    if (isSuspended) while (loop.instance(NAME)?.status === 'Running') await loop.turn(NAME);
  }

  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const list = choices();
    const isRunning = loop.instance(NAME)?.status === 'Running';
    if ((isSuspended || isRunning) && random() < chance.suspension) await toggle();
    else if (list.length > 0 && random() > 0.05) await list[Math.floor(random() * list.length)]?.();
    else if (!loop.skipTime() && list.length === 0) {
      if (!isSuspended) break;
      await toggle();
    }
  }
  const instance = loop.instance(NAME);
  const unfinished = loop.store.activities().length + loop.due().length;
  return { status: instance?.status, output: instance?.output ? JSON.parse(instance.output) : null, runs, unfinished };
}

function check(given: Program, { status, output, runs, unfinished }: Ending): void {
  const expected = Array.from({ length: given.generations }, (_, generation) =>
    given.steps.map((one, index) => expectedResult(one, rootPath(NAME, generation, index))),
  ).flat();
  assert.equal(status, 'Completed', JSON.stringify(output));
  assert.deepEqual(output, expected);
  assert.equal(unfinished, 0);
  const activities = everyPath(given, ['activity', 'retried', 'forgotten']);
  const wanted = activities.map(({ path, step }): [string, number] => [
    path,
    step.kind === 'retried' ? Math.min(step.failures + 1, step.attempts) : step.kind === 'forgotten' ? 0 : 1,
  ]);
  for (const [path, count] of wanted) assert.equal(runs.get(path) ?? 0, count, `runs of ${path}`);
}

const KINDS: { name: string; chance: Chance }[] = [
  { name: 'in any order', chance: { loss: 0, suspension: 0 } },
  { name: 'through crashes at any point', chance: { loss: 0.4, suspension: 0 } },
  { name: 'through crashes and suspensions', chance: { loss: 0.2, suspension: 0.1 } },
];

for (const { name, chance } of KINDS) {
  test(`random orchestrations end with the same result ${name}, and do all work once`, async () => {
    const seed = fc.integer({ min: 0, max: 2 ** 31 });

    const property = fc.asyncProperty(program, seed, async (given, seeded) => check(given, await play(given, seeded, chance)));

    await fc.assert(property, { numRuns: 60 });
  });
}
