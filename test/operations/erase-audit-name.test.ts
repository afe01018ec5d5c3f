// Erasing the name of a person: gone everywhere, the chain untouched, and itself an event.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '../../src/adapters/audit/digest.ts';
import { eraseAuditName } from '../../src/operations/erase-audit-name.ts';
import { listAudit } from '../../src/operations/list-audit.ts';
import { sequenceAudit } from '../../src/operations/sequence-audit.ts';
import { verifyAudit } from '../../src/operations/verify-audit.ts';
import { ALICE, aRun, createAuditScene, HOUR_MS, KEEP_DAYS, TENANT } from '../support/audit-scene.ts';
import type { AuditScene } from '../support/audit-scene.ts';
import { organization } from '../support/discovery-scene.ts';
import { tempDirectory } from '../support/temp-directory.ts';

const folder = tempDirectory('erase');
const ADMIN = {
  actor: { kind: 'user', tenant: TENANT, objectId: 'cccccccc-0000-4000-8000-000000000009' },
  actorName: 'Admin Example',
} as const;
const ask = { tenant: TENANT, objectId: 'cccccccc-0000-4000-8000-000000000001', reason: 'asked for by the person', by: ADMIN };

async function textOf(scene: AuditScene): Promise<string> {
  const texts: string[] = [];
  for (const table of [scene.changes, scene.rows]) for await (const { rows } of table.pages({})) texts.push(JSON.stringify(rows));
  return texts.join('\n');
}

async function namesOf(scene: AuditScene): Promise<unknown[]> {
  const { values } = await listAudit(scene.ports, organization, { top: 10 });
  return values.map((view) => ('event' in view ? [view.event.type, view.actorName] : view.problem));
}

test('the name is nowhere any more, the events stay by object id, and the chain is whole', async () => {
  const scene = createAuditScene(folder);
  await scene.change('e1');
  await sequenceAudit(scene.ports);
  const before = await textOf(scene);

  await eraseAuditName(scene.ports, organization, ask);
  await sequenceAudit(scene.ports);

  assert.match(before, /Alice Example/);
  assert.doesNotMatch(await textOf(scene), /Alice/);
  assert.deepEqual(await namesOf(scene), [
    ['audit.name-erased', 'Admin Example'],
    ['discovery.requested', undefined],
  ]);
  const report = await verifyAudit(scene.ports, organization, { keepDays: KEEP_DAYS });
  assert.deepEqual([report.records, report.findings], [2, []]);
});

test('an event that still waits does not bring an erased name back; what the person does later does', async () => {
  const scene = createAuditScene(folder);
  await scene.change('e1');
  scene.clock.advance(1000);
  await eraseAuditName(scene.ports, organization, ask);
  await sequenceAudit(scene.ports);
  const erased = await namesOf(scene);
  scene.clock.advance(HOUR_MS);
  await scene.change('e2');
  await sequenceAudit(scene.ports);

  assert.deepEqual(erased.at(-1), ['discovery.requested', undefined]);
  assert.deepEqual((await namesOf(scene))[0], ['discovery.requested', 'Alice Example']);
});

test('a name that is erased while it is being recorded stays erased', async () => {
  const scene = createAuditScene(folder);
  await scene.change('e1');
  const { audit } = scene.ports;
  let isErased = false;
  const names: typeof audit.names = async (...asked) => {
    const found = await audit.names(...asked);
    if (!isErased) await eraseAuditName(scene.ports, organization, ask);
    isErased = true;
    return found;
  };

  await sequenceAudit({ ...scene.ports, audit: { ...audit, names } });
  await sequenceAudit(scene.ports);

  assert.doesNotMatch(await textOf(scene), /Alice/);
  assert.equal((await audit.end(organization))?.value.sequence, 2);
});

test('a person whose name changes is shown by the new one, in old events too', async () => {
  const scene = createAuditScene(folder);
  await scene.change('e1');
  scene.clock.advance(1000);
  await scene.change('e2', aRun('e2'), { ...ALICE, actorName: 'Alice Other' });
  await sequenceAudit(scene.ports);

  assert.deepEqual(await namesOf(scene), [
    ['discovery.requested', 'Alice Other'],
    ['discovery.requested', 'Alice Other'],
  ]);
  assert.equal(sha256('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
