// The list of events: newest first, filters, pages, names beside events.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { AuditFact } from '../../src/domain/audit.ts';
import type { AuditView } from '../../src/domain/audit-port.ts';
import { addMs } from '../../src/domain/instant.ts';
import { listAudit } from '../../src/operations/list-audit.ts';
import type { AuditListAsk } from '../../src/operations/list-audit.ts';
import { sequenceAudit } from '../../src/operations/sequence-audit.ts';
import { flip } from '../support/audit-attack.ts';
import { ALICE, aRun, createAuditScene, entryAt, HOUR_MS, writeChange } from '../support/audit-scene.ts';
import type { AuditScene } from '../support/audit-scene.ts';
import { organization, START } from '../support/discovery-scene.ts';
import { tempDirectory } from '../support/temp-directory.ts';

const folder = tempDirectory('list');
const TIMER = { actor: { kind: 'system', component: 'housekeeping' } } as const;
const stopped = (id: string): AuditFact => ({ type: 'run.stop-requested', subject: `run-${id}`, details: { kind: 'full' } });

async function all(scene: AuditScene, ask: Partial<AuditListAsk> = {}): Promise<AuditView[]> {
  const found: AuditView[] = [];
  let continuation: string | undefined;
  do {
    const page = await listAudit(scene.ports, organization, { top: 3, ...ask, ...(continuation !== undefined && { continuation }) });
    assert.ok(page.values.length <= (ask.top ?? 3));
    found.push(...page.values);
    ({ continuation } = page);
  } while (continuation !== undefined);
  return found;
}

const idsOf = (views: readonly AuditView[]): string[] => views.map((view) => ('event' in view ? view.event.id : view.problem));

/** Eight events, an hour apart: the even ones by a timer, every third one a stop. */
async function aList(): Promise<AuditScene> {
  const scene = createAuditScene(folder);
  for (let index = 1; index <= 8; index += 1) {
    const id = `e${index}`;
    await scene.change(id, index % 3 === 0 ? stopped(id) : aRun(id), index % 2 === 0 ? TIMER : ALICE);
    await sequenceAudit(scene.ports);
    scene.clock.advance(HOUR_MS);
  }
  return scene;
}

const at = (hours: number): string => addMs(START, hours * HOUR_MS);

test('events are listed newest first, page by page, with the names of people', async () => {
  const scene = await aList();

  const found = await all(scene);

  assert.deepEqual(idsOf(found), ['e8', 'e7', 'e6', 'e5', 'e4', 'e3', 'e2', 'e1']);
  assert.deepEqual(
    found.map((view) => 'actorName' in view && view.actorName),
    [false, 'Alice Example', false, 'Alice Example', false, 'Alice Example', false, 'Alice Example'],
  );
});

test('filters find what they name: actor, event, a kind of events, subject, time', async () => {
  const scene = await aList();
  const cases: [Partial<AuditListAsk>, string[]][] = [
    [{ actor: 'cccccccc-0000-4000-8000-000000000001' }, ['e7', 'e5', 'e3', 'e1']],
    [{ actor: 'housekeeping', event: 'run.stop-requested' }, ['e6']],
    [{ event: 'run.' }, ['e6', 'e3']],
    [{ event: 'run' }, []],
    [{ subject: 'run-e4' }, ['e4']],
    [{ from: at(5) }, ['e8', 'e7', 'e6']],
    [{ to: at(2) }, ['e2', 'e1']],
    [{ from: at(2), to: at(4) }, ['e4', 'e3']],
  ];
  for (const [ask, ids] of cases) assert.deepEqual(idsOf(await all(scene, ask)), ids, JSON.stringify(ask));
});

test('a list up to a time begins there and does not read what came later, and one from a time ends there', async () => {
  const scene = await aList();

  const early = await listAudit(scene.ports, organization, { top: 50, to: at(2) });
  const late = await listAudit(scene.ports, organization, { top: 50, from: at(6) });

  assert.deepEqual([early.scanned, late.scanned], [2, 3]);
});

test('events that were recorded late or told by a clock that is ahead are found by the time they happened', async () => {
  const delay = fc.integer({ min: -10, max: 30 });
  const check = fc.asyncProperty(fc.array(delay, { minLength: 1, maxLength: 12 }), fc.nat(12), fc.nat(12), async (delays, from, hours) => {
    const scene = createAuditScene(folder);
    for (const [index, hoursLate] of delays.entries()) {
      const time = addMs(at(index), -hoursLate * HOUR_MS);
      await writeChange(scene.changes, `e${index}`, entryAt(time, `e${index}`, aRun(`e${index}`), ALICE));
      scene.clock.set(at(index));
      await sequenceAudit(scene.ports);
    }
    const span = { from: at(from), to: at(from + hours) };

    const found = idsOf(await all(scene, span));

    const times = delays.map((hoursLate, index) => addMs(at(index), -hoursLate * HOUR_MS));
    const expected = times.flatMap((time, index) => (time >= span.from && time < span.to ? [`e${index}`] : []));
    assert.deepEqual(found, expected.toReversed());
  });
  await fc.assert(check, { numRuns: 60 });
});

test('a record that cannot be read is shown as such, whatever was asked for', async () => {
  const scene = await aList();
  await flip(scene.rows, 4, 0);

  assert.deepEqual(idsOf(await all(scene, { event: 'run.' })), ['e6', 'unreadable', 'e3']);
});

test('a chain without records lists nothing, and a place that no list gave is refused', async () => {
  const scene = createAuditScene(folder);
  const nothing = await listAudit(scene.ports, organization, { top: 5 });
  await scene.change('e1');
  await sequenceAudit(scene.ports);

  assert.deepEqual(nothing, { values: [], scanned: 0 });
  await assert.rejects(listAudit(scene.ports, organization, { top: 5, continuation: "' or 1 eq 1" }), { code: 'store.unexpected' });
});
