// The sequencer: every event in its chain exactly once, whatever happens to it and to storage on the way.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createAuditHeads } from '../../src/adapters/audit/audit-heads.ts';
import { createKeyFile } from '../../src/adapters/audit/key-file.ts';
import { keysBelow } from '../../src/adapters/tables/keys.ts';
import { readRecord } from '../../src/domain/audit-chain.ts';
import { readHead } from '../../src/domain/audit-head.ts';
import type { HeadFile } from '../../src/domain/audit-head.ts';
import { sequenceAudit } from '../../src/operations/sequence-audit.ts';
import { signAuditHead } from '../../src/operations/sign-audit-head.ts';
import { verifyAudit } from '../../src/operations/verify-audit.ts';
import { ALICE, aRun, auditPorts, createAuditScene, entryAt, HOUR_MS, KEEP_DAYS, writeChange } from '../support/audit-scene.ts';
import type { AuditScene } from '../support/audit-scene.ts';
import { organization } from '../support/discovery-scene.ts';
import { headsAsSeenBy, lifeOf, tableIn } from '../support/faulty-storage.ts';
import type { CallFate, Life } from '../support/faulty-storage.ts';
import { tempDirectory } from '../support/temp-directory.ts';

const folder = tempDirectory('sequence');

/** The ids of the recorded events, in the order of the chain. */
async function recorded(scene: AuditScene): Promise<string[]> {
  const ids: string[] = [];
  for await (const records of scene.ports.audit.records(organization, Number.MAX_SAFE_INTEGER)) {
    ids.unshift(...records.map(({ text }) => readRecord(text)?.event.id ?? 'unreadable').toReversed());
  }
  return ids;
}

async function waiting(scene: AuditScene): Promise<number> {
  let count = 0;
  for (const table of [scene.changes, scene.rows]) {
    for await (const { rows } of table.pages({ rows: keysBelow('x') })) count += rows.length;
  }
  return count;
}

async function headsOf({ ports }: Pick<AuditScene, 'ports'>): Promise<HeadFile[]> {
  const heads: HeadFile[] = [];
  for await (const head of ports.auditHeads.list(organization)) heads.push(head);
  return heads;
}

test('events take their places in the order in which they happened, and wait no longer', async () => {
  const scene = createAuditScene(folder);
  for (const id of ['first', 'second', 'third']) {
    await scene.change(id);
    scene.clock.advance(1000);
  }

  const sequenced = await sequenceAudit(scene.ports);

  assert.deepEqual(sequenced, { chains: 1, recorded: 3, signed: 1 });
  assert.deepEqual(await recorded(scene), ['first', 'second', 'third']);
  assert.equal(await waiting(scene), 0);
  assert.deepEqual(await sequenceAudit(scene.ports), { chains: 1, recorded: 0, signed: 0 });
});

test('more events than fit into a transaction are recorded all', async () => {
  const scene = createAuditScene(folder);
  for (let index = 0; index < 130; index += 1) {
    const by = { actor: { kind: 'user', tenant: 'tenant', objectId: `person-${index % 60}` }, actorName: `Person ${index % 60}` } as const;
    await scene.change(`e${index}`, aRun(`e${index}`), by);
  }

  const { recorded: count } = await sequenceAudit(scene.ports);

  assert.equal(count, 130);
  assert.equal(new Set(await recorded(scene)).size, 130);
  assert.deepEqual((await verifyAudit(scene.ports, organization, { keepDays: KEEP_DAYS })).findings, []);
});

test('an event that is told twice is one event', async () => {
  const scene = createAuditScene(folder);
  await scene.change('once');
  await sequenceAudit(scene.ports);
  scene.clock.advance(1000);
  await scene.change('once');
  await writeChange(scene.rows, 'once', entryAt(scene.clock.now(), 'once', aRun('once'), ALICE));

  const again = await sequenceAudit(scene.ports);

  assert.equal(again.recorded, 0);
  assert.deepEqual(await recorded(scene), ['once']);
  assert.equal(await waiting(scene), 0);
});

test('a row that holds no event this version knows is told and left, and the others are recorded', async () => {
  const scene = createAuditScene(folder);
  const of = (id: string): { partition: string; row: string } => ({ partition: organization, row: `x|2020|${id}` });
  await scene.changes.write({ kind: 'set', row: { ...of('newer'), values: { entry_form: '9.1', entry: '{}' } } });
  await scene.changes.write({ kind: 'set', row: { ...of('spoilt'), values: { entry_form: '1.1', entry: '{"event":{}}' } } });
  await scene.change('good');

  await sequenceAudit(scene.ports);

  assert.deepEqual(await recorded(scene), ['good']);
  assert.equal(await waiting(scene), 2);
  assert.deepEqual(
    scene.lines.filter(({ event }) => event === 'audit.event-unreadable').map(({ level, fields }) => [level, fields['table']]),
    [
      ['error', 'Changes'],
      ['error', 'Changes'],
    ],
  );
});

test('one chain that fails keeps no other waiting', async () => {
  const scene = createAuditScene(folder);
  await scene.change('e1');
  await scene.ports.auditOutbox.add({ event: { ...entryAt(scene.clock.now(), 'd1', aRun('d1'), ALICE).event, chain: 'deployment' } });
  const { audit } = scene.ports;
  const end: typeof audit.end = async (chain) => {
    if (chain === organization) throw new Error('This partition is away.');
    return audit.end(chain);
  };

  const turn = sequenceAudit({ ...scene.ports, audit: { ...audit, end } });

  await assert.rejects(turn, /This partition is away/);
  assert.deepEqual(await audit.recorded('deployment', ['d1']), new Set(['d1']));
  assert.equal((await sequenceAudit(scene.ports)).recorded, 1);
});

test('a head is signed for the first record, then within the hour, and at once when asked to', async () => {
  const scene = createAuditScene(folder);
  const signed: number[] = [];
  for (const minutes of [0, 20, 40, 60]) {
    await scene.change(`at-${minutes}`);
    signed.push((await sequenceAudit(scene.ports)).signed);
    scene.clock.advance(HOUR_MS / 3);
  }
  await scene.change('last');
  signed.push((await sequenceAudit(scene.ports)).signed);

  const forced = [
    await signAuditHead(scene.ports, organization, { isForced: true }),
    await signAuditHead(scene.ports, organization, { isForced: true }),
  ];

  assert.deepEqual(signed, [1, 0, 0, 1, 0]);
  assert.deepEqual(forced, ['signed', 'not-due']);
  const heads = (await headsOf(scene)).map(({ text }) => readHead(text));
  assert.deepEqual(
    heads.map((head) => [head?.sequence, head?.previous]),
    [
      [1, undefined],
      [4, 1],
      [5, 4],
    ],
  );
});

test('a head that contradicts the one that is kept for the same record never replaces it, and is told', async () => {
  const scene = createAuditScene(folder);
  await scene.change('e1');
  await sequenceAudit(scene.ports);
  const [kept] = await headsOf(scene);
  const end = await scene.ports.audit.end(organization);
  const forged = {
    ...scene.ports.audit,
    lastSigned: async () => undefined,
    end: async () => end && { ...end, value: { ...end.value, hash: 'b'.repeat(64) } },
  };

  await signAuditHead({ ...scene.ports, audit: forged }, organization);

  assert.deepEqual(await headsOf(scene), [kept]);
  assert.deepEqual(
    scene.lines.filter(({ level }) => level === 'error').map(({ event }) => event),
    ['audit.head-contradicts'],
  );
});

/** Some calls that succeed, then one that does not: a turn of the sequencer makes ten to twenty. */
const fates = fc
  .tuple(fc.nat(20), fc.constantFrom<CallFate>('killed-after', 'killed-before', 'answer-lost', 'lost', 'refused'))
  .map(([calls, fate]): CallFate[] => [...Array.from({ length: calls }, () => 'done' as const), fate]);
/** What happens to the calls of one process that is started anew each time it ends. */
const lives = fc.array(fates, { minLength: 1, maxLength: 5 });

test('two sequencers, killed and disturbed at any call, leave one chain with each event exactly once', async () => {
  const check = fc.asyncProperty(
    fc.scheduler(),
    fc.tuple(lives, lives),
    fc.integer({ min: 1, max: 60 }),
    async (scheduler, plans, events) => {
      const scene = createAuditScene(folder);
      const key = createKeyFile(`${folder}/audit-key.json`, { isMade: true });
      const turn = async (): Promise<void> => scheduler.schedule(Promise.resolve());
      const partsIn = (life: Life): Parameters<typeof auditPorts>[0] => ({
        changes: tableIn(life, scene.changes),
        rows: tableIn(life, scene.rows),
        container: headsAsSeenBy(life, scene.container),
      });
      const run = async (life: readonly CallFate[]): Promise<void> => {
        const ports = auditPorts(partsIn(lifeOf(life, turn)), key, scene.clock, scene.ports.log);
        scene.clock.advance(HOUR_MS / 4);
        // Whatever it ended with, the next life has to make good.
        await sequenceAudit(ports).catch(() => undefined);
      };
      const sequencer = async (plan: readonly (readonly CallFate[])[]): Promise<void> => {
        for (const life of plan) await run(life);
      };
      const writer = async (): Promise<void> => {
        const table = tableIn(lifeOf([], turn), scene.changes);
        for (let index = 0; index < events; index += 1) {
          const id = `e${String(index).padStart(3, '0')}`;
          await writeChange(table, id, entryAt(scene.clock.now(), id, aRun(id), ALICE));
        }
      };

      await scheduler.waitFor(Promise.all([writer(), sequencer(plans[0]), sequencer(plans[1])]));
      await sequenceAudit(scene.ports);

      const ids = await recorded(scene);
      assert.deepEqual(
        ids.toSorted(),
        Array.from({ length: events }, (_, index) => `e${String(index).padStart(3, '0')}`),
      );
      assert.equal(await waiting(scene), 0);
      const report = await verifyAudit(scene.ports, organization, { keepDays: KEEP_DAYS });
      assert.deepEqual(
        report.findings.filter(({ kind }) => kind !== 'signed-late' && kind !== 'unsigned'),
        [],
      );
      assert.equal(report.records, events);
    },
  );
  await fc.assert(check, { numRuns: 120 });
});

test('heads are listed in the order of their records, many of them too', async () => {
  const { container, ports, clock } = createAuditScene(folder);
  const heads = createAuditHeads(container);
  const facts = { form: 1, chain: organization, hash: 'a', recordedAt: clock.now(), signedAt: clock.now() };
  const signature = await ports.auditKey.sign('text');
  for (let sequence = 150; sequence >= 1; sequence -= 1) await heads.keep({ ...facts, sequence, ...signature });

  const listed = await headsOf({ ports });

  assert.deepEqual(
    listed.map(({ sequence }) => sequence),
    Array.from({ length: 150 }, (_, index) => index + 1),
  );
});
