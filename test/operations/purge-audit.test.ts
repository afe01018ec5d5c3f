// Retention: old records go, the rest can still be checked, and nobody can pretend a purge.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkpointDocument, auditKey } from '../../src/adapters/tables/audit-rows.ts';
import { keysBelow } from '../../src/adapters/tables/keys.ts';
import { readHead } from '../../src/domain/audit-head.ts';
import { listAudit } from '../../src/operations/list-audit.ts';
import { purgeAudit } from '../../src/operations/purge-audit.ts';
import { sequenceAudit } from '../../src/operations/sequence-audit.ts';
import { verifyAudit } from '../../src/operations/verify-audit.ts';
import { erase, rewrite } from '../support/audit-attack.ts';
import { createAuditScene, HOUR_MS } from '../support/audit-scene.ts';
import type { AuditScene } from '../support/audit-scene.ts';
import { organization } from '../support/discovery-scene.ts';
import { tempDirectory } from '../support/temp-directory.ts';

const folder = tempDirectory('purge');
const KEEP = 100;
const DAY_MS = 24 * HOUR_MS;

/** Two events a day, the first of each day signed; 20 of them, then some days. */
async function aYear(daysAfter: number): Promise<AuditScene> {
  const scene = createAuditScene(folder);
  for (let index = 1; index <= 20; index += 1) {
    await scene.change(`e${index}`);
    await sequenceAudit(scene.ports);
    scene.clock.advance(index % 2 === 0 ? DAY_MS - HOUR_MS / 2 : HOUR_MS / 2);
  }
  scene.clock.advance(daysAfter * DAY_MS);
  return scene;
}

const verify = (scene: AuditScene): ReturnType<typeof verifyAudit> => verifyAudit(scene.ports, organization, { keepDays: KEEP });
const faults = async (scene: AuditScene): Promise<string[]> =>
  (await verify(scene)).findings.map(({ kind }) => kind).filter((kind) => kind !== 'signed-late' && kind !== 'unsigned');

async function keysWith(scene: AuditScene, prefix: string): Promise<number> {
  let count = 0;
  for await (const { rows } of scene.rows.pages({ partition: organization, rows: keysBelow(prefix) })) count += rows.length;
  return count;
}

test('records that were kept long enough go, with the ids of their events and their heads, and the rest is whole', async () => {
  const scene = await aYear(KEEP - 5);

  const purged = await purgeAudit(scene.ports, organization, KEEP);
  await sequenceAudit(scene.ports);

  // The first half of the days is over: the newest head before then vouches for record 9.
  assert.equal(purged, 9);
  assert.deepEqual(await faults(scene), []);
  const report = await verify(scene);
  assert.deepEqual([report.oldest, report.newest, report.isWhole], [10, 21, true]);
  assert.deepEqual([await keysWith(scene, 'e'), await keysWith(scene, 'i')], [12, 12]);
  const [newest] = (await listAudit(scene.ports, organization, { top: 1 })).values;
  assert.deepEqual(newest && 'event' in newest && [newest.event.type, newest.event.details['count'], newest.event.details['through']], [
    'retention.purged',
    9,
    9,
  ]);
});

test('nothing goes before its time, and a second purge finds nothing more', async () => {
  const scene = await aYear(0);
  const early = await purgeAudit(scene.ports, organization, KEEP);
  scene.clock.advance((KEEP - 5) * DAY_MS);

  const counts = [await purgeAudit(scene.ports, organization, KEEP), await purgeAudit(scene.ports, organization, KEEP)];

  assert.equal(early, 0);
  assert.deepEqual(counts, [9, 0]);
});

test('a purge that was ended half way is finished by the next one', async () => {
  const scene = await aYear(KEEP - 5);
  const { audit } = scene.ports;
  const removeThrough = (): Promise<number> => Promise.reject(new Error('The process was ended.'));
  await assert.rejects(purgeAudit({ ...scene.ports, audit: { ...audit, removeThrough } }, organization, KEEP), /was ended/);
  const between = await faults(scene);

  const left = await purgeAudit(scene.ports, organization, KEEP);
  await sequenceAudit(scene.ports);

  assert.deepEqual(between, []);
  assert.equal(left, 9);
  assert.deepEqual(await faults(scene), []);
  assert.equal(await keysWith(scene, 'i'), 12);
});

test('a purge that somebody pretends is found: before its time, and at a record that no head vouches for', async () => {
  for (const [sequence, expected] of [
    [19, ['purged-early']],
    [18, ['checkpoint-unsigned']],
  ] as const) {
    const scene = await aYear(10);
    const hash = (await scene.ports.audit.record(organization, sequence))?.hash ?? '';
    for (let each = 1; each <= sequence; each += 1) await erase(scene.rows, each);
    const values = checkpointDocument.pack({ sequence, hash });
    await scene.rows.write({ kind: 'set', row: { ...auditKey(organization, 'checkpoint'), values } });

    assert.deepEqual(await faults(scene), expected);
  }
});

test('a chain that does not fit its heads is not purged: that would hide what is wrong', async () => {
  const scene = await aYear(KEEP - 5);
  await rewrite(scene.rows, 3, (record) => ({ ...record, event: { ...record.event, subject: { kind: 'run', id: 'other' } } }));

  const purged = await purgeAudit(scene.ports, organization, KEEP);

  assert.equal(purged, 0);
  assert.deepEqual(
    scene.lines.filter(({ level }) => level === 'error').map(({ event }) => event),
    ['audit.purge-refused'],
  );
});

test('names of people who did nothing for as long go with the records', async () => {
  const scene = await aYear(KEEP + 40);
  await scene.change('now', undefined, { actor: { kind: 'user', tenant: 'tenant', objectId: 'somebody-else' }, actorName: 'Bob Example' });
  await sequenceAudit(scene.ports);
  const before = await keysWith(scene, 'n');

  await purgeAudit(scene.ports, organization, KEEP);

  assert.equal(before, 2);
  assert.equal(await keysWith(scene, 'n'), 1);
  const heads: (number | undefined)[] = [];
  for await (const { text } of scene.ports.auditHeads.list(organization)) heads.push(readHead(text)?.sequence);
  assert.deepEqual(heads, [19, 21]);
});
