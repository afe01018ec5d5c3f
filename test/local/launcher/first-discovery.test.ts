// npm start as a newcomer sees it: the real app on the local host, a tenant, a first discovery, and a second start that finds it all again.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import { SALES_COLLECTION } from '../../../src/local/launcher/seed-access.ts';

const PROJECT = resolve(import.meta.dirname, '../../..');
const LIMIT_MS = 90_000;

/** A folder with the project's sources and data of its own. */
function aClone(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), 'clone-'));
  t.after(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));
  for (const entry of ['functions', 'src', 'node_modules', 'package.json', 'host.json'])
    symlinkSync(join(PROJECT, entry), join(root, entry));
  return root;
}

function start(root: string, words: readonly string[]): { code: number | null; output: string } {
  const command = [join(import.meta.dirname, 'launch-whole.ts'), root, '--once', '--port', '0', ...words];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8', timeout: LIMIT_MS });
  return { code: status, output: `${stdout}${stderr}` };
}

interface Started {
  /** What was printed up to the summary's end. */
  readonly output: string;
  /** A list as a person of the tenant gets it: the values of all its pages. */
  readonly list: (person: string, path: string) => Promise<readonly Record<string, unknown>[]>;
  /** Stops as Ctrl-C does; answers the exit code. */
  readonly stop: () => Promise<number | null>;
}

/** Starts and stays up, as without --once. */
async function startAndStay(t: TestContext, root: string): Promise<Started> {
  const launched = spawn(process.execPath, [join(import.meta.dirname, 'launch-whole.ts'), root, '--port', '0'], { timeout: LIMIT_MS });
  t.after(() => launched.kill('SIGKILL'));
  const ended = new Promise<number | null>((done) => void launched.once('exit', done));
  let output = '';
  const isUp = new Promise<void>((done) => {
    const take = (text: unknown): void => {
      output += String(text);
      if (output.includes('Ctrl-C stops')) done();
    };
    launched.stdout.on('data', take);
    launched.stderr.on('data', take);
  });
  await Promise.race([isUp, ended]);
  const base = /(http:\/\/localhost:\d+)\/api\/openapi\.json/.exec(output)?.[1] ?? assert.fail(output);

  async function list(person: string, path: string): Promise<readonly Record<string, unknown>[]> {
    const command = [join(PROJECT, 'src/local/token.ts'), person, '--data', join(root, '.local/tenant')];
    const token = spawnSync(process.execPath, command, { encoding: 'utf8' }).stdout.trim();
    const values: Record<string, unknown>[] = [];
    for (let next: string | undefined = `/api${path}`; next !== undefined;) {
      const answer = await fetch(`${base}${next}`, { headers: { authorization: `Bearer ${token}` } });
      const page = (await answer.json()) as { value: Record<string, unknown>[]; nextLink?: string };
      assert.equal(answer.status, 200, JSON.stringify(page));
      values.push(...page.value);
      next = page.nextLink;
    }
    return values;
  }

  return {
    output,
    list,
    stop: () => {
      launched.kill('SIGINT');
      return ended;
    },
  };
}

/** What somebody who operates Sales gets, and what the administrator says that it should be. */
async function whatOperatorsSee(started: Started): Promise<Record<'own' | 'collection' | 'all' | 'collections' | 'assignments', string[]>> {
  const [, organization = ''] = /organizations\/([0-9a-f-]{36})\/devices/.exec(started.output) ?? [];
  const of = `/organizations/${organization}`;
  const idsOf = (values: readonly Record<string, unknown>[]): string[] => values.map(({ id }) => String(id)).toSorted();
  return {
    own: idsOf(await started.list('operator-sales', `${of}/devices`)),
    collection: idsOf(await started.list('admin', `${of}/devices?collection=${SALES_COLLECTION}`)),
    all: idsOf(await started.list('admin', `${of}/devices`)),
    collections: (await started.list('operator-sales', `${of}/collections`)).map(({ name }) => String(name)),
    assignments: idsOf(await started.list('admin', `/role-assignments?organization=${organization}`)),
  };
}

test('A first start discovers every device with its statistics and says so; a second start shows them again without another discovery, and somebody who operates Sales sees what is in it', async (t) => {
  const root = aClone(t);

  const first = start(root, ['--mailboxes', '60', '--latency', '0']);
  const second = await startAndStay(t, root);
  const seen = await whatOperatorsSee(second);
  const code = await second.stop();

  assert.equal(first.code, 0, first.output);
  const [, devices = ''] = /simulated: 60 mailboxes, (\d+) devices/.exec(first.output) ?? [];
  assert.match(first.output, new RegExp(`${devices} devices discovered in [\\d.]+ s with \\d+ requests`));
  assert.match(first.output, new RegExp(`statistics of ${devices} devices read in [\\d.]+ s`));
  assert.match(first.output, new RegExp(`Devices +${devices}\\n`));
  assert.doesNotMatch(first.output, /not read yet/);
  assert.match(first.output, /API=http:\/\/localhost:\d+\/api\/organizations\/[0-9a-f-]{36}\n/);
  assert.equal(code, 0, second.output);
  assert.match(second.output, /Found by earlier runs/);
  assert.match(second.output, new RegExp(`Devices +${devices}\\n`));
  assert.deepEqual(seen.own, seen.collection);
  assert.ok(seen.own.length > 0 && seen.own.length < seen.all.length, `${seen.own.length} of ${seen.all.length}`);
  assert.equal(seen.all.length, Number(devices));
  assert.deepEqual([seen.collections, seen.assignments.length], [['Sales'], 1]);
});

test('A first discovery that fails says why, leads to the cure, and ends with exit code 1', (t) => {
  const root = aClone(t);
  mkdirSync(join(root, '.local'));
  writeFileSync(join(root, 'local.settings.json'), JSON.stringify({ Values: { API_AUDIENCES: 'api://somebody-else' } }));

  const { code, output } = start(root, ['--mailboxes', '5', '--latency', '0']);

  assert.equal(code, 1, output);
  assert.match(output, /answered with 401: .+ \(caller\.unknown\)/);
});
