// The command behind `npm run audit:verify`, as a process against storage: what it prints and how it ends.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startAzurite } from '../src/local/launcher/azurite.ts';
import { sequenceAudit } from '../src/operations/sequence-audit.ts';
import { signAuditHead } from '../src/operations/sign-audit-head.ts';
import { auditOn } from './support/audit-on-storage.ts';
import { erase, rewrite } from './support/audit-attack.ts';
import { ALICE, aRun, entryAt, writeChange } from './support/audit-scene.ts';
import { organization } from './support/discovery-scene.ts';

const PROGRAM = fileURLToPath(new URL('../src/audit-verify.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'exchange-connector-audit-verify-'));
const keyFile = join(folder, 'audit-key.json');
const azurite = await startAzurite({ dataDirectory: folder });
after(async () => {
  await azurite.stop();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function verify(words: readonly string[], settings: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const env = {
    PATH: process.env['PATH'],
    TASK_HUB: 'Hub',
    AzureWebJobsStorage: azurite.connectionString,
    AUDIT_KEY_FILE: keyFile,
    ...settings,
  };
  const child = spawn(process.execPath, [PROGRAM, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on('close', resolve)),
  ]);
  return { code, out, err };
}

test('an audit that nobody touched ends with 0, and one that was attacked with 1 and says where', async () => {
  const { ports, changes, rows, container } = auditOn(azurite.connectionString, keyFile);
  const empty = await verify([]);
  for (let index = 1; index <= 5; index += 1) {
    const time = `2026-11-24T08:00:0${index}.000Z`;
    await writeChange(changes, `e${index}`, entryAt(time, `e${index}`, aRun(`e${index}`), ALICE));
  }
  await sequenceAudit(ports);
  await signAuditHead(ports, organization, { isForced: true });
  const isKept = await container.putNew(`${organization}/000000000000005.json`, Buffer.from('another'));

  const intact = await verify([organization.toUpperCase()]);
  await erase(rows, 2);
  const deleted = await verify([]);
  await rewrite(rows, 4, (record) => ({ ...record, event: { ...record.event, subject: { kind: 'run', id: 'other' } } }));
  const rewritten = await verify([organization]);

  assert.deepEqual([empty.code, empty.err], [0, '']);
  assert.match(empty.out, /Nothing was recorded yet/);
  assert.equal(isKept, false);
  assert.deepEqual([intact.code, intact.err], [0, '']);
  assert.match(
    intact.out,
    new RegExp(`Organization ${organization}: intact\\n {4}5 records \\(1 to 5\\); 1 valid signed heads, the newest for record 5`),
  );
  assert.equal(deleted.code, 1);
  assert.match(deleted.out, /NOT INTACT[\s\S]*fault {2}Missing: record 2\. /);
  assert.equal(rewritten.code, 1);
  assert.match(rewritten.out, /fault {2}Rewritten: records \d to 5 fit together, but are not what was signed/);
});

test('what cannot be checked ends with 2: usage, settings, the key, storage, an organization without an audit', async () => {
  const cases: [string[], Record<string, string>, RegExp][] = [
    [['one', 'two'], {}, /Name one organization, or none for all/],
    [['contoso'], {}, /'contoso' is no tenant GUID/],
    [['--keep-days', 'long'], {}, /'long' is no number of days/],
    [['--wrong'], {}, /Unknown option '--wrong'/],
    [[], { AzureWebJobsStorage: '' }, /AzureWebJobsStorage/],
    [[], { AUDIT_KEY_FILE: '' }, /AUDIT_KEY is missing: .* needed unless AUDIT_KEY_FILE is set/],
    [[organization], { AUDIT_KEY_FILE: join(folder, 'absent.json') }, /absent\.json: there is no such file/],
    [['aaaaaaaa-0000-4000-8000-00000000ffff'], {}, /There is no audit of aaaaaaaa/],
  ];
  for (const [words, settings, expected] of cases) {
    const { code, out, err } = await verify(words, settings);

    assert.equal(code, 2, `${words.join(' ')} ${JSON.stringify(settings)}: ${out}${err}`);
    assert.match(err, expected);
  }
});

test('--help shows how it is used', async () => {
  const { code, out } = await verify(['--help']);

  assert.equal(code, 0);
  assert.match(out, /npm run audit:verify -- \[organization\]/);
});
