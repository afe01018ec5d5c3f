// The sequencer on real storage, killed again and again while two processes change things.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { keysBelow } from '../../src/adapters/tables/keys.ts';
import { readRecord } from '../../src/domain/audit-chain.ts';
import { startAzurite } from '../../src/local/launcher/azurite.ts';
import { listAudit } from '../../src/operations/list-audit.ts';
import { sequenceAudit } from '../../src/operations/sequence-audit.ts';
import { verifyAudit } from '../../src/operations/verify-audit.ts';
import { rewrite } from '../support/audit-attack.ts';
import { auditOn } from '../support/audit-on-storage.ts';
import { KEEP_DAYS } from '../support/audit-scene.ts';
import { seededRandom } from '../support/crash-run.ts';
import { organization } from '../support/discovery-scene.ts';
import { killProcess } from '../support/processes.ts';

const KILLS = 10;
const CHANGES_A_ROUND = 50;

const folder = mkdtempSync(join(tmpdir(), 'exchange-connector-audit-crash-'));
const azurite = await startAzurite({ dataDirectory: folder });
after(async () => {
  // It saves into the folder, so the folder goes last.
  await azurite.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** A process and the next line that it says. */
interface Talker {
  readonly child: ChildProcess;
  readonly line: () => Promise<string>;
}

function talker(script: string, ...words: readonly string[]): Talker {
  const path = fileURLToPath(new URL(`../support/${script}`, import.meta.url));
  const child = spawn(process.execPath, [path, ...words], { stdio: ['pipe', 'pipe', 'inherit'] });
  after(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, line: async () => String((await lines.next()).value) };
}

test('1,000 changes by two processes, the sequencer killed ten times: one chain, each event exactly once', async () => {
  const keyFile = `${folder}/audit-key.json`;
  const random = seededRandom(20261124);
  const newSequencer = (): Talker => talker('audit-sequencer.ts', azurite.connectionString, keyFile);
  const writers = ['a', 'b'].map((name) => talker('audit-writer.ts', azurite.connectionString, name, String(CHANGES_A_ROUND)));
  let next = newSequencer();
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const { child, line } = next;
    assert.equal(await line(), 'begins');
    const written = writers.map((writer) => {
      writer.child.stdin?.write(`round ${kill}\n`);
      return writer.line();
    });
    // The next one comes up meanwhile, so that for some time there are two.
    next = newSequencer();
    // Half of them die in their first turn, half in a later one.
    if (kill % 2 === 0) await Promise.all([...written, line()]);
    await sleep(random() * 150);
    await killProcess(child.pid ?? 0);
    await Promise.all(written);
  }
  await killProcess(next.child.pid ?? 0);
  // Storage ends only when nobody is connected to it any more.
  for (const { child } of writers) await killProcess(child.pid ?? 0);

  const { ports, changes, rows } = auditOn(azurite.connectionString, keyFile);
  await sequenceAudit(ports);

  const ids: string[] = [];
  for await (const records of ports.audit.records(organization, Number.MAX_SAFE_INTEGER)) {
    ids.push(...records.map(({ text }) => readRecord(text)?.event.id ?? 'unreadable'));
  }
  const expected = ['a', 'b'].flatMap((name) => Array.from({ length: KILLS * CHANGES_A_ROUND }, (_, index) => `${name}-${index}`));
  assert.equal(ids.length, 1000);
  assert.deepEqual(ids.toSorted(), expected.toSorted());
  for await (const page of changes.pages({ rows: keysBelow('x') })) assert.deepEqual(page.rows, []);
  const report = await verifyAudit(ports, organization, { keepDays: KEEP_DAYS });
  assert.deepEqual(report.findings, []);
  assert.ok(report.heads >= 2, `${report.heads} heads`);
  assert.equal((await listAudit(ports, organization, { top: 5, subject: 'run-a-17' })).values.length, 1);

  await rewrite(rows, 1, (record) => ({ ...record, event: { ...record.event, subject: { kind: 'run', id: 'other' } } }));
  const attacked = await verifyAudit(ports, organization, { keepDays: KEEP_DAYS });

  assert.deepEqual(
    attacked.findings.map(({ kind }) => kind),
    ['rewritten'],
  );
});
