// What one process tells of refusals: each kind once a minute, so many in all, the rest counted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRefusals } from '../../../src/adapters/audit/refusals.ts';
import { auditEntry } from '../../../src/domain/audit.ts';
import type { AuditEntry } from '../../../src/domain/audit.ts';
import type { Refusals } from '../../../src/domain/audit-port.ts';
import { addMs } from '../../../src/domain/instant.ts';
import { heldClock, logInto, organization, START } from '../../support/discovery-scene.ts';
import type { HeldClock, LogLine } from '../../support/discovery-scene.ts';

interface Scene {
  readonly refusals: Refusals;
  readonly added: AuditEntry[];
  readonly lines: LogLine[];
  readonly clock: HeldClock;
  /** What was to be done later is done now. */
  readonly elapse: (ms: number) => Promise<void>;
  readonly tell: (key: string) => Promise<void>;
  fail: Error | undefined;
}

function createScene(): Scene {
  const clock = heldClock();
  const added: AuditEntry[] = [];
  const lines: LogLine[] = [];
  const due: (() => Promise<void>)[] = [];
  let nextId = 0;
  const refusals = createRefusals({
    outbox: {
      async add(entry) {
        if (scene.fail) throw scene.fail;
        added.push(entry);
      },
    },
    clock,
    ids: { next: () => `id-${(nextId += 1)}` },
    log: logInto(lines),
    later: (work) => void due.push(work),
  });
  const scene: Scene = {
    refusals,
    added,
    lines,
    clock,
    fail: undefined,
    async elapse(ms) {
      clock.advance(ms);
      for (const work of due.splice(0)) await work();
    },
    tell: (key) =>
      refusals.tell(key, async () =>
        auditEntry(
          { type: 'access.denied', subject: key, details: {} },
          { id: key, chain: organization, time: clock.now(), actor: { kind: 'unknown' } },
        ),
      ),
  };
  return scene;
}

const keysOf = ({ added }: Scene): string[] => added.map(({ event }) => event.subject.id);

test('the same refusal is told once a minute', async () => {
  const scene = createScene();

  for (let index = 0; index < 3; index += 1) await scene.tell('a');
  await scene.tell('b');
  scene.clock.advance(60_000);
  await scene.tell('a');

  assert.deepEqual(keysOf(scene), ['a', 'b', 'a']);
});

test('of a flood of different ones sixty a minute are told, the rest is counted in one event of the deployment', async () => {
  const scene = createScene();

  for (let index = 0; index < 1_000; index += 1) await scene.tell(`flood-${index}`);
  const told = scene.added.length;
  await scene.elapse(60_000);
  await scene.tell('after');
  await scene.elapse(60_000);

  const [flood, after, ...more] = scene.added.slice(told);
  assert.equal(told, 60);
  assert.deepEqual([flood?.event.type, flood?.event.chain], ['access.flooded', 'deployment']);
  assert.deepEqual(flood?.event.details, { count: 940, since: START, until: addMs(START, 60_000) });
  assert.deepEqual([after?.event.subject.id, more], ['after', []]);
  assert.ok(scene.lines.some(({ level, event }) => level === 'warn' && event === 'audit.refusals-counted'));
});

test('what could not be told is told by the next of its kind, and a count that is lost stands in the log', async () => {
  const scene = createScene();
  scene.fail = new Error('no storage');
  await assert.rejects(scene.tell('a'), /no storage/);
  scene.fail = undefined;
  for (let index = 0; index < 61; index += 1) await scene.tell(index === 0 ? 'a' : `flood-${index}`);

  scene.fail = new Error('no storage');
  await scene.elapse(60_000);

  assert.equal(keysOf(scene)[0], 'a');
  const lost = scene.lines.find(({ event }) => event === 'audit.refusals-not-told');
  assert.deepEqual([lost?.level, lost?.fields['count']], ['error', 1]);
});
