// What somebody can do to the audit, and what the check says about it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { AuditFinding, AuditReport } from '../../src/domain/audit-finding.ts';
import { findingText, isIntact, severityOf } from '../../src/domain/audit-finding.ts';
import { readHead } from '../../src/domain/audit-head.ts';
import { sequenceAudit } from '../../src/operations/sequence-audit.ts';
import { chainsToVerify, verifyAudit } from '../../src/operations/verify-audit.ts';
import { erase, eraseAll, flip, rewrite, swap, truncate } from '../support/audit-attack.ts';
import { createAuditScene, HOUR_MS, KEEP_DAYS } from '../support/audit-scene.ts';
import type { AuditScene } from '../support/audit-scene.ts';
import { organization } from '../support/discovery-scene.ts';
import { tempDirectory } from '../support/temp-directory.ts';

const folder = tempDirectory('verify');

/** A chain of ten records, one a quarter of an hour, of which 1, 5 and 9 were signed as they came. */
async function aChain(): Promise<AuditScene> {
  const scene = createAuditScene(folder);
  for (let index = 1; index <= 10; index += 1) {
    await scene.change(`e${index}`);
    await sequenceAudit(scene.ports);
    scene.clock.advance(HOUR_MS / 4);
  }
  return scene;
}

const verify = (scene: AuditScene): Promise<AuditReport> => verifyAudit(scene.ports, organization, { keepDays: KEEP_DAYS });
const faultsOf = async (scene: AuditScene): Promise<AuditFinding[]> =>
  (await verify(scene)).findings.filter((each) => severityOf(each) === 'fault');

test('a chain that nobody touched is intact', async () => {
  const scene = await aChain();

  const report = await verify(scene);

  assert.deepEqual(report.findings, []);
  assert.deepEqual(
    [report.records, report.newest, report.oldest, report.heads, report.newestHead?.sequence, report.isWhole],
    [10, 10, 1, 3, 9, true],
  );
});

test('a changed byte is found in the record it is in, wherever it is', async () => {
  const place = fc.record({ sequence: fc.integer({ min: 1, max: 10 }), position: fc.nat(2000) });
  const check = fc.asyncProperty(place, async ({ sequence, position }) => {
    const scene = await aChain();
    await flip(scene.rows, sequence, position);

    const faults = await faultsOf(scene);

    assert.equal(faults.length, 1);
    assert.ok('sequence' in (faults[0] ?? {}), JSON.stringify(faults));
    assert.equal((faults[0] as { sequence: number }).sequence, sequence);
  });
  await fc.assert(check, { numRuns: 40 });
});

test('a changed hash beside the text of a record is found', async () => {
  const scene = await aChain();
  const key = { partition: organization, row: 'e|999999999999993' };
  const row = await scene.rows.get(key);
  await scene.rows.write({ kind: 'set', row: { ...key, values: { ...row?.values, hash: '0'.repeat(64) } } });

  assert.deepEqual(await faultsOf(scene), [{ kind: 'changed', sequence: 6 }]);
});

test('deleted records are found: one, several side by side, the first, the last', async () => {
  for (const [from, to] of [
    [6, 6],
    [3, 7],
    [1, 1],
    [10, 10],
    [9, 10],
  ] as const) {
    const scene = await aChain();
    for (let sequence = from; sequence <= to; sequence += 1) await erase(scene.rows, sequence);

    assert.deepEqual(await faultsOf(scene), [{ kind: 'missing', from, to }]);
  }
});

test('swapped records are found, both', async () => {
  const scene = await aChain();
  await swap(scene.rows, 3, 7);

  assert.deepEqual(await faultsOf(scene), [
    { kind: 'misplaced', sequence: 7, says: 3 },
    { kind: 'misplaced', sequence: 3, says: 7 },
  ]);
});

test('a chain that was cut off behind a whole record is found by its heads', async () => {
  const scene = await aChain();
  await truncate(scene.rows, 6);

  const faults = await faultsOf(scene);

  assert.deepEqual(faults, [{ kind: 'truncated', end: 6, signed: 9 }]);
  assert.match(
    findingText(faults[0] as AuditFinding),
    /ends at record 6, but a signed head vouches for record 9: records 7 to 9 were cut off/,
  );
});

test('a chain that was made anew, every hash right, is found by its heads', async () => {
  const scene = await aChain();
  await rewrite(scene.rows, 1, (record) => ({ ...record, event: { ...record.event, actor: { kind: 'system', component: 'nobody' } } }));

  const faults = await faultsOf(scene);

  assert.equal(faults.length, 1);
  assert.deepEqual({ ...faults[0], signedAt: '' }, { kind: 'rewritten', from: 1, to: 9, signedAt: '' });
});

test('a chain that was made anew from some record on is found from the head before it on', async () => {
  const scene = await aChain();
  await rewrite(scene.rows, 7, (record) =>
    record.sequence === 7 ? { ...record, event: { ...record.event, type: 'role.saved' } } : record,
  );

  const [fault, ...more] = await faultsOf(scene);

  assert.deepEqual([{ ...fault, signedAt: '' }, ...more], [{ kind: 'rewritten', from: 6, to: 9, signedAt: '' }]);
});

test('a record that was put behind the end is found, and so is a row that is no record', async () => {
  const scene = await aChain();
  const { values = {} } = (await scene.rows.get({ partition: organization, row: 'e|999999999999990' })) ?? {};
  await scene.rows.write({ kind: 'set', row: { partition: organization, row: 'e|999999999999987', values } });
  await scene.rows.write({ kind: 'set', row: { partition: organization, row: 'e|a', values } });

  const kinds = (await faultsOf(scene)).map((fault) => ('sequence' in fault ? `${fault.kind} ${fault.sequence}` : fault.kind));

  assert.deepEqual(kinds, ['beyond-end 12', 'stray']);
});

test('a chain whose rows are all gone is still known by its heads', async () => {
  const scene = await aChain();
  await eraseAll(scene.rows);
  await scene.rows.write({ kind: 'remove', key: { partition: 'chains', row: organization } });

  const chains = await chainsToVerify(scene.ports);
  const faults = await faultsOf(scene);

  assert.deepEqual(chains, [organization]);
  assert.deepEqual(faults, [{ kind: 'end-missing' }, { kind: 'truncated', end: 0, signed: 9 }]);
});

test('an end that is gone is found, and nothing is recorded until it is back', async () => {
  const scene = await aChain();
  await scene.rows.write({ kind: 'remove', key: { partition: organization, row: 'end' } });
  await scene.change('e11');

  assert.deepEqual(await faultsOf(scene), [{ kind: 'end-missing' }]);
  await assert.rejects(sequenceAudit(scene.ports), { code: 'store.unexpected' });
});

const headName = (sequence: number): string => `${organization}/${String(sequence).padStart(15, '0')}.json`;

async function headOf(scene: AuditScene, sequence: number): Promise<string> {
  return Buffer.from((await scene.container.get(headName(sequence))) ?? []).toString();
}

async function replaceHead(scene: AuditScene, sequence: number, text: string): Promise<void> {
  await scene.container.remove(headName(sequence));
  await scene.container.putNew(headName(sequence), Buffer.from(text));
}

test('a head that is gone is found, whichever it is', async () => {
  for (const [removed, namedBy] of [
    [1, 5],
    [5, 9],
    [9, 'tables'],
  ] as const) {
    const scene = await aChain();
    await scene.container.remove(headName(removed));

    const faults = (await faultsOf(scene)).filter(({ kind }) => kind === 'head-removed');

    assert.deepEqual(faults, [{ kind: 'head-removed', sequence: removed, namedBy }]);
  }
});

test('a head that was changed, made with another key, exchanged or spoilt is found', async () => {
  const stranger = createAuditScene(`${folder}/stranger`);
  await stranger.change('e1');
  await sequenceAudit(stranger.ports);
  const foreign = readHead(await headOf(stranger, 1));
  const cases = [
    { spoil: (text: string) => text.replace(/"hash":"./, '"hash":"x'), kind: 'head-forged' },
    { spoil: () => JSON.stringify({ ...foreign, sequence: 5 }), kind: 'head-unknown-key' },
    { spoil: () => JSON.stringify(foreign), kind: 'head-unreadable' },
    { spoil: (text: string) => text.slice(0, 50), kind: 'head-unreadable' },
  ];
  for (const { spoil, kind } of cases) {
    const scene = await aChain();
    await replaceHead(scene, 5, spoil(await headOf(scene, 5)));

    const faults = await faultsOf(scene);

    assert.deepEqual(
      faults.map((fault) => [fault.kind, 'sequence' in fault && fault.sequence]),
      [[kind, 5]],
    );
  }
});

test('an hour without a head is a note when it was signed later, and a fault while it is not', async () => {
  const scene = createAuditScene(folder);
  const unsigned = { ...scene.ports, auditKey: { ...scene.key, sign: () => Promise.reject(new Error('The vault is away.')) } };
  await scene.change('e1');
  await sequenceAudit(scene.ports);
  scene.clock.advance(3 * HOUR_MS);
  await scene.change('e2');
  await scene.change('e3');
  await assert.rejects(sequenceAudit(unsigned), /The vault is away/);
  scene.clock.advance(2 * HOUR_MS);

  const before = await verify(scene);
  await sequenceAudit(scene.ports);
  const after = await verify(scene);

  assert.deepEqual(
    before.findings.map((finding) => [finding.kind, 'from' in finding && [finding.from, finding.to]]),
    [['unsigned', [2, 3]]],
  );
  assert.equal(isIntact(before), false);
  assert.deepEqual(
    after.findings.map((finding) => [finding.kind, 'from' in finding && [finding.from, finding.to]]),
    [['signed-late', [2, 3]]],
  );
  assert.equal(isIntact(after), true);
});

test('a check of the newest records alone says so, and finds what is wrong in them', async () => {
  const scene = await aChain();
  await erase(scene.rows, 2);
  await rewrite(scene.rows, 8, (record) => ({ ...record, recordedAt: scene.clock.now() }));

  const report = await verifyAudit(scene.ports, organization, { keepDays: KEEP_DAYS, mostRecords: 5 });

  assert.equal(report.isWhole, false);
  assert.deepEqual(
    report.findings.map(({ kind }) => kind),
    ['rewritten'],
  );
});

test('records that are appended while the check goes on are no fault', async () => {
  const scene = await aChain();
  const { audit } = scene.ports;
  const slow = {
    ...audit,
    async *records(...asked: Parameters<typeof audit.records>) {
      await scene.change('late');
      await sequenceAudit(scene.ports);
      yield* audit.records(...asked);
    },
  };

  const report = await verifyAudit({ ...scene.ports, audit: slow }, organization, { keepDays: KEEP_DAYS });

  assert.deepEqual(report.findings, []);
  assert.equal((await scene.ports.audit.end(organization))?.value.sequence, 11);
});
