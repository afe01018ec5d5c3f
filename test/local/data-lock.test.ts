import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { takeLock } from '../../src/local/data-lock.ts';

function tempFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'lock-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The number of a process that has ended. */
async function aDeadProcess(): Promise<number> {
  const child = spawn(process.execPath, ['--eval', '']);
  await once(child, 'exit');
  return child.pid ?? 0;
}

test('A lock is taken once; the second is told by whom, and what to do', async (t) => {
  const path = join(tempFolder(t), 'deep', 'some.lock');
  const lock = await takeLock(path, 'The data');

  const second = takeLock(path, 'The data');

  await assert.rejects(second, {
    message: `The data is in use by process ${process.pid}. Stop that one first (Ctrl-C in its terminal, or end process ${process.pid}). If it is something else, delete ${path}.`,
  });
  assert.equal(lock.wasLeftBehind, false);
});

test('A released lock can be taken again, and leaves no file', async (t) => {
  const folder = tempFolder(t);
  const path = join(folder, 'some.lock');
  (await takeLock(path, 'The data')).release();

  const again = await takeLock(path, 'The data');
  again.release();

  assert.equal(again.wasLeftBehind, false);
  assert.deepEqual(readdirSync(folder), []);
});

test('A lock is waited for as long as asked', async (t) => {
  const path = join(tempFolder(t), 'some.lock');
  const lock = await takeLock(path, 'The data');

  const second = takeLock(path, 'The data', 60_000);
  setImmediate(() => lock.release());
  const taken = await second;

  assert.equal(taken.wasLeftBehind, false);
});

for (const [what, content] of [
  ['of a process that has ended', async () => JSON.stringify({ pid: await aDeadProcess(), born: '' })],
  ['of an earlier process with the same number', () => JSON.stringify({ pid: process.pid, born: '1' })],
  ['that was torn by a crash', () => '{"pid":12'],
  ['that is empty', () => ''],
] as const) {
  test(`A lock ${what} is taken over`, { skip: what.includes('same number') && process.platform !== 'linux' }, async (t) => {
    const folder = tempFolder(t);
    const path = join(folder, 'some.lock');
    writeFileSync(path, await content());

    const lock = await takeLock(path, 'The data');

    assert.equal(lock.wasLeftBehind, true);
    assert.equal((JSON.parse(readFileSync(path, 'utf8')) as { pid: number }).pid, process.pid);
    assert.deepEqual(readdirSync(folder), ['some.lock']);
  });
}

test('A lock handed to another process is that one’s, and over with it', async (t) => {
  const path = join(tempFolder(t), 'some.lock');
  const lock = await takeLock(path, 'The data');
  const child = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)']);

  lock.handTo(child.pid ?? 0);
  const whileItRuns = takeLock(path, 'The data');
  await assert.rejects(whileItRuns, new RegExp(`in use by process ${child.pid}`));
  child.kill('SIGKILL');
  await once(child, 'exit');
  const after = await takeLock(path, 'The data');

  assert.equal(after.wasLeftBehind, true);
});

test('Of many that take over one lock at the same moment, one gets it', async (t) => {
  const path = join(tempFolder(t), 'some.lock');
  writeFileSync(path, JSON.stringify({ pid: await aDeadProcess(), born: '' }));
  const script = `
    const { takeLock } = await import(${JSON.stringify(import.meta.resolve('../../src/local/data-lock.ts'))});
    await new Promise((resolve) => process.once('message', resolve));
    await takeLock(${JSON.stringify(path)}, 'The data').then(() => process.send('taken'), () => process.send('refused'));
    await new Promise((resolve) => process.once('message', resolve));
    process.exit();`;
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
  );
  t.after(() => children.forEach((child) => child.kill('SIGKILL')));

  const answers = children.map(async (child) => ((await once(child, 'message')) as [string])[0]);
  for (const child of children) child.send('go');
  const said = await Promise.all(answers);

  assert.deepEqual(said.toSorted(), ['refused', 'refused', 'refused', 'taken']);
  assert.ok(existsSync(path));
});
